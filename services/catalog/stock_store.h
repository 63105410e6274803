/*
 * What becomes of holds in the database. Every function runs one transaction of two or three round trips; what may happen is
 * decided by stock.c between the locks and the writes.
 */
#ifndef CATALOG_STOCK_STORE_H
#define CATALOG_STOCK_STORE_H

#include "db.h"
#include "stock.h"

/* Makes the orders' holds sales. *ret_missing: orders without one, in the order asked, in an array for `count`. */
enum status stock_store_confirm(struct db *db, struct db_texts order_ids, const char **ret_missing,
                                size_t *ret_missing_count, struct arena *arena, struct error *err) MUST_CHECK;

/* *ret_released: units went back now. An order never seen is noted as released, so that a late hold for it is refused. */
enum status stock_store_release(struct db *db, const char *order_id, bool *ret_released, struct arena *arena,
                                struct error *err) MUST_CHECK;

/* When the background task is needed again. */
struct stock_next {
    int64_t expires_at_us; /* when the next hold runs out; 0: none is held */
    bool is_awaited;       /* somebody waits for units */
};

/* Gives back holds that ran out by `now_us`, at most `limit` of them. */
enum status stock_store_expire(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_expired,
                               struct stock_next *ret_next, struct arena *arena, struct error *err) MUST_CHECK;

/*
 * Gives units that lie on a shelf, held for nobody, to orders that wait for them there, the oldest first; looks at `limit`
 * of those at most. *ret_fulfilled: lines that got some; while it is not 0, there may be more to do.
 */
enum status stock_store_fulfil(struct db *db, int64_t limit, int64_t *ret_fulfilled, struct arena *arena,
                               struct error *err) MUST_CHECK;

#endif
