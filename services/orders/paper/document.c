/* Reads a document by GLib's parser for simple XML. */
#include "document.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_USUAL_PT 9.0
#define SIZE_MAX_PT 72.0
#define SPACE_MAX_PT 400.0
#define PERCENT 100.0
#define COLOR_LENGTH 7 /* "#rrggbb" */

struct reader {
    struct document *document;
    struct row *row;
    struct cell *cell;
    struct paragraph *paragraph;
};

static void paragraph_free(void *paragraph)
{
    g_string_free(((struct paragraph *)paragraph)->text, TRUE);
    g_free(paragraph);
}

static void cell_free(void *cell)
{
    g_ptr_array_free(((struct cell *)cell)->paragraphs, TRUE);
    g_free(cell);
}

static void row_free(void *row)
{
    if (!row)
        return;
    g_ptr_array_free(((struct row *)row)->cells, TRUE);
    g_free(row);
}

void document_free(struct document *document)
{
    if (!document)
        return;
    g_ptr_array_free(document->rows, TRUE);
    row_free(document->foot);
    g_free(document->title);
    g_free(document->lang);
    g_free(document);
}

/* ---- attributes ---- */

static const char *attribute(const char **names, const char **values, const char *name)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return values[i];
    return NULL;
}

static double number(const char *text, double fallback, double max)
{
    double value = text ? g_ascii_strtod(text, NULL) : fallback;
    return value >= 0 && value <= max ? value : fallback;
}

static bool color(const char *text, double out[3])
{
    if (!text || strlen(text) != COLOR_LENGTH || text[0] != '#')
        return false;
    unsigned long value = strtoul(text + 1, NULL, 16);
    for (int i = 0; i < 3; i++)
        out[i] = (double)(value >> (16 - 8 * i) & 0xff) / 255.0;
    return true;
}

/* ---- elements ---- */

static struct row *row_new(void)
{
    struct row *row = g_new0(struct row, 1);
    row->cells = g_ptr_array_new_with_free_func(cell_free);
    return row;
}

static struct cell *cell_add(struct row *row)
{
    struct cell *cell = g_new0(struct cell, 1);
    cell->width = 1;
    cell->paragraphs = g_ptr_array_new_with_free_func(paragraph_free);
    g_ptr_array_add(row->cells, cell);
    return cell;
}

static void open_paper(struct reader *reader, const char **names, const char **values)
{
    reader->document->title = g_strdup(attribute(names, values, "title"));
    reader->document->lang = g_strdup(attribute(names, values, "lang"));
}

static void open_row(struct reader *reader, const char **names, const char **values)
{
    const char *line = attribute(names, values, "line");
    struct row *row = reader->row = row_new();
    g_ptr_array_add(reader->document->rows, row);
    row->is_head = attribute(names, values, "head") != NULL;
    row->has_fill = color(attribute(names, values, "fill"), row->fill);
    if (line)
        row->line = strcmp(line, "top") == 0 ? ROW_LINE_TOP : ROW_LINE_BOTTOM;
}

static void open_cell(struct reader *reader, const char **names, const char **values)
{
    const char *align = attribute(names, values, "align");
    reader->cell = cell_add(reader->row);
    reader->cell->width = number(attribute(names, values, "width"), PERCENT, PERCENT) / PERCENT;
    reader->cell->is_right = align && strcmp(align, "right") == 0;
}

static void open_paragraph(struct reader *reader, const char **names, const char **values)
{
    struct paragraph *paragraph = reader->paragraph = g_new0(struct paragraph, 1);
    paragraph->text = g_string_new(NULL);
    paragraph->size_pt = number(attribute(names, values, "size"), SIZE_USUAL_PT, SIZE_MAX_PT);
    paragraph->before_pt = number(attribute(names, values, "before"), 0, SPACE_MAX_PT);
    paragraph->is_bold = attribute(names, values, "bold") != NULL;
    (void)color(attribute(names, values, "color"), paragraph->color);
    g_ptr_array_add(reader->cell->paragraphs, paragraph);
}

static void open_space(struct reader *reader, const char **names, const char **values)
{
    struct row *row = row_new();
    row->space_pt = number(attribute(names, values, "height"), SIZE_USUAL_PT, SPACE_MAX_PT);
    g_ptr_array_add(reader->document->rows, row);
}

static void open_foot(struct reader *reader, const char **names, const char **values)
{
    (void)names, (void)values;
    row_free(reader->document->foot);
    reader->document->foot = row_new();
    reader->cell = cell_add(reader->document->foot);
}

static const struct {
    const char *name;
    const char *parent;             /* NULL: the outermost */
    const char *other_parent;
    void (*open)(struct reader *reader, const char **names, const char **values);
} elements[] = {
    {"paper", NULL, NULL, open_paper}, {"row", "paper", NULL, open_row},    {"cell", "row", NULL, open_cell},
    {"p", "cell", "foot", open_paragraph}, {"space", "paper", NULL, open_space}, {"foot", "paper", NULL, open_foot},
};

static bool fits(size_t element, const char *parent)
{
    const char *wanted = elements[element].parent;
    const char *other = elements[element].other_parent;
    if (!wanted || !parent)
        return !wanted && !parent;
    return strcmp(parent, wanted) == 0 || (other && strcmp(parent, other) == 0);
}

static void on_open(GMarkupParseContext *context, const char *name, const char **names, const char **values, void *arg,
                    GError **err)
{
    const GSList *stack = g_markup_parse_context_get_element_stack(context);
    const char *parent = stack->next ? stack->next->data : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        if (strcmp(elements[i].name, name) != 0 || !fits(i, parent))
            continue;
        elements[i].open(arg, names, values);
        return;
    }
    g_set_error(err, G_MARKUP_ERROR, G_MARKUP_ERROR_UNKNOWN_ELEMENT, "<%s> has no place here", name);
}

static void on_close(GMarkupParseContext *context, const char *name, void *arg, GError **err)
{
    (void)context, (void)err;
    if (strcmp(name, "p") == 0)
        ((struct reader *)arg)->paragraph = NULL;
}

static void on_text(GMarkupParseContext *context, const char *text, size_t size, void *arg, GError **err)
{
    (void)context, (void)err;
    struct paragraph *paragraph = ((struct reader *)arg)->paragraph;
    if (paragraph)
        g_string_append_len(paragraph->text, text, (gssize)size);
}

struct document *document_parse(const char *text, size_t size, char **ret_why)
{
    static const GMarkupParser parser = {.start_element = on_open, .end_element = on_close, .text = on_text};
    struct reader reader = {.document = g_new0(struct document, 1)};
    GError *err = NULL;
    reader.document->rows = g_ptr_array_new_with_free_func(row_free);
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reader, NULL);
    bool is_good = g_markup_parse_context_parse(context, text, (gssize)size, &err) &&
                   g_markup_parse_context_end_parse(context, &err);
    g_markup_parse_context_free(context);
    if (is_good)
        return reader.document;
    *ret_why = g_strdup(err->message);
    g_error_free(err);
    document_free(reader.document);
    return NULL;
}
