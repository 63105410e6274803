/*
 * The units of an order after it was placed: how many may still be shipped, taken off or sent back. Values in, values out.
 * The database holds the same bounds (schema/0003_after.sql); these functions say it in sentences first.
 *
 *   quantity = unshipped + shipped + dropped
 *   shipped  = delivered + on their way
 *   shipped  = credited (refunded, kept) + claimed (in a return) + the rest
 */
#ifndef ORDERS_AFTER_UNITS_H
#define ORDERS_AFTER_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* A line of an order and what became of its units. */
struct after_line {
    int64_t position;
    const char *variant_id;
    int64_t unit_price_minor;
    int64_t quantity;
    int64_t shipped;
    int64_t delivered;
    int64_t dropped;  /* taken off before they were shipped */
    int64_t credited; /* shipped, and refunded without a return */
    int64_t claimed;  /* delivered, and in a return that was not refused or withdrawn */
};

/* Units that somebody names. */
struct after_units {
    const char *variant_id;
    int64_t quantity;
};

/* What units may be named for. */
enum after_use { AFTER_SHIP, AFTER_CREDIT, AFTER_RETURN };

/* How many units of a line may be used so. */
int64_t after_units_left(const struct after_line *line, enum after_use use);

/*
 * Fills `ret_taken` (room for `line_count`, a number for each line) with what `named` asks for. INVALID_ARGUMENT for a
 * variant that is not in the order, one named twice, or fewer than 1; FAILED_PRECONDITION with the code "too_many" when
 * fewer are left.
 */
enum status after_units_take(const struct after_line *lines, size_t line_count, const struct after_units *named,
                             size_t named_count, enum after_use use, int64_t *ret_taken, struct error *err) MUST_CHECK;

/* Everything that is left for that use; FAILED_PRECONDITION when nothing is. */
enum status after_units_take_all(const struct after_line *lines, size_t line_count, enum after_use use, int64_t *ret_taken,
                                 struct error *err) MUST_CHECK;

/* Of `taken` units that are credited: those that are not shipped yet go first, they are dropped from the order. */
int64_t after_units_dropped(const struct after_line *line, int64_t taken);

/* How much remains to be shipped when `shipping[i]` units of each line are shipped and `dropping[i]` dropped (NULL: none).
 */
int64_t after_units_unshipped(const struct after_line *lines, size_t line_count, const int64_t *shipping,
                              const int64_t *dropping);

#endif
