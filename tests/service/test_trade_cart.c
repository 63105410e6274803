/* The cart as shoppers meet it: what they put in stays theirs, costs what is shown, and what changed is said. */
#include "trade_shop.h"

#include <stdatomic.h>
#include <string.h>

#include "store_test.h"

static struct person guest;
static struct product shirt;

static int begin(void **state)
{
    (void)state;
    guest_init(&guest);
    product_init(&shirt, 125000, 50);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    return 0;
}

static const Cart__V1__CartItem *only_item(const struct person *person)
{
    assert_int_equal(person->cart->n_items, 1);
    return person->cart->items[0];
}

static void assert_warning(const struct person *person, Cart__V1__CartWarning__Code code, bool can_checkout)
{
    assert_int_equal(person->cart->n_warnings, 1);
    assert_int_equal(person->cart->warnings[0]->code, code);
    assert_string_equal(person->cart->warnings[0]->item_id, only_item(person)->id);
    assert_true(strlen(person->cart->warnings[0]->message) > 10);
    assert_int_equal(person->cart->can_checkout, can_checkout);
}

static void test_an_empty_cart_is_shown_before_there_is_one(void **state)
{
    (void)state;
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_string_equal(guest.cart->id, "");
    assert_string_equal(guest.cart->country_code, "KE");
    assert_string_equal(guest.cart->currency_code, "KES");
    assert_int_equal(guest.cart->n_items, 0);
    assert_int_equal(guest.cart->totals->total->amount_minor, 0);
    assert_false(guest.cart->can_checkout);
    assert_string_equal(store_test_value(trade_cart_db, "SELECT count(*) FROM cart"), "0");
}

/* Kenya, 16 % within: 3 x 1250.00 = 3750.00, delivery 250.00, VAT 4000.00 * 16 / 116 = 551.72 (551.7241). */
static void test_what_is_put_in_is_shown_with_its_price(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    const Cart__V1__CartItem *item = only_item(&guest);
    assert_int_equal(item->quantity, 3);
    assert_string_equal(item->product_title, "Kitenge shirt");
    assert_string_equal(item->product_handle, shirt.handle);
    assert_int_equal(item->unit_price->amount_minor, 125000);
    assert_int_equal(item->line_total->amount_minor, 375000);
    assert_int_equal(item->available, 50);
    assert_int_equal(guest.cart->item_count, 3);
    assert_int_equal(guest.cart->totals->delivery->amount_minor, 25000);
    assert_int_equal(guest.cart->totals->total->amount_minor, 400000);
    assert_int_equal(guest.cart->totals->vat->amount_minor, 55172);
    assert_true(guest.cart->can_checkout);
    assert_non_null(guest.cart->updated_at);
    assert_int_equal(cart_look(&guest, guest.cart->id), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, 3);
}

static void test_changing_and_removing(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    const char *item_id = only_item(&guest)->id;
    assert_int_equal(cart_change(&guest, "", item_id, 7), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, 7);
    assert_int_equal(cart_take_out(&guest, guest.cart->id, item_id), STATUS_OK);
    assert_int_equal(guest.cart->n_items, 0);
    assert_int_equal(guest.cart->totals->total->amount_minor, 0);
    assert_int_equal(cart_take_out(&guest, "", item_id), STATUS_NOT_FOUND);
    assert_int_equal(cart_change(&guest, "", item_id, 1), STATUS_NOT_FOUND);
}

static void test_bad_quantities_change_nothing(void **state)
{
    (void)state;
    static const int64_t bad[] = {0, -1, 100, INT64_MAX, INT64_MIN};
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    const char *item_id = only_item(&guest)->id;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(cart_put(&guest, &shirt, bad[i]), STATUS_INVALID_ARGUMENT);
        assert_true(was_refused_for(&guest, "quantity", "out_of_range"));
        assert_int_equal(cart_change(&guest, "", item_id, bad[i]), STATUS_INVALID_ARGUMENT);
        assert_true(was_refused_for(&guest, "quantity", "out_of_range"));
    }
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, 2);
}

static void test_no_more_than_there_are(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 48), STATUS_OK);
    assert_int_equal(cart_put(&guest, &shirt, 3), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "quantity", "not_enough_stock"));
    assert_non_null(strstr(guest.err.message, "50 left"));
}

