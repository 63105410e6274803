/* Grows a buffer and writes escaped values into it (PostgreSQL manual, COPY, "Text Format"). */
#include "copy_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void copy_rows_done(struct copy_rows *rows)
{
    free(rows->data);
    *rows = (struct copy_rows){0};
}

void copy_rows_clear(struct copy_rows *rows)
{
    rows->size = 0;
    rows->columns = 0;
}

static char *room(struct copy_rows *rows, size_t size)
{
    if (rows->capacity - rows->size < size) {
        rows->capacity = (rows->capacity + size) * 2;
        rows->data = realloc(rows->data, rows->capacity);
        if (!rows->data)
            abort();
    }
    return rows->data + rows->size;
}

static void put(struct copy_rows *rows, const char *bytes, size_t size)
{
    memcpy(room(rows, size), bytes, size);
    rows->size += size;
}

static void begin_value(struct copy_rows *rows)
{
    if (rows->columns++ > 0)
        put(rows, "\t", 1);
}

static void put_escaped(struct copy_rows *rows, const char *value)
{
    static const char special[] = "\\\n\r\t";
    static const char letters[] = "\\nrt";
    while (*value) {
        size_t plain = strcspn(value, special);
        put(rows, value, plain);
        value += plain;
        if (*value) {
            put(rows, (const char[]){'\\', letters[strchr(special, *value) - special]}, 2);
            value++;
        }
    }
}

void copy_text(struct copy_rows *rows, const char *value)
{
    begin_value(rows);
    put_escaped(rows, value);
}

void copy_texts(struct copy_rows *rows, const char *const *values, size_t count)
{
    begin_value(rows);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put(rows, "\x1f", 1);
        put_escaped(rows, values[i]);
    }
}

void copy_int(struct copy_rows *rows, int64_t value)
{
    char number[24];
    begin_value(rows);
    put(rows, number, (size_t)snprintf(number, sizeof(number), "%lld", (long long)value));
}

void copy_bool(struct copy_rows *rows, int value)
{
    begin_value(rows);
    put(rows, value ? "t" : "f", 1);
}

void copy_null(struct copy_rows *rows)
{
    begin_value(rows);
    put(rows, "\\N", 2);
}

void copy_end(struct copy_rows *rows)
{
    put(rows, "\n", 1);
    rows->columns = 0;
}
