/* Opens the schema and puts goods into it. */
#include "catalog_shop.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "catalog_migrations.h"
#include "clock.h"
#include "text.h"

struct catalog_shop shop;

int catalog_shop_open(void **state)
{
    (void)state;
    assert_return_code(sodium_init(), 0);
    shop.conninfo = store_test_database(catalog_migrations, catalog_migrations_count);
    shop.db = store_test_db(shop.conninfo);
    shop.arena = arena_new(1 << 20, SIZE_MAX);
    return 0;
}

int catalog_shop_close(void **state)
{
    (void)state;
    db_free(shop.db);
    arena_free(shop.arena);
    return 0;
}

int catalog_shop_reset(void **state)
{
    (void)state;
    store_test_run(shop.conninfo,
                   "TRUNCATE reservation, reservation_line, stock, product, variant, variant_price, picture, category, "
                   "stock_movement, stock_policy, stock_return, outbox_event, offer, listing, product_index, lexeme, word "
                   "RESTART IDENTITY CASCADE;"
                   "INSERT INTO category (path, name, depth, position, lineage) VALUES ('', '', -1, 0, '{}');"
                   "UPDATE category SET lineage = ARRAY[number];"
                   "DELETE FROM stock_location WHERE code <> 'main';"
                   "UPDATE stock_location SET active = true, priority = 100, country_codes = '{}'");
    arena_reset(shop.arena);
    error_clear(&shop.err);
    return 0;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

struct product_variant *add_variant_to(struct product_draft *draft, const char *sku, const char *option, int64_t price_minor)
{
    struct product_variant *variant = &draft->variants[draft->variant_count++];
    *variant = (struct product_variant){.sku = sku, .barcode = "", .options = {option, "", ""}, .price_count = 1};
    variant->prices = ARENA_ARRAY(shop.arena, struct product_price, 4);
    variant->prices[0] = (struct product_price){"KES", price_minor, 0};
    return variant;
}

struct product_draft *draft_of(struct goods goods)
{
    struct product_draft *draft = ARENA_NEW(shop.arena, struct product_draft);
    *draft = (struct product_draft){.title = goods.title,
                                    .description = or_empty(goods.description),
                                    .vendor = or_empty(goods.vendor),
                                    .type = "",
                                    .status = goods.status,
                                    .is_whole = true};
    draft->handle = goods.handle ? goods.handle : text_slug(goods.title, PRODUCT_HANDLE_MAX, shop.arena);
    draft->tags = ARENA_ARRAY(shop.arena, const char *, 1);
    draft->tags[0] = goods.tag;
    draft->tag_count = goods.tag != NULL;
    draft->variants = ARENA_ARRAY(shop.arena, struct product_variant, PRODUCT_VARIANTS_MAX);
    assert_int_equal(category_from_names(or_empty(goods.category), "c", shop.arena, &draft->category, &shop.err), STATUS_OK);
    struct product_variant *variant =
        add_variant_to(draft, or_empty(goods.sku), "", goods.price_minor ? goods.price_minor : 100);
    variant->on_hand = goods.stock;
    if (goods.currency)
        variant->prices[0].currency = goods.currency;
    return draft;
}

enum status try_merge_draft(const struct product_draft *draft, struct merge_options options, struct merge_result *ret_result)
{
    struct staging staging;
    staging_init(&staging);
    staging_add(&staging, draft, clock_now_us());
    error_clear(&shop.err);
    enum status status = product_store_merge(shop.db, &staging, &options, ret_result, shop.arena, &shop.err);
    staging_done(&staging);
    return status;
}

struct merge_result merge_draft(const struct product_draft *draft, struct merge_options options)
{
    struct merge_result result = {0};
    assert_int_equal(try_merge_draft(draft, options, &result), STATUS_OK);
    return result;
}

const char *put(struct goods goods)
{
    struct product_draft *draft = draft_of(goods);
    merge_draft(draft, (struct merge_options){.replace_prices = true});
    return arena_strdup(shop.arena, text_of(arena_printf(shop.arena,
                                                         "SELECT v.id FROM variant v JOIN product p ON p.id = product_id "
                                                         "WHERE handle = '%s'",
                                                         draft->handle)));
}

const char *text_of(const char *query)
{
    return store_test_value(shop.conninfo, query);
}

int64_t number_of(const char *query)
{
    return strtoll(text_of(query), NULL, 10);
}

const char *titles(const struct card_row *rows, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(shop.arena, "%s%s%s", text, i > 0 ? "|" : "", rows[i].title);
    return text;
}
