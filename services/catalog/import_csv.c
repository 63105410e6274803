/* Feeds libcsv line by line, so that the line of each row is known, and gathers the fields of a row. */
#include "import_csv.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536

struct reader {
    import_row_fn *take;
    void *arg;
    struct error *err;
    enum status status;
    int64_t line;     /* being read */
    int64_t row_line; /* on which the current row started */
    bool in_row;
    char *text; /* the fields of the row, each with a NUL behind */
    size_t text_size;
    size_t text_capacity;
    size_t lengths[IMPORT_COLUMNS_MAX];
    const char *fields[IMPORT_COLUMNS_MAX];
    size_t count;
};

/* libcsv keeps the field it is reading in one block, which this bounds. */
static void *bounded_realloc(void *block, size_t size)
{
    return size > IMPORT_FIELD_MAX ? NULL : realloc(block, size);
}

static void fail(struct reader *reader, const char *what)
{
    if (reader->status == STATUS_OK)
        reader->status = error_set(reader->err, STATUS_INVALID_ARGUMENT, "Line %lld: %s", (long long)reader->row_line, what);
}

static void take_field(void *data, size_t length, void *arg)
{
    struct reader *reader = arg;
    if (reader->status)
        return;
    if (reader->count == IMPORT_COLUMNS_MAX || reader->text_size + length + 1 > IMPORT_ROW_MAX) {
        fail(reader, "the row is too long; is a quote missing?");
        return;
    }
    if (reader->text_capacity - reader->text_size < length + 1) {
        reader->text_capacity = (reader->text_capacity + length + 1) * 2;
        reader->text = realloc(reader->text, reader->text_capacity);
        if (!reader->text)
            abort();
    }
    memcpy(reader->text + reader->text_size, data, length);
    reader->text[reader->text_size + length] = '\0';
    reader->text_size += length + 1;
    reader->lengths[reader->count++] = length;
}

static void take_row(int end, void *arg)
{
    struct reader *reader = arg;
    (void)end;
    size_t offset = 0;
    for (size_t i = 0; i < reader->count; i++) {
        reader->fields[i] = reader->text + offset;
        offset += reader->lengths[i] + 1;
    }
    const struct import_row row = {reader->row_line, reader->fields, reader->lengths, reader->count};
    if (reader->status == STATUS_OK)
        reader->status = reader->take(reader->arg, &row, reader->err);
    reader->count = 0;
    reader->text_size = 0;
    reader->in_row = false;
}

static bool is_blank(const char *piece, size_t size)
{
    return (size == 1 && piece[0] == '\n') || (size == 2 && piece[0] == '\r' && piece[1] == '\n');
}

/* A line with its newline; only the last one, or one longer than a chunk, comes without. */
static void feed(struct reader *reader, struct csv_parser *parser, const char *piece, size_t size)
{
    bool starts_row = !reader->in_row;
    if (starts_row)
        reader->row_line = reader->line;
    reader->line += piece[size - 1] == '\n';
    if (starts_row && is_blank(piece, size))
        return;
    reader->in_row = true;
    if (csv_parse(parser, piece, size, take_field, take_row, reader) != size)
        fail(reader, "a field is longer than 1 MiB; is a quote missing?");
}

/* Feeds the whole lines of the chunk; returns how many bytes were left over. */
static size_t feed_lines(struct reader *reader, struct csv_parser *parser, char *chunk, size_t size, bool is_last)
{
    size_t at = 0;
    while (at < size && reader->status == STATUS_OK) {
        const char *newline = memchr(chunk + at, '\n', size - at);
        if (!newline && !is_last && at > 0)
            break;
        size_t piece = newline ? (size_t)(newline - (chunk + at)) + 1 : size - at;
        feed(reader, parser, chunk + at, piece);
        at += piece;
    }
    memmove(chunk, chunk + at, size - at);
    return size - at;
}

static size_t skip_mark(char *chunk, size_t size)
{
    if (size < 3 || memcmp(chunk, "\xEF\xBB\xBF", 3) != 0)
        return size;
    memmove(chunk, chunk + 3, size - 3);
    return size - 3;
}

static void read_all(struct reader *reader, struct csv_parser *parser, FILE *file)
{
    char chunk[CHUNK];
    size_t size = fread(chunk, 1, sizeof(chunk), file);
    if (size >= 2 && (memcmp(chunk, "\xFF\xFE", 2) == 0 || memcmp(chunk, "\xFE\xFF", 2) == 0))
        fail(reader, "the file is in UTF-16; save it as CSV in UTF-8.");
    size = skip_mark(chunk, size);
    while (size > 0 && reader->status == STATUS_OK) {
        size = feed_lines(reader, parser, chunk, size, feof(file));
        size += fread(chunk + size, 1, sizeof(chunk) - size, file);
    }
    if (ferror(file) && reader->status == STATUS_OK)
        reader->status = error_set(reader->err, STATUS_DATA_LOSS, "Line %lld: cannot read on: %s.", (long long)reader->line,
                                   strerror(errno));
}

enum status import_csv_read(FILE *file, import_row_fn *take, void *arg, struct error *err)
{
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0)
        abort();
    csv_set_realloc_func(&parser, bounded_realloc);
    struct reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        abort();
    reader->take = take;
    reader->arg = arg;
    reader->err = err;
    reader->line = reader->row_line = 1;
    read_all(reader, &parser, file);
    csv_set_opts(&parser, CSV_STRICT | CSV_STRICT_FINI); /* stray quotes were taken; an open one at the end is not */
    if (reader->status == STATUS_OK && csv_fini(&parser, take_field, take_row, reader) != 0)
        fail(reader, "the row ends within quotes; is a quote missing?");
    enum status status = reader->status;
    csv_free(&parser);
    free(reader->text);
    free(reader);
    return status;
}
