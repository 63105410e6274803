/* Every kind of value both ways: what a shop saves is what it reads again. Expected texts are PostgreSQL's own. */
#include "db_fixture.h"

#include <string.h>

STATEMENT(int8_text, "SELECT $1::int8::text");
STATEMENT(int4_text, "SELECT $1::int4::text");
STATEMENT(int2_text, "SELECT $1::int2::text");
STATEMENT(time_text, "SELECT $1::timestamptz::text");
STATEMENT(bool_text, "SELECT $1::bool::text");
STATEMENT(bytes_text, "SELECT $1::bytea::text");
STATEMENT(uuid_text, "SELECT $1::uuid::text");
STATEMENT(jsonb_text, "SELECT ($1::jsonb -> 'a')::text");
STATEMENT(texts_text, "SELECT $1::text[]::text");
STATEMENT(uuids_text, "SELECT $1::uuid[]::text");
STATEMENT(ints_text, "SELECT $1::int8[]::text");
STATEMENT(small_ints_text, "SELECT $1::int4[]::text");
STATEMENT(null_texts_text, "SELECT coalesce($1::text[]::text, 'null')");

struct text_row { struct db_arg arg; const char *text; };

static void expect_texts(const struct sql *sql, const struct text_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_string_equal(db_fixture_text(sql, &rows[i].arg, 1), rows[i].text);
}

#define EXPECT_TEXTS(sql, ...)                                                                                           \
    expect_texts(sql, (const struct text_row[]){__VA_ARGS__}, sizeof((const struct text_row[]){__VA_ARGS__}) / sizeof(struct text_row))

static void test_numbers_arrive_to_the_last_digit(void **state)
{
    (void)state;
    EXPECT_TEXTS(&int8_text, {db_arg_int(INT64_MAX), "9223372036854775807"}, {db_arg_int(INT64_MIN), "-9223372036854775808"},
                 {db_arg_int(0), "0"}, {db_arg_int(-1), "-1"}, {DB_ARG(7), "7"});
    EXPECT_TEXTS(&int4_text, {db_arg_int(INT32_MAX), "2147483647"}, {db_arg_int(INT32_MIN), "-2147483648"}, {DB_ARG(0), "0"});
    EXPECT_TEXTS(&int2_text, {db_arg_int(INT16_MAX), "32767"}, {db_arg_int(INT16_MIN), "-32768"}, {DB_ARG(-1), "-1"});
}

static void test_a_number_too_large_for_its_column_is_refused(void **state)
{
    (void)state;
    static const struct { const struct sql *sql; int64_t number; } rows[] = {
        {&int4_text, INT64_C(2147483648)}, {&int4_text, INT64_C(-2147483649)}, {&int2_text, 32768}, {&int2_text, -32769},
        {&time_text, INT64_MIN + 1},
    };
    struct row { const char *value; } row = {"untouched"};
    static const struct db_column columns[] = {DB_COLUMN(struct row, value)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(db_one(at.db, rows[i].sql, DB_ARGS(DB_ARG(rows[i].number)), &shape, &row, at.arena, &at.err), DB_BROKEN);
        assert_string_equal(row.value, "untouched");
    }
    assert_string_equal(db_fixture_text(&int4_text, DB_ARGS(DB_ARG(1))), "1");
}

static void test_times_are_microseconds_since_1970(void **state)
{
    (void)state;
    EXPECT_TEXTS(&time_text, {db_arg_int(0), "1970-01-01 00:00:00+00"}, {db_arg_int(-1), "1969-12-31 23:59:59.999999+00"},
                 {db_arg_int(INT64_C(1700000000123456)), "2023-11-14 22:13:20.123456+00"},
                 {db_arg_int(INT64_C(-2208988800000000)), "1900-01-01 00:00:00+00"},
                 {db_arg_int(INT64_MAX), "infinity"}, {db_arg_int(INT64_MIN), "-infinity"});
}

