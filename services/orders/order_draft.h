/*
 * An order being put together: what the shopper filled in, what the cart holds, what the catalog reserved and at which
 * prices.
 */
#ifndef ORDER_DRAFT_H
#define ORDER_DRAFT_H

#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "checkout_form.h"
#include "orders_store.h"

/* All but number, cart, lines and sums. Strings stay those of the form. */
void order_draft_head(struct order_record *order, const struct checkout_form *form, const char *subject, int64_t now_us,
                      struct arena *arena);

/* Makes it an order that is to be paid within `window_s`, before it counts. */
void order_draft_prepaid(struct order_record *order, int64_t window_s);

/* The cart, its lines at the prices of the moment of reserving, and their sum. `reserved` has one quote for each item. */
enum status order_draft_lines(struct order_record *order, const struct checkout_form *form, const Cart__V1__Cart *cart,
                              const Catalog__V1__ReserveStockReply *reserved, struct arena *arena,
                              struct error *err) MUST_CHECK;

#endif
