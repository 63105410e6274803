/* Opens and resets what the tests of db share. */
#include "db_fixture.h"

struct db_fixture at;

int db_fixture_open(void **state)
{
    (void)state;
    at.conninfo = store_test_database(NULL, 0);
    at.arena = arena_new(65536, 0);
    store_test_run(at.conninfo, "CREATE TABLE thing (id bigint CONSTRAINT thing_key PRIMARY KEY, "
                                "stock bigint CONSTRAINT thing_stock_check CHECK (stock >= 0), "
                                "name text CONSTRAINT thing_name_key UNIQUE)");
    return 0;
}

int db_fixture_close(void **state)
{
    (void)state;
    db_free(at.db);
    arena_free(at.arena);
    return 0;
}

int db_fixture_reset(void **state)
{
    (void)state;
    db_free(at.db);
    at.db = store_test_db(at.conninfo);
    arena_reset(at.arena);
    error_clear(&at.err);
    store_test_run(at.conninfo, "TRUNCATE thing");
    return 0;
}

int64_t db_fixture_int(const struct sql *sql, const struct db_arg *args, size_t arg_count)
{
    struct row { int64_t value; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, value)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    assert_int_equal(db_one(at.db, sql, args, arg_count, &shape, &row, at.arena, &at.err), DB_OK);
    return row.value;
}

const char *db_fixture_text(const struct sql *sql, const struct db_arg *args, size_t arg_count)
{
    struct row { const char *value; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, value)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    assert_int_equal(db_one(at.db, sql, args, arg_count, &shape, &row, at.arena, &at.err), DB_OK);
    return row.value;
}
