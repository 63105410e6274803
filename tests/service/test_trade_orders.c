/* Orders as shoppers and staff meet them: each is placed once, at the price that was shown, and found by its owner alone. */
#include "trade_shop.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "store_test.h"

static struct person guest;
static struct product shirt;
static struct order_form form;

static int begin(void **state)
{
    (void)state;
    product_init(&shirt, 125000, 10);
    shopper_init(&guest, &shirt, 2);
    order_form_init(&form);
    return 0;
}

static int end(void **state)
{
    (void)state;
    person_done(&guest);
    return 0;
}

static int64_t orders_of(const struct person *person)
{
    char query[128];
    snprintf(query, sizeof(query), "SELECT count(*) FROM orders WHERE subject = '%s'", person->subject);
    return strtoll(store_test_value(trade_orders_db, query), NULL, 10);
}

/* Kenya, 16 % within: 2 x 1250.00, delivery 250.00, VAT 2750.00 * 16 / 116 = 379.31 (379.3103). */
static void test_an_order_is_what_was_in_the_cart(void **state)
{
    (void)state;
    form.expected.amount_minor = 275000;
    form.expected.currency_code = (char *)"KES";
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const Orders__V1__Order *order = guest.order;
    assert_int_equal(order->status, ORDERS__V1__ORDER_STATUS__PLACED);
    assert_int_equal(strlen(order->number), 12);
    assert_memory_equal(order->number, "KE-", 3);
    assert_int_equal(order->n_lines, 1);
    assert_string_equal(order->lines[0]->variant_id, shirt.variant_id);
    assert_string_equal(order->lines[0]->product_title, "Kitenge shirt");
    assert_string_equal(order->lines[0]->sku, shirt.handle);
    assert_int_equal(order->lines[0]->quantity, 2);
    assert_int_equal(order->lines[0]->line_total->amount_minor, 250000);
    assert_int_equal(order->totals->total->amount_minor, 275000);
    assert_int_equal(order->totals->vat->amount_minor, 37931);
    assert_int_equal(order->item_count, 2);
    assert_string_equal(order->contact->phone, "+254712345678");
    assert_string_equal(order->delivery_address->city, "Nairobi");
    assert_int_equal(order->payment->status, ORDERS__V1__PAYMENT__STATUS__TO_COLLECT);
    assert_int_equal(order->payment->amount->amount_minor, 275000);
    assert_int_equal(order->n_history, 1);
    assert_true(order->can_cancel);
}

static void test_after_the_order_the_cart_is_empty_and_the_stock_less(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(guest.cart->n_items, 0);
    assert_int_equal(product_available(&shirt), 8);
    assert_int_equal(order_place(&guest, "key-2", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "cartId", "cart_empty"));
}

static void test_the_order_stays_as_it_was_sold(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const Orders__V1__Order *placed = guest.order;
    product_set_price(&shirt, 999900);
    assert_int_equal(order_look(&guest, placed->number), STATUS_OK);
    assert_string_equal(guest.order->id, placed->id);
    assert_int_equal(guest.order->lines[0]->unit_price->amount_minor, 125000);
    assert_int_equal(guest.order->totals->total->amount_minor, 275000);
    assert_string_equal(guest.order->note, "Call from the gate.");
    assert_int_equal(order_look(&guest, placed->id), STATUS_OK);
    assert_string_equal(guest.order->number, placed->number);
}

/* ---- once ---- */

static void test_the_same_post_twice_is_one_order(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const Orders__V1__Order *first = guest.order;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_string_equal(guest.order->id, first->id);
    assert_string_equal(guest.order->number, first->number);
    assert_int_equal(guest.order->totals->total->amount_minor, first->totals->total->amount_minor);
    assert_int_equal(orders_of(&guest), 1);
    assert_int_equal(product_available(&shirt), 8);
}

static void test_a_key_is_not_for_another_order(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    form.request.note = (char *)"Another note.";
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "Idempotency-Key", "idempotency_key_reused"));
    assert_int_equal(orders_of(&guest), 1);
}

static void test_an_order_needs_a_key(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "", &form), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "Idempotency-Key", "required"));
    assert_int_equal(orders_of(&guest), 0);
}

#define COPIES 8
static char ids[COPIES][UUID_SIZE];

static void place_copy(size_t i)
{
    struct person tab;
    struct order_form copy;
    guest_init(&tab);
    order_form_init(&copy);
    tab.caller.subject = guest.subject;
    if (order_place(&tab, "key-1", &copy) == STATUS_OK)
        memcpy(ids[i], tab.order->id, UUID_SIZE);
    person_done(&tab);
}

