/*
 * The rules of a cart: how much may be put in, what becomes of a guest's cart when the guest signs in, and what a shopper
 * must be told before ordering. Values in, values out: nothing here asks a database, another service or a clock.
 */
#ifndef CART_H
#define CART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

#define CART_QUANTITY_MAX 99        /* units of one variant */
#define CART_ITEMS_MAX 100          /* different variants */

struct cart_item {
    const char *id;
    const char *variant_id;
    int64_t quantity;
    const char *product_title;      /* this and what follows: as the shopper saw it when it was put in */
    const char *variant_title;
    int64_t seen_price_minor;
    const char *seen_currency;
};

/* The items stand in the order in which they were put in. */
struct cart {
    const char *id;                 /* NULL: nothing is stored yet */
    const char *subject;
    const char *country_code;
    int64_t version;
    int64_t updated_at_us;
    struct cart_item *items;        /* has room for one more than `count` */
    size_t count;
};

/* What the shop says of a variant in the cart's market now. */
struct cart_offer {
    bool is_sold;
    int64_t price_minor;
    const char *currency_code;
    int64_t available;              /* units that can be ordered */
};

/* NULL when the cart holds no such item. */
struct cart_item *cart_item_by_id(const struct cart *cart, const char *item_id);
struct cart_item *cart_item_by_variant(const struct cart *cart, const char *variant_id);

/* Adds a violation of "quantity" unless it is 1 to CART_QUANTITY_MAX. */
void cart_check_quantity(int64_t quantity, struct error *err);

/*
 * Puts `wanted` in, on top of what the cart holds of that variant. `wanted->id` is used when it is new to the cart; what was
 * seen is taken over in both cases. INVALID_ARGUMENT beyond a limit, FAILED_PRECONDITION with how many are left beyond the
 * stock; the cart is as it was then. *ret_item points into the cart.
 */
enum status cart_add(struct cart *cart, const struct cart_item *wanted, const struct cart_offer *offer,
                     struct cart_item **ret_item, struct error *err) MUST_CHECK;

/* Makes the quantity of an item of the cart what is wanted, within the stock. Fewer than before may still be too many. */
enum status cart_set_quantity(struct cart_item *item, int64_t quantity, const struct cart_offer *offer,
                              struct error *err) MUST_CHECK;

void cart_remove(struct cart *cart, struct cart_item *item);

/*
 * What signing in adds to the customer's cart: for each item of the guest's the item as it shall stand in the customer's,
 * its quantity added to what is there, at most CART_QUANTITY_MAX. Items that would make the cart longer than CART_ITEMS_MAX
 * stay behind. The result is in the arena; its items have no id yet.
 */
struct cart_item *cart_merge(const struct cart *own, const struct cart *guest, struct arena *arena, size_t *ret_count);

/* What is wrong with an item, as a set of these. */
enum cart_trouble {
    CART_PRICE_CHANGED = 1,         /* since it was put in, in the same currency; it can be ordered all the same */
    CART_NOT_ENOUGH_STOCK = 2,
    CART_OUT_OF_STOCK = 4,
    CART_NO_LONGER_SOLD = 8,
};
#define CART_CANNOT_BE_ORDERED (CART_NOT_ENOUGH_STOCK | CART_OUT_OF_STOCK | CART_NO_LONGER_SOLD)

unsigned cart_troubles(const struct cart_item *item, const struct cart_offer *offer);

#endif
