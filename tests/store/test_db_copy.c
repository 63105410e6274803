/* COPY inside a transaction: a price list of any length goes in with the statements around it, or not at all. */
#include "db_fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

STATEMENT(insert_thing, "INSERT INTO thing (id, stock, name) VALUES ($1, $2, $3)");
STATEMENT(copy_things, "COPY thing (id, stock, name) FROM STDIN");
STATEMENT(copy_nowhere, "COPY no_such_table FROM STDIN");
STATEMENT(double_stock, "UPDATE thing SET stock = stock * 2");
STATEMENT(pid, "SELECT pg_backend_pid()");

#define ROWS 100000

static const char *counted(void)
{
    return store_test_value(at.conninfo, "SELECT count(*) || ' ' || coalesce(sum(stock), 0) FROM thing");
}

static enum status transact(enum status (*fn)(struct db *, void *, struct error *), void *arg)
{
    return db_transact(at.db, fn, arg, &at.err);
}

static enum status copy(struct db *db, const char *data, struct error *err)
{
    enum db_outcome outcome = db_copy_begin(db, &copy_things, err);
    if (outcome == DB_OK)
        outcome = db_copy_put(db, data, strlen(data), err);
    if (outcome == DB_OK)
        outcome = db_copy_end(db, err);
    return db_status(outcome);
}

static enum status copy_between_statements(struct db *db, void *arg, struct error *err)
{
    char line[64];
    (void)arg;
    db_send(db, &insert_thing, DB_ARGS(DB_ARG(0), DB_ARG(5), DB_ARG("before")));
    enum db_outcome outcome = db_copy_begin(db, &copy_things, err);
    for (int i = 1; i <= ROWS && outcome == DB_OK; i++) {
        int length = snprintf(line, sizeof(line), "%d\t1\tthing %d\n", i, i);
        outcome = db_copy_put(db, line, (size_t)length, err);
    }
    if (outcome != DB_OK || db_copy_end(db, err) != DB_OK || copy(db, "200000\t1\t\\N\n", err) != STATUS_OK)
        return err->status;
    db_send(db, &double_stock, DB_NO_ARGS);
    db_send(db, &insert_thing, DB_ARGS(DB_ARG(-1), DB_ARG(7), DB_ARG("after")));
    return STATUS_OK;
}

static void test_a_long_list_and_the_statements_around_it_are_saved(void **state)
{
    (void)state;
    assert_int_equal(transact(copy_between_statements, NULL), STATUS_OK);
    assert_string_equal(counted(), "100003 200019");     /* 2 * (5 + 100000 + 1) + 7 */
}

static enum status copy_text(struct db *db, void *arg, struct error *err)
{
    db_send(db, &insert_thing, DB_ARGS(DB_ARG(0), DB_ARG(5), DB_ARG("before")));
    enum status status = copy(db, arg, err);
    db_send(db, &double_stock, DB_NO_ARGS);
    return status;
}

static void test_a_bad_line_undoes_all(void **state)
{
    (void)state;
    static const struct { const char *data; enum status status; const char *constraint; } rows[] = {
        {"1\t1\ta\nnonsense\n", STATUS_UNAVAILABLE, ""},
        {"1\t1\ta\n1\t1\tb\n", STATUS_ALREADY_EXISTS, "thing_key"},
        {"1\t1\ta\n2\t-1\tb\n", STATUS_ALREADY_EXISTS, "thing_stock_check"},
        {"1\t1", STATUS_UNAVAILABLE, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        db_fixture_reset(state);
        assert_int_equal(transact(copy_text, (void *)rows[i].data), rows[i].status);
        assert_string_equal(db_constraint(at.db), rows[i].constraint);
        assert_string_equal(counted(), "0 0");
        assert_int_equal(transact(copy_text, "3\t1\tc\n"), STATUS_OK);
        assert_string_equal(counted(), "2 12");
    }
}

static enum status copy_to_nowhere(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    enum db_outcome outcome = db_copy_begin(db, &copy_nowhere, err);
    assert_int_equal(outcome, DB_BROKEN);
    assert_int_equal(db_copy_put(db, "1\n", 2, err), DB_BROKEN);
    assert_int_equal(db_copy_end(db, err), DB_BROKEN);
    return db_status(outcome);
}

static void test_a_table_that_is_not_there_is_told(void **state)
{
    (void)state;
    assert_int_equal(transact(copy_to_nowhere, NULL), STATUS_UNAVAILABLE);
    assert_int_equal(transact(copy_text, "3\t1\tc\n"), STATUS_OK);
}

static enum status leave_in_the_middle(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    assert_int_equal(db_copy_begin(db, &copy_things, err), DB_OK);
    assert_int_equal(db_copy_put(db, "1\t1\ta\n2\t", 9, err), DB_OK);
    return error_set(err, STATUS_INVALID_ARGUMENT, "Line 2 is not right.");
}

static void test_a_list_left_in_the_middle_is_undone(void **state)
{
    (void)state;
    assert_int_equal(transact(leave_in_the_middle, NULL), STATUS_INVALID_ARGUMENT);
    assert_string_equal(at.err.message, "Line 2 is not right.");
    assert_string_equal(counted(), "0 0");
    assert_int_equal(transact(copy_text, "3\t1\tc\n"), STATUS_OK);
}

static enum status forget_to_end(struct db *db, void *arg, struct error *err)
{
    (void)leave_in_the_middle(db, arg, err);
    return STATUS_OK;
}

static void test_a_list_without_an_end_ends_the_process(void **state)
{
    (void)state;
    int how;
    pid_t child = fork();
    if (child == 0) {
        at.db = store_test_db(at.conninfo);
        _exit((int)transact(forget_to_end, NULL));
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    assert_string_equal(counted(), "0 0");
}

static enum status lose_the_connection(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    char statement[96];
    snprintf(statement, sizeof(statement), "SELECT pg_terminate_backend(%lld, 5000)", (long long)db_fixture_int(&pid, DB_NO_ARGS));
    assert_int_equal(db_copy_begin(db, &copy_things, err), DB_OK);
    store_test_run(at.conninfo, statement);
    enum db_outcome outcome = DB_OK;
    for (int i = 1; i <= ROWS && outcome == DB_OK; i++)
        outcome = db_copy_put(db, "1\t1\ta\n", 6, err);
    if (outcome == DB_OK)
        outcome = db_copy_end(db, err);
    assert_int_equal(outcome, DB_BROKEN);
    return db_status(outcome);
}

static void test_a_connection_lost_in_the_middle_saves_nothing(void **state)
{
    (void)state;
    assert_int_equal(transact(lose_the_connection, NULL), STATUS_UNAVAILABLE);
    assert_string_equal(counted(), "0 0");
    assert_int_equal(transact(copy_text, "3\t1\tc\n"), STATUS_OK);
}

RUN_DB_TESTS(DB_TEST(test_a_long_list_and_the_statements_around_it_are_saved), DB_TEST(test_a_bad_line_undoes_all),
             DB_TEST(test_a_table_that_is_not_there_is_told), DB_TEST(test_a_list_left_in_the_middle_is_undone),
             DB_TEST(test_a_list_without_an_end_ends_the_process), DB_TEST(test_a_connection_lost_in_the_middle_saves_nothing))
