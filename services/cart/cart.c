/* The rules of a cart. */
#include "cart.h"

#include <inttypes.h>
#include <string.h>

struct cart_item *cart_item_by_id(const struct cart *cart, const char *item_id)
{
    for (size_t i = 0; i < cart->count; i++)
        if (strcmp(cart->items[i].id, item_id) == 0)
            return &cart->items[i];
    return NULL;
}

struct cart_item *cart_item_by_variant(const struct cart *cart, const char *variant_id)
{
    for (size_t i = 0; i < cart->count; i++)
        if (strcmp(cart->items[i].variant_id, variant_id) == 0)
            return &cart->items[i];
    return NULL;
}

void cart_check_quantity(int64_t quantity, struct error *err)
{
    if (quantity < 1 || quantity > CART_QUANTITY_MAX)
        (void)error_field(err, "quantity", "out_of_range", "Choose a quantity from 1 to %d.", CART_QUANTITY_MAX);
}

static enum status check_stock(const struct cart_item *item, int64_t quantity, const struct cart_offer *offer,
                               struct error *err)
{
    if (!offer->is_sold)
        return error_set(err, STATUS_FAILED_PRECONDITION, "%s is not sold here any more.", item->product_title);
    if (quantity <= offer->available)
        return STATUS_OK;
    if (offer->available <= 0) {
        (void)error_field(err, "quantity", "out_of_stock", "None are left.");
        return error_set(err, STATUS_FAILED_PRECONDITION, "%s is out of stock.", item->product_title);
    }
    (void)error_field(err, "quantity", "not_enough_stock", "Only %" PRId64 " left.", offer->available);
    return error_set(err, STATUS_FAILED_PRECONDITION, "Only %" PRId64 " left of %s.", offer->available, item->product_title);
}

static void take_over_seen(struct cart_item *item, const struct cart_item *seen)
{
    item->product_title = seen->product_title;
    item->variant_title = seen->variant_title;
    item->seen_price_minor = seen->seen_price_minor;
    item->seen_currency = seen->seen_currency;
}

enum status cart_add(struct cart *cart, const struct cart_item *wanted, const struct cart_offer *offer,
                     struct cart_item **ret_item, struct error *err)
{
    struct cart_item *item = cart_item_by_variant(cart, wanted->variant_id);
    int64_t held = item ? item->quantity : 0;
    if (held + wanted->quantity > CART_QUANTITY_MAX)
        return error_field(err, "quantity", "out_of_range", "At most %d of one item; your cart holds %" PRId64 " already.",
                           CART_QUANTITY_MAX, held);
    if (!item && cart->count >= CART_ITEMS_MAX)
        return error_field(err, "variantId", "out_of_range", "A cart holds at most %d different items. Order these first.",
                           CART_ITEMS_MAX);
    if (check_stock(wanted, held + wanted->quantity, offer, err) != STATUS_OK)
        return err->status;
    if (!item) {
        item = &cart->items[cart->count++];
        *item = *wanted;
        item->quantity = 0;
    }
    item->quantity += wanted->quantity;
    take_over_seen(item, wanted);
    *ret_item = item;
    return STATUS_OK;
}

enum status cart_set_quantity(struct cart_item *item, int64_t quantity, const struct cart_offer *offer, struct error *err)
{
    if (check_stock(item, quantity, offer, err) != STATUS_OK)
        return err->status;
    item->quantity = quantity;
    return STATUS_OK;
}

void cart_remove(struct cart *cart, struct cart_item *item)
{
    size_t behind = (size_t)(cart->items + cart->count - (item + 1));
    memmove(item, item + 1, behind * sizeof(*item));
    cart->count--;
}

struct cart_item *cart_merge(const struct cart *own, const struct cart *guest, struct arena *arena, size_t *ret_count)
{
    struct cart_item *merged = ARENA_ARRAY(arena, struct cart_item, guest->count);
    size_t count = 0;
    size_t length = own->count;
    for (size_t i = 0; i < guest->count; i++) {
        const struct cart_item *held = cart_item_by_variant(own, guest->items[i].variant_id);
        if (!held && length++ >= CART_ITEMS_MAX)
            continue;
        struct cart_item *item = &merged[count++];
        *item = guest->items[i];
        item->id = NULL;
        if (!held)
            continue;
        item->quantity += held->quantity;
        if (item->quantity > CART_QUANTITY_MAX)
            item->quantity = CART_QUANTITY_MAX;
    }
    *ret_count = count;
    return merged;
}

unsigned cart_troubles(const struct cart_item *item, const struct cart_offer *offer)
{
    if (!offer->is_sold)
        return CART_NO_LONGER_SOLD;
    unsigned troubles = 0;
    if (strcmp(item->seen_currency, offer->currency_code) == 0 && item->seen_price_minor != offer->price_minor)
        troubles |= CART_PRICE_CHANGED;
    if (offer->available <= 0)
        troubles |= CART_OUT_OF_STOCK;
    else if (offer->available < item->quantity)
        troubles |= CART_NOT_ENOUGH_STOCK;
    return troubles;
}
