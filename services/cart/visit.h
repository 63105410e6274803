/*
 * One call on a cart: loaded for its owner, quoted by the catalog, changed by the rules, saved.
 *
 * A change is saved on condition that nobody changed the cart meanwhile; who was beaten loads and decides again. A customer
 * who was a guest before signing in finds that guest's cart merged into their own whenever it is loaded.
 */
#ifndef CART_VISIT_H
#define CART_VISIT_H

#include "cart.h"
#include "catalog.pb-c.h"
#include "market.h"
#include "rpc_client.h"
#include "rpc_server.h"

struct visit {
    /* what is used */
    struct rpc_call *call;
    struct rpc_client *catalog;
    const struct markets *markets;
    /* what was asked for; strings are never NULL where the function below reads them */
    const char *cart_id;                /* "": the caller's open cart */
    const Types__V1__Market *wanted;    /* market of the cart if there is none yet, and where visit_move() goes */
    const char *item_id;
    const char *variant_id;
    int64_t quantity;
    int64_t now_us;
    /* what was found, in the arena of the call; after a change: what was saved */
    struct cart *cart;
    const Types__V1__Market *market;    /* of the cart */
    const Catalog__V1__QuoteVariantsReply *quotes;  /* of all its items; NULL when it is empty */
};

/* Loads the caller's open cart (one without an id when there is none) and asks for quotes. NOT_FOUND: `cart_id` is not
 * theirs. */
enum status visit_look(struct visit *visit, struct error *err) MUST_CHECK;

/* The same, with one change in between. */
enum status visit_add(struct visit *visit, struct error *err) MUST_CHECK;            /* `quantity` of `variant_id` */
enum status visit_set_quantity(struct visit *visit, struct error *err) MUST_CHECK;   /* of `item_id` */
enum status visit_remove(struct visit *visit, struct error *err) MUST_CHECK;         /* `item_id` */
enum status visit_move(struct visit *visit, struct error *err) MUST_CHECK;           /* to the market `wanted` */

#endif
