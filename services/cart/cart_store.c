/* Carts and their items as rows. */
#include "cart_store.h"

#include <string.h>

#include "cart_sql.h"

struct cart_row {
    struct cart cart;
    struct cart_item item;
};

static const struct db_column cart_columns[] = {
    DB_COLUMN(struct cart_row, cart.id),
    DB_COLUMN(struct cart_row, cart.subject),
    DB_COLUMN(struct cart_row, cart.country_code),
    DB_COLUMN(struct cart_row, cart.version),
    DB_COLUMN(struct cart_row, cart.updated_at_us),
    DB_COLUMN(struct cart_row, item.id),
    DB_COLUMN(struct cart_row, item.variant_id),
    DB_COLUMN(struct cart_row, item.quantity),
    DB_COLUMN(struct cart_row, item.product_title),
    DB_COLUMN(struct cart_row, item.variant_title),
    DB_COLUMN(struct cart_row, item.seen_price_minor),
    DB_COLUMN(struct cart_row, item.seen_currency),
};
static const struct db_shape cart_shape = DB_SHAPE(struct cart_row, cart_columns);

/* Rows come cart by cart, one for each item, or one without an item. */
static struct cart *group_rows(const struct cart_row *rows, size_t count, struct arena *arena, size_t *ret_count)
{
    struct cart *carts = ARENA_ARRAY(arena, struct cart, count);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct cart *cart = found > 0 ? &carts[found - 1] : NULL;
        if (!cart || strcmp(cart->id, rows[i].cart.id) != 0) {
            cart = &carts[found++];
            *cart = rows[i].cart;
            cart->items = ARENA_ARRAY(arena, struct cart_item, count - i + 1);
        }
        if (rows[i].item.id)
            cart->items[cart->count++] = rows[i].item;
    }
    *ret_count = found;
    return carts;
}

enum db_outcome cart_store_find_open(struct db *db, struct db_texts subjects, struct cart **ret_carts, size_t *ret_count,
                                     struct arena *arena, struct error *err)
{
    void *rows;
    size_t count;
    enum db_outcome outcome =
        db_all(db, &sql_cart_find_open, DB_ARGS(DB_ARG(subjects)), &cart_shape, &rows, &count, arena, err);
    if (outcome == DB_OK)
        *ret_carts = group_rows(rows, count, arena, ret_count);
    return outcome;
}

enum db_outcome cart_store_create(struct db *db, const struct cart *cart, int64_t now_us, struct error *err)
{
    const struct cart_item *item = &cart->items[0];
    return db_exec(db, &sql_cart_create,
                   DB_ARGS(DB_ARG(cart->id), DB_ARG(cart->subject), DB_ARG(cart->country_code), DB_ARG(now_us),
                           DB_ARG(item->id), DB_ARG(item->variant_id), DB_ARG(item->quantity), DB_ARG(item->product_title),
                           DB_ARG(item->variant_title), DB_ARG(item->seen_price_minor), DB_ARG(item->seen_currency)),
                   NULL, err);
}

enum db_outcome cart_store_put_item(struct db *db, const struct cart *cart, const struct cart_item *item, int64_t now_us,
                                    struct error *err)
{
    return db_exec(db, &sql_cart_put_item,
                   DB_ARGS(DB_ARG(cart->id), DB_ARG(cart->version), DB_ARG(now_us), DB_ARG(item->id),
                           DB_ARG(item->variant_id), DB_ARG(item->quantity), DB_ARG(item->product_title),
                           DB_ARG(item->variant_title), DB_ARG(item->seen_price_minor), DB_ARG(item->seen_currency)),
                   NULL, err);
}

enum db_outcome cart_store_remove_item(struct db *db, const struct cart *cart, const char *item_id, int64_t now_us,
                                       struct error *err)
{
    return db_exec(db, &sql_cart_remove_item,
                   DB_ARGS(DB_ARG(cart->id), DB_ARG(cart->version), DB_ARG(now_us), DB_ARG(item_id)), NULL, err);
}

/* Items as the arrays that unnest() takes. */
struct item_arrays {
    struct db_texts ids, variant_ids, product_titles, variant_titles, currencies;
    struct db_ints quantities, prices_minor;
};

static struct item_arrays arrays_of(const struct cart_item *items, size_t count, struct arena *arena)
{
    const char **texts = ARENA_ARRAY(arena, const char *, 5 * count);
    int64_t *numbers = ARENA_ARRAY(arena, int64_t, 2 * count);
    for (size_t i = 0; i < count; i++) {
        texts[i] = items[i].id;
        texts[count + i] = items[i].variant_id;
        texts[2 * count + i] = items[i].product_title;
        texts[3 * count + i] = items[i].variant_title;
        texts[4 * count + i] = items[i].seen_currency;
        numbers[i] = items[i].quantity;
        numbers[count + i] = items[i].seen_price_minor;
    }
    return (struct item_arrays){
        .ids = {texts, count},
        .variant_ids = {texts + count, count},
        .product_titles = {texts + 2 * count, count},
        .variant_titles = {texts + 3 * count, count},
        .currencies = {texts + 4 * count, count},
        .quantities = {numbers, count},
        .prices_minor = {numbers + count, count},
    };
}

enum db_outcome cart_store_set_country(struct db *db, const struct cart *cart, int64_t now_us, struct arena *arena,
                                       struct error *err)
{
    struct item_arrays items = arrays_of(cart->items, cart->count, arena);
    const char *id;
    static const struct db_column columns[] = {{DB_TEXT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(id)};
    return db_one(db, &sql_cart_set_country,
                  DB_ARGS(DB_ARG(cart->id), DB_ARG(cart->version), DB_ARG(now_us), DB_ARG(cart->country_code),
                          DB_ARG(items.ids), DB_ARG(items.prices_minor), DB_ARG(items.currencies)),
                  &shape, &id, arena, err);
}

enum db_outcome cart_store_adopt(struct db *db, const struct cart *guest, const char *subject, struct error *err)
{
    return db_exec(db, &sql_cart_adopt, DB_ARGS(DB_ARG(guest->id), DB_ARG(guest->version), DB_ARG(subject)), NULL, err);
}

enum db_outcome cart_store_merge(struct db *db, const struct cart *own, const struct cart *guest,
                                 const struct cart_item *items, size_t count, int64_t now_us, struct arena *arena,
                                 struct error *err)
{
    struct item_arrays merged = arrays_of(items, count, arena);
    return db_exec(db, &sql_cart_merge,
                   DB_ARGS(DB_ARG(own->id), DB_ARG(own->version), DB_ARG(guest->id), DB_ARG(guest->version), DB_ARG(now_us),
                           DB_ARG(guest->country_code), DB_ARG(merged.ids), DB_ARG(merged.variant_ids),
                           DB_ARG(merged.quantities), DB_ARG(merged.product_titles), DB_ARG(merged.variant_titles),
                           DB_ARG(merged.prices_minor), DB_ARG(merged.currencies)),
                   NULL, err);
}

enum db_outcome cart_store_close(struct db *db, const char *cart_id, const char *order_id, int64_t now_us, struct error *err)
{
    return db_exec(db, &sql_cart_close, DB_ARGS(DB_ARG(cart_id), DB_ARG(order_id), DB_ARG(now_us)), NULL, err);
}
