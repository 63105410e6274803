/*
 * Reads a CSV file row by row (RFC 4180, by libcsv), whatever its size, and knows the line on which each row starts.
 *
 * Accepts LF and CRLF, quoted fields with newlines and doubled quotes in them, and a byte order mark of UTF-8. A field of
 * more than IMPORT_FIELD_MAX bytes, a row of more than IMPORT_ROW_MAX or IMPORT_COLUMNS_MAX fields, or a quote that is never
 * closed ends the reading: nothing behind it could be told apart.
 */
#ifndef CATALOG_IMPORT_CSV_H
#define CATALOG_IMPORT_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

#define IMPORT_FIELD_MAX (1u << 20)
#define IMPORT_ROW_MAX (4u << 20)
#define IMPORT_COLUMNS_MAX 1000

/* One row; it is gone when the function it was given to returns. Fields end with NUL; `lengths` tell of NULs within. */
struct import_row {
    int64_t line; /* of the file, from 1 */
    const char *const *fields;
    const size_t *lengths;
    size_t count;
};

/* A status other than OK ends the reading and is returned. */
typedef enum status import_row_fn(void *arg, const struct import_row *row, struct error *err);

/* Calls `take` for each row, the header too. Blank lines are no rows. `err` names the line when the file cannot be read. */
enum status import_csv_read(FILE *file, import_row_fn *take, void *arg, struct error *err) MUST_CHECK;

#endif
