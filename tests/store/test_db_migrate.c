/* Migrations: applied once, in order, whole or not at all, by however many replicas start together. */
#include "check.h"
#include "store_test.h"

#include <pthread.h>
#include <string.h>

static const struct db_migration three[] = {
    {"0001_things", "CREATE TABLE thing (id bigint); INSERT INTO thing VALUES (1);"},
    {"0002_more", "INSERT INTO thing VALUES (2); INSERT INTO thing VALUES (3);"},
    {"0003_name", "ALTER TABLE thing ADD name text DEFAULT 'it''s';"},
};

static const char *conninfo;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    conninfo = store_test_database(NULL, 0);
    error_clear(&err);
    return 0;
}

static const char *things(void)
{
    return store_test_value(conninfo, "SELECT count(*) FROM thing");
}

static void expect_applied(const struct db_migration *migrations, size_t count, size_t expected)
{
    size_t applied = 99;
    assert_int_equal(db_migrate(conninfo, migrations, count, &applied, &err), STATUS_OK);
    assert_int_equal(applied, expected);
}

static void expect_refused(const struct db_migration *migrations, size_t count, const char *name)
{
    size_t applied = 99;
    assert_int_equal(db_migrate(conninfo, migrations, count, &applied, &err), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(err.message, name));
    assert_int_equal(applied, 99);
}

static void test_each_is_applied_once(void **state)
{
    (void)state;
    expect_applied(three, 1, 1);
    expect_applied(three, 3, 2);
    expect_applied(three, 3, 0);
    assert_string_equal(things(), "3");
    assert_string_equal(store_test_value(conninfo, "SELECT string_agg(name, ' ' ORDER BY name) FROM schema_migration"),
                        "0001_things 0002_more 0003_name");
}

/* The digest is BLAKE2b-256; this one was made by b2sum -l 256. */
static void test_what_was_applied_is_recorded_with_its_digest(void **state)
{
    (void)state;
    static const struct db_migration abc[] = {{"0001_select", "SELECT 1;"}};
    expect_applied(abc, 1, 1);
    assert_string_equal(store_test_value(conninfo, "SELECT digest FROM schema_migration"),
                        "d5d403149dbecf8b0afe08436c2555e6359a717ef2304d0b5627f0e7ca85a404");
}

static void test_an_older_program_accepts_a_newer_schema(void **state)
{
    (void)state;
    expect_applied(three, 3, 3);
    expect_applied(three, 2, 0);
}

static void test_a_changed_migration_is_refused_by_name(void **state)
{
    (void)state;
    static const struct db_migration changed[] = {
        {"0001_things", "CREATE TABLE thing (id bigint);"},
        {"0004_never", "CREATE TABLE never (id bigint);"},
    };
    expect_applied(three, 1, 1);
    expect_refused(changed, 2, "0001_things");
    assert_string_equal(store_test_value(conninfo, "SELECT to_regclass('never')"), "");
}

static void test_a_migration_that_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    static const struct db_migration failing[] = {
        {"0001_good", "CREATE TABLE thing (id bigint);"},
        {"0002_bad", "INSERT INTO thing VALUES (1);\n-- é\nINSERT INTO nothing VALUES (1);"},
        {"0003_late", "CREATE TABLE late (id bigint);"},
    };
    expect_refused(failing, 3, "0002_bad failed in line 3 with SQLSTATE 42P01");
    assert_string_equal(things(), "0");
    assert_string_equal(store_test_value(conninfo, "SELECT to_regclass('late')"), "");
    assert_string_equal(store_test_value(conninfo, "SELECT count(*) FROM schema_migration"), "1");
}

static void test_a_migration_must_not_commit_by_itself(void **state)
{
    (void)state;
    static const struct db_migration committing[] = {{"0001_commits", "CREATE TABLE thing (id bigint); COMMIT;"}};
    expect_refused(committing, 1, "0001_commits");
}

static void *migrate_slowly(void *arg)
{
    static const struct db_migration slow[] = {{"0001_slow", "CREATE TABLE thing (id bigint); SELECT pg_sleep(0.2);"},
                                               {"0002_more", "INSERT INTO thing VALUES (1);"}};
    struct error own;
    error_clear(&own);
    return db_migrate(conninfo, slow, 2, arg, &own) == STATUS_OK ? arg : NULL;
}

static void test_replicas_that_start_together_do_not_collide(void **state)
{
    (void)state;
    pthread_t threads[4];
    size_t applied[4] = {0};
    size_t sum = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_slowly, &applied[i]), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
        sum += applied[i];
    }
    assert_int_equal(sum, 2);
    assert_string_equal(things(), "1");
}

static void test_where_it_cannot_work_it_says_so(void **state)
{
    (void)state;
    size_t applied;
    char nowhere[512];
    assert_int_equal(db_migrate("host=/nonexistent", three, 3, &applied, &err), STATUS_UNAVAILABLE);
    snprintf(nowhere, sizeof(nowhere), "%s options='-c search_path=no_such_schema'", conninfo);
    assert_int_equal(db_migrate(nowhere, three, 3, &applied, &err), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(err.message, "search_path"));
}

#define MIGRATE_TEST(test) cmocka_unit_test_setup(test, set_up)

RUN_TESTS(MIGRATE_TEST(test_each_is_applied_once), MIGRATE_TEST(test_what_was_applied_is_recorded_with_its_digest),
          MIGRATE_TEST(test_an_older_program_accepts_a_newer_schema), MIGRATE_TEST(test_a_changed_migration_is_refused_by_name),
          MIGRATE_TEST(test_a_migration_that_fails_leaves_nothing_behind), MIGRATE_TEST(test_a_migration_must_not_commit_by_itself),
          MIGRATE_TEST(test_replicas_that_start_together_do_not_collide), MIGRATE_TEST(test_where_it_cannot_work_it_says_so))
