/*
 * Rows in the text format of PostgreSQL's COPY, gathered in memory: values with tabs between, backslash escapes, \N for
 * NULL.
 */
#ifndef CATALOG_COPY_ROWS_H
#define CATALOG_COPY_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct copy_rows {
    char *data;
    size_t size;
    size_t capacity;
    int columns; /* written to the current row */
};

/* A zeroed struct is an empty one. copy_rows_done() frees; copy_rows_clear() keeps the memory for the next batch. */
void copy_rows_done(struct copy_rows *rows);
void copy_rows_clear(struct copy_rows *rows);

void copy_text(struct copy_rows *rows, const char *value);
void copy_texts(struct copy_rows *rows, const char *const *values, size_t count); /* one value, U+001F between */
void copy_int(struct copy_rows *rows, int64_t value);
void copy_bool(struct copy_rows *rows, int value);
void copy_null(struct copy_rows *rows);
void copy_end(struct copy_rows *rows); /* of the row */

#endif
