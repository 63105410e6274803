/* Lays out rows from top to bottom. A first pass counts the pages, a second one draws. */
#include "sheet.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#define WIDTH_PT 595.28 /* A4, ISO 216 */
#define HEIGHT_PT 841.89
#define MARGIN_PT 48.0
#define GUTTER_PT 10.0 /* between two cells */
#define PAD_PT 4.0     /* above and below what stands in a row */
#define FONT "DejaVu Sans"
#define RULE_PT 0.6

struct sheet {
    const struct document *document;
    cairo_t *cairo;
    PangoLayout *layout;
    bool draws;
    int page;
    int page_count;
    double y;
    double bottom;                  /* where the foot begins */
    const struct row *head;         /* of the rows that are being laid out */
};

/* A text whose own direction is from right to left still stands where its cell says. */
static void set_text(PangoLayout *layout, const char *text, bool is_right)
{
    pango_layout_set_auto_dir(layout, TRUE);
    pango_layout_set_text(layout, text, -1);
    bool is_rtl = pango_layout_get_direction(layout, 0) == PANGO_DIRECTION_RTL;
    pango_layout_set_alignment(layout, is_right != is_rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
}

static double prepare(struct sheet *sheet, const struct paragraph *paragraph, const char *text, double width, bool is_right)
{
    int height;
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    pango_font_description_set_absolute_size(font, paragraph->size_pt * PANGO_SCALE);
    pango_font_description_set_weight(font, paragraph->is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(sheet->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(sheet->layout, (int)(width * PANGO_SCALE));
    set_text(sheet->layout, text, is_right);
    pango_layout_get_size(sheet->layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

/* Draws the cell at its place, or with `draws` false only measures. The result is its height. */
static double put_cell(struct sheet *sheet, const struct cell *cell, double x, double y, double width, bool draws)
{
    double top = y;
    for (unsigned i = 0; i < cell->paragraphs->len; i++) {
        const struct paragraph *paragraph = cell->paragraphs->pdata[i];
        y += paragraph->before_pt;
        double height = prepare(sheet, paragraph, paragraph->text->str, width, cell->is_right);
        if (draws) {
            cairo_set_source_rgb(sheet->cairo, paragraph->color[0], paragraph->color[1], paragraph->color[2]);
            cairo_move_to(sheet->cairo, x, y);
            pango_cairo_show_layout(sheet->cairo, sheet->layout);
        }
        y += height;
    }
    return y - top;
}

static double put_cells(struct sheet *sheet, const struct row *row, double y, bool draws)
{
    double all = WIDTH_PT - 2 * MARGIN_PT;
    double x = MARGIN_PT;
    double tallest = 0;
    for (unsigned i = 0; i < row->cells->len; i++) {
        const struct cell *cell = row->cells->pdata[i];
        double width = all * cell->width;
        double inner = width - (i + 1 < row->cells->len ? GUTTER_PT : 0);
        double height = put_cell(sheet, cell, x, y, inner > 1 ? inner : 1, draws);
        tallest = height > tallest ? height : tallest;
        x += width;
    }
    return tallest;
}

static double height_of(struct sheet *sheet, const struct row *row)
{
    return row->cells->len == 0 ? row->space_pt : put_cells(sheet, row, 0, false) + 2 * PAD_PT;
}

static void draw_ground(struct sheet *sheet, const struct row *row, double height)
{
    double width = WIDTH_PT - 2 * MARGIN_PT;
    if (row->has_fill) {
        cairo_set_source_rgb(sheet->cairo, row->fill[0], row->fill[1], row->fill[2]);
        cairo_rectangle(sheet->cairo, MARGIN_PT, sheet->y, width, height);
        cairo_fill(sheet->cairo);
    }
    if (row->line == ROW_LINE_NONE)
        return;
    double y = row->line == ROW_LINE_TOP ? sheet->y : sheet->y + height;
    cairo_set_source_rgb(sheet->cairo, 0.5, 0.5, 0.5);
    cairo_set_line_width(sheet->cairo, RULE_PT);
    cairo_move_to(sheet->cairo, MARGIN_PT, y);
    cairo_line_to(sheet->cairo, MARGIN_PT + width, y);
    cairo_stroke(sheet->cairo);
}

static void put_row(struct sheet *sheet, const struct row *row, double height)
{
    if (sheet->draws && row->cells->len > 0) {
        draw_ground(sheet, row, height);
        put_cells(sheet, row, sheet->y + PAD_PT, true);
    }
    sheet->y += height;
}

static void put_page_number(struct sheet *sheet)
{
    const struct paragraph look = {.size_pt = 8, .color = {0.42, 0.35, 0.31}};
    char text[32];
    g_snprintf(text, sizeof(text), "%d / %d", sheet->page, sheet->page_count);
    double height = prepare(sheet, &look, text, WIDTH_PT - 2 * MARGIN_PT, true);
    cairo_set_source_rgb(sheet->cairo, look.color[0], look.color[1], look.color[2]);
    cairo_move_to(sheet->cairo, MARGIN_PT, HEIGHT_PT - MARGIN_PT / 2 - height);
    pango_cairo_show_layout(sheet->cairo, sheet->layout);
}

static void end_page(struct sheet *sheet)
{
    if (!sheet->draws)
        return;
    if (sheet->document->foot) {
        double height = height_of(sheet, sheet->document->foot);
        sheet->y = HEIGHT_PT - MARGIN_PT - height;
        put_row(sheet, sheet->document->foot, height);
    }
    if (sheet->page_count > 1)
        put_page_number(sheet);
    cairo_show_page(sheet->cairo);
}

static void begin_page(struct sheet *sheet)
{
    sheet->page++;
    sheet->y = MARGIN_PT;
    if (sheet->head)
        put_row(sheet, sheet->head, height_of(sheet, sheet->head));
}

static void lay_out(struct sheet *sheet, bool draws)
{
    const GPtrArray *rows = sheet->document->rows;
    sheet->draws = draws;
    sheet->page = 0;
    sheet->head = NULL;
    begin_page(sheet);
    for (unsigned i = 0; i < rows->len && sheet->page <= SHEET_PAGES_MAX; i++) {
        const struct row *row = rows->pdata[i];
        double height = height_of(sheet, row);
        bool is_space = row->cells->len == 0;
        if (is_space)
            sheet->head = NULL;
        if (sheet->y + height > sheet->bottom && sheet->y > MARGIN_PT) {
            end_page(sheet);
            begin_page(sheet);
            if (is_space)
                continue;
        }
        put_row(sheet, row, height);
        if (row->is_head)
            sheet->head = row;
    }
    end_page(sheet);
}

static cairo_surface_t *surface_new(const struct document *document, cairo_write_func_t write, void *arg)
{
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write, arg, WIDTH_PT, HEIGHT_PT);
    if (document->title)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, document->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "portal-paper");
    return surface;
}

cairo_status_t sheet_print(const struct document *document, cairo_write_func_t write, void *arg)
{
    cairo_surface_t *surface = surface_new(document, write, arg);
    struct sheet sheet = {.document = document, .cairo = cairo_create(surface)};
    sheet.layout = pango_cairo_create_layout(sheet.cairo);
    pango_layout_set_wrap(sheet.layout, PANGO_WRAP_WORD_CHAR);
    PangoAttrList *looks = pango_attr_list_new();
    pango_attr_list_insert(looks, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(sheet.layout, looks);
    pango_attr_list_unref(looks);
    if (document->lang)
        pango_context_set_language(pango_layout_get_context(sheet.layout), pango_language_from_string(document->lang));
    sheet.bottom = HEIGHT_PT - MARGIN_PT - (document->foot ? height_of(&sheet, document->foot) : 0);
    lay_out(&sheet, false);
    sheet.page_count = sheet.page;
    if (sheet.page_count <= SHEET_PAGES_MAX)
        lay_out(&sheet, true);
    g_object_unref(sheet.layout);
    cairo_destroy(sheet.cairo);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return sheet.page_count <= SHEET_PAGES_MAX ? status : CAIRO_STATUS_INVALID_SIZE;
}