static void test_copies_sent_at_once_are_one_order(void **state)
{
    (void)state;
    memset(ids, 0, sizeof(ids));
    at_once(COPIES, place_copy);
    for (size_t i = 0; i < COPIES; i++) {
        assert_int_equal(strlen(ids[i]), UUID_SIZE - 1);
        assert_string_equal(ids[i], ids[0]);
    }
    assert_int_equal(orders_of(&guest), 1);
    assert_int_equal(product_available(&shirt), 8);
}

static atomic_int placed;

static void place_with_own_key(size_t i)
{
    struct person tab;
    struct order_form copy;
    char key[16];
    guest_init(&tab);
    order_form_init(&copy);
    snprintf(key, sizeof(key), "tab-%zu", i);
    tab.caller.subject = guest.subject;
    if (order_place(&tab, key, &copy) == STATUS_OK)
        placed++;
    person_done(&tab);
}

static void test_one_cart_is_one_order_whatever_the_keys(void **state)
{
    (void)state;
    placed = 0;
    at_once(COPIES, place_with_own_key);
    assert_int_equal(placed, 1);
    assert_int_equal(orders_of(&guest), 1);
    assert_true(product_becomes_available(&shirt, 8));
}

/* ---- what is refused leaves nothing behind ---- */

static void test_nobody_pays_a_price_that_was_not_shown(void **state)
{
    (void)state;
    form.expected.amount_minor = 275000;
    form.expected.currency_code = (char *)"KES";
    product_set_price(&shirt, 130000);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_ABORTED);
    assert_true(was_refused_for(&guest, "expectedTotal", "price_changed"));
    assert_non_null(strstr(guest.err.message, "KES 2850.00"));
    assert_int_equal(orders_of(&guest), 0);
    assert_int_equal(product_available(&shirt), 10);
    form.expected.amount_minor = 285000;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(guest.order->totals->total->amount_minor, 285000);
}

static void test_what_others_bought_meanwhile_is_said(void **state)
{
    (void)state;
    struct person rival;
    struct order_form rivals_form;
    shopper_init(&rival, &shirt, 9);
    order_form_init(&rivals_form);
    assert_int_equal(order_place(&rival, "key-1", &rivals_form), STATUS_OK);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "cartId", "cart_not_ready"));
    assert_int_equal(orders_of(&guest), 0);
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(cart_change(&guest, "", guest.cart->items[0]->id, 1), STATUS_OK);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    person_done(&rival);
}

static void test_a_cart_of_another_country_is_not_delivered_here(void **state)
{
    (void)state;
    form.address.country_code = (char *)"NG";
    form.address.phone = form.contact.phone = (char *)"+2348031234567";
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "deliveryAddress.countryCode", "other_market"));
    assert_int_equal(product_available(&shirt), 10);
}

static void test_a_bad_form_is_refused_before_anything_is_done(void **state)
{
    (void)state;
    form.contact.phone = (char *)"12";
    form.request.payment_method = TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_INVALID_ARGUMENT);
    assert_true(was_refused_for(&guest, "contact.phone", "malformed"));
    assert_true(was_refused_for(&guest, "paymentMethod", "required"));
    assert_int_equal(product_available(&shirt), 10);
}

#define SHOPPERS 20
static struct person crowd[SHOPPERS];
static atomic_int refused;

static void place_one(size_t i)
{
    struct order_form own;
    order_form_init(&own);
    enum status status = order_place(&crowd[i], "key", &own);
    placed += status == STATUS_OK;
    refused += status == STATUS_FAILED_PRECONDITION;
}

static void test_twenty_shoppers_and_five_units_are_five_orders(void **state)
{
    (void)state;
    struct product scarce;
    product_init(&scarce, 99900, 5);
    for (size_t i = 0; i < SHOPPERS; i++)
        shopper_init(&crowd[i], &scarce, 1);
    placed = refused = 0;
    at_once(SHOPPERS, place_one);
    assert_int_equal(placed, 5);
    assert_int_equal(refused, SHOPPERS - 5);
    assert_int_equal(product_available(&scarce), 0);
    for (size_t i = 0; i < SHOPPERS; i++)
        person_done(&crowd[i]);
}

/* ---- who sees it ---- */

static void test_an_order_of_somebody_else_does_not_exist(void **state)
{
    (void)state;
    struct person stranger, staff;
    guest_init(&stranger);
    staff_init(&staff);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(order_look(&stranger, guest.order->id), STATUS_NOT_FOUND);
    assert_int_equal(order_look(&stranger, guest.order->number), STATUS_NOT_FOUND);
    assert_int_equal(order_cancel(&stranger, guest.order->id, ""), STATUS_NOT_FOUND);
    assert_int_equal(order_look(&stranger, "no such thing"), STATUS_NOT_FOUND);
    assert_int_equal(order_look(&staff, guest.order->number), STATUS_OK);
    form.request.cart_id = (char *)guest.cart->id;
    assert_int_equal(order_place(&stranger, "key-1", &form), STATUS_NOT_FOUND);
    person_done(&stranger);
    person_done(&staff);
}

