/* The saga: what an order set going is finished, whoever dies on the way. */
#include "trade_shop.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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

static const char *of_order(const char *format)
{
    static char query[512];
    snprintf(query, sizeof(query), format, guest.order->id);
    return query;
}

#define TASKS "SELECT count(*) FROM order_task WHERE order_id = '%s'"
#define HOLD "SELECT state FROM reservation WHERE order_id = '%s'"

static void test_every_step_is_done_and_nothing_left_to_do(void **state)
{
    (void)state;
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_true(store_test_becomes(trade_catalog_db, of_order(HOLD), "sold"));
    assert_true(store_test_becomes(trade_orders_db, of_order(TASKS), "0"));
    assert_string_equal(store_test_value(trade_cart_db, of_order("SELECT state FROM cart WHERE closed_by_order = '%s'")),
                        "ordered");
}

/* From here on no worker can take a task, nor a request finish one: as if the process had died after the order was saved. */
static void freeze_tasks(void)
{
    store_test_run(trade_orders_db,
                   "CREATE FUNCTION freeze() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                   "CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON order_task FOR EACH ROW EXECUTE FUNCTION freeze()");
}

static void thaw_tasks(void)
{
    store_test_run(trade_orders_db, "DROP TRIGGER frozen ON order_task; DROP FUNCTION freeze();"
                                    "UPDATE order_task SET due_at = now()");
}

static void test_a_new_process_finishes_what_a_dead_one_left(void **state)
{
    (void)state;
    freeze_tasks();
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_string_equal(store_test_value(trade_orders_db, of_order(TASKS)), "2");
    assert_string_equal(store_test_value(trade_catalog_db, of_order(HOLD)), "held");
    trade_orders_stop();
    thaw_tasks();
    trade_orders_start();
    assert_true(store_test_becomes(trade_catalog_db, of_order(HOLD), "sold"));
    assert_true(store_test_becomes(trade_orders_db, of_order(TASKS), "0"));
}

static void test_an_order_cancelled_before_its_steps_were_done_ends_released(void **state)
{
    (void)state;
    freeze_tasks();
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    trade_orders_stop();
    store_test_run(trade_orders_db, "DROP TRIGGER frozen ON order_task; DROP FUNCTION freeze()");
    store_test_run(trade_orders_db, "UPDATE order_task SET due_at = now() + interval '1 hour'");
    trade_orders_start();
    assert_int_equal(order_cancel(&guest, guest.order->id, ""), STATUS_OK);
    assert_true(store_test_becomes(trade_catalog_db, of_order(HOLD), "released"));
    assert_true(product_becomes_available(&shirt, 10));
    assert_true(store_test_becomes(trade_orders_db, of_order(TASKS " AND step <> 'close_cart'"), "0"));
}

/* The cart's database refuses: the order stands, the shopper gets it, and the cart is closed later. */
static void test_a_cart_that_cannot_be_closed_now_is_closed_later(void **state)
{
    (void)state;
    store_test_run(trade_cart_db,
                   "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';"
                   "CREATE TRIGGER refusing BEFORE UPDATE ON cart FOR EACH ROW EXECUTE FUNCTION refuse()");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_string_equal(
        store_test_value(trade_orders_db,
                         of_order("SELECT step FROM order_task WHERE order_id = '%s' AND step = 'close_cart'")),
        "close_cart");
    assert_int_equal(order_place(&guest, "key-2", &form), STATUS_FAILED_PRECONDITION);
    assert_true(was_refused_for(&guest, "cartId", "cart_already_ordered"));
    assert_true(product_becomes_available(&shirt, 8));
    store_test_run(trade_cart_db, "DROP TRIGGER refusing ON cart; DROP FUNCTION refuse()");
    trade_orders_stop();
    store_test_run(trade_orders_db, "UPDATE order_task SET due_at = now()");
    trade_orders_start();
    assert_true(store_test_becomes(trade_orders_db, of_order(TASKS), "0"));
    assert_int_equal(cart_look(&guest, ""), STATUS_OK);
    assert_int_equal(guest.cart->n_items, 0);
}

/* The hold ran out before it was confirmed, and somebody else bought the units. */
static void test_an_order_whose_units_are_gone_stays_visible_to_staff(void **state)
{
    (void)state;
    struct person rival;
    struct order_form rivals_form;
    freeze_tasks();
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    trade_orders_stop();
    store_test_run(trade_catalog_db,
                   of_order("UPDATE reservation SET expires_at = now() - interval '1 s' WHERE order_id = '%s'"));
    store_test_run(trade_catalog_db, of_order("UPDATE reservation SET state = 'expired' WHERE order_id = '%s'"));
    store_test_run(trade_catalog_db,
                   of_order("INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reserved_change, "
                            "made_by) SELECT variant_id, location_id, 'adjusted', 1 - on_hand, -reserved, 'test' FROM stock "
                            "WHERE variant_id IN (SELECT variant_id FROM reservation_line WHERE order_id = '%s')"));
    thaw_tasks();
    trade_orders_start();
    assert_true(store_test_becomes(trade_orders_db,
                        of_order("SELECT state FROM order_task WHERE order_id = '%s' AND step = 'confirm_stock'"),
                        "failed"));
    assert_int_equal(order_look(&guest, guest.order->id), STATUS_OK);
    shopper_init(&rival, &shirt, 1);
    order_form_init(&rivals_form);
    assert_int_equal(order_place(&rival, "key-1", &rivals_form), STATUS_OK);
    person_done(&rival);
}

/* Saving fails for good: nothing was ordered, nothing is held, and the same key works when the database does. */
static void test_an_order_that_could_not_be_saved_holds_nothing(void **state)
{
    (void)state;
    store_test_run(trade_orders_db,
                   "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';"
                   "CREATE TRIGGER refusing BEFORE INSERT ON payment FOR EACH ROW EXECUTE FUNCTION refuse()");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_UNAVAILABLE);
    assert_int_equal(product_available(&shirt), 10);
    store_test_run(trade_orders_db, "DROP TRIGGER refusing ON payment; DROP FUNCTION refuse()");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(product_available(&shirt), 8);
}

