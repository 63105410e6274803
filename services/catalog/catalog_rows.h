/*
 * The rows that the catalogue's statements give, as structs, and lists of rows that come as JSON within a row.
 *
 * A statement that gives a product with its variants, pictures and neighbours in one answer carries those lists as JSON
 * arrays of objects, whose members stand in the order of the view they come from; rows_from_json() reads them by the same
 * shape that reads rows of the view itself. Strings live in the arena.
 */
#ifndef CATALOG_ROWS_H
#define CATALOG_ROWS_H

#include "db.h"
#include "picture.h"
#include "stock.h"

/* The columns ready, ahead, policy and available_from_us. */
#define STOCK_OFFER_COLUMNS(type, member)                                                                                   \
    DB_COLUMN(type, member.ready), DB_COLUMN(type, member.ahead), DB_COLUMN(type, member.policy),                           \
        DB_COLUMN(type, member.available_from_us)

struct category_row {
    int64_t number;
    int64_t parent;
    int64_t position;
    const char *id;
    const char *path;
    const char *name;
    const char *parent_path;
    int64_t depth;
    int64_t product_count;
    struct picture picture; /* url and media "": it has none */
};

struct card_row {
    const char *product_id;
    const char *currency;
    const char *handle;
    const char *title;
    const char *vendor;
    int64_t price_minor;
    int64_t compare_at_minor; /* 0: not reduced */
    bool price_varies;
    bool in_stock;
    struct picture picture;
    int64_t number_key; /* its place in the list it stands in */
    const char *text_key;
};

struct variant_row {
    const char *id;
    const char *product_id;
    const char *currency;
    int64_t position;
    const char *sku;
    const char *barcode;
    const char *options[3];
    int64_t amount_minor;
    int64_t compare_at_minor;
    int64_t weight_grams;
    struct stock_offer offer;
};

struct picture_row {
    const char *id;
    const char *product_id;
    int64_t position;
    struct picture picture;
};

extern const struct db_shape category_shape;
extern const struct db_shape card_shape;    /* product_card and the two keys */
extern const struct db_shape related_shape; /* product_card */
extern const struct db_shape variant_shape;
extern const struct db_shape picture_shape;

/* A JSON list of rows. The text comes from our own statements: anything but the shape is a bug and ends the process. */
void *rows_from_json(const char *json, const struct db_shape *shape, size_t *ret_count, struct arena *arena);

#endif
