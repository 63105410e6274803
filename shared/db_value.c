/*
 * Values in the form in which they travel. All results are binary. Arguments are binary too, but for text and arrays, and for
 * a number that is too large for its column: those go as text, and the server refuses the malformed ones as it always does.
 */
#include "db_internal.h"

#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

/* The numbers of the built-in types (pg_type.dat); they never change. */
enum {
    TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_NAME = 19, TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23, TYPE_TEXT = 25,
    TYPE_JSON = 114, TYPE_INT2_ARRAY = 1005, TYPE_INT4_ARRAY = 1007, TYPE_TEXT_ARRAY = 1009, TYPE_VARCHAR_ARRAY = 1015,
    TYPE_INT8_ARRAY = 1016, TYPE_BPCHAR = 1042, TYPE_VARCHAR = 1043, TYPE_TIMESTAMPTZ = 1184, TYPE_UUID = 2950,
    TYPE_UUID_ARRAY = 2951, TYPE_JSONB = 3802, TYPE_FIRST_OF_USERS = 16384
};

#define EPOCH_OFFSET_US (INT64_C(946684800) * US_PER_S)     /* PostgreSQL counts from 2000-01-01T00:00:00Z */

static const struct {
    const char *name;
    size_t member_size;
    Oid types[8];
} kinds[] = {
    [DB_TEXT] = {"text", sizeof(const char *),
                 {TYPE_TEXT, TYPE_VARCHAR, TYPE_UUID, TYPE_JSONB, TYPE_JSON, TYPE_NAME, TYPE_BPCHAR}},
    [DB_INT] = {"an integer", sizeof(int64_t), {TYPE_INT8, TYPE_INT4, TYPE_TIMESTAMPTZ, TYPE_INT2}},
    [DB_BOOL] = {"a bool", sizeof(bool), {TYPE_BOOL}},
    [DB_BYTES] = {"bytes", sizeof(struct db_bytes), {TYPE_BYTEA}},
    [DB_TEXTS] = {"texts", sizeof(struct db_texts), {TYPE_TEXT_ARRAY, TYPE_UUID_ARRAY, TYPE_VARCHAR_ARRAY}},
    [DB_INTS] = {"integers", sizeof(struct db_ints), {TYPE_INT8_ARRAY, TYPE_INT4_ARRAY, TYPE_INT2_ARRAY}},
};

const char *db_value_kind_name(enum db_kind kind)
{
    return kinds[kind].name;
}

/* Types that an extension or a migration made (citext, enums) look like text in both forms. */
bool db_value_fits(enum db_kind kind, Oid type)
{
    if (type >= TYPE_FIRST_OF_USERS)
        return kind == DB_TEXT;
    for (size_t i = 0; i < 8; i++)
        if (kinds[kind].types[i] == type)
            return true;
    return false;
}

/* Out */

static void write_value(struct db_wire *wire, size_t i, const char *data, size_t size, bool is_binary)
{
    wire->values[i] = data;
    wire->lengths[i] = (int)size;
    wire->formats[i] = is_binary;
}

/* The count of 1970 as the server counts; the ends of the range stand for -infinity and infinity on both sides. */
static bool to_server_time(int64_t time_us, int64_t *ret_time_us)
{
    if (time_us == INT64_MAX || time_us == INT64_MIN) {
        *ret_time_us = time_us;
        return true;
    }
    return !__builtin_sub_overflow(time_us, EPOCH_OFFSET_US, ret_time_us);
}

static size_t width_of(Oid type)
{
    return type == TYPE_INT2 ? 2 : type == TYPE_INT4 ? 4 : 8;
}

static bool is_within(int64_t number, size_t width)
{
    int64_t rest = number >> (8 * width - 1);
    return rest == 0 || rest == -1;
}

static void write_int(struct db_wire *wire, size_t i, Oid type, int64_t number)
{
    char *out = wire->numbers[i];
    size_t width = width_of(type);
    int64_t value = number;
    if (!is_within(number, width) || (type == TYPE_TIMESTAMPTZ && !to_server_time(number, &value))) {
        int length = snprintf(out, sizeof(wire->numbers[i]), "%lld", (long long)number);
        write_value(wire, i, out, (size_t)length, false);
        return;
    }
    uint64_t big_endian = htobe64((uint64_t)value << (64 - 8 * width));
    memcpy(out, &big_endian, sizeof(big_endian));
    write_value(wire, i, out, width, true);
}

/* Every element in quotes, with quotes and backslashes escaped (the manual's section 8.15.6). */
static char *write_quoted(char *out, const char *text)
{
    *out++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    *out++ = '"';
    return out;
}

static const char *texts_literal(const struct sql *sql, struct db_texts texts, struct arena *arena)
{
    size_t size = 3;
    for (size_t i = 0; i < texts.count; i++) {
        if (!texts.values[i])
            db_bug(sql->name, "element %zu of an array of texts is NULL", i + 1);
        size += 2 * strlen(texts.values[i]) + 3;
    }
    char *literal = arena_alloc(arena, size);
    char *out = literal;
    *out++ = '{';
    for (size_t i = 0; i < texts.count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_quoted(out, texts.values[i]);
    }
    *out = '}';
    return literal;
}

static const char *ints_literal(struct db_ints ints, struct arena *arena)
{
    char *literal = arena_alloc(arena, ints.count * 21 + 3);
    char *out = literal;
    *out++ = '{';
    for (size_t i = 0; i < ints.count; i++)
        out += sprintf(out, i > 0 ? ",%lld" : "%lld", (long long)ints.values[i]);
    *out = '}';
    return literal;
}

