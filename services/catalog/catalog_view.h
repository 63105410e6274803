/*
 * Rows of the catalogue as the messages that clients see. Everything is made in the arena and shares the rows' strings.
 */
#ifndef CATALOG_VIEW_H
#define CATALOG_VIEW_H

#include "catalog.pb-c.h"
#include "catalog_store.h"
#include "product_store.h"

Catalog__V1__Category **catalog_view_categories(const struct category_row *rows, size_t count, struct arena *arena);
Catalog__V1__ProductSummary **catalog_view_summaries(const struct card_row *rows, size_t count, struct arena *arena);

/* Fills an initialised message. */
void catalog_view_product(const struct product_detail *product, const char *currency, struct arena *arena,
                          Catalog__V1__Product *message);
void catalog_view_record(const struct product_record *record, struct arena *arena, Catalog__V1__ProductRecord *message);

/* One message for each id asked for, in their order; found is false where there is no row for it. */
Catalog__V1__VariantQuote **catalog_view_quotes(const char *const *variant_ids, size_t count, const struct quote_row *rows,
                                                size_t row_count, const char *currency, struct arena *arena);

/* A quote without a row is one that is not found. */
Catalog__V1__VariantQuote *catalog_view_quote(const char *variant_id, const struct quote_row *row, const char *currency,
                                              struct arena *arena);

#endif
