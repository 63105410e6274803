/*
 * The view of one request: the JSON tree that its template sees above what the language and the market know.
 */
#ifndef PORTAL_PAGE_VIEW_H
#define PORTAL_PAGE_VIEW_H

#include "page_row.h"

#define PAGE_CART_COUNT_COOKIE "cart_count"     /* units in the cart; readable by scripts, so that they need no call */
#define PAGE_MARKET_COOKIE "market"
#define PAGE_COOKIE_AGE_S (INT64_C(400) * 24 * 3600)

/*
 * A new tree with
 *   here, path, url, key         path to come back to, own path, absolute address, idempotency key for a form
 *   visitor                     {isSignedIn, isStaff, cartCount}
 *   query, queryIs, queryEscaped    the query's values: as they are, {sort: {NEWEST: true}}, and for use in addresses
 *   form, formIs                the same of a form that was sent, dotted names as nested objects
 *   problem, errors             why the form was refused: {title, message, violations}, and by field
 *   and each feed's answer under its name, decorated.
 */
json_t *page_view_new(struct exchange *x, const struct page_run *run);

/* {status, title, message, help, isNotFound, isSignInRefused, violations: [{label, message}]}, in the market's language. */
json_t *page_view_problem(const struct page_market *market, const struct http_problem *problem, const struct error *err);

/* Sets a value by a dotted path ("deliveryAddress.line1", "items[0].quantity" without the index); takes the value over. Paths
 * that are too deep, or that pass through what is not an object, are left out. */
void page_view_set(json_t *root, const char *path, json_t *value);

#endif
