/* Holds: what is promised to one order is promised to no other, whatever happens and however many ask at once. */
#include "catalog_shop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "clock.h"
#include "uuid.h"

#define FAR_US (clock_now_us() + 3600 * US_PER_S)

static struct db_bytes pack(void *arg, const struct hold_quote *quotes, size_t count)
{
    int64_t *answers = arg;
    *answers = 0;
    for (size_t i = 0; i < count; i++)
        *answers += quotes[i].row != NULL;
    return (struct db_bytes){answers, sizeof(*answers)};
}

static struct stock_hold hold_of(const char *order_id, const struct stock_line *lines, size_t count, int64_t expires_at_us,
                                 int64_t *packed, struct error *err)
{
    return (struct stock_hold){.order_id = order_id,
                               .currency = "KES",
                               .country = "KE",
                               .lines = lines,
                               .line_count = count,
                               .expires_at_us = expires_at_us,
                               .pack = pack,
                               .arg = packed,
                               .err = err};
}

/* The outcome of a call to reserve. */
struct held {
    enum status status;
    bool replayed;
    int64_t quotes; /* what the answer holds */
};

static struct held hold_until(const char *order_id, const struct stock_line *lines, size_t count, int64_t expires_at_us)
{
    int64_t packed = 0;
    struct held held = {0};
    struct stock_hold hold = hold_of(order_id, lines, count, expires_at_us, &packed, &shop.err);
    struct error batch_err;
    error_clear(&batch_err);
    assert_int_equal(hold_store_reserve(shop.db, &hold, 1, shop.arena, &batch_err), STATUS_OK);
    held.status = hold.status;
    held.replayed = hold.replayed;
    if (held.status == STATUS_OK)
        memcpy(&held.quotes, hold.answer.data, sizeof(held.quotes));
    return held;
}

static const char *hold_one(const char *variant_id, int64_t quantity)
{
    const char *order_id = uuid_new(shop.arena);
    const struct stock_line line = {variant_id, quantity, false};
    assert_int_equal(hold_until(order_id, &line, 1, FAR_US).status, STATUS_OK);
    return order_id;
}

static bool confirm(const char *order_id)
{
    const char *missing[1];
    size_t count;
    error_clear(&shop.err);
    assert_int_equal(stock_store_confirm(shop.db, (struct db_texts){&order_id, 1}, missing, &count, shop.arena, &shop.err),
                     STATUS_OK);
    return count == 0;
}

static bool release(const char *order_id)
{
    bool released;
    error_clear(&shop.err);
    assert_int_equal(stock_store_release(shop.db, order_id, &released, shop.arena, &shop.err), STATUS_OK);
    return released;
}

static int64_t expire(int64_t now_us)
{
    int64_t expired;
    struct stock_next next;
    error_clear(&shop.err);
    assert_int_equal(stock_store_expire(shop.db, now_us, 100, &expired, &next, shop.arena, &shop.err), STATUS_OK);
    return expired;
}

/* "on hand/reserved" */
static void assert_counts(const char *variant_id, const char *counts)
{
    assert_string_equal(text_of(arena_printf(
                            shop.arena, "SELECT on_hand || '/' || reserved FROM stock WHERE variant_id = '%s'", variant_id)),
                        counts);
}

static void test_held_then_sold_then_returned(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *order = hold_one(shirt, 3);
    assert_counts(shirt, "10/3");
    assert_true(confirm(order));
    assert_counts(shirt, "7/0");
    assert_true(confirm(order));
    assert_counts(shirt, "7/0");
    assert_true(release(order));
    assert_counts(shirt, "10/0");
    assert_false(release(order));
    assert_counts(shirt, "10/0");
    assert_false(confirm(order));
}

static void test_a_released_hold_gives_back(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *order = hold_one(shirt, 3);
    assert_true(release(order));
    assert_counts(shirt, "10/0");
    assert_false(confirm(order));
}

static void test_a_repeated_call_gets_the_first_answer(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *order = uuid_new(shop.arena);
    const struct stock_line lines[] = {{shirt, 1, false}, {shirt, 2, false}};
    struct held first = hold_until(order, lines, 2, FAR_US);
    assert_int_equal(first.status, STATUS_OK);
    assert_false(first.replayed);
    assert_counts(shirt, "10/3");
    struct held again = hold_until(order, lines, 2, FAR_US);
    assert_int_equal(again.status, STATUS_OK);
    assert_true(again.replayed);
    assert_int_equal(again.quotes, first.quotes);
    assert_counts(shirt, "10/3");
    const struct stock_line other = {shirt, 2, false};
    assert_int_equal(hold_until(order, &other, 1, FAR_US).status, STATUS_ALREADY_EXISTS);
    assert_counts(shirt, "10/3");
}