/* From here on the connection is cut while the database commits such a row, which it then does not. */
static void cut_commits(const char *database, const char *table, const char *condition)
{
    char statements[512];
    snprintf(statements, sizeof(statements),
             "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
             "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
             "CREATE CONSTRAINT TRIGGER cutting AFTER INSERT ON %s DEFERRABLE INITIALLY DEFERRED "
             "FOR EACH ROW WHEN (%s) EXECUTE FUNCTION cut()",
             table, condition);
    store_test_run(database, statements);
}

/* The row of the key is asked, and nothing is left behind. */
static void test_an_order_whose_commit_was_cut_off_is_settled(void **state)
{
    (void)state;
    cut_commits(trade_orders_db, "payment", "true");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_UNAVAILABLE);
    assert_int_equal(product_available(&shirt), 10);
    store_test_run(trade_orders_db, "DROP TRIGGER cutting ON payment; DROP FUNCTION cut()");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(product_available(&shirt), 8);
}

/* Whether the catalog holds the units is not known; the order gives them back, says that nothing was ordered, and leaves the
 * key free. */
static void test_an_order_whose_hold_is_in_doubt_is_not_placed(void **state)
{
    (void)state;
    cut_commits(trade_catalog_db, "reservation", "NEW.state = 'held'");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_UNAVAILABLE);
    assert_string_equal(store_test_value(trade_catalog_db, "SELECT state FROM reservation ORDER BY order_id DESC LIMIT 1"),
                        "released");
    assert_string_equal(store_test_value(trade_orders_db, "SELECT count(*) FROM idempotency_key WHERE answer IS NULL"), "0");
    store_test_run(trade_catalog_db, "DROP TRIGGER cutting ON reservation; DROP FUNCTION cut()");
    assert_int_equal(order_place(&guest, "key-1", &form), STATUS_OK);
    assert_int_equal(product_available(&shirt), 8);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_step_is_done_and_nothing_left_to_do),
        TEST(test_a_new_process_finishes_what_a_dead_one_left),
        TEST(test_an_order_cancelled_before_its_steps_were_done_ends_released),
        TEST(test_a_cart_that_cannot_be_closed_now_is_closed_later),
        TEST(test_an_order_whose_units_are_gone_stays_visible_to_staff),
        TEST(test_an_order_that_could_not_be_saved_holds_nothing),
        TEST(test_an_order_whose_commit_was_cut_off_is_settled),
        TEST(test_an_order_whose_hold_is_in_doubt_is_not_placed),
    };
    return cmocka_run_group_tests(tests, trade_shop_open, trade_shop_close);
}
