/*
 * A database for a test program: a schema of its own, migrated, gone when the program ends.
 *
 * PORTAL_TEST_DATABASE_URL names a PostgreSQL whose user may create schemas; `./portal test store` starts a throw-away one and
 * sets it. Without it the program ends with a sentence and fails.
 */
#ifndef PORTAL_STORE_TEST_H
#define PORTAL_STORE_TEST_H

#include <stdbool.h>

#include "db.h"
#include "db_migrate.h"

/*
 * Makes a schema test_<program>_<pid>_<n>, puts it first on the search path (behind it the schema `extensions`, with pg_trgm and
 * unaccent), applies the migrations (count 0: none) and returns the conninfo to use, which lives as long as the process. Fails
 * the program when anything of it does not work. May be called several times: a schema for each service.
 */
const char *store_test_database(const struct db_migration *migrations, size_t count);

/* A connection to it; db_free() it. Statements may take 10 s. */
struct db *store_test_db(const char *conninfo);

/* Runs statements that a test needs around the thing it tests; fails the program when they do. */
void store_test_run(const char *conninfo, const char *statements);

/* The first column of the first row as text, in static memory until the next call; "" for NULL or no row. */
const char *store_test_value(const char *conninfo, const char *query);

/* Whether the query's first value becomes `wanted` within half a minute: long enough for a busy machine, never waited for in full
 * unless it fails. */
bool store_test_becomes(const char *conninfo, const char *query, const char *wanted);

#endif
