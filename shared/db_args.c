/*
 * Arguments on their way out: binary, but for text, which the server reads for any type that text stands for here. What does not
 * fit its type goes as text too, for the server to refuse as it refuses all else.
 */
#include "db_internal.h"

#include <endian.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "db_types.h"

#define UUID_BYTES 16

static void set(struct db_wire *wire, size_t i, const char *data, size_t size, bool is_binary)
{
    wire->values[i] = data;
    wire->lengths[i] = (int)size;
    wire->formats[i] = is_binary;
}

/* Numbers */

static size_t width_of(Oid type)
{
    return type == TYPE_INT2 ? 2 : type == TYPE_INT4 ? 4 : 8;
}

static bool is_within(int64_t number, size_t width)
{
    int64_t rest = number >> (8 * width - 1);
    return rest == 0 || rest == -1;
}

static char *put_number(char *out, int64_t number, size_t width)
{
    uint64_t big_endian = htobe64((uint64_t)number << (64 - 8 * width));
    memcpy(out, &big_endian, width);
    return out + width;
}

/* The ends of the range stand for -infinity and infinity on both sides. */
static bool to_server_time(int64_t time_us, int64_t *ret_time_us)
{
    if (time_us == INT64_MAX || time_us == INT64_MIN) {
        *ret_time_us = time_us;
        return true;
    }
    return !__builtin_sub_overflow(time_us, DB_EPOCH_OFFSET_US, ret_time_us);
}

static void set_int(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    char *out = wire->numbers[i];
    size_t width = width_of(type);
    int64_t number = arg->as.number;
    int64_t value = number;
    if (!is_within(number, width) || (type == TYPE_TIMESTAMPTZ && !to_server_time(number, &value))) {
        snprintf(out, sizeof(wire->numbers[i]), "%lld", (long long)number);
        set(wire, i, out, 0, false);
        return;
    }
    put_number(out, value, width);
    set(wire, i, out, width, true);
}

/* Arrays */

static char *put_header(char *out, Oid element_type, size_t count)
{
    const int64_t header[] = {1, 0, element_type, (int64_t)count, 1};
    for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
        out = put_number(out, header[i], 4);
    return out;
}

/* No array looks like this: the statement fails, as one with a malformed value should. */
static void set_refused(struct db_wire *wire, size_t i)
{
    set(wire, i, "an element does not fit its type", 0, false);
}

static bool put_text(char *out, Oid type, const char *text, size_t size)
{
    size_t written;
    if (type != TYPE_UUID) {
        memcpy(out, text, size);
        return true;
    }
    return sodium_hex2bin((unsigned char *)out, size, text, strlen(text), "-", &written, NULL) == 0 && written == size;
}

static void set_texts(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    struct db_texts texts = arg->as.texts;
    Oid element = db_type_element(type);
    size_t total = DB_ARRAY_HEADER;
    for (size_t k = 0; k < texts.count; k++)
        total += 4 + (element == TYPE_UUID ? UUID_BYTES : strlen(texts.values[k]));
    char *data = arena_alloc(wire->arena, total);
    char *out = put_header(data, element, texts.count);
    for (size_t k = 0; k < texts.count; k++) {
        size_t size = element == TYPE_UUID ? UUID_BYTES : strlen(texts.values[k]);
        out = put_number(out, (int64_t)size, 4);
        if (!put_text(out, element, texts.values[k], size)) {
            set_refused(wire, i);
            return;
        }
        out += size;
    }
    set(wire, i, data, total, true);
}

static void set_ints(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    struct db_ints ints = arg->as.ints;
    Oid element = db_type_element(type);
    size_t width = width_of(element);
    size_t total = DB_ARRAY_HEADER + ints.count * (4 + width);
    char *data = arena_alloc(wire->arena, total);
    char *out = put_header(data, element, ints.count);
    for (size_t k = 0; k < ints.count; k++) {
        if (!is_within(ints.values[k], width)) {
            set_refused(wire, i);
            return;
        }
        out = put_number(out, (int64_t)width, 4);
        out = put_number(out, ints.values[k], width);
    }
    set(wire, i, data, total, true);
}

/* Plain values */

static void set_text(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    (void)type;
    set(wire, i, arg->as.text, 0, false);
}

static void set_bool(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    (void)type;
    wire->numbers[i][0] = arg->as.truth;
    set(wire, i, wire->numbers[i], 1, true);
}

static void set_bytes(struct db_wire *wire, size_t i, Oid type, const struct db_arg *arg)
{
    (void)type;
    set(wire, i, arg->as.bytes.data, arg->as.bytes.size, true);
}

static void (*const setters[])(struct db_wire *, size_t, Oid, const struct db_arg *) = {
    [DB_TEXT] = set_text,   [DB_INT] = set_int,     [DB_BOOL] = set_bool,
    [DB_BYTES] = set_bytes, [DB_TEXTS] = set_texts, [DB_INTS] = set_ints,
};

static void refuse_bugs(const char *statement, size_t i, const struct db_arg *arg)
{
    if (arg->kind == DB_BYTES && arg->as.bytes.size > INT_MAX)
        db_bug(statement, "argument %zu has more than %d bytes", i + 1, INT_MAX);
    for (size_t k = 0; arg->kind == DB_TEXTS && k < arg->as.texts.count; k++)
        if (!arg->as.texts.values[k])
            db_bug(statement, "argument %zu is a list whose element %zu is NULL", i + 1, k + 1);
}

void db_args_write(const struct db_statement *statement, const struct db_arg *args, struct db_wire *wire)
{
    for (size_t i = 0; i < statement->param_count; i++) {
        refuse_bugs(statement->sql->name, i, &args[i]);
        if (args[i].is_null)
            set(wire, i, NULL, 0, false);
        else
            setters[args[i].kind](wire, i, statement->param_types[i], &args[i]);
    }
}
