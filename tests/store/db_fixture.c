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

const struct sql sql_test_insert_thing = {"test.insert_thing", "INSERT INTO thing (id, stock, name) VALUES ($1, $2, $3)"};
const struct sql sql_test_take_stock = {"test.take_stock", "UPDATE thing SET stock = stock - $2 WHERE id = $1"};

void db_fixture_send_thing(struct db *db, int64_t id, int64_t stock)
{
    db_send(db, &sql_test_insert_thing,
            DB_ARGS(DB_ARG(id), DB_ARG(stock), DB_ARG(arena_printf(at.arena, "thing %lld", (long long)id))));
}

void db_fixture_take(struct db *db, int64_t id, int64_t quantity)
{
    db_send(db, &sql_test_take_stock, DB_ARGS(DB_ARG(id), DB_ARG(quantity)));
}

enum status db_fixture_save_two(struct db *db, void *arg, struct error *err)
{
    (void)arg;
    (void)err;
    db_fixture_send_thing(db, 1, 10);
    db_fixture_send_thing(db, 2, 20);
    return STATUS_OK;
}

enum status db_fixture_transact(enum status (*fn)(struct db *, void *, struct error *), void *arg)
{
    return db_transact(at.db, fn, arg, &at.err);
}

const char *db_fixture_saved(void)
{
    return store_test_value(at.conninfo, "SELECT string_agg(id || ':' || stock, ' ' ORDER BY id) FROM thing");
}