static void test_a_guest_who_signs_in_keeps_the_orders(void **state)
{
    (void)state;
    struct person customer;
    const Orders__V1__ListOrdersReply *page;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    customer_init(&customer, &guest);
    assert_int_equal(order_look(&customer, guest.order->id), STATUS_OK);
    assert_int_equal(order_list(&customer, 0, "", &page), STATUS_OK);
    assert_int_equal(page->n_orders, 1);
    assert_string_equal(page->orders[0]->number, guest.order->number);
    assert_string_equal(page->orders[0]->first_item_title, "Kitenge shirt");
    assert_int_equal(order_cancel(&customer, guest.order->id, ""), STATUS_OK);
    person_done(&customer);
}

static void test_the_list_has_pages_newest_first(void **state)
{
    (void)state;
    const Orders__V1__ListOrdersReply *page;
    const char *token = "";
    const char *numbers[3];
    for (size_t i = 0; i < 3; i++) {
        char key[] = {(char)('a' + i), '\0'};
        if (i > 0)
            assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
        assert_int_equal(order_place(&guest, key, &form), STATUS_OK);
        numbers[i] = guest.order->number;
    }
    for (size_t i = 3; i-- > 0; token = page->next_page_token) {
        assert_int_equal(order_list(&guest, 1, token, &page), STATUS_OK);
        assert_int_equal(page->n_orders, 1);
        assert_string_equal(page->orders[0]->number, numbers[i]);
    }
    assert_string_equal(token, "");
    assert_int_equal(order_list(&guest, 1, "AAAA", &page), STATUS_INVALID_ARGUMENT);
    assert_string_equal(guest.err.violations[0].field, "pageToken");
    assert_int_equal(order_list(&guest, 101, "", &page), STATUS_INVALID_ARGUMENT);
}

static void test_a_page_of_somebody_elses_list_is_refused(void **state)
{
    (void)state;
    struct person other;
    const Orders__V1__ListOrdersReply *page;
    guest_init(&other);
    assert_int_equal(order_place(&guest, "a", &form), STATUS_OK);
    assert_int_equal(cart_put(&guest, &shirt, 1), STATUS_OK);
    assert_int_equal(order_place(&guest, "b", &form), STATUS_OK);
    assert_int_equal(order_list(&guest, 1, "", &page), STATUS_OK);
    assert_int_equal(order_list(&other, 1, page->next_page_token, &page), STATUS_INVALID_ARGUMENT);
    person_done(&other);
}

/* ---- the life cycle ---- */

static void test_staff_lead_an_order_to_the_door(void **state)
{
    (void)state;
    struct person staff;
    const Orders__V1__ListOrdersReply *page;
    staff_init(&staff);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    const char *id = guest.order->id;
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__DELIVER), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(staff.err.message, "placed"));
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
    assert_int_equal(order_cancel(&guest, id, ""), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(guest.err.message, "shipped"));
    assert_int_equal(order_advance(&staff, id, ORDERS__V1__ORDER_EVENT__DELIVER), STATUS_OK);
    assert_int_equal(order_look(&guest, id), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__DELIVERED);
    assert_int_equal(guest.order->payment->status, ORDERS__V1__PAYMENT__STATUS__COLLECTED);
    assert_int_equal(guest.order->n_history, 4);
    assert_false(guest.order->can_cancel);
    assert_int_equal(order_list_all(&staff, ORDERS__V1__ORDER_STATUS__DELIVERED, &page), STATUS_OK);
    assert_int_equal(page->n_orders, 1);
    assert_string_equal(page->orders[0]->id, id);
    assert_int_equal(product_available(&shirt), 8);
    person_done(&staff);
}

