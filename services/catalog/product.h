/*
 * A product as it is about to be saved, by staff or from a file, and the rules it must keep.
 *
 * A draft is checked in two parts, the product and each of its variants, so that a file can lose a bad row and keep the
 * rest. The checks also tidy: texts are trimmed, empty tags dropped. All strings live in the arena that the checks are
 * given.
 */
#ifndef CATALOG_PRODUCT_H
#define CATALOG_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "category.h"
#include "picture.h"

#define PRODUCT_HANDLE_MAX 200
#define PRODUCT_TITLE_MAX 200
#define PRODUCT_DESCRIPTION_MAX 20000
#define PRODUCT_NAME_MAX 100 /* vendor, type, tag, option name, option value, SKU, barcode */
#define PRODUCT_TAGS_MAX 50
#define PRODUCT_OPTIONS_MAX 3
#define PRODUCT_OPTION_VALUES_MAX 100
#define PRODUCT_VARIANTS_MAX 250
#define PRODUCT_PICTURES_MAX 50
#define PRODUCT_PRICES_MAX 64
#define PRODUCT_WEIGHT_MAX INT64_C(10000000) /* grams: ten tonnes */
#define PRODUCT_STOCK_MAX INT64_C(1000000000000)

enum product_status { PRODUCT_ACTIVE, PRODUCT_DRAFT, PRODUCT_ARCHIVED };

struct product_price {
    const char *currency;
    int64_t amount_minor;
    int64_t compare_at_minor; /* 0: not reduced */
};

struct product_variant {
    const char *sku; /* "": none */
    const char *barcode;
    const char *options[PRODUCT_OPTIONS_MAX]; /* "" beyond the product's options */
    int64_t weight_grams;
    int64_t on_hand;
    const char *sell_policy; /* when the shelf is empty: "deny", "backorder"; "" or NULL: as it is */
    struct product_price *prices;
    size_t price_count;
    int64_t line; /* of the file it came from; 0: none */
};

struct product_draft {
    const char *handle;
    const char *title;
    const char *description;
    const char *vendor;
    const char *type;
    const char **tags;
    size_t tag_count;
    enum product_status status;
    struct category_path category;
    const char *option_names[PRODUCT_OPTIONS_MAX];
    size_t option_count;
    struct product_variant *variants;
    size_t variant_count;
    struct picture *pictures;
    size_t picture_count;
    bool is_whole;   /* the variants are all there are: others are retired */
    char digest[65]; /* of what it was made from, hexadecimal; "" when made by hand */
};

/* "active", as in the database; false leaves *ret_status alone. */
const char *product_status_name(enum product_status status);
bool product_status_parse(const char *name, enum product_status *ret_status);

/* Whether `handle` may stand in an address: 1 to 200 of a-z, 0-9 and single hyphens within. Violations are for `field`. */
enum status product_check_handle(const char *handle, const char *field, struct error *err) MUST_CHECK;

/* Everything but variants and pictures. Violations are for title, description, vendor, type, tags[i], optionNames[i]. */
enum status product_check(struct product_draft *draft, struct arena *arena, struct error *err) MUST_CHECK;

/*
 * One variant, against the product's options and the `earlier` variants that were found good. Violations are for sku,
 * barcode, optionValues[i], weightGrams, onHand, prices[i].price.amountMinor and so on: the caller puts the variant's place
 * in front.
 */
enum status product_check_variant(const struct product_draft *draft, const struct product_variant *earlier,
                                  size_t earlier_count, struct product_variant *variant, struct arena *arena,
                                  struct error *err) MUST_CHECK;

/* "Blue / XL": the chosen values; "" for a variant without options. */
const char *product_variant_title(const char *const options[PRODUCT_OPTIONS_MAX], struct arena *arena);

/* The distinct values of each option in the order in which the variants bring them; `values[option]` has room for one a
 * variant. */
void product_option_values(const char *const (*variant_options)[PRODUCT_OPTIONS_MAX], size_t variant_count,
                           size_t option_count, const char **values[PRODUCT_OPTIONS_MAX],
                           size_t counts[PRODUCT_OPTIONS_MAX]);

#endif
