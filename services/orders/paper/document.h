/*
 * A document as portal-paper reads it: rows of cells of paragraphs. The form is told in README.md. What is not in it is refused.
 */
#ifndef PAPER_DOCUMENT_H
#define PAPER_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

struct paragraph {
    GString *text;
    double size_pt;
    double before_pt;
    bool is_bold;
    double color[3];                /* red, green, blue; 0 to 1 */
};

struct cell {
    double width;                   /* of the row's, 0 to 1 */
    bool is_right;
    GPtrArray *paragraphs;
};

enum row_line { ROW_LINE_NONE, ROW_LINE_TOP, ROW_LINE_BOTTOM };

struct row {
    GPtrArray *cells;
    enum row_line line;
    bool is_head;
    bool has_fill;
    double fill[3];
    double space_pt;                /* of a row without cells: how much is left free */
};

struct document {
    char *title;
    char *lang;
    GPtrArray *rows;
    struct row *foot;               /* NULL: none */
};

/* NULL when the text is not a document; *ret_why is a sentence then, to be freed with g_free(). */
struct document *document_parse(const char *text, size_t size, char **ret_why);
void document_free(struct document *document);      /* accepts NULL */

#endif
