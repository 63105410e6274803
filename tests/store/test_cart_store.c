/* Carts in the database: two tabs lose nothing, and what the database must refuse it refuses. */
#include "check.h"

#include <string.h>

#include "cart_migrations.h"
#include "cart_sql.h"
#include "cart_store.h"
#include "clock.h"
#include "store_test.h"
#include "uuid.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct error err;

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(cart_migrations, cart_migrations_count);
    arena = arena_new(65536, 1 << 20);
    db = store_test_db(conninfo);
    error_clear(&err);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    return 0;
}

static struct cart_item item_of(const char *variant_id, int64_t quantity)
{
    return (struct cart_item){.id = uuid_new(arena),
                              .variant_id = variant_id,
                              .quantity = quantity,
                              .product_title = "Kitenge shirt",
                              .variant_title = "Blue / XL",
                              .seen_price_minor = 125000,
                              .seen_currency = "KES"};
}

/* A stored cart with one item. */
static struct cart *made(const char *subject, const char *variant_id, int64_t quantity)
{
    struct cart *cart = ARENA_NEW(arena, struct cart);
    cart->id = uuid_new(arena);
    cart->subject = subject;
    cart->country_code = "KE";
    cart->items = ARENA_ARRAY(arena, struct cart_item, 2);
    cart->items[cart->count++] = item_of(variant_id, quantity);
    assert_int_equal(cart_store_create(db, cart, NOW_US, &err), DB_OK);
    return cart;
}

static struct cart *found(const char *subject)
{
    struct cart *carts;
    size_t count;
    assert_int_equal(cart_store_find_open(db, (struct db_texts){&subject, 1}, &carts, &count, arena, &err), DB_OK);
    return count == 0 ? NULL : carts;
}

static void test_every_statement_fits_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; sql_cart_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_cart_all[i], &err), DB_OK);
}

static void test_a_cart_comes_back_as_it_was_put(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    assert_null(found(subject));
    const struct cart *cart = made(subject, SHIRT, 2);
    const struct cart *read = found(subject);
    assert_string_equal(read->id, cart->id);
    assert_string_equal(read->subject, subject);
    assert_string_equal(read->country_code, "KE");
    assert_int_equal(read->version, 1);
    assert_int_equal(read->updated_at_us, NOW_US);
    assert_int_equal(read->count, 1);
    assert_string_equal(read->items[0].id, cart->items[0].id);
    assert_string_equal(read->items[0].variant_id, SHIRT);
    assert_int_equal(read->items[0].quantity, 2);
    assert_string_equal(read->items[0].product_title, "Kitenge shirt");
    assert_string_equal(read->items[0].variant_title, "Blue / XL");
    assert_int_equal(read->items[0].seen_price_minor, 125000);
    assert_string_equal(read->items[0].seen_currency, "KES");
}

static void test_one_open_cart_for_each_shopper(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    struct cart second = *found(subject);
    struct cart_item item = item_of(SHOES, 1);
    second.id = uuid_new(arena);
    second.items = &item;
    assert_int_equal(cart_store_create(db, &second, NOW_US, &err), DB_NONE);
    assert_int_equal(found(subject)->count, 1);
}

static void test_a_change_decided_on_an_old_cart_changes_nothing(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    struct cart *first = found(subject);
    struct cart *second = found(subject);
    struct cart_item shoes = item_of(SHOES, 3);
    assert_int_equal(cart_store_put_item(db, first, &shoes, NOW_US + 1, &err), DB_OK);
    first->items[0].quantity = 50;
    assert_int_equal(cart_store_put_item(db, second, &second->items[0], NOW_US + 2, &err), DB_NONE);
    assert_int_equal(cart_store_remove_item(db, second, second->items[0].id, NOW_US + 2, &err), DB_NONE);
    assert_int_equal(cart_store_set_country(db, second, NOW_US + 2, arena, &err), DB_NONE);
    const struct cart *read = found(subject);
    assert_int_equal(read->version, 2);
    assert_int_equal(read->updated_at_us, NOW_US + 1);
    assert_int_equal(read->count, 2);
    assert_int_equal(read->items[0].quantity, 1);
    assert_int_equal(read->items[1].quantity, 3);
}

static void test_putting_the_same_variant_changes_its_item(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    const struct cart *cart = found(subject);
    struct cart_item again = item_of(SHIRT, 7);
    again.seen_price_minor = 130000;
    assert_int_equal(cart_store_put_item(db, cart, &again, NOW_US, &err), DB_OK);
    const struct cart *read = found(subject);
    assert_int_equal(read->count, 1);
    assert_string_equal(read->items[0].id, cart->items[0].id);
    assert_int_equal(read->items[0].quantity, 7);
    assert_int_equal(read->items[0].seen_price_minor, 130000);
}

