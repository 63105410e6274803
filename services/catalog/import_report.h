/*
 * What an import tells: progress while it runs, every row that was refused with its reason, and the sums at the end.
 */
#ifndef CATALOG_IMPORT_REPORT_H
#define CATALOG_IMPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "import_csv.h"
#include "product_store.h"

struct import_report {
    FILE *out;    /* progress and refusals, for people */
    FILE *errors; /* refused rows with their reasons, as CSV; NULL: not wanted */
    bool is_terminal;
    bool is_dry_run;
    int64_t started_us; /* monotonic, as is told_us */
    int64_t told_us;
    int64_t rows;
    int64_t products; /* read so far */
    int64_t created;
    int64_t updated;
    int64_t unchanged;
    int64_t refused;       /* rows */
    int64_t refused_line;  /* the last one counted, so that two reasons for one row are one refusal */
    struct arena *arena;   /* rows of the batch, kept while `errors` may still want them */
    struct kept_row *kept; /* the newest first */
};

/* `errors` may be NULL. */
void import_report_init(struct import_report *report, FILE *out, FILE *errors, bool is_dry_run);
void import_report_done(struct import_report *report);

/* The first row of the file, which the errors' file repeats. */
void import_report_header(struct import_report *report, const struct import_row *row);

/* Counts a row, and tells how things go once a second. */
void import_report_row(struct import_report *report, const struct import_row *row);

/* A row that was refused; `column` is the file's name of it, "" for the row as a whole. */
void import_report_refuse(struct import_report *report, int64_t line, const char *column, const char *reason);

/* A batch was merged: rows kept for it are forgotten. */
void import_report_batch(struct import_report *report, const struct merge_result *result);

/* The sums, as the last line. */
void import_report_end(struct import_report *report);

#endif