static void test_truth_bytes_ids_and_documents_arrive(void **state)
{
    (void)state;
    EXPECT_TEXTS(&bool_text, {db_arg_bool(true), "true"}, {db_arg_bool(false), "false"});
    EXPECT_TEXTS(&bytes_text, {db_arg_bytes((struct db_bytes){"\0a\xff", 3}), "\\x0061ff"},
                 {db_arg_bytes((struct db_bytes){"", 0}), "\\x"});
    EXPECT_TEXTS(&uuid_text, {DB_ARG("0190A3B4-0000-7ABC-8DEF-0123456789AB"), "0190a3b4-0000-7abc-8def-0123456789ab"});
    EXPECT_TEXTS(&jsonb_text, {DB_ARG("{\"a\": {\"b\" : 1}}"), "{\"b\": 1}"});
}

static void test_lists_arrive_whatever_is_in_them(void **state)
{
    (void)state;
    const char *const odd[] = {"", "a,b", "quote\" back\\slash", "{}", "NULL", "Łódź 👗", " "};
    const char *const ids[] = {"0190a3b4-0000-7abc-8def-0123456789ab", "00000000-0000-0000-0000-000000000000"};
    const int64_t numbers[] = {INT64_MIN, 0, INT64_MAX};
    const int64_t small[] = {INT32_MIN, -1, INT32_MAX};
    EXPECT_TEXTS(&texts_text, {db_arg_texts((struct db_texts){NULL, 0}), "{}"},
                 {db_arg_texts((struct db_texts){odd, 7}),
                  "{\"\",\"a,b\",\"quote\\\" back\\\\slash\",\"{}\",\"NULL\",\"Łódź 👗\",\" \"}"});
    EXPECT_TEXTS(&null_texts_text, {db_arg_null(DB_TEXTS), "null"});
    EXPECT_TEXTS(&uuids_text, {db_arg_texts((struct db_texts){ids, 2}),
                               "{0190a3b4-0000-7abc-8def-0123456789ab,00000000-0000-0000-0000-000000000000}"});
    EXPECT_TEXTS(&ints_text, {db_arg_ints((struct db_ints){numbers, 3}), "{-9223372036854775808,0,9223372036854775807}"},
                 {db_arg_ints((struct db_ints){NULL, 0}), "{}"});
    EXPECT_TEXTS(&small_ints_text, {db_arg_ints((struct db_ints){small, 3}), "{-2147483648,-1,2147483647}"});
}

/* Back */

struct wide_row {
    const char *text, *varchar, *id, *document, *json, *mood;
    int64_t small, medium, large, early, forever;
    bool yes, no;
    struct db_bytes bytes, no_bytes;
    struct db_texts texts, ids, no_texts;
    struct db_ints numbers, small_numbers, no_numbers;
};

static const struct db_column wide_columns[] = {
    DB_COLUMN(struct wide_row, text),    DB_COLUMN(struct wide_row, varchar),       DB_COLUMN(struct wide_row, id),
    DB_COLUMN(struct wide_row, document), DB_COLUMN(struct wide_row, json),         DB_COLUMN(struct wide_row, mood),
    DB_COLUMN(struct wide_row, small),   DB_COLUMN(struct wide_row, medium),        DB_COLUMN(struct wide_row, large),
    DB_COLUMN(struct wide_row, early),   DB_COLUMN(struct wide_row, forever),       DB_COLUMN(struct wide_row, yes),
    DB_COLUMN(struct wide_row, no),      DB_COLUMN(struct wide_row, bytes),         DB_COLUMN(struct wide_row, no_bytes),
    DB_COLUMN(struct wide_row, texts),   DB_COLUMN(struct wide_row, ids),           DB_COLUMN(struct wide_row, no_texts),
    DB_COLUMN(struct wide_row, numbers), DB_COLUMN(struct wide_row, small_numbers), DB_COLUMN(struct wide_row, no_numbers),
};
static const struct db_shape wide_shape = DB_SHAPE(struct wide_row, wide_columns);

STATEMENT(select_wide,
          "SELECT 'héllo', 'v'::varchar(5), '0190a3b4-0000-7abc-8def-0123456789ab'::uuid, '{\"a\":[1]}'::jsonb, '{\"a\":1}'::json, "
          "'glad'::mood, (-2)::int2, (-3)::int4, (-9223372036854775808)::int8, '1969-12-31 23:59:59.999999+00'::timestamptz, "
          "'infinity'::timestamptz, true, false, '\\x00ff'::bytea, ''::bytea, ARRAY['', 'b', 'NULL'], "
          "ARRAY['0190a3b4-0000-7abc-8def-0123456789ab']::uuid[], '{}'::text[], ARRAY[1, -1]::int8[], ARRAY[-5]::int4[], "
          "'{}'::int8[]");

