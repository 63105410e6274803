/*
 * Descriptions in HTML as plain text: paragraphs with a blank line between, items of lists with a bullet each on a line.
 */
#ifndef CATALOG_IMPORT_HTML_H
#define CATALOG_IMPORT_HTML_H

#include "arena.h"

/* The text of a fragment of HTML, in the arena. Scripts and styles are dropped, entities become characters; whatever is
 * wrong with the HTML, there is a text. Plain text passes with its lines kept. */
const char *import_html_text(const char *html, struct arena *arena);

#endif
