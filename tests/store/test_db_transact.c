/* Transactions: all or nothing, in one round trip where nobody waits, run again where others were in the way. */
#include "db_fixture.h"

#include <pthread.h>
#include <string.h>

#include "db_internal.h"

STATEMENT(find_stock, "SELECT stock FROM thing WHERE id = $1");
STATEMENT(count_things, "SELECT count(*) FROM thing");
STATEMENT(insert_part, "INSERT INTO part (thing_id) VALUES ($1)");
STATEMENT(be_serializable, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
STATEMENT(refuse_always, "SELECT refuse_always()");

static void test_all_is_saved(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    assert_string_equal(db_fixture_saved(), "1:10 2:20");
}

static enum status change_mind(struct db *db, void *arg, struct error *err)
{
    if (db_fixture_save_two(db, NULL, err) != STATUS_OK || db_flush(db, err) != DB_OK)
        return err->status;
    db_fixture_send_thing(db, 3, 30);
    (void)arg;
    return error_set(err, STATUS_FAILED_PRECONDITION, "We changed our mind.");
}

static void test_nothing_is_saved_when_the_shop_says_no(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(change_mind, NULL), STATUS_FAILED_PRECONDITION);
    assert_string_equal(at.err.message, "We changed our mind.");
    assert_string_equal(db_fixture_saved(), "");
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
}

static enum status do_nothing(struct db *db, void *arg, struct error *err)
{
    (void)db;
    (void)arg;
    (void)err;
    return STATUS_OK;
}

static void test_a_transaction_may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(do_nothing, NULL), STATUS_OK);
}

/* Failures of what was sent */

enum teller { BY_COMMIT, BY_FLUSH, BY_NEXT, BY_NOBODY };

static enum status oversell(struct db *db, void *arg, struct error *err)
{
    enum teller teller = *(enum teller *)arg;
    struct row { int64_t stock; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, stock)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    enum db_outcome outcome = DB_OK;
    db_fixture_take(db, 1, 4);
    db_fixture_take(db, 2, 21);
    db_fixture_take(db, 1, 1);
    if (teller == BY_FLUSH)
        outcome = db_flush(db, err);
    else if (teller == BY_NEXT)
        outcome = db_one(db, &find_stock, DB_ARGS(DB_ARG(1)), &shape, &row, at.arena, err);
    else if (teller == BY_NOBODY)
        assert_int_equal(db_flush(db, err), DB_CONFLICT);
    return db_status(outcome);
}

static void test_a_failed_sending_is_told_and_undoes_all(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    for (enum teller teller = BY_COMMIT; teller <= BY_NOBODY; teller++) {
        assert_int_equal(db_fixture_transact(oversell, &teller), STATUS_ALREADY_EXISTS);
        assert_string_equal(db_constraint(at.db), "thing_stock_check");
        assert_int_equal(at.err.status, STATUS_ALREADY_EXISTS);
        assert_string_equal(db_fixture_saved(), "1:10 2:20");
    }
}

/* The statement after the failed one is new to the connection: it is asked to prepare it and cannot. */
static enum status fail_before_a_new_statement(struct db *db, void *arg, struct error *err)
{
    db_fixture_send_thing(db, 1, -1);
    db_send(db, &count_things, DB_NO_ARGS);
    assert_int_equal(db_flush(db, err), DB_CONFLICT);
    assert_int_equal(db_exec(db, &find_stock, DB_ARGS(DB_ARG(1)), NULL, err), DB_CONFLICT);
    return arg ? STATUS_OK : STATUS_ALREADY_EXISTS;
}

static void test_after_a_failure_the_transaction_is_over(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(fail_before_a_new_statement, NULL), STATUS_ALREADY_EXISTS);
    assert_int_equal(db_fixture_transact(fail_before_a_new_statement, at.db), STATUS_ALREADY_EXISTS);
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
}

static enum status save_orphan(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    (void)err;
    db_send(db, &insert_part, DB_ARGS(DB_ARG(99)));
    return STATUS_OK;
}