static void test_ids_are_checked_and_read_in_any_case(void **state)
{
    (void)state;
    struct product upper = shirt;
    struct product wrong = {.variant_id = "shirt"};
    struct product unknown = {.variant_id = "00000000-0000-7000-8000-000000000000"};
    for (char *c = upper.variant_id; *c; c++)
        *c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    assert_int_equal(cart_put(&guest, &upper, 3), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, 5);
    assert_int_equal(cart_put(&guest, &wrong, 1), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "variantId", "malformed"));
    assert_int_equal(cart_put(&guest, &unknown, 1), STATUS_NOT_FOUND);
}

static void test_a_cart_of_somebody_else_does_not_exist(void **state)
{
    (void)state;
    struct person stranger;
    guest_init(&stranger);
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    const char *cart_id = guest.cart->id;
    const char *item_id = only_item(&guest)->id;
    assert_int_equal(cart_look(&stranger, cart_id), STATUS_NOT_FOUND);
    assert_int_equal(cart_change(&stranger, cart_id, item_id, 9), STATUS_NOT_FOUND);
    assert_int_equal(cart_take_out(&stranger, cart_id, item_id), STATUS_NOT_FOUND);
    assert_int_equal(cart_change(&stranger, "", item_id, 9), STATUS_NOT_FOUND);
    assert_int_equal(cart_put(&stranger, &shirt, 1), STATUS_OK);
    assert_int_equal(cart_change(&stranger, "", item_id, 9), STATUS_NOT_FOUND);
    assert_int_equal(cart_look(&guest, cart_id), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, 2);
    person_done(&stranger);
}

static void test_nobody_in_particular_has_no_cart(void **state)
{
    (void)state;
    struct person nobody;
    guest_init(&nobody);
    nobody.caller.subject = (char *)"";
    assert_int_equal(cart_look(&nobody, ""), STATUS_UNAUTHENTICATED);
    assert_int_equal(cart_put(&nobody, &shirt, 1), STATUS_UNAUTHENTICATED);
    person_done(&nobody);
}

static void test_only_an_order_closes_a_cart(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    assert_int_equal(cart_close(&guest, guest.cart->id, guest.subject), STATUS_PERMISSION_DENIED);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(guest.cart->n_items, 1);
}

/* ---- what changed since ---- */

static void test_a_new_price_is_told_until_it_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    product_set_price(&shirt, 130000);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_warning(&guest, CART__V1__CART_WARNING__CODE__PRICE_CHANGED, true);
    assert_int_equal(guest.cart->warnings[0]->old_price->amount_minor, 125000);
    assert_non_null(strstr(guest.cart->warnings[0]->message, "KES 1300.00"));
    assert_int_equal(only_item(&guest)->unit_price->amount_minor, 130000);
    assert_int_equal(cart_change(&guest, "", only_item(&guest)->id, 2), STATUS_OK);
    assert_int_equal(guest.cart->n_warnings, 0);
}

static void test_stock_that_went_is_told(void **state)
{
    (void)state;
    struct person rival;
    struct order_form form;
    assert_int_equal(cart_put(&guest, &shirt, 15), STATUS_OK);
    shopper_init(&rival, &shirt, 39);
    order_form_init(&form);
    assert_int_equal(order_place(&rival, "rival", &form), STATUS_OK);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_warning(&guest, CART__V1__CART_WARNING__CODE__NOT_ENOUGH_STOCK, false);
    assert_int_equal(only_item(&guest)->available, 11);
    assert_int_equal(cart_change(&guest, "", only_item(&guest)->id, 11), STATUS_OK);
    assert_true(guest.cart->can_checkout);
    person_done(&rival);
}

static void test_what_is_no_longer_sold_is_shown_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    product_archive(&shirt);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_warning(&guest, CART__V1__CART_WARNING__CODE__NO_LONGER_SOLD, false);
    assert_string_equal(only_item(&guest)->product_title, "Kitenge shirt");
    assert_null(only_item(&guest)->unit_price);
    assert_int_equal(guest.cart->totals->subtotal->amount_minor, 0);
}

static void test_another_country_keeps_the_items_and_tells_what_is_not_sold_there(void **state)
{
    (void)state;
    assert_int_equal(cart_move(&guest, "XX"), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "countryCode", "unknown"));
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    assert_int_equal(cart_move(&guest, "NG"), STATUS_OK);
    assert_string_equal(guest.cart->currency_code, "NGN");
    assert_warning(&guest, CART__V1__CART_WARNING__CODE__NO_LONGER_SOLD, false);
    assert_int_equal(cart_move(&guest, "KE"), STATUS_OK);
    assert_int_equal(guest.cart->n_warnings, 0);
    assert_int_equal(only_item(&guest)->line_total->amount_minor, 125000);
}

