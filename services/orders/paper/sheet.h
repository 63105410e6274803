/*
 * Puts a document on sheets of A4 and hands the PDF to a function, piece by piece.
 */
#ifndef PAPER_SHEET_H
#define PAPER_SHEET_H

#include <cairo.h>

#include "document.h"

#define SHEET_PAGES_MAX 200

/* CAIRO_STATUS_SUCCESS, or what went wrong; a document of more pages than the maximum is refused as too large. */
cairo_status_t sheet_print(const struct document *document, cairo_write_func_t write, void *arg);

#endif
