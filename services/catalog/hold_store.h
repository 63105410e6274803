/*
 * Holding stock for orders, many at once. The first answer is stored with the hold and given again to every copy of the
 * call.
 *
 * A batch is one transaction: the counts of each variant are locked once and changed once, whatever the number of orders
 * that want it, and one fsync makes all of them last. Orders are served in the order in which they stand; one that is
 * refused takes nothing and harms no other.
 */
#ifndef CATALOG_HOLD_STORE_H
#define CATALOG_HOLD_STORE_H

#include "catalog_store.h"
#include "stock.h"

/* A quote with what the order gets of it. */
struct hold_quote {
    const struct quote_row *row; /* NULL: not sold here */
    int64_t awaited;             /* units of the line that have still to come */
};

/* What to hold, the answer to store for repeats of the call, and what became of it. */
struct stock_hold {
    const char *order_id;
    const char *currency;
    const char *country;
    const struct stock_line *lines; /* checked by stock_check_lines() */
    size_t line_count;
    int64_t expires_at_us;
    /* Packs the reply, one quote a line; called inside the transaction, perhaps more than once. */
    struct db_bytes (*pack)(void *arg, const struct hold_quote *quotes, size_t count);
    void *arg;

    /* FAILED_PRECONDITION with a violation a line when something cannot be had, or when the order's hold was released
     * before; ALREADY_EXISTS when the order holds other lines. */
    enum status status;
    struct db_bytes answer; /* packed */
    bool replayed;          /* it is that of an earlier call with the same order and lines */
    struct error *err;      /* the caller's */
};

/* Holds all of the lines of an order or none, for each order. What is returned failed the batch as a whole: no status of a
 * hold is good then. */
enum status hold_store_reserve(struct db *db, struct stock_hold *holds, size_t count, struct arena *arena,
                               struct error *err) MUST_CHECK;

#endif
