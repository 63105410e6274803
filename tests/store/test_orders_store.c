/* Orders in the database: saved whole or not at all, changed by one at a time, their tasks lost by nobody. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "clock.h"
#include "idempotency_sql.h"
#include "order.h"
#include "orders_migrations.h"
#include "orders_sql.h"
#include "orders_store.h"
#include "saga.h"
#include "store_test.h"
#include "task_sql.h"
#include "task_store.h"
#include "uuid.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct error err;
static uint64_t numbers;

static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    arena = arena_new(65536, 1 << 20);
    db = store_test_db(conninfo);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    store_test_run(conninfo, "TRUNCATE orders, order_line, order_step, payment, order_task, idempotency_key CASCADE");
    return 0;
}

/* 2 shirts at 1250.00 and 1 pair of shoes at 3000.00, delivery 250.00. */
static struct order_record *order_of(const char *subject)
{
    struct order_record *order = ARENA_NEW(arena, struct order_record);
    char number[ORDER_NUMBER_SIZE];
    order_number_format("KE", ++numbers, number);
    *order = (struct order_record){.id = uuid_new(arena),
                                   .number = arena_strdup(arena, number),
                                   .subject = subject,
                                   .cart_id = uuid_new(arena),
                                   .status = "placed",
                                   .version = 1,
                                   .country_code = "KE",
                                   .currency_code = "KES",
                                   .item_count = 3,
                                   .subtotal_minor = 550000,
                                   .delivery_minor = 25000,
                                   .vat_minor = 79310,
                                   .total_minor = 575000,
                                   .vat_basis_points = 1600,
                                   .vat_included = true,
                                   .contact_name = "Amina Otieno",
                                   .contact_phone = "+254712345678",
                                   .contact_email = "",
                                   .recipient = "Amina Otieno",
                                   .recipient_phone = "+254712345678",
                                   .line1 = "House 12",
                                   .line2 = "",
                                   .landmark = "behind the Total station",
                                   .city = "Nairobi",
                                   .region = "",
                                   .postal_code = "",
                                   .note = "Call from the gate.",
                                   .placed_at_us = NOW_US,
                                   .payment_method = "cash_on_delivery",
                                   .payment_status = "to_collect",
                                   .line_count = 2};
    order->lines = ARENA_ARRAY(arena, struct order_line, 2);
    order->lines[0] = (struct order_line){SHIRT, "kitenge-shirt", "Kitenge shirt", "Blue / XL", "KS-1", "/m/1.webp",
                                          "",    "A shirt",       125000,          2,           250000, 800,
                                          600,   0,         0};
    order->lines[1] = (struct order_line){SHOES, "shoes", "Shoes", "", "", "", "", "", 300000, 1, 300000, 0, 0, 1, 1800000000000000};
    return order;
}

static enum status send_order(struct db *in, void *arg, struct error *error)
{
    (void)error;
    const struct order_record *order = arg;
    orders_store_send_order(in, order, arena);
    saga_send_start(in, order, NOW_US);
    return STATUS_OK;
}

static struct order_record *saved(const char *subject)
{
    struct order_record *order = order_of(subject);
    assert_int_equal(db_transact(db, send_order, order, &err), STATUS_OK);
    return order;
}

static enum db_outcome find(const char *id, const char *number, const char *subject, struct order_record *ret_order)
{
    const struct db_texts subjects = {&subject, 1};
    return orders_store_find(db, id, number, subject ? &subjects : NULL, ret_order, arena, &err);
}

static void test_every_statement_fits_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; sql_orders_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_orders_all[i], &err), DB_OK);
    for (size_t i = 0; sql_task_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_task_all[i], &err), DB_OK);
    for (size_t i = 0; sql_idempotency_all[i]; i++)
        assert_int_equal(db_prepare(db, sql_idempotency_all[i], &err), DB_OK);
}

static void test_an_order_comes_back_as_it_was_sold(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    const struct order_record *order = saved(subject);
    struct order_record read;
    assert_int_equal(find(order->id, NULL, subject, &read), DB_OK);
    assert_string_equal(read.number, order->number);
    assert_string_equal(read.cart_id, order->cart_id);
    assert_int_equal(read.total_minor, 575000);
    assert_int_equal(read.vat_minor, 79310);
    assert_true(read.vat_included);
    assert_string_equal(read.landmark, "behind the Total station");
    assert_int_equal(read.placed_at_us, NOW_US);
    assert_string_equal(read.payment_status, "to_collect");
    assert_int_equal(read.line_count, 2);
    assert_string_equal(read.lines[0].variant_id, SHIRT);
    assert_string_equal(read.lines[0].variant_title, "Blue / XL");
    assert_int_equal(read.lines[0].line_total_minor, 250000);
    assert_int_equal(read.lines[0].awaited, 0);
    assert_int_equal(read.lines[0].expected_at_us, 0);
    assert_int_equal(read.lines[1].awaited, 1);
    assert_int_equal(read.lines[1].expected_at_us, 1800000000000000);
    assert_int_equal(read.lines[0].picture_width, 800);
    assert_string_equal(read.lines[1].product_title, "Shoes");
    assert_string_equal(read.lines[1].picture_url, "");
    assert_int_equal(read.lines[1].quantity, 1);
    assert_int_equal(read.step_count, 1);
    assert_string_equal(read.steps[0].status, "placed");
    assert_int_equal(read.steps[0].made_at_us, NOW_US);
}