static void test_all_lines_or_none(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *shoes = PUT(.title = "Shoes", .stock = 1);
    const char *order = uuid_new(shop.arena);
    const struct stock_line lines[] = {{shirt, 1, false}, {shoes, 2, false}};
    assert_int_equal(hold_until(order, lines, 2, FAR_US).status, STATUS_FAILED_PRECONDITION);
    assert_string_equal(shop.err.violations[0].field, "lines[1]");
    assert_string_equal(shop.err.violations[0].code, "not_enough_stock");
    assert_counts(shirt, "10/0");
    assert_int_equal(number_of("SELECT count(*) FROM reservation"), 0);
}

static void test_what_is_not_sold_cannot_be_held(void **state)
{
    (void)state;
    const char *naira = PUT(.title = "Naira", .stock = 5, .currency = "NGN");
    const char *draft = PUT(.title = "Draft", .stock = 5, .status = PRODUCT_DRAFT);
    const struct stock_line lines[] = {{naira, 1, false}, {draft, 1, false}, {uuid_new(shop.arena), 1, false}};
    assert_int_equal(hold_until(uuid_new(shop.arena), lines, 3, FAR_US).status, STATUS_FAILED_PRECONDITION);
    assert_int_equal(shop.err.violation_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(shop.err.violations[i].code, "unknown");
}

static void test_a_hold_runs_out_and_a_late_sale_takes_what_is_left(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 3);
    const struct stock_line line = {shirt, 2, false};
    const char *early = uuid_new(shop.arena);
    const char *late = uuid_new(shop.arena);
    assert_int_equal(hold_until(early, &line, 1, clock_now_us() - US_PER_S).status, STATUS_OK);
    assert_int_equal(expire(clock_now_us()), 1);
    assert_counts(shirt, "3/0");
    assert_int_equal(hold_until(late, &line, 1, clock_now_us() - US_PER_S).status, STATUS_OK);
    assert_int_equal(expire(clock_now_us()), 1);
    assert_true(confirm(late));
    assert_counts(shirt, "1/0");
    assert_false(confirm(early));
    assert_counts(shirt, "1/0");
    assert_counts(shirt, "1/0");
}

static void test_only_what_is_due_runs_out(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 9);
    const struct stock_line line = {shirt, 1, false};
    int64_t now_us = clock_now_us();
    int64_t expired;
    struct stock_next next;
    assert_int_equal(expire(now_us), 0);
    assert_int_equal(hold_until(uuid_new(shop.arena), &line, 1, now_us).status, STATUS_OK);
    assert_int_equal(hold_until(uuid_new(shop.arena), &line, 1, now_us + US_PER_S).status, STATUS_OK);
    const char *sold = uuid_new(shop.arena);
    assert_int_equal(hold_until(sold, &line, 1, now_us).status, STATUS_OK);
    assert_true(confirm(sold));
    assert_int_equal(stock_store_expire(shop.db, now_us, 100, &expired, &next, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(expired, 1);
    assert_true(next.expires_at_us == now_us + US_PER_S);
    assert_counts(shirt, "8/1");
}

static void test_a_hold_that_comes_after_its_release_is_refused(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 9);
    const struct stock_line line = {shirt, 1, false};
    const char *order = uuid_new(shop.arena);
    assert_false(release(order));
    assert_int_equal(hold_until(order, &line, 1, FAR_US).status, STATUS_FAILED_PRECONDITION);
    assert_counts(shirt, "9/0");
}

static void test_a_batch_tells_which_orders_are_missing(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 9);
    const char *orders[] = {hold_one(shirt, 1), uuid_new(shop.arena), hold_one(shirt, 2)};
    const char *missing[3];
    size_t count;
    assert_int_equal(stock_store_confirm(shop.db, (struct db_texts){orders, 3}, missing, &count, shop.arena, &shop.err),
                     STATUS_OK);
    assert_int_equal(count, 1);
    assert_string_equal(missing[0], orders[1]);
    assert_counts(shirt, "6/0");
}