static void test_staff_work_is_for_staff(void **state)
{
    (void)state;
    const Orders__V1__ListOrdersReply *page;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(order_advance(&guest, guest.order->id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_PERMISSION_DENIED);
    assert_int_equal(order_list_all(&guest, ORDERS__V1__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED, &page),
                     STATUS_PERMISSION_DENIED);
}

static void test_a_cancelled_order_gives_its_units_back(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(order_cancel(&guest, guest.order->number, "Ordered twice."), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CANCELLED);
    assert_int_equal(guest.order->payment->status, ORDERS__V1__PAYMENT__STATUS__VOID);
    assert_string_equal(guest.order->history[1]->note, "Ordered twice.");
    assert_false(guest.order->can_cancel);
    assert_int_equal(order_cancel(&guest, guest.order->id, ""), STATUS_OK);
    assert_int_equal(guest.order->n_history, 2);
    assert_true(product_becomes_available(&shirt, 10));
}

static void test_a_returned_order_gives_its_units_back(void **state)
{
    (void)state;
    struct person staff;
    staff_init(&staff);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(order_advance(&staff, guest.order->id, ORDERS__V1__ORDER_EVENT__CONFIRM), STATUS_OK);
    assert_int_equal(order_advance(&staff, guest.order->id, ORDERS__V1__ORDER_EVENT__SHIP), STATUS_OK);
    assert_int_equal(order_advance(&staff, guest.order->id, ORDERS__V1__ORDER_EVENT__RETURN), STATUS_OK);
    assert_true(product_becomes_available(&shirt, 10));
    person_done(&staff);
}

static atomic_int cancelled;

static void cancel_or_confirm(size_t i)
{
    struct person staff;
    staff_init(&staff);
    if (i % 2 == 0)
        (void)!order_advance(&staff, ids[0], ORDERS__V1__ORDER_EVENT__CONFIRM);
    else if (order_cancel(&staff, ids[0], "") == STATUS_OK)
        cancelled++;
    person_done(&staff);
}

static void test_changes_at_once_leave_one_history(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    memcpy(ids[0], guest.order->id, UUID_SIZE);
    cancelled = 0;
    at_once(COPIES, cancel_or_confirm);
    assert_int_equal(cancelled, COPIES / 2);
    assert_int_equal(order_look(&guest, ids[0]), STATUS_OK);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__CANCELLED);
    assert_in_range(guest.order->n_history, 2, 3);
    assert_true(product_becomes_available(&shirt, 10));
}

/* The day is said in the cart, before it is ordered, and stays on the order. */
static void test_what_comes_later_is_said_in_the_cart_and_on_the_order(void **state)
{
    (void)state;
    char statements[512];
    snprintf(statements, sizeof(statements),
             "INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, made_by) "
             "SELECT variant_id, location_id, 'adjusted', 1 - on_hand, 'test' FROM stock WHERE variant_id = '%s';"
             "INSERT INTO stock_policy (variant_id, policy, available_from) VALUES ('%s', 'preorder', '2030-05-01')",
             shirt.variant_id, shirt.variant_id);
    store_test_run(trade_catalog_db, statements);
    assert_int_equal(cart_change(&guest, "", guest.cart->items[0]->id, 3), STATUS_OK);
    assert_true(guest.cart->can_checkout);
    assert_int_equal(guest.cart->items[0]->later, 2);
    assert_int_equal(clock_from_timestamp(guest.cart->items[0]->available_from), 1903824000 * US_PER_S);
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(guest.order->lines[0]->awaited, 2);
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    assert_int_equal(guest.order->lines[0]->awaited, 2);
    assert_int_equal(clock_from_timestamp(guest.order->lines[0]->expected_at), 1903824000 * US_PER_S);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_is_what_was_in_the_cart),
        TEST(test_after_the_order_the_cart_is_empty_and_the_stock_less),
        TEST(test_the_order_stays_as_it_was_sold),
        TEST(test_the_same_post_twice_is_one_order),
        TEST(test_a_key_is_not_for_another_order),
        TEST(test_an_order_needs_a_key),
        TEST(test_copies_sent_at_once_are_one_order),
        TEST(test_one_cart_is_one_order_whatever_the_keys),
        TEST(test_nobody_pays_a_price_that_was_not_shown),
        TEST(test_what_others_bought_meanwhile_is_said),
        TEST(test_what_comes_later_is_said_in_the_cart_and_on_the_order),
        TEST(test_a_cart_of_another_country_is_not_delivered_here),
        TEST(test_a_bad_form_is_refused_before_anything_is_done),
        TEST(test_twenty_shoppers_and_five_units_are_five_orders),
        TEST(test_an_order_of_somebody_else_does_not_exist),
        TEST(test_a_guest_who_signs_in_keeps_the_orders),
        TEST(test_the_list_has_pages_newest_first),
        TEST(test_a_page_of_somebody_elses_list_is_refused),
        TEST(test_staff_lead_an_order_to_the_door),
        TEST(test_staff_work_is_for_staff),
        TEST(test_a_cancelled_order_gives_its_units_back),
        TEST(test_a_returned_order_gives_its_units_back),
        TEST(test_changes_at_once_leave_one_history),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
