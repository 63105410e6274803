/*
 * Carts in the database. Each write is one statement, decided on a version of the cart: DB_NONE says that the cart is not
 * (any more) at that version or not open, and that nothing was changed.
 */
#ifndef CART_STORE_H
#define CART_STORE_H

#include "cart.h"
#include "db.h"

/* The open carts of these subjects, with their items, in no particular order: at most one for each. */
enum db_outcome cart_store_find_open(struct db *db, struct db_texts subjects, struct cart **ret_carts, size_t *ret_count,
                                     struct arena *arena, struct error *err) MUST_CHECK;

/* A new cart with its only item. DB_NONE: the subject has an open cart already. */
enum db_outcome cart_store_create(struct db *db, const struct cart *cart, int64_t now_us, struct error *err) MUST_CHECK;

/* Adds the item, or gives the variant's item its quantity and what was seen. */
enum db_outcome cart_store_put_item(struct db *db, const struct cart *cart, const struct cart_item *item, int64_t now_us,
                                    struct error *err) MUST_CHECK;
enum db_outcome cart_store_remove_item(struct db *db, const struct cart *cart, const char *item_id, int64_t now_us,
                                       struct error *err) MUST_CHECK;

/* Takes the country and what was seen of each item from the cart. */
enum db_outcome cart_store_set_country(struct db *db, const struct cart *cart, int64_t now_us, struct arena *arena,
                                       struct error *err) MUST_CHECK;

/* Gives a guest's cart to a customer. DB_NONE also: the customer has an open cart; DB_CONFLICT: was given one meanwhile. */
enum db_outcome cart_store_adopt(struct db *db, const struct cart *guest, const char *subject, struct error *err) MUST_CHECK;

/*
 * Puts `items` (of cart_merge, with ids for those that are new) into `own`, which takes the guest's country, and closes the
 * guest's cart. DB_NONE also when there were no items to put.
 */
enum db_outcome cart_store_merge(struct db *db, const struct cart *own, const struct cart *guest,
                                 const struct cart_item *items, size_t count, int64_t now_us, struct arena *arena,
                                 struct error *err) MUST_CHECK;

/* Safe to repeat with the same order. DB_NONE: the cart does not exist, or another order or cart took it. */
enum db_outcome cart_store_close(struct db *db, const char *cart_id, const char *order_id, int64_t now_us,
                                 struct error *err) MUST_CHECK;

#endif
