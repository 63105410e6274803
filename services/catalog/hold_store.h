/*
 * Holding stock for orders. The first answer is stored with the hold and given again to every copy of the call.
 */
#ifndef CATALOG_HOLD_STORE_H
#define CATALOG_HOLD_STORE_H

#include "catalog_store.h"
#include "stock.h"

/* What to hold, and the answer to store for repeats of the call. */
struct stock_hold {
    const char *order_id;
    const char *currency;
    const struct stock_line *lines; /* checked by stock_check_lines() */
    size_t line_count;
    int64_t expires_at_us;
    /* Packs the reply from the quotes (sold ones only, positions as in `lines`); called inside the transaction. */
    struct db_bytes (*pack)(void *arg, const struct quote_row *quotes, size_t count);
    void *arg;
};

/*
 * Holds all of the lines or none. *ret_answer is the packed reply; *ret_replayed tells that it is that of an earlier call
 * with the same order and lines. FAILED_PRECONDITION with a violation a line when something cannot be had, or when the
 * order's hold was released before; ALREADY_EXISTS when the order holds other lines.
 */
enum status hold_store_reserve(struct db *db, const struct stock_hold *hold, struct db_bytes *ret_answer, bool *ret_replayed,
                               struct arena *arena, struct error *err) MUST_CHECK;

#endif