/* ---- signing in ---- */

static void test_a_guest_who_signs_in_keeps_the_cart(void **state)
{
    (void)state;
    struct person customer;
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    customer_init(&customer, &guest);
    assert_int_equal(cart_look(&customer, guest.cart->id), STATUS_OK);
    assert_int_equal(only_item(&customer)->quantity, 2);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(guest.cart->n_items, 0);
    person_done(&customer);
}

static void test_a_guests_cart_joins_the_one_that_the_customer_had(void **state)
{
    (void)state;
    struct person customer;
    struct product shoes;
    product_init(&shoes, 300000, 10);
    customer_init(&customer, NULL);
    assert_int_equal(cart_put(&customer, &shirt, 1), STATUS_OK);
    const char *cart_id = customer.cart->id;
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    assert_int_equal(cart_put(&guest, &shoes, 1), STATUS_OK);
    customer.caller.guest_subject = guest.subject;
    assert_int_equal(cart_look(&customer, ""), STATUS_OK);
    assert_string_equal(customer.cart->id, cart_id);
    assert_int_equal(customer.cart->item_count, 4);
    assert_int_equal(customer.cart->n_items, 2);
    assert_int_equal(cart_look(&customer, ""), STATUS_OK);
    assert_int_equal(customer.cart->item_count, 4);
    person_done(&customer);
}

static void test_only_a_customers_token_brings_a_guests_cart(void **state)
{
    (void)state;
    struct person other;
    guest_init(&other);
    other.caller.guest_subject = guest.subject;
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    assert_int_equal(cart_look(&other, ""), STATUS_OK);
    assert_int_equal(other.cart->n_items, 0);
    person_done(&other);
}

/* ---- at the same time ---- */

#define TABS 8

static void put_four(size_t i)
{
    (void)i;
    struct person tab;
    guest_init(&tab);
    tab.caller.subject = guest.subject;
    for (int n = 0; n < 4; n++)
        (void)!cart_put(&tab, &shirt, 1);
    person_done(&tab);
}

static void test_tabs_lose_nothing_of_each_other(void **state)
{
    (void)state;
    at_once(TABS, put_four);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(only_item(&guest)->quantity, TABS * 4);
}

static struct person returning;

static void look_as_customer(size_t i)
{
    (void)i;
    struct person tab;
    customer_init(&tab, &guest);
    tab.caller.subject = returning.subject;
    (void)!cart_look(&tab, "");
    person_done(&tab);
}

static void test_tabs_of_one_who_signs_in_merge_the_cart_once(void **state)
{
    (void)state;
    customer_init(&returning, NULL);
    assert_int_equal(cart_put(&returning, &shirt, 1), STATUS_OK);
    assert_int_equal(cart_put(&guest, &shirt, 2), STATUS_OK);
    at_once(TABS, look_as_customer);
    assert_int_equal(cart_look(&returning, ""), STATUS_OK);
    assert_int_equal(only_item(&returning)->quantity, 3);
    person_done(&returning);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_cart_is_shown_before_there_is_one),
        TEST(test_what_is_put_in_is_shown_with_its_price),
        TEST(test_changing_and_removing),
        TEST(test_bad_quantities_change_nothing),
        TEST(test_no_more_than_there_are),
        TEST(test_ids_are_checked_and_read_in_any_case),
        TEST(test_a_cart_of_somebody_else_does_not_exist),
        TEST(test_nobody_in_particular_has_no_cart),
        TEST(test_only_an_order_closes_a_cart),
        TEST(test_a_new_price_is_told_until_it_is_accepted),
        TEST(test_stock_that_went_is_told),
        TEST(test_what_is_no_longer_sold_is_shown_by_its_name),
        TEST(test_another_country_keeps_the_items_and_tells_what_is_not_sold_there),
        TEST(test_a_guest_who_signs_in_keeps_the_cart),
        TEST(test_a_guests_cart_joins_the_one_that_the_customer_had),
        TEST(test_only_a_customers_token_brings_a_guests_cart),
        TEST(test_tabs_lose_nothing_of_each_other),
        TEST(test_tabs_of_one_who_signs_in_merge_the_cart_once),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
