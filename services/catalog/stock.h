/*
 * The rules of stock: what an order may take, and what each event does to a hold and to the count.
 *
 * on_hand is what lies on the shelf, reserved is what of it is held for orders; what can be ordered is the difference.
 * A life cycle is a row of the table in stock.c; what is not in the table does not happen.
 */
#ifndef CATALOG_STOCK_H
#define CATALOG_STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "uuid.h"

#define STOCK_LINES_MAX 200
#define STOCK_QUANTITY_MAX INT64_C(1000000)
#define STOCK_HOLD_SECONDS_MAX 86400
#define STOCK_LOW 5 /* units left at which a shopper is told to hurry */

enum stock_state { STOCK_NONE, STOCK_HELD, STOCK_SOLD, STOCK_RELEASED, STOCK_EXPIRED };
enum stock_event { STOCK_RESERVE, STOCK_CONFIRM, STOCK_RELEASE, STOCK_EXPIRE };

/* What an event does in a state: the state after it, and for each unit the change of the two counts. */
struct stock_transition {
    enum stock_state from;
    enum stock_event event;
    enum stock_state to;
    int on_hand;
    int reserved;
};

/* NULL: in that state the event changes nothing. */
const struct stock_transition *stock_transition(enum stock_state from, enum stock_event event);

/* "held", as in the database; an unknown name is STOCK_NONE. */
const char *stock_state_name(enum stock_state state);
enum stock_state stock_state_of(const char *name);

/* Units of one variant: counted, wanted, and the changes decided so far. */
struct stock_level {
    char variant_id[UUID_SIZE];
    bool sold; /* there is such a variant, with a price in the market */
    int64_t on_hand;
    int64_t reserved;
    int64_t on_hand_change;
    int64_t reserved_change;
};

struct stock_line {
    const char *variant_id;
    int64_t quantity;
};

/* Checks the shape of the lines: how many, ids, quantities. Violations are for "lines[i].quantity" and so on. */
enum status stock_check_lines(const struct stock_line *lines, size_t count, struct error *err) MUST_CHECK;

/*
 * The lines with those of one variant added up, sorted by id; `ret_lines` has room for `count`. Ids must be canonical; they
 * are compared without regard to case. Returns how many are left.
 */
size_t stock_merge_lines(const struct stock_line *lines, size_t count, struct stock_line *ret_lines);

/* The level of a variant in an array sorted by id; NULL when it is not there. */
struct stock_level *stock_find_level(struct stock_level *levels, size_t count, const char *variant_id);

/* True when the levels can bear the transition for all of the lines (sorted and merged). */
bool stock_can_apply(const struct stock_transition *transition, const struct stock_line *lines, size_t line_count,
                     struct stock_level *levels, size_t level_count);

/* Adds the transition's changes to the levels; only after stock_can_apply() said yes. */
void stock_apply(const struct stock_transition *transition, const struct stock_line *lines, size_t line_count,
                 struct stock_level *levels, size_t level_count);

/*
 * Tells for each line as the caller wrote it what cannot be had: "lines[i]" with unknown, out_of_stock or not_enough_stock.
 * FAILED_PRECONDITION; called when stock_can_apply() said no or a variant is not sold.
 */
enum status stock_explain(const struct stock_line *lines, size_t count, const struct stock_line *merged, size_t merged_count,
                          struct stock_level *levels, size_t level_count, struct error *err) MUST_CHECK;

/* Whether staff may change the count by `delta`: never below what is held. FAILED_PRECONDITION for "delta" otherwise. */
enum status stock_check_adjustment(int64_t on_hand, int64_t reserved, int64_t delta, struct error *err) MUST_CHECK;

#endif
