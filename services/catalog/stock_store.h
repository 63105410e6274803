/*
 * Stock and holds in the database. Every function runs one transaction of two or three round trips; what may happen is
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

/* Gives back holds that ran out by `now_us`, at most `limit` of them; *ret_next_us: when the next does (0: none is held). */
enum status stock_store_expire(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_expired, int64_t *ret_next_us,
                               struct arena *arena, struct error *err) MUST_CHECK;

/* Counts units in or out and notes why. *ret_level: the counts after it. NOT_FOUND when there is no such variant. */
enum status stock_store_adjust(struct db *db, const char *variant_id, int64_t delta, const char *reason, const char *staff,
                               struct stock_level *ret_level, struct arena *arena, struct error *err) MUST_CHECK;

#endif
