/*
 * Writing products: drafts are staged, then merged into the catalogue in one transaction, set by set (product.sql).
 *
 * A product is found by its handle, a variant of it by SKU or else by option values; the count of an existing variant is
 * left alone unless asked otherwise, and never falls below what is held for orders. The lists, the search and the counts of
 * categories follow in the same transaction. Writers take turns by an advisory lock.
 */
#ifndef CATALOG_PRODUCT_STORE_H
#define CATALOG_PRODUCT_STORE_H

#include "copy_rows.h"
#include "db.h"
#include "product.h"

/* A batch of drafts on its way to the database. */
struct staging {
    struct copy_rows products;
    struct copy_rows variants;
    struct copy_rows prices;
    struct copy_rows pictures;
    size_t product_count;
    struct arena *arena;                    /* category paths of the batch */
    void *known_paths;                      /* a search tree over them (tsearch) */
    const char **paths[CATEGORY_DEPTH_MAX]; /* by level: paths, their parents' paths, their names */
    const char **parents[CATEGORY_DEPTH_MAX];
    const char **names[CATEGORY_DEPTH_MAX];
    size_t path_counts[CATEGORY_DEPTH_MAX];
    size_t path_capacities[CATEGORY_DEPTH_MAX];
};

void staging_init(struct staging *staging);
void staging_done(struct staging *staging);
void staging_clear(struct staging *staging);

/* Takes a checked draft; nothing of it is needed afterwards. `now_us` goes into the ids of what is new. */
void staging_add(struct staging *staging, const struct product_draft *draft, int64_t now_us);

size_t staging_size(const struct staging *staging); /* bytes */

struct merge_options {
    bool replace_prices; /* prices in currencies that a draft does not have are dropped */
    bool set_stock;      /* counts of existing variants are taken from the draft */
    bool all_or_nothing; /* a variant that cannot be taken refuses the batch */
    bool dry_run;        /* everything but the commit */
    const char *made_by; /* who signs the counts; NULL: "import" */
};

/* A variant that was left out: its SKU belongs to another product, or its option values to a variant that stays. */
struct refused_variant {
    int64_t product;  /* within the batch, from 0 */
    int64_t position; /* within the product, from 0 */
    int64_t line;
    const char *sku;
    const char *field; /* "sku" or "option_values" */
};

struct merge_result {
    int64_t created;
    int64_t updated;
    int64_t unchanged; /* the same as when the same rows were last imported */
    const struct refused_variant *refused;
    size_t refused_count;
};

/* Results live in `arena`. With all_or_nothing a refused variant is ALREADY_EXISTS with a violation "variants[i].sku". */
enum status product_store_merge(struct db *db, struct staging *staging, const struct merge_options *options,
                                struct merge_result *ret_result, struct arena *arena, struct error *err) MUST_CHECK;

/* A variant as staff see it. */
struct record_variant {
    const char *id;
    int64_t position;
    const char *sku;
    const char *barcode;
    const char *options[PRODUCT_OPTIONS_MAX];
    int64_t weight_grams;
    int64_t on_hand;
    int64_t reserved;
};

struct record_price {
    const char *variant_id;
    const char *currency;
    int64_t amount_minor;
    int64_t compare_at_minor;
};

struct product_record {
    const char *id;
    const char *handle;
    const char *title;
    const char *description;
    const char *vendor;
    const char *type;
    struct db_texts tags;
    const char *status;
    const char *category_path;
    struct db_texts option_names;
    int64_t created_at_us;
    int64_t updated_at_us;
    const struct record_variant *variants;
    size_t variant_count;
    const struct record_price *prices; /* of all variants */
    size_t price_count;
};

/* NOT_FOUND when there is no product of that handle, whatever its status. */
enum status product_store_get_record(struct db *db, const char *handle, struct product_record *ret_record,
                                     struct arena *arena, struct error *err) MUST_CHECK;

#endif
