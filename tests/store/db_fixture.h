/*
 * What the tests of db share: a connection to a schema of the program's own, an arena, the last error.
 */
#ifndef PORTAL_DB_FIXTURE_H
#define PORTAL_DB_FIXTURE_H

#include "check.h"
#include "store_test.h"

struct db_fixture {
    const char *conninfo;
    struct db *db;
    struct arena *arena;
    struct error err;
};

extern struct db_fixture at;

/* For cmocka_run_group_tests(): the schema, and a table thing (id bigint key, stock bigint >= 0, name text unique). */
int db_fixture_open(void **state);
int db_fixture_close(void **state);

/* For each test: an empty table, no error, and whatever a test did to the connection undone. */
int db_fixture_reset(void **state);

#define STATEMENT(name, text) static const struct sql name = {"test." #name, text}
#define DB_TEST(test) cmocka_unit_test_setup(test, db_fixture_reset)
#define RUN_DB_TESTS(...)                                                                                                \
    int main(void)                                                                                                       \
    {                                                                                                                    \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                                                 \
        return cmocka_run_group_tests(tests, db_fixture_open, db_fixture_close);                                         \
    }

/* The one column of the one row that a statement gives. */
int64_t db_fixture_int(const struct sql *sql, const struct db_arg *args, size_t arg_count);
const char *db_fixture_text(const struct sql *sql, const struct db_arg *args, size_t arg_count);

/* Transactions over the table thing. */
extern const struct sql sql_test_insert_thing;     /* $1 id, $2 stock, $3 name */
extern const struct sql sql_test_take_stock;       /* $1 id, $2 quantity */

void db_fixture_send_thing(struct db *db, int64_t id, int64_t stock);
void db_fixture_take(struct db *db, int64_t id, int64_t quantity);
enum status db_fixture_save_two(struct db *db, void *arg, struct error *err);      /* 1 with 10 and 2 with 20 in stock */
enum status db_fixture_transact(enum status (*fn)(struct db *, void *, struct error *), void *arg);

/* What another connection sees: "1:10 2:20". */
const char *db_fixture_saved(void);

#endif
