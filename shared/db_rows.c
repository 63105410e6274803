/* Rows on their way in: binary values into the members of plain structs, copied into an arena. */
#include "db_internal.h"

#include <endian.h>
#include <string.h>

#include "db_types.h"

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
    if (in->type == TYPE_TIMESTAMPTZ && is_finite && __builtin_add_overflow(number, DB_EPOCH_OFFSET_US, &number))
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

/* Arrays */

static size_t array_count(const struct incoming *in)
{
    int64_t dimensions = read_number(in->data, 4);
    if (dimensions > 1)
        db_bug(in->statement, "an array came with %d dimensions", (int)dimensions);
    return dimensions == 0 ? 0 : (size_t)read_number(in->data + 12, 4);
}

static struct incoming array_begin(const struct incoming *in)
{
    return (struct incoming){in->statement, db_type_element(in->type), in->data + DB_ARRAY_HEADER, 0, in->arena};
}

/* From the element before, or the header, to the next. */
static void array_next(struct incoming *element)
{
    const char *at = element->data + element->size;
    int64_t size = read_number(at, 4);
    if (size < 0)
        db_bug(element->statement, "an array came with a NULL in it");
    element->data = at + 4;
    element->size = (size_t)size;
}

static void read_texts(const struct incoming *in, void *member)
{
    size_t count = array_count(in);
    const char **values = ARENA_ARRAY(in->arena, const char *, count);
    struct incoming element = array_begin(in);
    for (size_t i = 0; i < count; i++) {
        array_next(&element);
        read_text(&element, &values[i]);
    }
    *(struct db_texts *)member = (struct db_texts){values, count};
}

static void read_ints(const struct incoming *in, void *member)
{
    size_t count = array_count(in);
    int64_t *values = ARENA_ARRAY(in->arena, int64_t, count);
    struct incoming element = array_begin(in);
    for (size_t i = 0; i < count; i++) {
        array_next(&element);
        read_int(&element, &values[i]);
    }
    *(struct db_ints *)member = (struct db_ints){values, count};
}

static void (*const readers[])(const struct incoming *, void *) = {
    [DB_TEXT] = read_text,   [DB_INT] = read_int,     [DB_BOOL] = read_bool,
    [DB_BYTES] = read_bytes, [DB_TEXTS] = read_texts, [DB_INTS] = read_ints,
};

void db_rows_read(const struct db_statement *statement, const PGresult *result, int row, const struct db_shape *shape,
                       void *ret_row, struct arena *arena)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct db_column *column = &shape->columns[i];
        void *member = (char *)ret_row + column->offset;
        struct incoming in = {statement->sql->name, statement->column_types[i], PQgetvalue(result, row, (int)i),
                              (size_t)PQgetlength(result, row, (int)i), arena};
        if (PQgetisnull(result, row, (int)i))
            memset(member, 0, db_type_member_size(column->kind));
        else
            readers[column->kind](&in, member);
    }
}
