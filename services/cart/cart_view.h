/*
 * How a cart is shown: what is stored and what the catalog quotes for it now, as the message that shoppers get.
 */
#ifndef CART_VIEW_H
#define CART_VIEW_H

#include "cart.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"

/* What the shop says of a quoted variant; NULL stands for one that was not quoted. */
struct cart_offer cart_view_offer(const Catalog__V1__VariantQuote *quote);

/* NULL when the variant was not asked for. */
const Catalog__V1__VariantQuote *cart_view_quote(const Catalog__V1__QuoteVariantsReply *quotes, const char *variant_id);

/*
 * Fills `reply`. `cart` without an id is shown as an empty cart of the market. `quotes` may be NULL when the cart is empty.
 * INVALID_ARGUMENT when the sum is beyond what money can hold.
 */
enum status cart_view(const struct cart *cart, const Types__V1__Market *market,
                      const Catalog__V1__QuoteVariantsReply *quotes, int64_t now_us, struct arena *arena,
                      Cart__V1__Cart *reply, struct error *err) MUST_CHECK;

#endif
