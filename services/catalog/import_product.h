/*
 * Rows of the file become drafts: consecutive rows of one handle are one product, its variants and its pictures.
 *
 * The first row carries the product (title, description, vendor, category, tags, status, names of options); this one and
 * those that follow carry a variant each, a picture each, or both. A row that is wrong is refused by itself; a first row
 * that is wrong takes the rows of its handle with it.
 */
#ifndef CATALOG_IMPORT_PRODUCT_H
#define CATALOG_IMPORT_PRODUCT_H

#include <sodium.h>

#include "import_columns.h"
#include "import_pictures.h"
#include "import_report.h"
#include "money.h"
#include "product.h"

struct import_product {
    const struct import_header *header;
    const struct currency *currency;  /* of the plain price columns */
    struct import_pictures *pictures; /* NULL: files are not taken */
    struct import_report *report;
    struct arena *arena; /* of the product being read */
    struct product_draft draft;
    const char *raw_handle; /* as written, to tell where the next product starts; NULL: none was read */
    bool is_refused;        /* its first row was: the others go with it */
    crypto_generichash_state digest;
};

void import_product_init(struct import_product *self, const struct import_header *header, const struct currency *currency,
                         struct import_pictures *pictures, struct import_report *report);
void import_product_done(struct import_product *self);

/* True when the row belongs to another product than the rows before it. */
bool import_product_is_next(const struct import_product *self, const struct import_row *row);

/* The product that was read, to be staged; NULL when there is none, or nothing of it is good. */
const struct product_draft *import_product_finish(struct import_product *self);

/* Starts a product with its first row. */
void import_product_begin(struct import_product *self, const struct import_row *row);

/* Takes the variant and the picture of a row, the first one's too. */
void import_product_add(struct import_product *self, const struct import_row *row);

#endif
