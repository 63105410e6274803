/*
 * portal-catalog-tool import: takes a product CSV in Shopify's format into the catalogue.
 *
 * The file is read as a stream and merged in batches, each a transaction of its own; memory does not grow with the file.
 * Rows that are wrong are told and left out. Exit codes: 0 all rows were taken; 3 some were refused; 1 the import stopped; 2
 * the command line is wrong.
 */
#ifndef CATALOG_IMPORT_H
#define CATALOG_IMPORT_H

#include <stdio.h>

#include "catalog_settings.h"
#include "import_report.h"
#include "market.h"

#define IMPORT_USAGE                                                                                                        \
    "import FILE.csv --currency KES [--dry-run] [--set-stock] [--media-dir DIR] [--errors FILE.csv]: takes a product CSV "  \
    "in "                                                                                                                   \
    "Shopify's format; - reads standard input"

struct import_options {
    const char *currency_code;    /* of the plain price columns */
    const char *media_dir;        /* where renditions of pictures go; NULL: files are not taken */
    const char *pictures_program; /* portal-pictures */
    const char *base_dir;         /* which relative names of pictures are below */
    bool dry_run;
    bool set_stock;
};

/* Imports an open file and fills the sums of `report`. OK also when rows were refused; otherwise what was merged stays. */
enum status import_run(FILE *file, struct db *db, const struct markets *markets, const struct import_options *options,
                       struct import_report *report, struct error *err) MUST_CHECK;

/* The commands of the program: `settings` is a struct catalog_settings. */
int import_command(void *settings, int argc, char **argv);
int count_command(void *settings, int argc, char **argv);

#endif
