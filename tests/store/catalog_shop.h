/*
 * The catalogue of a test: a schema of its own, emptied before each test, and products put into it the way the service does.
 */
#ifndef PORTAL_CATALOG_SHOP_H
#define PORTAL_CATALOG_SHOP_H

#include "check.h"

#include "catalog_store.h"
#include "hold_store.h"
#include "product_store.h"
#include "stock_counts.h"
#include "stock_store.h"
#include "store_test.h"

struct catalog_shop {
    const char *conninfo;
    struct db *db;
    struct arena *arena; /* reset before each test */
    struct error err;
};

extern struct catalog_shop shop;

int catalog_shop_open(void **state);
int catalog_shop_close(void **state);
int catalog_shop_reset(void **state);

#define CATALOG_TEST(test) cmocka_unit_test_setup(test, catalog_shop_reset)
#define RUN_CATALOG_TESTS(...)                                                                                              \
    int main(void)                                                                                                          \
    {                                                                                                                       \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                                                    \
        return cmocka_run_group_tests(tests, catalog_shop_open, catalog_shop_close);                                        \
    }

/* A product with one variant and nothing to choose. What is NULL or 0 is left out. */
struct goods {
    const char *title; /* the handle is made of it */
    const char *handle;
    const char *category; /* names: "Fashion > Shoes" */
    const char *currency; /* KES */
    int64_t price_minor;  /* 100 */
    int64_t stock;
    const char *vendor;
    const char *tag;
    const char *description;
    const char *sku;
    enum product_status status;
};

/* Saves it and returns the id of its variant. */
const char *put(struct goods goods);
#define PUT(...) put((struct goods){__VA_ARGS__})

/* Merges a draft as it is; the test fails when that does not work. */
struct merge_result merge_draft(const struct product_draft *draft, struct merge_options options);
enum status try_merge_draft(const struct product_draft *draft, struct merge_options options,
                            struct merge_result *ret_result);

/* A draft of one variant, to be changed by a test before it is merged; checked by product_check() and its like. */
struct product_draft *draft_of(struct goods goods);
struct product_variant *add_variant_to(struct product_draft *draft, const char *sku, const char *option,
                                       int64_t price_minor);

/* The first column of the first row. */
int64_t number_of(const char *query);
const char *text_of(const char *query);

/* Titles on a page, with "|" between. */
const char *titles(const struct card_row *rows, size_t count);

#endif