static void test_an_order_is_its_owners_only(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    const struct order_record *order = saved(subject);
    struct order_record read;
    assert_int_equal(find(NULL, order->number, subject, &read), DB_OK);
    assert_string_equal(read.id, order->id);
    assert_int_equal(find(order->id, NULL, uuid_new(arena), &read), DB_NONE);
    assert_int_equal(find(NULL, order->number, uuid_new(arena), &read), DB_NONE);
    assert_int_equal(find(order->id, NULL, NULL, &read), DB_OK);
}

/* ---- what the database refuses ---- */

static void assert_nothing_saved(struct order_record *order, const char *constraint)
{
    assert_int_equal(db_transact(db, send_order, order, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), constraint);
    struct order_record read;
    error_clear(&err);
    assert_int_equal(find(order->id, NULL, NULL, &read), DB_NONE);
    assert_string_equal(
        store_test_value(conninfo, "SELECT (SELECT count(*) FROM order_line) + (SELECT count(*) FROM order_task)"), "0");
}

static void test_a_sum_that_is_wrong_is_never_saved(void **state)
{
    (void)state;
    struct order_record *order = order_of(uuid_new(arena));
    order->total_minor++;
    assert_nothing_saved(order, "orders_total_adds_up");
    order = order_of(uuid_new(arena));
    order->lines[1].line_total_minor--;
    assert_nothing_saved(order, "order_line_adds_up");
    order = order_of(uuid_new(arena));
    order->lines[1].quantity = order->lines[1].line_total_minor = 0;
    assert_nothing_saved(order, "order_line_quantity_check");
    order = order_of(uuid_new(arena));
    order->status = "lost";
    assert_nothing_saved(order, "orders_status_check");
}

static void test_a_cart_is_ordered_once_and_a_number_given_once(void **state)
{
    (void)state;
    const struct order_record *first = saved(uuid_new(arena));
    struct order_record *second = order_of(first->subject);
    second->cart_id = first->cart_id;
    assert_int_equal(db_transact(db, send_order, second, &err), STATUS_ALREADY_EXISTS);
    assert_true(orders_store_is_cart_taken(db));
    assert_false(orders_store_is_number_taken(db));
    second = order_of(first->subject);
    second->number = first->number;
    assert_int_equal(db_transact(db, send_order, second, &err), STATUS_ALREADY_EXISTS);
    assert_true(orders_store_is_number_taken(db));
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM orders"), "1");
}

/* ---- changes ---- */

static enum status send_change(struct db *in, void *arg, struct error *error)
{
    (void)error;
    orders_store_send_change(in, arg);
    return STATUS_OK;
}

static struct order_change change_of(const struct order_record *order, const char *status)
{
    return (struct order_change){.order_id = order->id,
                                 .version = 1,
                                 .status = status,
                                 .note = "With Juma.",
                                 .made_by = uuid_new(arena),
                                 .now_us = NOW_US + 5};
}

static void test_two_changes_on_one_version_are_one(void **state)
{
    (void)state;
    const struct order_record *order = saved(uuid_new(arena));
    struct order_change cancel = change_of(order, "cancelled");
    struct order_change confirm = change_of(order, "confirmed");
    struct order_record read;
    cancel.payment_status = "void";
    assert_int_equal(db_transact(db, send_change, &cancel, &err), STATUS_OK);
    assert_int_equal(db_transact(db, send_change, &confirm, &err), STATUS_ALREADY_EXISTS);
    assert_true(orders_store_is_beaten(db));
    error_clear(&err);
    assert_int_equal(find(order->id, NULL, NULL, &read), DB_OK);
    assert_string_equal(read.status, "cancelled");
    assert_string_equal(read.payment_status, "void");
    assert_int_equal(read.version, 2);
    assert_int_equal(read.step_count, 2);
    assert_string_equal(read.steps[1].status, "cancelled");
    assert_string_equal(read.steps[1].note, "With Juma.");
    assert_int_equal(read.steps[1].made_at_us, NOW_US + 5);
}

/* ---- lists ---- */

