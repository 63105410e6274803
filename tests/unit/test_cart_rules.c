/* The cart: nobody buys more than they meant or than there is, and signing in loses nothing. */
#include "check.h"

#include <inttypes.h>
#include <string.h>

#include "cart.h"

#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"
#define RADIO "0190a000-0000-7000-8000-000000000003"

static const struct cart_offer plenty = {.is_sold = true, .price_minor = 125000, .currency_code = "KES", .available = 1000};

static struct cart_item items[CART_ITEMS_MAX + 1];
static struct cart cart;
static struct error err;

static int empty(void **state)
{
    (void)state;
    memset(items, 0, sizeof(items));
    cart = (struct cart){.items = items};
    error_clear(&err);
    return 0;
}

static struct cart_item item_of(const char *variant_id, int64_t quantity)
{
    return (struct cart_item){.id = variant_id,
                              .variant_id = variant_id,
                              .quantity = quantity,
                              .product_title = "Kitenge shirt",
                              .variant_title = "",
                              .seen_price_minor = 125000,
                              .seen_currency = "KES"};
}

static enum status add(const char *variant_id, int64_t quantity, const struct cart_offer *offer)
{
    struct cart_item wanted = item_of(variant_id, quantity);
    struct cart_item *item;
    error_clear(&err);
    return cart_add(&cart, &wanted, offer, &item, &err);
}

static void assert_refused(enum status status, const char *field, const char *code)
{
    assert_int_equal(err.status, status);
    assert_int_equal(err.violation_count, 1);
    assert_string_equal(err.violations[0].field, field);
    assert_string_equal(err.violations[0].code, code);
}

static void test_the_same_thing_twice_adds_up(void **state)
{
    (void)state;
    assert_int_equal(add(SHIRT, 2, &plenty), STATUS_OK);
    assert_int_equal(add(SHOES, 1, &plenty), STATUS_OK);
    assert_int_equal(add(SHIRT, 3, &plenty), STATUS_OK);
    assert_int_equal(cart.count, 2);
    assert_int_equal(cart_item_by_variant(&cart, SHIRT)->quantity, 5);
    assert_int_equal(cart_item_by_variant(&cart, SHOES)->quantity, 1);
}

static void test_ninety_nine_of_one_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(add(SHIRT, 99, &plenty), STATUS_OK);
    assert_int_equal(add(SHIRT, 1, &plenty), STATUS_INVALID_ARGUMENT);
    assert_refused(STATUS_INVALID_ARGUMENT, "quantity", "out_of_range");
    assert_int_equal(cart.items[0].quantity, 99);
}

static void test_quantities_from_1_to_99(void **state)
{
    (void)state;
    static const struct {
        int64_t quantity;
        bool good;
    } cases[] = {{1, true}, {99, true}, {0, false}, {-1, false}, {100, false}, {INT64_MAX, false}, {INT64_MIN, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        error_clear(&err);
        cart_check_quantity(cases[i].quantity, &err);
        assert_int_equal(err.status, cases[i].good ? STATUS_OK : STATUS_INVALID_ARGUMENT);
    }
    assert_refused(STATUS_INVALID_ARGUMENT, "quantity", "out_of_range");
}

static void test_a_hundred_different_things_and_no_more(void **state)
{
    (void)state;
    static char ids[CART_ITEMS_MAX + 1][37];
    for (int i = 0; i <= CART_ITEMS_MAX; i++) {
        snprintf(ids[i], sizeof(ids[i]), "0190a000-0000-7000-8000-%012d", i);
        assert_int_equal(add(ids[i], 1, &plenty), i < CART_ITEMS_MAX ? STATUS_OK : STATUS_INVALID_ARGUMENT);
    }
    assert_refused(STATUS_INVALID_ARGUMENT, "variantId", "out_of_range");
    assert_int_equal(add(ids[0], 1, &plenty), STATUS_OK);
    assert_int_equal(cart.count, CART_ITEMS_MAX);
}

static void test_no_more_than_there_are_counting_those_in_the_cart(void **state)
{
    (void)state;
    struct cart_offer three = plenty;
    three.available = 3;
    assert_int_equal(add(SHIRT, 2, &three), STATUS_OK);
    assert_int_equal(add(SHIRT, 2, &three), STATUS_FAILED_PRECONDITION);
    assert_refused(STATUS_FAILED_PRECONDITION, "quantity", "not_enough_stock");
    assert_non_null(strstr(err.message, "3 left"));
    assert_int_equal(cart.items[0].quantity, 2);
    assert_int_equal(add(SHIRT, 1, &three), STATUS_OK);
}

static void test_what_is_gone_cannot_be_put_in(void **state)
{
    (void)state;
    struct cart_offer none = plenty;
    none.available = 0;
    assert_int_equal(add(SHIRT, 1, &none), STATUS_FAILED_PRECONDITION);
    assert_refused(STATUS_FAILED_PRECONDITION, "quantity", "out_of_stock");
    assert_int_equal(cart.count, 0);
}

static void test_fewer_is_allowed_only_down_to_what_is_left(void **state)
{
    (void)state;
    assert_int_equal(add(SHIRT, 9, &plenty), STATUS_OK);
    struct cart_offer three = plenty;
    three.available = 3;
    assert_int_equal(cart_set_quantity(&cart.items[0], 5, &three, &err), STATUS_FAILED_PRECONDITION);
    assert_int_equal(cart.items[0].quantity, 9);
    error_clear(&err);
    assert_int_equal(cart_set_quantity(&cart.items[0], 3, &three, &err), STATUS_OK);
    assert_int_equal(cart.items[0].quantity, 3);
}

static void test_removing_leaves_the_others_in_order(void **state)
{
    (void)state;
    assert_int_equal(add(SHIRT, 1, &plenty), STATUS_OK);
    assert_int_equal(add(SHOES, 2, &plenty), STATUS_OK);
    assert_int_equal(add(RADIO, 3, &plenty), STATUS_OK);
    cart_remove(&cart, cart_item_by_id(&cart, SHOES));
    assert_int_equal(cart.count, 2);
    assert_string_equal(cart.items[0].variant_id, SHIRT);
    assert_string_equal(cart.items[1].variant_id, RADIO);
    assert_null(cart_item_by_id(&cart, SHOES));
}

/* ---- signing in ---- */

static void test_signing_in_adds_the_guests_items_up(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 65536);
    struct cart_item own_items[] = {item_of(SHIRT, 60), item_of(SHOES, 1)};
    struct cart_item guest_items[] = {item_of(SHIRT, 50), item_of(RADIO, 2)};
    const struct cart own = {.items = own_items, .count = 2};
    const struct cart guest = {.items = guest_items, .count = 2};
    size_t count;
    struct cart_item *merged = cart_merge(&own, &guest, arena, &count);
    assert_int_equal(count, 2);
    assert_string_equal(merged[0].variant_id, SHIRT);
    assert_int_equal(merged[0].quantity, 99);
    assert_string_equal(merged[1].variant_id, RADIO);
    assert_int_equal(merged[1].quantity, 2);
    assert_int_equal(own_items[0].quantity, 60);
    arena_free(arena);
}