static void write_arg(const struct db_statement *statement, size_t i, const struct db_arg *arg, struct db_wire *wire,
                      struct arena *arena)
{
    static const char truths[2] = {0, 1};
    switch (arg->kind) {
    case DB_TEXT:
        write_value(wire, i, arg->as.text, 0, false);
        break;
    case DB_INT:
        write_int(wire, i, statement->param_types[i], arg->as.number);
        break;
    case DB_BOOL:
        write_value(wire, i, &truths[arg->as.truth], 1, true);
        break;
    case DB_BYTES:
        if (arg->as.bytes.size > INT_MAX)
            db_bug(statement->sql->name, "argument %zu has more than %d bytes", i + 1, INT_MAX);
        write_value(wire, i, arg->as.bytes.data, arg->as.bytes.size, true);
        break;
    case DB_TEXTS:
        write_value(wire, i, texts_literal(statement->sql, arg->as.texts, arena), 0, false);
        break;
    case DB_INTS:
        write_value(wire, i, ints_literal(arg->as.ints, arena), 0, false);
        break;
    }
}

void db_value_write(const struct db_statement *statement, const struct db_arg *args, struct db_wire *wire, struct arena *arena)
{
    for (size_t i = 0; i < statement->param_count; i++) {
        if (args[i].is_null)
            write_value(wire, i, NULL, 0, false);
        else
            write_arg(statement, i, &args[i], wire, arena);
    }
}

/* In */

/* A value as it arrived, and where its kind is wanted. */
struct incoming {
    const char *statement;
    Oid type;
    const char *data;
    size_t size;
    struct arena *arena;
};

static int64_t read_number(const char *data, size_t width)
{
    uint64_t big_endian = 0;
    memcpy(&big_endian, data, width);
    return (int64_t)be64toh(big_endian) >> (64 - 8 * width);
}

static const char *read_uuid(const char *data, struct arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 37);
    char *out = text;
    for (size_t i = 0; i < 16; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return text;
}

static void read_text(const struct incoming *in, void *member)
{
    const char **text = member;
    size_t skip = in->type == TYPE_JSONB;       /* its first byte is a version */
    if (in->type == TYPE_UUID)
        *text = read_uuid(in->data, in->arena);
    else
        *text = arena_strndup(in->arena, in->data + skip, in->size - skip);
}

static void read_int(const struct incoming *in, void *member)
{
    int64_t number = read_number(in->data, in->size);
    bool is_finite = number != INT64_MAX && number != INT64_MIN;
    if (in->type == TYPE_TIMESTAMPTZ && is_finite && __builtin_add_overflow(number, EPOCH_OFFSET_US, &number))
        number = INT64_MAX;
    *(int64_t *)member = number;
}

static void read_bool(const struct incoming *in, void *member)
{
    *(bool *)member = in->data[0] != 0;
}

static void read_bytes(const struct incoming *in, void *member)
{
    *(struct db_bytes *)member = (struct db_bytes){arena_memdup(in->arena, in->data, in->size), in->size};
}

/* An array: dimensions, flags, element type, then count and lower bound of each dimension, then size and data of each element. */
static size_t read_array_size(const struct incoming *in)
{
    int64_t dimensions = read_number(in->data, 4);
    if (dimensions > 1 || read_number(in->data + 4, 4) != 0)
        db_bug(in->statement, "an array came with more than one dimension or with NULL elements");
    return dimensions == 0 ? 0 : (size_t)read_number(in->data + 12, 4);
}

#define ARRAY_HEADER 20

static void read_texts(const struct incoming *in, void *member)
{
    size_t count = read_array_size(in);
    const char **values = ARENA_ARRAY(in->arena, const char *, count);
    struct incoming element = *in;
    element.type = in->type == TYPE_UUID_ARRAY ? TYPE_UUID : TYPE_TEXT;
    element.data = in->data + ARRAY_HEADER;
    for (size_t i = 0; i < count; i++, element.data += element.size) {
        element.size = (size_t)read_number(element.data, 4);
        element.data += 4;
        read_text(&element, &values[i]);
    }
    *(struct db_texts *)member = (struct db_texts){values, count};
}

static void read_ints(const struct incoming *in, void *member)
{
    size_t count = read_array_size(in);
    int64_t *values = ARENA_ARRAY(in->arena, int64_t, count);
    const char *data = in->data + ARRAY_HEADER;
    for (size_t i = 0; i < count; i++) {
        size_t size = (size_t)read_number(data, 4);
        values[i] = read_number(data + 4, size);
        data += 4 + size;
    }
    *(struct db_ints *)member = (struct db_ints){values, count};
}

static void (*const readers[])(const struct incoming *, void *) = {
    [DB_TEXT] = read_text,   [DB_INT] = read_int,     [DB_BOOL] = read_bool,
    [DB_BYTES] = read_bytes, [DB_TEXTS] = read_texts, [DB_INTS] = read_ints,
};

void db_value_read_row(const struct db_statement *statement, const PGresult *result, int row, const struct db_shape *shape,
                       void *ret_row, struct arena *arena)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct db_column *column = &shape->columns[i];
        void *member = (char *)ret_row + column->offset;
        struct incoming in = {statement->sql->name, statement->column_types[i], PQgetvalue(result, row, (int)i),
                              (size_t)PQgetlength(result, row, (int)i), arena};
        if (PQgetisnull(result, row, (int)i))
            memset(member, 0, kinds[column->kind].member_size);
        else
            readers[column->kind](&in, member);
    }
}