static void test_staff_count_and_cannot_count_out_what_is_held(void **state)
{
    (void)state;
    const char *shirt = PUT(.title = "Shirt", .stock = 5);
    struct stock_level level;
    struct stock_adjustment broken = {shirt, "", -2, "broken", "staff"};
    hold_one(shirt, 3);
    assert_int_equal(stock_counts_adjust(shop.db, &broken, &level, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(level.on_hand, 3);
    assert_int_equal(stock_counts_adjust(shop.db, &broken, &level, shop.arena, &shop.err), STATUS_FAILED_PRECONDITION);
    assert_counts(shirt, "3/3");
    assert_string_equal(text_of("SELECT on_hand_change || reason || made_by FROM stock_movement WHERE kind = 'adjusted'"),
                        "-2brokenstaff");
    error_clear(&shop.err);
    broken.variant_id = uuid_new(shop.arena);
    assert_int_equal(stock_counts_adjust(shop.db, &broken, &level, shop.arena, &shop.err), STATUS_NOT_FOUND);
}

/* ---- batches ---- */

#define BATCH 5

/* Holds that are made together, each with an error of its own. */
struct together {
    struct stock_hold holds[BATCH];
    struct stock_line lines[BATCH];
    struct error errs[BATCH];
    int64_t packed[BATCH];
};

static void hold_together(struct together *batch, const char *const order_ids[BATCH], const char *variant_id,
                          const int64_t quantities[BATCH])
{
    struct error err;
    error_clear(&err);
    for (size_t i = 0; i < BATCH; i++) {
        batch->lines[i] = (struct stock_line){variant_id, quantities[i], false};
        batch->holds[i] = hold_of(order_ids[i], &batch->lines[i], 1, FAR_US, &batch->packed[i], &batch->errs[i]);
    }
    assert_int_equal(hold_store_reserve(shop.db, batch->holds, BATCH, shop.arena, &err), STATUS_OK);
}

/* The third wants more than is left; who comes after it still gets the rest. */
static void test_a_refusal_in_a_batch_harms_no_other(void **state)
{
    (void)state;
    struct together batch;
    const char *orders[BATCH];
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    for (size_t i = 0; i < BATCH; i++)
        orders[i] = uuid_new(shop.arena);
    hold_together(&batch, orders, shirt, (const int64_t[]){4, 4, 4, 2, 1});
    static const enum status expected[BATCH] = {STATUS_OK, STATUS_OK, STATUS_FAILED_PRECONDITION, STATUS_OK,
                                                STATUS_FAILED_PRECONDITION};
    for (size_t i = 0; i < BATCH; i++)
        assert_int_equal(batch.holds[i].status, expected[i]);
    assert_string_equal(batch.errs[2].violations[0].message, "Only 2 of this are left.");
    assert_string_equal(batch.errs[4].violations[0].code, "out_of_stock");
    assert_counts(shirt, "10/10");
    assert_int_equal(number_of("SELECT count(*) FROM reservation"), 3);
    assert_true(release(orders[1]));
    assert_counts(shirt, "10/6");
}

/* Copies beside their first, a copy of an order of long ago, a copy with other lines, and one that is new. */
static void test_copies_within_a_batch_take_once(void **state)
{
    (void)state;
    struct together batch;
    const char *shirt = PUT(.title = "Shirt", .stock = 10);
    const char *old = hold_one(shirt, 2);
    const char *fresh = uuid_new(shop.arena);
    const char *orders[BATCH] = {fresh, old, fresh, uuid_new(shop.arena), fresh};
    hold_together(&batch, orders, shirt, (const int64_t[]){3, 2, 3, 1, 4});
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(batch.holds[i].status, STATUS_OK);
    assert_int_equal(batch.holds[4].status, STATUS_ALREADY_EXISTS);
    assert_false(batch.holds[0].replayed);
    assert_true(batch.holds[1].replayed);
    assert_true(batch.holds[2].replayed);
    assert_false(batch.holds[3].replayed);
    assert_counts(shirt, "10/6");
}

/* ---- many at once ---- */

#define SHOPPERS 16
#define UNITS 60

static const char *variants[2];
static atomic_int won;
static atomic_int refused;
static atomic_int failed;

/* Each takes one of both until nothing is left; every other one asks for them the other way round. */
static void *shop_until_nothing_is_left(void *arg)
{
    bool other_way = (intptr_t)arg % 2;
    struct db *db = store_test_db(shop.conninfo);
    struct arena *arena = arena_new(65536, SIZE_MAX);
    for (int tries = 0; tries < UNITS; tries++) {
        struct error err;
        struct error batch_err;
        int64_t packed;
        const struct stock_line lines[] = {{variants[other_way], 1, false}, {variants[!other_way], 1, false}};
        struct stock_hold hold = hold_of(uuid_new(arena), lines, 2, FAR_US, &packed, &err);
        enum status status = hold_store_reserve(db, &hold, 1, arena, &batch_err);
        if (status == STATUS_OK)
            status = hold.status;
        atomic_fetch_add(status == STATUS_OK ? &won : status == STATUS_FAILED_PRECONDITION ? &refused : &failed, 1);
        arena_reset(arena);
    }
    arena_free(arena);
    db_free(db);
    return NULL;
}

static void test_a_race_never_oversells(void **state)
{
    (void)state;
    pthread_t threads[SHOPPERS];
    variants[0] = PUT(.title = "Shirt", .stock = UNITS);
    variants[1] = PUT(.title = "Shoes", .stock = UNITS + 5);
    won = refused = failed = 0;
    for (intptr_t i = 0; i < SHOPPERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, shop_until_nothing_is_left, (void *)i), 0);
    for (int i = 0; i < SHOPPERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(won, UNITS);
    assert_int_equal(refused, SHOPPERS * UNITS - UNITS);
    assert_int_equal(failed, 0);
    assert_counts(variants[0], "60/60");
    assert_counts(variants[1], "65/60");
    assert_int_equal(number_of("SELECT sum(quantity) FROM reservation_line"), 2 * UNITS);
}

static const char *contested_order;

static void *reserve_the_same_order(void *arg)
{
    struct db *db = store_test_db(shop.conninfo);
    struct arena *arena = arena_new(65536, SIZE_MAX);
    struct error err;
    struct error batch_err;
    int64_t packed;
    const struct stock_line line = {variants[0], 1, false};
    (void)arg;
    struct stock_hold hold = hold_of(contested_order, &line, 1, FAR_US, &packed, &err);
    enum status status = hold_store_reserve(db, &hold, 1, arena, &batch_err);
    bool good = status == STATUS_OK && hold.status == STATUS_OK;
    atomic_fetch_add(!good ? &failed : hold.replayed ? &refused : &won, 1);
    arena_free(arena);
    db_free(db);
    return NULL;
}

static void test_copies_of_a_call_take_once(void **state)
{
    (void)state;
    pthread_t threads[SHOPPERS];
    variants[0] = PUT(.title = "Shirt", .stock = UNITS);
    contested_order = uuid_new(shop.arena);
    won = refused = failed = 0;
    for (int i = 0; i < SHOPPERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reserve_the_same_order, NULL), 0);
    for (int i = 0; i < SHOPPERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(won, 1);
    assert_int_equal(refused, SHOPPERS - 1);
    assert_int_equal(failed, 0);
    assert_counts(variants[0], "60/1");
}

/* The name of the error that a statement ends with; "" when there is none. */
static const char *refusal_of(const char *statement)
{
    return text_of(
        arena_printf(shop.arena,
                     "DO $$ BEGIN PERFORM set_config('t.refused', '', false); %s; EXCEPTION WHEN check_violation OR "
                     "restrict_violation THEN PERFORM set_config('t.refused', sqlstate, false); END $$;"
                     "SELECT current_setting('t.refused', true)",
                     statement));
}

/* Whatever a program does, the database itself says no. */
static void test_the_database_refuses_what_must_not_be(void **state)
{
    (void)state;
    PUT(.title = "Shirt", .stock = 5);
    static const char *const bad[] = {"-6, 0, 0", "0, 6, 0", "0, -1, 0", "-1, 5, 0", "0, 0, -1", "0, 0, 0"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_string_equal(
            refusal_of(arena_printf(shop.arena,
                                    "INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, "
                                    "reserved_change, owed_change, made_by) SELECT variant_id, location_id, 'adjusted', %s, "
                                    "'test' FROM stock",
                                    bad[i])),
            "23514");
    static const char *const past_the_ledger[] = {"UPDATE stock SET on_hand = 6", "DELETE FROM stock",
                                                  "UPDATE stock_movement SET on_hand_change = 6",
                                                  "DELETE FROM stock_movement",
                                                  "INSERT INTO stock (variant_id, location_id, on_hand) "
                                                  "SELECT id, 2, 1 FROM variant"};
    for (size_t i = 0; i < sizeof(past_the_ledger) / sizeof(past_the_ledger[0]); i++)
        assert_string_equal(refusal_of(past_the_ledger[i]), "23001");
    assert_int_equal(number_of("SELECT on_hand FROM stock"), 5);
}

RUN_CATALOG_TESTS(CATALOG_TEST(test_held_then_sold_then_returned), CATALOG_TEST(test_a_released_hold_gives_back),
                  CATALOG_TEST(test_a_repeated_call_gets_the_first_answer), CATALOG_TEST(test_all_lines_or_none),
                  CATALOG_TEST(test_what_is_not_sold_cannot_be_held),
                  CATALOG_TEST(test_a_hold_runs_out_and_a_late_sale_takes_what_is_left),
                  CATALOG_TEST(test_only_what_is_due_runs_out),
                  CATALOG_TEST(test_a_hold_that_comes_after_its_release_is_refused),
                  CATALOG_TEST(test_a_batch_tells_which_orders_are_missing),
                  CATALOG_TEST(test_staff_count_and_cannot_count_out_what_is_held),
                  CATALOG_TEST(test_a_refusal_in_a_batch_harms_no_other), CATALOG_TEST(test_copies_within_a_batch_take_once),
                  CATALOG_TEST(test_a_race_never_oversells), CATALOG_TEST(test_copies_of_a_call_take_once),
                  CATALOG_TEST(test_the_database_refuses_what_must_not_be))