static void test_every_kind_is_read(void **state)
{
    (void)state;
    struct wide_row row;
    store_test_run(at.conninfo, "CREATE TYPE mood AS ENUM ('sad', 'glad')");
    assert_int_equal(db_one(at.db, &select_wide, DB_NO_ARGS, &wide_shape, &row, at.arena, &at.err), DB_OK);
    assert_string_equal(row.text, "héllo");
    assert_string_equal(row.varchar, "v");
    assert_string_equal(row.id, "0190a3b4-0000-7abc-8def-0123456789ab");
    assert_string_equal(row.document, "{\"a\": [1]}");
    assert_string_equal(row.json, "{\"a\":1}");
    assert_string_equal(row.mood, "glad");
    assert_true(row.small == -2 && row.medium == -3 && row.large == INT64_MIN);
    assert_true(row.early == -1 && row.forever == INT64_MAX);
    assert_true(row.yes && !row.no);
    assert_int_equal(row.bytes.size, 2);
    assert_memory_equal(row.bytes.data, "\0\xff", 2);
    assert_true(row.no_bytes.size == 0 && row.no_bytes.data);
    assert_int_equal(row.texts.count, 3);
    assert_string_equal(row.texts.values[0], "");
    assert_string_equal(row.texts.values[1], "b");
    assert_string_equal(row.texts.values[2], "NULL");
    assert_int_equal(row.ids.count, 1);
    assert_string_equal(row.ids.values[0], "0190a3b4-0000-7abc-8def-0123456789ab");
    assert_true(row.numbers.count == 2 && row.numbers.values[0] == 1 && row.numbers.values[1] == -1);
    assert_true(row.small_numbers.count == 1 && row.small_numbers.values[0] == -5);
    assert_true(row.no_texts.count == 0 && row.no_numbers.count == 0);
}

struct null_row {
    const char *text;
    int64_t number, time_us;
    bool truth;
    struct db_bytes bytes;
    struct db_texts texts;
    struct db_ints ints;
};

STATEMENT(echo_nulls, "SELECT $1::text, $2::int4, $3::timestamptz, $4::bool, $5::bytea, $6::text[], $7::int8[]");

static void test_null_goes_and_comes(void **state)
{
    (void)state;
    static const struct db_column columns[] = {
        DB_COLUMN(struct null_row, text),  DB_COLUMN(struct null_row, number), DB_COLUMN(struct null_row, time_us),
        DB_COLUMN(struct null_row, truth), DB_COLUMN(struct null_row, bytes),  DB_COLUMN(struct null_row, texts),
        DB_COLUMN(struct null_row, ints),
    };
    static const struct db_shape shape = DB_SHAPE(struct null_row, columns);
    struct null_row row;
    memset(&row, 0xAA, sizeof(row));
    const char *no_text = NULL;
    assert_int_equal(db_one(at.db, &echo_nulls,
                            DB_ARGS(DB_ARG(no_text), db_arg_null(DB_INT), db_arg_null(DB_INT), db_arg_null(DB_BOOL),
                                    DB_ARG(((struct db_bytes){NULL, 0})), db_arg_null(DB_TEXTS), db_arg_null(DB_INTS)),
                            &shape, &row, at.arena, &at.err), DB_OK);
    assert_null(row.text);
    assert_true(row.number == 0 && row.time_us == 0 && !row.truth);
    assert_true(!row.bytes.data && row.bytes.size == 0 && row.texts.count == 0 && row.ints.count == 0);
}

STATEMENT(echo_bytes, "SELECT $1::bytea");
STATEMENT(echo_list, "SELECT $1::text[]");

static void test_a_picture_of_a_megabyte_is_whole(void **state)
{
    (void)state;
    struct row { struct db_bytes bytes; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, bytes)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    const size_t size = 1 << 20;
    unsigned char *picture = arena_alloc(at.arena, size);
    for (size_t i = 0; i < size; i++)
        picture[i] = (unsigned char)(i * 31 >> 3);
    assert_int_equal(db_one(at.db, &echo_bytes, DB_ARGS(DB_ARG(((struct db_bytes){picture, size}))), &shape, &row, at.arena,
                            &at.err), DB_OK);
    assert_int_equal(row.bytes.size, size);
    assert_memory_equal(row.bytes.data, picture, size);
}

