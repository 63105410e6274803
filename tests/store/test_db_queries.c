/*
 * Every named statement of every service can be prepared against the schema that its migrations make: a column renamed in a
 * migration and forgotten in a statement is found here and not by a shopper.
 */
#include "check.h"
#include "store_test.h"

#include <string.h>

struct queries {
    const char *service;
    const struct db_migration *migrations;
    const size_t *migration_count;
    const struct sql *const *statements;
};

#include "db_queries.inc"

static struct error err;

/* Statements after a comment begin with their verb. */
static bool begins_with(const struct sql *sql, const char *verb)
{
    const char *text = sql->text;
    while (strncmp(text, "--", 2) == 0)
        text += strcspn(text, "\n") + 1;
    return strncmp(text, verb, strlen(verb)) == 0;
}

/* Temporary tables are made on the connection that later statements name them on. */
static void make_temporary_tables(struct db *db, const struct sql *const *statements)
{
    for (; *statements; statements++)
        if (begins_with(*statements, "CREATE TEMPORARY TABLE"))
            assert_int_equal(db_exec(db, *statements, DB_NO_ARGS, NULL, &err), DB_OK);
}

static size_t prepare_all(struct db *db, const struct sql *const *statements)
{
    size_t failures = 0;
    for (; *statements; statements++) {
        if (db_prepare(db, *statements, &err) == DB_OK)
            continue;
        print_error("%s cannot be prepared; the log line above says why\n", (*statements)->name);
        failures++;
    }
    return failures;
}

static void test_every_statement_fits_its_schema(void **state)
{
    (void)state;
    const char *conninfo = NULL;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof(all_queries) / sizeof(all_queries[0]); i++) {
        const struct queries *queries = &all_queries[i];
        if (i == 0 || strcmp(queries->service, all_queries[i - 1].service) != 0)
            conninfo = store_test_database(queries->migrations, *queries->migration_count);
        struct db *db = store_test_db(conninfo);
        make_temporary_tables(db, queries->statements);
        failures += prepare_all(db, queries->statements);
        db_free(db);
    }
    assert_int_equal(failures, 0);
}

RUN_TESTS(cmocka_unit_test(test_every_statement_fits_its_schema))