static void test_pages_follow_each_other_newest_first(void **state)
{
    (void)state;
    const char *subject = uuid_new(arena);
    const struct db_texts subjects = {&subject, 1};
    const struct order_record *mine[5];
    saved(uuid_new(arena));
    for (size_t i = 0; i < 5; i++)
        mine[i] = saved(subject);
    struct orders_page page = {.subjects = &subjects, .before_id = LAST_ID, .limit = 2};
    size_t seen = 0;
    size_t count = 2;
    while (count == 2) {
        struct order_summary *orders;
        assert_int_equal(orders_store_list(db, &page, &orders, &count, arena, &err), DB_OK);
        for (size_t i = 0; i < count; i++)
            assert_string_equal(orders[i].id, mine[4 - seen++]->id);
        page.before_id = mine[5 - seen]->id;
    }
    assert_int_equal(seen, 5);
}

static void test_staff_list_all_or_those_of_one_status(void **state)
{
    (void)state;
    const struct order_record *order = saved(uuid_new(arena));
    struct order_change cancel = change_of(order, "cancelled");
    struct order_summary *orders;
    size_t count;
    saved(uuid_new(arena));
    assert_int_equal(db_transact(db, send_change, &cancel, &err), STATUS_OK);
    struct orders_page page = {.before_id = LAST_ID, .limit = 10};
    assert_int_equal(orders_store_list(db, &page, &orders, &count, arena, &err), DB_OK);
    assert_int_equal(count, 2);
    page.status = "cancelled";
    assert_int_equal(orders_store_list(db, &page, &orders, &count, arena, &err), DB_OK);
    assert_int_equal(count, 1);
    assert_string_equal(orders[0].id, order->id);
    assert_string_equal(orders[0].first_item_title, "Kitenge shirt");
    assert_string_equal(orders[0].picture_url, "/m/1.webp");
    assert_int_equal(orders[0].total_minor, 575000);
}

/* ---- tasks ---- */

static size_t taken(int64_t now_us, struct task **ret_tasks)
{
    size_t count;
    assert_int_equal(task_store_take(db, "shop", now_us, now_us + 60 * US_PER_S, 10, ret_tasks, &count, arena, &err), DB_OK);
    return count;
}

static void test_a_task_is_taken_by_one_and_comes_back_if_that_one_dies(void **state)
{
    (void)state;
    const struct order_record *order = saved(uuid_new(arena));
    struct task *tasks;
    assert_int_equal(taken(NOW_US - 1, &tasks), 0);
    assert_int_equal(taken(NOW_US, &tasks), 1);
    assert_string_equal(tasks[0].order_id, order->id);
    assert_string_equal(tasks[0].step, "confirm_stock");
    assert_string_equal(tasks[0].cart_id, order->cart_id);
    assert_int_equal(tasks[0].attempts, 1);
    assert_int_equal(taken(NOW_US + 1, &tasks), 0);
    assert_int_equal(taken(NOW_US + 60 * US_PER_S, &tasks), 2); /* and close_cart, after its head start */
    assert_int_equal(tasks[0].attempts + tasks[1].attempts, 3);
}

#define REPLICAS 8
#define TASKS 120
static atomic_int total_taken;

/* A worker that takes a few at a time and never finishes any. */
static void *take_all(void *start)
{
    struct arena *own_arena = arena_new(65536, 1 << 20);
    struct db *own_db = store_test_db(conninfo);
    struct error own_err;
    struct task *tasks;
    size_t count = 1;
    error_clear(&own_err);
    if (db_connect(own_db, &own_err) != DB_OK)
        count = 0;
    pthread_barrier_wait(start);
    while (count > 0 &&
           task_store_take(own_db, "shop", NOW_US, NOW_US + 60 * US_PER_S, 3, &tasks, &count, own_arena, &own_err) == DB_OK)
        total_taken += (int)count;
    db_free(own_db);
    arena_free(own_arena);
    return NULL;
}

static void test_replicas_that_take_at_once_take_different_tasks(void **state)
{
    (void)state;
    pthread_t threads[REPLICAS];
    pthread_barrier_t start;
    total_taken = 0;
    for (int i = 0; i < TASKS; i++)
        saved(uuid_new(arena));
    pthread_barrier_init(&start, NULL, REPLICAS);
    for (size_t i = 0; i < REPLICAS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_all, &start), 0);
    for (size_t i = 0; i < REPLICAS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    assert_int_equal(total_taken, TASKS);
}