static void test_what_the_commit_refuses_is_told(void **state)
{
    (void)state;
    store_test_run(at.conninfo, "CREATE TABLE part (thing_id bigint CONSTRAINT part_of_thing REFERENCES thing "
                                "DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(db_fixture_transact(save_orphan, NULL), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(at.db), "part_of_thing");
    store_test_run(at.conninfo, "DROP TABLE part");
}

/* Round trips, by libpq's own trace: each line names who speaks, F or B. */

static int count_round_trips(enum status (*fn)(struct db *, void *, struct error *), int64_t *arg)
{
    FILE *trace = tmpfile();
    char line[4096];
    char before = 'B';
    int turns = 0;
    PQtrace(at.db->connection, trace);
    PQsetTraceFlags(at.db->connection, PQTRACE_SUPPRESS_TIMESTAMPS);
    assert_int_equal(db_fixture_transact(fn, arg), STATUS_OK);
    PQuntrace(at.db->connection);
    rewind(trace);
    while (fgets(line, sizeof(line), trace)) {
        turns += line[0] == 'F' && before == 'B';
        before = line[0];
    }
    fclose(trace);
    return turns;
}

static enum status send_ten(struct db *db, void *arg, struct error *err)
{
    (void)err;
    int64_t *next_id = arg;
    for (int i = 0; i < 10; i++)
        db_fixture_send_thing(db, (*next_id)++, 1);
    return STATUS_OK;
}

static enum status wait_ten_times(struct db *db, void *arg, struct error *err)
{
    int64_t *next_id = arg;
    for (int i = 0; i < 10; i++) {
        db_fixture_send_thing(db, (*next_id)++, 1);
        assert_int_equal(db_flush(db, err), DB_OK);
    }
    return STATUS_OK;
}

static void test_a_transaction_that_only_sends_is_one_round_trip(void **state)
{
    (void)state;
    int64_t next_id = 1;
    assert_int_equal(db_prepare(at.db, &sql_test_insert_thing, &at.err), DB_OK);
    assert_int_equal(count_round_trips(send_ten, &next_id), 1);
    assert_int_equal(count_round_trips(wait_ten_times, &next_id), 11);
    assert_string_equal(store_test_value(at.conninfo, "SELECT count(*) FROM thing"), "20");
}

static enum status send_many(struct db *db, void *arg, struct error *err)
{
    const char *large = arg;
    (void)err;
    for (int64_t id = 1; id <= 10000; id++)
        db_send(db, &sql_test_insert_thing, DB_ARGS(DB_ARG(id), DB_ARG(1), DB_ARG(arena_printf(at.arena, "%ld %s", (long)id, large))));
    return STATUS_OK;
}

static void test_ten_thousand_sendings_do_not_choke(void **state)
{
    (void)state;
    char large[1500];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    assert_int_equal(db_fixture_transact(send_many, large), STATUS_OK);
    assert_string_equal(store_test_value(at.conninfo, "SELECT count(*) || ' ' || min(length(name)) FROM thing"), "10000 1501");
}

/* Each answer is larger than what the sockets hold, so that the server stops reading until it is heard. */
STATEMENT(send_back, "SELECT repeat($1, 10)");

static enum status send_what_answers_at_length(struct db *db, void *arg, struct error *err)
{
    (void)err;
    for (int i = 0; i < 100; i++)
        db_send(db, &send_back, DB_ARGS(DB_ARG((const char *)arg)));
    return STATUS_OK;
}

static void test_long_answers_to_long_questions_do_not_choke(void **state)
{
    (void)state;
    const size_t size = 50000;
    char *large = arena_alloc(at.arena, size + 1);
    memset(large, 'x', size);
    assert_int_equal(db_fixture_transact(send_what_answers_at_length, large), STATUS_OK);
}

/* A refusal of the shop's own is not mistaken for the database's, though something sent would have failed as well. */
static enum status refuse_while_something_fails(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    db_fixture_send_thing(db, 1, -1);
    return error_set(err, STATUS_ALREADY_EXISTS, "This name is taken.");
}

static void test_a_refusal_of_our_own_names_no_constraint(void **state)
{
    (void)state;
    enum teller teller = BY_COMMIT;
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    assert_int_equal(db_fixture_transact(oversell, &teller), STATUS_ALREADY_EXISTS);
    assert_int_equal(db_fixture_transact(refuse_while_something_fails, NULL), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(at.db), "");
    assert_string_equal(at.err.message, "This name is taken.");
    assert_string_equal(db_fixture_saved(), "1:10 2:20");
}

/* Running again */

static pthread_barrier_t both_hold_one;

struct rival {
    struct db *db;
    int64_t first, second;
    int runs;
    enum status status;
    struct error err;
};

static enum status lock_crosswise(struct db *db, void *arg, struct error *err)
{
    struct rival *rival = arg;
    db_fixture_take(db, rival->first, 1);
    if (db_flush(db, err) != DB_OK)
        return err->status;
    if (rival->runs++ == 0)
        pthread_barrier_wait(&both_hold_one);
    db_fixture_take(db, rival->second, 1);
    return STATUS_OK;
}

static void *run_rival(void *arg)
{
    struct rival *rival = arg;
    rival->status = db_transact(rival->db, lock_crosswise, rival, &rival->err);
    return NULL;
}

static void test_a_deadlock_is_run_again(void **state)
{
    (void)state;
    struct rival rivals[] = {{.db = store_test_db(at.conninfo), .first = 1, .second = 2},
                             {.db = store_test_db(at.conninfo), .first = 2, .second = 1}};
    pthread_t threads[2];
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    pthread_barrier_init(&both_hold_one, NULL, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_rival, &rivals[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(rivals[i].status, STATUS_OK);
        db_free(rivals[i].db);
    }
    pthread_barrier_destroy(&both_hold_one);
    assert_int_equal(rivals[0].runs + rivals[1].runs, 3);
    assert_string_equal(db_fixture_saved(), "1:8 2:18");
}

static enum status be_overtaken_once(struct db *db, void *arg, struct error *err)
{
    int *runs = arg;
    db_send(db, &be_serializable, DB_NO_ARGS);
    int64_t stock = db_fixture_int(&find_stock, DB_ARGS(DB_ARG(1)));
    if (++*runs == 1)
        store_test_run(at.conninfo, "UPDATE thing SET stock = stock - 1 WHERE id = 1");
    enum db_outcome outcome = db_exec(db, &sql_test_take_stock, DB_ARGS(DB_ARG(1), DB_ARG(stock - 1)), NULL, err);
    return db_status(outcome);
}

static void test_who_was_overtaken_runs_again(void **state)
{
    (void)state;
    int runs = 0;
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    assert_int_equal(db_fixture_transact(be_overtaken_once, &runs), STATUS_OK);
    assert_int_equal(runs, 2);
    assert_string_equal(db_fixture_saved(), "1:1 2:20");
}

static enum status be_refused_always(struct db *db, void *arg, struct error *err)
{
    (void)err;
    ++*(int *)arg;
    db_send(db, &refuse_always, DB_NO_ARGS);
    return STATUS_OK;
}

static void test_running_again_has_an_end(void **state)
{
    (void)state;
    int runs = 0;
    store_test_run(at.conninfo, "CREATE FUNCTION refuse_always() RETURNS void LANGUAGE plpgsql AS "
                                "$$ BEGIN RAISE 'no' USING ERRCODE = '40001'; END $$");
    assert_int_equal(db_fixture_transact(be_refused_always, &runs), STATUS_ABORTED);
    assert_int_equal(runs, 6);
}

RUN_DB_TESTS(DB_TEST(test_all_is_saved), DB_TEST(test_nothing_is_saved_when_the_shop_says_no),
             DB_TEST(test_a_transaction_may_be_empty), DB_TEST(test_a_failed_sending_is_told_and_undoes_all),
             DB_TEST(test_after_a_failure_the_transaction_is_over), DB_TEST(test_what_the_commit_refuses_is_told),
             DB_TEST(test_a_refusal_of_our_own_names_no_constraint),
             DB_TEST(test_a_transaction_that_only_sends_is_one_round_trip),
             DB_TEST(test_ten_thousand_sendings_do_not_choke), DB_TEST(test_long_answers_to_long_questions_do_not_choke),
             DB_TEST(test_a_deadlock_is_run_again), DB_TEST(test_who_was_overtaken_runs_again),
             DB_TEST(test_running_again_has_an_end))