static void test_signing_in_never_makes_a_cart_longer_than_it_may_be(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 65536);
    static char ids[CART_ITEMS_MAX][37];
    for (int i = 0; i < CART_ITEMS_MAX - 1; i++) {
        snprintf(ids[i], sizeof(ids[i]), "0190b000-0000-7000-8000-%012d", i);
        assert_int_equal(add(ids[i], 1, &plenty), STATUS_OK);
    }
    struct cart_item guest_items[] = {item_of(SHIRT, 1), item_of(SHOES, 1), item_of(ids[0], 1)};
    const struct cart guest = {.items = guest_items, .count = 3};
    size_t count;
    struct cart_item *merged = cart_merge(&cart, &guest, arena, &count);
    assert_int_equal(count, 2);
    assert_string_equal(merged[0].variant_id, SHIRT);
    assert_string_equal(merged[1].variant_id, ids[0]);
    assert_int_equal(merged[1].quantity, 2);
    arena_free(arena);
}

/* ---- what the shopper is told ---- */

static void test_what_changed_since_is_told(void **state)
{
    (void)state;
    const struct cart_item item = item_of(SHIRT, 5);
    static const struct {
        struct cart_offer offer;
        unsigned troubles;
    } cases[] = {
        {{true, 125000, "KES", 5}, 0},
        {{true, 130000, "KES", 5}, CART_PRICE_CHANGED},
        {{true, 99900, "KES", 5}, CART_PRICE_CHANGED},
        {{true, 4500, "NGN", 5}, 0}, /* another market: another price is no change */
        {{true, 125000, "KES", 4}, CART_NOT_ENOUGH_STOCK},
        {{true, 130000, "KES", 4}, CART_PRICE_CHANGED | CART_NOT_ENOUGH_STOCK},
        {{true, 125000, "KES", 0}, CART_OUT_OF_STOCK},
        {{false, 0, "", 0}, CART_NO_LONGER_SOLD},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(cart_troubles(&item, &cases[i].offer), cases[i].troubles);
}

static void test_only_a_new_price_leaves_the_way_to_the_till_open(void **state)
{
    (void)state;
    assert_false(CART_PRICE_CHANGED & CART_CANNOT_BE_ORDERED);
    assert_true(CART_NOT_ENOUGH_STOCK & CART_CANNOT_BE_ORDERED);
    assert_true(CART_OUT_OF_STOCK & CART_CANNOT_BE_ORDERED);
    assert_true(CART_NO_LONGER_SOLD & CART_CANNOT_BE_ORDERED);
}

static void test_adding_again_accepts_the_new_price(void **state)
{
    (void)state;
    assert_int_equal(add(SHIRT, 1, &plenty), STATUS_OK);
    struct cart_offer dearer = plenty;
    dearer.price_minor = 130000;
    struct cart_item wanted = item_of(SHIRT, 1);
    struct cart_item *item;
    wanted.seen_price_minor = 130000;
    assert_int_equal(cart_add(&cart, &wanted, &dearer, &item, &err), STATUS_OK);
    assert_int_equal(cart_troubles(item, &dearer), 0);
}

#define TEST(test) cmocka_unit_test_setup(test, empty)
RUN_TESTS(TEST(test_the_same_thing_twice_adds_up), TEST(test_ninety_nine_of_one_and_no_more),
          TEST(test_quantities_from_1_to_99), TEST(test_a_hundred_different_things_and_no_more),
          TEST(test_no_more_than_there_are_counting_those_in_the_cart), TEST(test_what_is_gone_cannot_be_put_in),
          TEST(test_fewer_is_allowed_only_down_to_what_is_left), TEST(test_removing_leaves_the_others_in_order),
          TEST(test_signing_in_adds_the_guests_items_up), TEST(test_signing_in_never_makes_a_cart_longer_than_it_may_be),
          TEST(test_what_changed_since_is_told), TEST(test_only_a_new_price_leaves_the_way_to_the_till_open),
          TEST(test_adding_again_accepts_the_new_price))