static void test_the_database_refuses_what_no_rule_let_through(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    const struct cart *cart = found(subject);
    struct cart_item item = item_of(SHOES, 100);
    assert_int_equal(cart_store_put_item(db, cart, &item, NOW_US, &err), DB_CONFLICT);
    item.quantity = 0;
    assert_int_equal(cart_store_put_item(db, cart, &item, NOW_US, &err), DB_CONFLICT);
    item.quantity = 1;
    item.seen_price_minor = -1;
    assert_int_equal(cart_store_put_item(db, cart, &item, NOW_US, &err), DB_CONFLICT);
    assert_int_equal(found(subject)->version, 1);
}

static void test_a_new_country_brings_its_prices(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    struct cart *cart = found(subject);
    cart->country_code = "NG";
    cart->items[0].seen_price_minor = 4500000;
    cart->items[0].seen_currency = "NGN";
    assert_int_equal(cart_store_set_country(db, cart, NOW_US, arena, &err), DB_OK);
    const struct cart *read = found(subject);
    assert_string_equal(read->country_code, "NG");
    assert_int_equal(read->items[0].seen_price_minor, 4500000);
    assert_string_equal(read->items[0].seen_currency, "NGN");
}

static void test_an_empty_cart_stays_the_shoppers(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    made(subject, SHIRT, 1);
    struct cart *cart = found(subject);
    assert_int_equal(cart_store_remove_item(db, cart, cart->items[0].id, NOW_US, &err), DB_OK);
    cart = found(subject);
    assert_non_null(cart);
    assert_int_equal(cart->count, 0);
    cart->country_code = "NG";
    assert_int_equal(cart_store_set_country(db, cart, NOW_US, arena, &err), DB_OK);
    assert_string_equal(found(subject)->country_code, "NG");
}

static void test_a_guests_cart_becomes_the_customers(void **state)
{
    (void)state;
    const char *guest = uuid_new(arena);
    const char *customer = uuid_new(arena);
    const struct cart *cart = made(guest, SHIRT, 2);
    assert_int_equal(cart_store_adopt(db, found(guest), customer, &err), DB_OK);
    assert_null(found(guest));
    assert_string_equal(found(customer)->id, cart->id);
    made(guest, SHOES, 1);
    assert_int_equal(cart_store_adopt(db, found(guest), customer, &err), DB_NONE);
}

static void test_a_guests_cart_goes_into_the_customers_once(void **state)
{
    (void)state;
    const char *guest = uuid_new(arena);
    const char *customer = uuid_new(arena);
    made(guest, SHIRT, 2);
    const struct cart *own = made(customer, SHOES, 1);
    struct cart *guest_cart = found(guest);
    struct cart *own_cart = found(customer);
    struct cart_item merged[] = {item_of(SHIRT, 2), item_of(SHOES, 4)};
    guest_cart->country_code = "NG";
    assert_int_equal(cart_store_merge(db, own_cart, guest_cart, merged, 2, NOW_US, arena, &err), DB_OK);
    assert_int_equal(cart_store_merge(db, own_cart, guest_cart, merged, 2, NOW_US, arena, &err), DB_NONE);
    assert_null(found(guest));
    const struct cart *read = found(customer);
    assert_string_equal(read->id, own->id);
    assert_string_equal(read->country_code, "NG");
    assert_int_equal(read->count, 2);
    assert_int_equal(cart_item_by_variant(read, SHOES)->quantity, 4);
    assert_string_equal(cart_item_by_variant(read, SHOES)->id, own->items[0].id);
    assert_int_equal(cart_item_by_variant(read, SHIRT)->quantity, 2);
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM cart WHERE state = 'merged'"), "1");
}

static void test_closing_is_repeatable_by_the_same_order_only(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    const char *order = uuid_new(arena);
    const struct cart *cart = made(subject, SHIRT, 1);
    assert_int_equal(cart_store_close(db, cart->id, order, NOW_US, &err), DB_OK);
    assert_int_equal(cart_store_close(db, cart->id, order, NOW_US, &err), DB_OK);
    assert_int_equal(cart_store_close(db, cart->id, uuid_new(arena), NOW_US, &err), DB_NONE);
    assert_null(found(subject));
    made(subject, SHOES, 1);
    assert_string_not_equal(found(subject)->id, cart->id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_fits_the_schema),
        cmocka_unit_test(test_a_cart_comes_back_as_it_was_put),
        cmocka_unit_test(test_one_open_cart_for_each_shopper),
        cmocka_unit_test(test_a_change_decided_on_an_old_cart_changes_nothing),
        cmocka_unit_test(test_putting_the_same_variant_changes_its_item),
        cmocka_unit_test(test_the_database_refuses_what_no_rule_let_through),
        cmocka_unit_test(test_a_new_country_brings_its_prices),
        cmocka_unit_test(test_an_empty_cart_stays_the_shoppers),
        cmocka_unit_test(test_a_guests_cart_becomes_the_customers),
        cmocka_unit_test(test_a_guests_cart_goes_into_the_customers_once),
        cmocka_unit_test(test_closing_is_repeatable_by_the_same_order_only),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
