/* Writes progress, refusals and sums. */
#include "import_report.h"

#include <csv.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define ARENA_BLOCK (256u << 10)
#define TOLD_ON_SCREEN 50      /* refusals; the rest is only counted and written to the errors' file */
#define ROWS_BETWEEN_LOOKS 128 /* at the clock */

struct kept_row {
    struct kept_row *next;
    int64_t line;
    const char **fields;
    size_t count;
};

void import_report_init(struct import_report *report, FILE *out, FILE *errors, bool is_dry_run)
{
    *report = (struct import_report){
        .out = out,
        .errors = errors,
        .is_terminal = isatty(fileno(out)) == 1,
        .is_dry_run = is_dry_run,
        .started_us = clock_monotonic_us(),
        .arena = arena_new(ARENA_BLOCK, SIZE_MAX),
    };
    report->told_us = report->started_us;
}

void import_report_done(struct import_report *report)
{
    arena_free(report->arena);
}

static void write_fields(FILE *file, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputc(',', file);
        csv_fwrite(file, fields[i], strlen(fields[i]));
    }
    fputs("\r\n", file);
}

void import_report_header(struct import_report *report, const struct import_row *row)
{
    if (!report->errors)
        return;
    fputs("Line,Column,Reason", report->errors);
    write_fields(report->errors, row->fields, row->count);
}

static void keep_row(struct import_report *report, const struct import_row *row)
{
    struct kept_row *kept = ARENA_NEW(report->arena, struct kept_row);
    *kept = (struct kept_row){report->kept, row->line, ARENA_ARRAY(report->arena, const char *, row->count), row->count};
    for (size_t i = 0; i < row->count; i++)
        kept->fields[i] = arena_strndup(report->arena, row->fields[i], row->lengths[i]);
    report->kept = kept;
}

static void tell_progress(struct import_report *report, int64_t now_us)
{
    double seconds = (double)(now_us - report->started_us) / (double)US_PER_S;
    fprintf(report->out, "%s%lld rows, %lld products, %.0f rows/s%s", report->is_terminal ? "\r" : "",
            (long long)report->rows, (long long)report->products, (double)report->rows / seconds,
            report->is_terminal ? "   " : "\n");
    fflush(report->out);
    report->told_us = now_us;
}

void import_report_row(struct import_report *report, const struct import_row *row)
{
    report->rows++;
    if (report->errors)
        keep_row(report, row);
    if (report->rows % ROWS_BETWEEN_LOOKS != 0)
        return;
    int64_t now_us = clock_monotonic_us();
    if (now_us - report->told_us >= US_PER_S)
        tell_progress(report, now_us);
}

static void write_refusal(struct import_report *report, int64_t line, const char *column, const char *reason)
{
    fprintf(report->errors, "%lld,", (long long)line);
    csv_fwrite(report->errors, column, strlen(column));
    fputc(',', report->errors);
    csv_fwrite(report->errors, reason, strlen(reason));
    const struct kept_row *kept = report->kept;
    while (kept && kept->line != line)
        kept = kept->next;
    write_fields(report->errors, kept ? kept->fields : NULL, kept ? kept->count : 0);
}

void import_report_refuse(struct import_report *report, int64_t line, const char *column, const char *reason)
{
    if (line != report->refused_line)
        report->refused++;
    report->refused_line = line;
    if (report->refused <= TOLD_ON_SCREEN)
        fprintf(report->out, "%sline %lld%s%s: %s\n", report->is_terminal ? "\r" : "", (long long)line, *column ? ", " : "",
                column, reason);
    else if (report->refused == TOLD_ON_SCREEN + 1)
        fprintf(report->out, "more rows were refused; --errors FILE lists them all\n");
    if (report->errors)
        write_refusal(report, line, column, reason);
}

void import_report_batch(struct import_report *report, const struct merge_result *result)
{
    report->created += result->created;
    report->updated += result->updated;
    report->unchanged += result->unchanged;
    report->kept = NULL;
    arena_reset(report->arena);
}

void import_report_end(struct import_report *report)
{
    double seconds = (double)(clock_monotonic_us() - report->started_us) / (double)US_PER_S;
    fprintf(
        report->out,
        "%s%lld rows in %.1f s (%.0f rows/min): %lld products created, %lld updated, %lld unchanged, %lld rows refused%s\n",
        report->is_terminal ? "\r" : "", (long long)report->rows, seconds,
        seconds > 0 ? (double)report->rows * 60 / seconds : 0, (long long)report->created, (long long)report->updated,
        (long long)report->unchanged, (long long)report->refused,
        report->is_dry_run ? " (dry run: nothing was changed)" : "");
}