static void test_what_is_done_is_gone_and_what_failed_stays_visible(void **state)
{
    (void)state;
    const struct order_record *order = saved(uuid_new(arena));
    const struct task_delay failed = {.has_failed = true, .due_at_us = NOW_US, .why = "the units are gone"};
    int64_t due_at_us;
    struct task *tasks;
    assert_int_equal(taken(NOW_US, &tasks), 1);
    assert_int_equal(task_store_postpone(db, &tasks[0], &failed, NOW_US, &err), DB_OK);
    assert_int_equal(task_store_next_due(db, "shop", &due_at_us, arena, &err), DB_OK);
    assert_true(due_at_us > NOW_US);
    assert_int_equal(task_store_drop(db, order->id, "close_cart", &err), DB_OK);
    assert_int_equal(task_store_next_due(db, "shop", &due_at_us, arena, &err), DB_OK);
    assert_int_equal(due_at_us, 0);
    assert_int_equal(taken(NOW_US + 3600 * US_PER_S, &tasks), 0);
    assert_string_equal(
        store_test_value(conninfo, "SELECT step || ': ' || last_error FROM order_task WHERE state = 'failed'"),
        "confirm_stock: the units are gone");
}

static void finish(const struct task *task)
{
    assert_int_equal(task_store_finish(db, &task, 1, NOW_US, arena, &err), DB_OK);
}

/* A replica that was thought dead cannot end or put off what another one is doing now. */
static void test_who_lost_the_lease_cannot_finish(void **state)
{
    (void)state;
    const struct task_delay later = {.due_at_us = NOW_US + 3600 * US_PER_S, .why = "late"};
    struct task *old, *now;
    saved(uuid_new(arena));
    assert_int_equal(taken(NOW_US, &old), 1);
    assert_int_equal(task_store_drop(db, old[0].order_id, "close_cart", &err), DB_OK);
    assert_int_equal(taken(NOW_US + 60 * US_PER_S, &now), 1);
    finish(&old[0]);
    assert_int_equal(task_store_postpone(db, &old[0], &later, NOW_US, &err), DB_OK);
    assert_string_equal(store_test_value(conninfo, "SELECT last_error || attempts FROM order_task"), "2");
    finish(&now[0]);
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM order_task"), "0");
}

static enum status send_wake(struct db *in, void *arg, struct error *error)
{
    (void)error;
    const struct saga_plan plan = saga_plan_of("confirm_stock", NOW_US);
    task_store_send_wake(in, arg, arg, &plan);
    return STATUS_OK;
}

/* Whoever has it asked before the news came: it is done once more. */
static void test_what_is_woken_while_it_is_done_is_done_again(void **state)
{
    (void)state;
    struct order_record *order = saved(uuid_new(arena));
    struct task *tasks;
    assert_int_equal(taken(NOW_US, &tasks), 1);
    assert_int_equal(db_transact(db, send_wake, (void *)order->id, &err), STATUS_OK);
    assert_int_equal(taken(NOW_US, &(struct task *){NULL}), 0);
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM order_task WHERE is_woken"), "1");
    store_test_run(conninfo, "UPDATE order_task SET due_at = to_timestamp(0) WHERE step = 'confirm_stock'");
    assert_int_equal(taken(NOW_US, &tasks), 1);
    assert_int_equal(db_transact(db, send_wake, (void *)order->id, &err), STATUS_OK);
    finish(&tasks[0]);
    assert_int_equal(taken(NOW_US, &tasks), 1);
    finish(&tasks[0]);
    assert_int_equal(taken(NOW_US, &tasks), 0);
}

static enum status send_undo(struct db *in, void *arg, struct error *error)
{
    (void)error;
    saga_send_undo(in, arg, NOW_US);
    return STATUS_OK;
}

static void test_undoing_drops_what_was_not_done_yet(void **state)
{
    (void)state;
    struct order_record *order = saved(uuid_new(arena));
    assert_int_equal(db_transact(db, send_undo, (void *)order->id, &err), STATUS_OK);
    assert_int_equal(db_transact(db, send_undo, (void *)order->id, &err), STATUS_OK);
    assert_string_equal(store_test_value(conninfo, "SELECT string_agg(step, ' ' ORDER BY step) FROM order_task"),
                        "close_cart release_stock");
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_statement_fits_the_schema),
        TEST(test_an_order_comes_back_as_it_was_sold),
        TEST(test_an_order_is_its_owners_only),
        TEST(test_a_sum_that_is_wrong_is_never_saved),
        TEST(test_a_cart_is_ordered_once_and_a_number_given_once),
        TEST(test_two_changes_on_one_version_are_one),
        TEST(test_pages_follow_each_other_newest_first),
        TEST(test_staff_list_all_or_those_of_one_status),
        TEST(test_a_task_is_taken_by_one_and_comes_back_if_that_one_dies),
        TEST(test_replicas_that_take_at_once_take_different_tasks),
        TEST(test_what_is_done_is_gone_and_what_failed_stays_visible),
        TEST(test_who_lost_the_lease_cannot_finish),
        TEST(test_what_is_woken_while_it_is_done_is_done_again),
        TEST(test_undoing_drops_what_was_not_done_yet),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
