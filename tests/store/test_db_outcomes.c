/* What became of a statement is told by name, and the connection serves the next one whatever happened. */
#include "db_fixture.h"

#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

STATEMENT(insert_thing, "INSERT INTO thing (id, stock, name) VALUES ($1, $2, $3)");
STATEMENT(take_stock, "UPDATE thing SET stock = stock - $2 WHERE id = $1");
STATEMENT(find_stock, "SELECT stock FROM thing WHERE id = $1");
STATEMENT(insert_part, "INSERT INTO part (thing_id) VALUES ($1)");
STATEMENT(sleep_long, "SELECT pg_sleep(10)");
STATEMENT(pid, "SELECT pg_backend_pid()");
STATEMENT(misspelt, "SELECT no_such_column FROM thing");
STATEMENT(create_table, "CREATE TABLE made_here (a int8)");
STATEMENT(copy_things, "COPY thing FROM STDIN");

static enum db_outcome insert(int64_t id, int64_t stock, const char *name)
{
    return db_exec(at.db, &insert_thing, DB_ARGS(DB_ARG(id), DB_ARG(stock), DB_ARG(name)), NULL, &at.err);
}

static enum db_outcome find(int64_t id, int64_t *ret_stock)
{
    struct row { int64_t stock; } row = {-1};
    static const struct db_column columns[] = {DB_COLUMN(struct row, stock)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    enum db_outcome outcome = db_one(at.db, &find_stock, DB_ARGS(DB_ARG(id)), &shape, &row, at.arena, &at.err);
    *ret_stock = row.stock;
    return outcome;
}

static void test_found_or_not(void **state)
{
    (void)state;
    int64_t stock;
    assert_int_equal(find(1, &stock), DB_NONE);
    assert_int_equal(insert(1, 5, "a"), DB_OK);
    assert_int_equal(find(1, &stock), DB_OK);
    assert_int_equal(stock, 5);
}

static void test_changed_rows_are_counted(void **state)
{
    (void)state;
    int64_t changed = -1;
    assert_int_equal(db_exec(at.db, &take_stock, DB_ARGS(DB_ARG(1), DB_ARG(1)), &changed, &at.err), DB_NONE);
    assert_int_equal(changed, 0);
    assert_int_equal(insert(1, 5, "a"), DB_OK);
    assert_int_equal(db_exec(at.db, &take_stock, DB_ARGS(DB_ARG(1), DB_ARG(1)), &changed, &at.err), DB_OK);
    assert_int_equal(changed, 1);
    assert_int_equal(db_exec(at.db, &create_table, DB_NO_ARGS, &changed, &at.err), DB_OK);
}

static void test_a_constraint_that_refuses_is_named(void **state)
{
    (void)state;
    store_test_run(at.conninfo, "CREATE TABLE part (thing_id bigint CONSTRAINT part_of_thing REFERENCES thing)");
    assert_string_equal(db_constraint(at.db), "");
    assert_int_equal(insert(1, 1, "a"), DB_OK);
    assert_int_equal(insert(1, 1, "b"), DB_CONFLICT);
    assert_string_equal(db_constraint(at.db), "thing_key");
    assert_int_equal(insert(2, 1, "a"), DB_CONFLICT);
    assert_string_equal(db_constraint(at.db), "thing_name_key");
    assert_int_equal(db_exec(at.db, &take_stock, DB_ARGS(DB_ARG(1), DB_ARG(2)), NULL, &at.err), DB_CONFLICT);
    assert_string_equal(db_constraint(at.db), "thing_stock_check");
    assert_int_equal(db_exec(at.db, &insert_part, DB_ARGS(DB_ARG(9)), NULL, &at.err), DB_CONFLICT);
    assert_string_equal(db_constraint(at.db), "part_of_thing");
    assert_int_equal(at.err.status, STATUS_ALREADY_EXISTS);
    store_test_run(at.conninfo, "DROP TABLE part");
    int64_t stock;
    assert_int_equal(find(1, &stock), DB_OK);
    assert_int_equal(stock, 1);
    assert_string_equal(db_constraint(at.db), "");
}

/* Such a constraint speaks at the commit, when the statement itself has been answered well. */
static void test_a_deferred_constraint_is_not_overheard(void **state)
{
    (void)state;
    store_test_run(at.conninfo, "CREATE TABLE part (thing_id bigint CONSTRAINT part_of_thing REFERENCES thing "
                                "DEFERRABLE INITIALLY DEFERRED)");
    assert_int_equal(db_exec(at.db, &insert_part, DB_ARGS(DB_ARG(9)), NULL, &at.err), DB_CONFLICT);
    assert_string_equal(db_constraint(at.db), "part_of_thing");
    assert_string_equal(store_test_value(at.conninfo, "SELECT count(*) FROM part"), "0");
    store_test_run(at.conninfo, "DROP TABLE part");
}

static void test_a_slow_statement_is_ended(void **state)
{
    (void)state;
    struct db *impatient = db_new(&(struct db_options){at.conninfo, "test", 100, 5});
    assert_int_equal(db_exec(impatient, &sleep_long, DB_NO_ARGS, NULL, &at.err), DB_BROKEN);
    assert_int_equal(at.err.status, STATUS_UNAVAILABLE);
    assert_int_equal(db_exec(impatient, &pid, DB_NO_ARGS, NULL, &at.err), DB_OK);
    db_free(impatient);
}

static void test_a_mistake_in_sql_is_told_without_it(void **state)
{
    (void)state;
    assert_int_equal(db_exec(at.db, &misspelt, DB_NO_ARGS, NULL, &at.err), DB_BROKEN);
    assert_null(strstr(at.err.message, "no_such_column"));
    assert_int_equal(db_prepare(at.db, &misspelt, &at.err), DB_BROKEN);
    assert_int_equal(db_prepare(at.db, &find_stock, &at.err), DB_OK);
    assert_int_equal(insert(1, 1, "a"), DB_OK);
}

/* Connections that break */

static void kill_backend(void)
{
    char statement[96];
    int64_t own = db_fixture_int(&pid, DB_NO_ARGS);
    snprintf(statement, sizeof(statement), "SELECT pg_terminate_backend(%lld, 5000)", (long long)own);
    assert_string_equal(store_test_value(at.conninfo, statement), "t");
}

static void test_an_idle_connection_that_died_is_replaced_unseen(void **state)
{
    (void)state;
    assert_int_equal(insert(1, 1, "a"), DB_OK);
    kill_backend();
    assert_int_equal(insert(2, 1, "b"), DB_OK);
    assert_string_equal(store_test_value(at.conninfo, "SELECT count(*) FROM thing"), "2");
}

/* Kills the backend of the connection while it runs a statement, from a process of its own. */
static void kill_soon(void)
{
    char statement[96];
    int64_t own = db_fixture_int(&pid, DB_NO_ARGS);
    snprintf(statement, sizeof(statement), "SELECT pg_sleep(0.3), pg_terminate_backend(%lld)", (long long)own);
    if (fork() == 0) {
        store_test_run(at.conninfo, statement);
        _exit(0);
    }
}

STATEMENT(insert_slowly, "INSERT INTO thing (id, name) SELECT 7, pg_sleep(5)::text");

static void test_a_statement_that_was_cut_off_did_not_happen(void **state)
{
    (void)state;
    kill_soon();
    assert_int_equal(db_exec(at.db, &insert_slowly, DB_NO_ARGS, NULL, &at.err), DB_BROKEN);
    wait(NULL);
    assert_string_equal(store_test_value(at.conninfo, "SELECT count(*) FROM thing"), "0");
    assert_int_equal(insert(1, 1, "a"), DB_OK);
}

static void test_without_a_database_it_says_so(void **state)
{
    (void)state;
    struct db *nowhere = db_new(&(struct db_options){"host=/nonexistent dbname=none", "test", 1000, 2});
    assert_int_equal(db_connect(nowhere, &at.err), DB_BROKEN);
    assert_int_equal(at.err.status, STATUS_UNAVAILABLE);
    assert_int_equal(db_exec(nowhere, &pid, DB_NO_ARGS, NULL, &at.err), DB_BROKEN);
    db_free(nowhere);
    db_free(NULL);
    assert_int_equal(db_connect(at.db, &at.err), DB_OK);
}

STATEMENT(select_all, "SELECT * FROM changing");

/* A newer program's migration may add a column while the older one runs: its plan is out of date for one statement. */
static void test_a_table_that_changed_costs_one_failure(void **state)
{
    (void)state;
    store_test_run(at.conninfo, "CREATE TABLE changing (a int8); INSERT INTO changing VALUES (1)");
    assert_int_equal(db_exec(at.db, &select_all, DB_NO_ARGS, NULL, &at.err), DB_OK);
    store_test_run(at.conninfo, "ALTER TABLE changing ADD b int8");
    assert_int_equal(db_exec(at.db, &select_all, DB_NO_ARGS, NULL, &at.err), DB_BROKEN);
    assert_int_equal(db_exec(at.db, &select_all, DB_NO_ARGS, NULL, &at.err), DB_OK);
    store_test_run(at.conninfo, "DROP TABLE changing");
}

/* Bugs of ours */

static void declare_too_few(void)
{
    (void)!db_exec(at.db, &find_stock, DB_NO_ARGS, NULL, &at.err);
}

static void declare_another_kind(void)
{
    (void)!db_exec(at.db, &find_stock, DB_ARGS(DB_ARG("1")), NULL, &at.err);
}

static void declare_another_column(void)
{
    struct row { const char *stock; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, stock)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    (void)!db_one(at.db, &find_stock, DB_ARGS(DB_ARG(1)), &shape, &row, at.arena, &at.err);
}

STATEMENT(hole, "SELECT ARRAY['a', NULL]");
STATEMENT(take_list, "SELECT $1::text[]");

static void read_a_hole(void)
{
    struct row { struct db_texts texts; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, texts)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    (void)!db_one(at.db, &hole, DB_NO_ARGS, &shape, &row, at.arena, &at.err);
}

static void write_a_hole(void)
{
    const char *const texts[] = {"a", NULL};
    (void)!db_exec(at.db, &take_list, DB_ARGS(DB_ARG(((struct db_texts){texts, 2}))), NULL, &at.err);
}

static void copy_in_the_pipeline(void)
{
    (void)!db_exec(at.db, &copy_things, DB_NO_ARGS, NULL, &at.err);
}

static void send_outside_a_transaction(void)
{
    db_send(at.db, &take_stock, DB_ARGS(DB_ARG(1), DB_ARG(1)));
}

static void test_a_wrong_declaration_ends_the_process(void **state)
{
    (void)state;
    static void (*const bugs[])(void) = {declare_too_few, declare_another_kind, declare_another_column,
                                         read_a_hole,     write_a_hole,         copy_in_the_pipeline,
                                         send_outside_a_transaction};
    for (size_t i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
        int how;
        pid_t child = fork();
        if (child == 0) {
            at.db = store_test_db(at.conninfo);
            bugs[i]();
            _exit(0);
        }
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    }
}

RUN_DB_TESTS(DB_TEST(test_found_or_not), DB_TEST(test_changed_rows_are_counted), DB_TEST(test_a_constraint_that_refuses_is_named),
             DB_TEST(test_a_deferred_constraint_is_not_overheard), DB_TEST(test_a_slow_statement_is_ended),
             DB_TEST(test_a_mistake_in_sql_is_told_without_it), DB_TEST(test_an_idle_connection_that_died_is_replaced_unseen),
             DB_TEST(test_a_statement_that_was_cut_off_did_not_happen), DB_TEST(test_without_a_database_it_says_so),
             DB_TEST(test_a_table_that_changed_costs_one_failure), DB_TEST(test_a_wrong_declaration_ends_the_process))
