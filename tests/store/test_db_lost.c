/* A connection may break at any moment of a transaction, and who asked is told the truth about what was saved. */
#include "db_fixture.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db_internal.h"

STATEMENT(pid, "SELECT pg_backend_pid()");

static void terminate(int64_t own, const char *delay_s)
{
    char statement[160];
    snprintf(statement, sizeof(statement), "SELECT pg_sleep(%s), pg_terminate_backend(%lld, 5000)", delay_s, (long long)own);
    store_test_run(at.conninfo, statement);
}

static void test_a_connection_that_died_before_is_replaced_unseen(void **state)
{
    (void)state;
    terminate(db_fixture_int(&pid, DB_NO_ARGS), "0");
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
    assert_string_equal(db_fixture_saved(), "1:10 2:20");
}

static enum status lose_the_connection_inside(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    db_fixture_send_thing(db, 1, 10);
    terminate(db_fixture_int(&pid, DB_NO_ARGS), "0");
    enum db_outcome outcome = db_exec(db, &sql_test_take_stock, DB_ARGS(DB_ARG(1), DB_ARG(1)), NULL, err);
    assert_int_equal(outcome, DB_BROKEN);
    db_fixture_send_thing(db, 2, 20);
    assert_int_equal(db_flush(db, err), DB_BROKEN);
    return db_status(outcome);
}

static void test_a_connection_lost_inside_saves_nothing(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(lose_the_connection_inside, NULL), STATUS_UNAVAILABLE);
    assert_string_equal(db_fixture_saved(), "");
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
}

/* The server goes away in the middle of the commit, which a trigger makes long enough to be hit. */
static void test_a_server_lost_while_committing_leaves_doubt(void **state)
{
    (void)state;
    store_test_run(at.conninfo, "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
                                "$$ BEGIN PERFORM pg_sleep(5); RETURN NULL; END $$; "
                                "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED "
                                "FOR EACH ROW EXECUTE FUNCTION dawdle()");
    int64_t own = db_fixture_int(&pid, DB_NO_ARGS);
    pid_t child = fork();
    if (child == 0) {
        terminate(own, "0.5");
        _exit(0);
    }
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_UNKNOWN);
    assert_int_equal(at.err.status, STATUS_UNKNOWN);
    assert_int_equal(waitpid(child, NULL, 0), child);
    store_test_run(at.conninfo, "DROP TRIGGER dawdle ON thing");
    assert_int_equal(db_fixture_transact(db_fixture_save_two, NULL), STATUS_OK);
}

/* The way back is cut before the commit goes out: the server commits, and its answer comes nowhere. */
static enum status save_and_go_deaf(struct db *db, void *arg, struct error *err)
{
    if (db_fixture_save_two(db, NULL, err) != STATUS_OK || db_flush(db, err) != DB_OK)
        return err->status;
    db_fixture_send_thing(db, 3, 30);
    assert_int_equal(shutdown(PQsocket(db->connection), SHUT_RD), 0);
    (void)arg;
    return STATUS_OK;
}

static void test_a_lost_answer_to_a_commit_leaves_doubt(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(save_and_go_deaf, NULL), STATUS_UNKNOWN);
    for (int i = 0; i < 100 && strcmp(db_fixture_saved(), "1:10 2:20 3:30") != 0; i++)
        usleep(20000);
    assert_string_equal(db_fixture_saved(), "1:10 2:20 3:30");
}

static enum status save_and_go_mute(struct db *db, void *arg, struct error *err)
{
    if (db_fixture_save_two(db, NULL, err) != STATUS_OK || db_flush(db, err) != DB_OK)
        return err->status;
    assert_int_equal(shutdown(PQsocket(db->connection), SHUT_RDWR), 0);
    (void)arg;
    assert_int_equal(db_exec(db, &sql_test_take_stock, DB_ARGS(DB_ARG(1), DB_ARG(1)), NULL, err), DB_BROKEN);
    return err->status;
}

static void test_a_connection_cut_before_the_commit_saves_nothing(void **state)
{
    (void)state;
    assert_int_equal(db_fixture_transact(save_and_go_mute, NULL), STATUS_UNAVAILABLE);
    assert_string_equal(db_fixture_saved(), "");
}

RUN_DB_TESTS(DB_TEST(test_a_connection_that_died_before_is_replaced_unseen),
             DB_TEST(test_a_connection_lost_inside_saves_nothing),
             DB_TEST(test_a_server_lost_while_committing_leaves_doubt),
             DB_TEST(test_a_lost_answer_to_a_commit_leaves_doubt),
             DB_TEST(test_a_connection_cut_before_the_commit_saves_nothing))
