/* Codes of orders: a code can be guessed at a few times only, and be sent a few times only. */
#include "check.h"

#include <string.h>

#include "clock.h"
#include "code_store.h"
#include "orders_migrations.h"
#include "store_test.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define ORDER "0190a000-0000-7000-8000-000000000001"
#define OTHER "0190a000-0000-7000-8000-000000000002"

static const char *conninfo;
static struct arena *arena;
static struct db *db;
static struct error err;
static unsigned char digest[COD_DIGEST_SIZE];

/* Codes are all that is looked at here: the orders they belong to are left out. */
static int open_all(void **state)
{
    (void)state;
    conninfo = store_test_database(orders_migrations, orders_migrations_count);
    store_test_run(conninfo, "ALTER TABLE order_code DROP CONSTRAINT order_code_order_id_fkey");
    arena = arena_new(4096, 1 << 20);
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

static enum status put(struct db *in, void *arg, struct error *error)
{
    (void)error;
    code_store_send_put(in, ORDER, *(const enum cod_code *)arg, digest, NOW_US);
    return STATUS_OK;
}

static enum status send_code(enum cod_code kind)
{
    error_clear(&err);
    return db_transact(db, put, &kind, &err);
}

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    store_test_run(conninfo, "TRUNCATE order_code");
    memset(digest, 7, sizeof(digest));
    return send_code(COD_CODE_CONFIRM) == STATUS_OK ? 0 : -1;
}

static void test_every_guess_counts_until_there_are_none(void **state)
{
    (void)state;
    struct code_guess guess;
    for (int64_t left = COD_CODE_GUESSES - 1; left >= 0; left--) {
        assert_int_equal(code_store_guess(db, ORDER, COD_CODE_CONFIRM, &guess, arena, &err), DB_OK);
        assert_int_equal(guess.guesses_left, left);
        assert_memory_equal(guess.digest.data, digest, sizeof(digest));
    }
    assert_int_equal(code_store_guess(db, ORDER, COD_CODE_CONFIRM, &guess, arena, &err), DB_NONE);
}

static void test_a_code_is_of_one_order_and_one_kind(void **state)
{
    (void)state;
    struct code_guess guess;
    assert_int_equal(code_store_guess(db, OTHER, COD_CODE_CONFIRM, &guess, arena, &err), DB_NONE);
    assert_int_equal(code_store_guess(db, ORDER, COD_CODE_DELIVERY, &guess, arena, &err), DB_NONE);
}

static void test_a_new_code_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    struct code_guess guess;
    struct code_state now;
    assert_int_equal(code_store_guess(db, ORDER, COD_CODE_CONFIRM, &guess, arena, &err), DB_OK);
    memset(digest, 9, sizeof(digest));
    assert_int_equal(send_code(COD_CODE_CONFIRM), STATUS_OK);
    assert_int_equal(code_store_guess(db, ORDER, COD_CODE_CONFIRM, &guess, arena, &err), DB_OK);
    assert_memory_equal(guess.digest.data, digest, sizeof(digest));
    assert_int_equal(guess.guesses_left, COD_CODE_GUESSES - 1);
    assert_int_equal(code_store_find(db, ORDER, COD_CODE_CONFIRM, &now, arena, &err), DB_OK);
    assert_int_equal(now.sends, 2);
    assert_int_equal(now.made_at_us, NOW_US);
}

static void test_a_code_is_sent_three_times_at_most(void **state)
{
    (void)state;
    assert_int_equal(send_code(COD_CODE_CONFIRM), STATUS_OK);
    assert_int_equal(send_code(COD_CODE_CONFIRM), STATUS_OK);
    assert_int_equal(send_code(COD_CODE_CONFIRM), STATUS_ALREADY_EXISTS);
    assert_true(code_store_is_sent_too_often(db));
    assert_int_equal(send_code(COD_CODE_DELIVERY), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_guess_counts_until_there_are_none, begin),
        cmocka_unit_test_setup(test_a_code_is_of_one_order_and_one_kind, begin),
        cmocka_unit_test_setup(test_a_new_code_takes_the_place_of_the_old_one, begin),
        cmocka_unit_test_setup(test_a_code_is_sent_three_times_at_most, begin),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