static void test_a_list_of_ten_thousand_keeps_its_order(void **state)
{
    (void)state;
    struct row { struct db_texts texts; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, texts)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    const char **texts = ARENA_ARRAY(at.arena, const char *, 10000);
    for (int i = 0; i < 10000; i++)
        texts[i] = arena_printf(at.arena, "SKU-%d", i);
    assert_int_equal(db_one(at.db, &echo_list, DB_ARGS(DB_ARG(((struct db_texts){texts, 10000}))), &shape, &row, at.arena,
                            &at.err), DB_OK);
    assert_int_equal(row.texts.count, 10000);
    for (size_t i = 0; i < 10000; i++)
        assert_string_equal(row.texts.values[i], texts[i]);
}

STATEMENT(series, "SELECT i, 'row ' || i FROM generate_series($1::int8, $2::int8) i ORDER BY i");

static void test_all_rows_come_in_order(void **state)
{
    (void)state;
    struct row { int64_t number; const char *text; } *rows;
    static const struct db_column columns[] = {DB_COLUMN(struct row, number), DB_COLUMN(struct row, text)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    size_t count;
    assert_int_equal(db_all(at.db, &series, DB_ARGS(DB_ARG(1), DB_ARG(1000)), &shape, (void **)&rows, &count, at.arena, &at.err),
                     DB_OK);
    assert_int_equal(count, 1000);
    assert_true(rows[0].number == 1 && rows[999].number == 1000);
    assert_string_equal(rows[999].text, "row 1000");
    assert_int_equal(db_all(at.db, &series, DB_ARGS(DB_ARG(1), DB_ARG(0)), &shape, (void **)&rows, &count, at.arena, &at.err),
                     DB_OK);
    assert_int_equal(count, 0);
}

static void test_a_malformed_value_is_an_error_and_no_crash(void **state)
{
    (void)state;
    struct row { const char *value; } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, value)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    const char *const ids[] = {"0190a3b4-0000-7abc-8def-0123456789ab", "not-an-id"};
    const char *const long_ids[] = {"0190a3b4-0000-7abc-8def-0123456789abcd"};
    const int64_t large[] = {1, INT64_C(2147483648)};
    assert_int_equal(db_one(at.db, &uuid_text, DB_ARGS(DB_ARG("not-an-id")), &shape, &row, at.arena, &at.err), DB_BROKEN);
    assert_int_equal(db_one(at.db, &uuids_text, DB_ARGS(DB_ARG(((struct db_texts){ids, 2}))), &shape, &row, at.arena, &at.err),
                     DB_BROKEN);
    assert_int_equal(db_one(at.db, &uuids_text, DB_ARGS(DB_ARG(((struct db_texts){long_ids, 1}))), &shape, &row, at.arena,
                            &at.err), DB_BROKEN);
    assert_int_equal(db_one(at.db, &small_ints_text, DB_ARGS(DB_ARG(((struct db_ints){large, 2}))), &shape, &row, at.arena,
                            &at.err), DB_BROKEN);
    assert_int_equal(at.err.status, STATUS_UNAVAILABLE);
    assert_null(strstr(at.err.message, "not-an-id"));
}

RUN_DB_TESTS(DB_TEST(test_numbers_arrive_to_the_last_digit), DB_TEST(test_a_number_too_large_for_its_column_is_refused),
             DB_TEST(test_times_are_microseconds_since_1970), DB_TEST(test_truth_bytes_ids_and_documents_arrive),
             DB_TEST(test_lists_arrive_whatever_is_in_them), DB_TEST(test_every_kind_is_read), DB_TEST(test_null_goes_and_comes),
             DB_TEST(test_a_picture_of_a_megabyte_is_whole), DB_TEST(test_a_list_of_ten_thousand_keeps_its_order),
             DB_TEST(test_all_rows_come_in_order), DB_TEST(test_a_malformed_value_is_an_error_and_no_crash))
