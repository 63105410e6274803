/*
 * Idempotency keys of forms: pressed twice, or sent again because the answer got lost, a form does what it does once.
 *
 * A page puts a key of its own into each of its forms (part/key). Pages that are for one visitor are made anew for each view,
 * so that their key says which view a form was sent from; the path is added, since a page may have several forms.
 *
 * Pages of the catalogue are shared: caches give one copy, and one key, to many people and to one person many times, who may
 * well mean to put a second one into the cart. There the key is of the visitor (services keep keys by subject), the content of
 * the form, and the visitor's turn: a cookie that changes whenever a cart is shown, that is, when it was seen what the form has
 * done. A script, where there is one, gives each form a key of its own and a new one when it was done.
 */
#ifndef PORTAL_PAGE_KEY_H
#define PORTAL_PAGE_KEY_H

#include "../exchange.h"

#define PAGE_KEY_FIELD "idempotencyKey"
#define PAGE_TURN_COOKIE "turn"

/* The key of the form that was sent, in the arena; "" when it brings none that is a UUID. */
const char *page_key_of(struct exchange *x, bool is_shared);

/* A new turn, for visitors whom the shop can tell apart. */
void page_key_turn(struct exchange *x);

#endif
