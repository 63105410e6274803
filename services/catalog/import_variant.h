/*
 * The variant that a row of the file carries.
 */
#ifndef CATALOG_IMPORT_VARIANT_H
#define CATALOG_IMPORT_VARIANT_H

#include "import_columns.h"
#include "money.h"
#include "product.h"

/*
 * Fills a variant from the row's cells; what cannot be read adds a violation, for "weightGrams", "onHand", or a price column
 * by the name the file gives it. Plain price columns are in `currency`. Strings live in the arena. The rules of product.h
 * are checked afterwards.
 */
void import_variant_read(const struct import_header *header, const struct import_row *row, const struct currency *currency,
                         size_t option_count, struct arena *arena, struct product_variant *ret_variant, struct error *err);

#endif
