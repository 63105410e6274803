/*
 * What shoppers read of the catalogue: one function for each named statement of catalog.sql. Results live in the arena.
 */
#ifndef CATALOG_STORE_H
#define CATALOG_STORE_H

#include "catalog_rows.h"
#include "listing.h"

/* A category as a place to list from: the number of its shelf, what leads to it, what lies below it. */
struct shelf {
    int64_t number;
    const struct category_row *breadcrumbs; /* from the root's child down to the category; none: the root itself */
    size_t breadcrumb_count;
    const struct category_row *children;
    size_t child_count;
    const struct listing_word *words; /* of the query that came along */
    size_t word_count;
};

struct product_detail {
    const char *id;
    const char *handle;
    const char *title;
    const char *description;
    const char *vendor;
    const char *type;
    struct db_texts tags;
    struct db_texts option_names;
    int64_t price_minor;
    int64_t compare_at_minor;
    bool price_varies;
    int64_t created_at_us;
    int64_t updated_at_us;
    const struct category_row *breadcrumbs;
    size_t breadcrumb_count;
    const struct variant_row *variants;
    size_t variant_count;
    const struct picture_row *pictures;
    size_t picture_count;
    const struct card_row *related;
    size_t related_count;
};

struct quote_row {
    int64_t position; /* in the list asked for, from 1 */
    const char *variant_id;
    const char *product_id;
    const char *handle;
    const char *title;
    const char *options[3];
    const char *sku;
    int64_t amount_minor;
    struct stock_offer offer;
    int64_t weight_grams;
    struct picture picture;
};

/* A variant to quote, and the market to quote it for. */
struct quote_ask {
    const char *variant_id;
    const char *currency;
    const char *country;
};

/* What to list. */
struct listing_request {
    int64_t category; /* number */
    bool is_root;     /* of the whole shop */
    const char *currency;
    const char *country; /* whose stock counts */
    enum listing_sort sort;
    struct listing_search search;
    struct listing_place after;
    int64_t limit;
};

/* Categories below `parent_path` ("": all), parents before their children. */
enum status catalog_store_list_categories(struct db *db, const char *parent_path, const struct category_row **ret_rows,
                                          size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

/* NOT_FOUND when there is no such category. `query` is what the shopper typed, "" when nothing. */
enum status catalog_store_find_shelf(struct db *db, const char *path, const char *query, struct shelf *ret_shelf,
                                     struct arena *arena, struct error *err) MUST_CHECK;

enum status catalog_store_list(struct db *db, const struct listing_request *request, const struct card_row **ret_rows,
                               size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

/* NOT_FOUND when there is no active product of that handle with a price in the currency. */
enum status catalog_store_get_product(struct db *db, const char *handle, const char *currency, const char *country,
                                      struct product_detail *ret_product, struct arena *arena, struct error *err) MUST_CHECK;

/* Those of the variants that are sold in their currency, in no order. */
enum status catalog_store_quote_variants(struct db *db, const struct quote_ask *asked, size_t asked_count,
                                         const struct quote_row **ret_rows, size_t *ret_count, struct arena *arena,
                                         struct error *err) MUST_CHECK;

enum status catalog_store_count_products(struct db *db, int64_t *ret_count, struct arena *arena,
                                         struct error *err) MUST_CHECK;

#endif
