/*
 * The rules of stock: what an order may take and from where, and what each event does to a hold and to the counts.
 *
 * At each location, on_hand is what lies on the shelf, reserved is what of it is held for orders, and owed is what was sold
 * ahead of its arrival; what can be had at once is on_hand - reserved - owed. A life cycle is a row of the table in stock.c;
 * what is not in the table does not happen. Every change of a count is a movement.
 */
#ifndef CATALOG_STOCK_H
#define CATALOG_STOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "uuid.h"

#define STOCK_LINES_MAX 200
#define STOCK_QUANTITY_MAX INT64_C(1000000)
#define STOCK_HOLD_SECONDS_MAX 86400
#define STOCK_LOW 5 /* units left at which a shopper is told to hurry, and staff unless they chose another number */

enum stock_state { STOCK_NONE, STOCK_HELD, STOCK_SOLD, STOCK_RELEASED, STOCK_EXPIRED };
enum stock_event { STOCK_RESERVE, STOCK_CONFIRM, STOCK_RELEASE, STOCK_EXPIRE };

/* What an event does in a state: the state after it, and for each unit the change of the counts. The first two are for units
 * that an order has at a location, the last for units that it waits for. */
struct stock_transition {
    enum stock_state from;
    enum stock_event event;
    enum stock_state to;
    const char *kind; /* of the movements */
    int on_hand;
    int reserved;
    int owed;
};

/* NULL: in that state the event changes nothing. */
const struct stock_transition *stock_transition(enum stock_state from, enum stock_event event);

/* "held", as in the database; an unknown name is STOCK_NONE. */
const char *stock_state_name(enum stock_state state);
enum stock_state stock_state_of(const char *name);

/* What a market can have of a variant. */
struct stock_offer {
    int64_t ready;             /* units that lie there for whoever comes */
    int64_t ahead;             /* units that may be sold ahead on top of those */
    const char *policy;        /* "deny", "backorder", "preorder" */
    int64_t available_from_us; /* 0: not known */
};

/* Units that can be ordered, and whether they are the last few. */
int64_t stock_offer_available(const struct stock_offer *offer);
bool stock_offer_is_low(const struct stock_offer *offer);

/* Counts of one variant at one location, and the changes of them decided so far. */
struct stock_level {
    char variant_id[UUID_SIZE];
    int64_t location_id;
    bool is_active;
    const char *const *countries; /* that the location serves; none: all */
    size_t country_count;
    int64_t on_hand;
    int64_t reserved;
    int64_t owed;
    int64_t ahead_max; /* of the variant: units that may be owed at all its locations together */
    int64_t low_at;    /* of the variant: units left at which it runs low; 0: never */
    int64_t on_hand_change;
    int64_t reserved_change;
    int64_t owed_change;
};

/* Levels sorted by variant, those of one variant in the order in which locations are asked. */
struct stock_levels {
    struct stock_level *list;
    size_t count;
};

/* What is wanted of a variant. */
struct stock_line {
    const char *variant_id;
    int64_t quantity;
    bool is_sold; /* there is such a variant, with a price in the market */
};

/* What an order has of a variant at one location. */
struct stock_share {
    const char *variant_id;
    int64_t location_id;
    int64_t quantity; /* units that it has there */
    int64_t owed;     /* units that it still waits for */
    int64_t returned; /* of `quantity`, units that came back after the sale */
};

/* A row of the ledger. */
struct stock_movement {
    const char *variant_id;
    int64_t location_id;
    const char *kind;
    int64_t on_hand;
    int64_t reserved;
    int64_t owed;
    const char *order_id; /* "": none */
};

/* Movements in the order in which they happen; the list grows in the arena. */
struct stock_moves {
    struct arena *arena;
    struct stock_movement *list;
    size_t count;
    size_t room;
};

/* Adds a movement and the change that it makes to its level. */
void stock_move(struct stock_moves *moves, struct stock_level *level, const char *kind, int64_t on_hand, int64_t reserved,
                int64_t owed, const char *order_id);

/* Checks the shape of the lines: how many, ids, quantities. Violations are for "lines[i].quantity" and so on. */
enum status stock_check_lines(const struct stock_line *lines, size_t count, struct error *err) MUST_CHECK;

/*
 * The lines with those of one variant added up, sorted by id; `ret_lines` has room for `count`. Ids must be canonical; they
 * are compared without regard to case. Returns how many are left.
 */
size_t stock_merge_lines(const struct stock_line *lines, size_t count, struct stock_line *ret_lines);

/* The level of a variant at a location; NULL when there is none. */
struct stock_level *stock_find_level(const struct stock_levels *levels, const char *variant_id, int64_t location_id);

/* The levels of a variant as a part of the list. */
struct stock_levels stock_levels_of(const struct stock_levels *levels, const char *variant_id);

/* Units that a country can have of a variant now, from the levels of that variant, changes included. */
int64_t stock_available(const struct stock_levels *of_variant, const char *country);

/*
 * Takes the lines (sorted and merged) for an order from the locations that serve the country: a line from the first that has
 * it whole, else from all in their order, and what is not there is owed by the first, where the variant is sold ahead.
 * All lines or none: false when something cannot be had. The shares are in the arena of `moves`.
 */
bool stock_take(const struct stock_line *lines, size_t line_count, const char *country, const char *order_id,
                const struct stock_levels *levels, struct stock_moves *moves, struct stock_share **ret_shares,
                size_t *ret_count);

/* Applies the transition to an order's shares; false, and nothing is changed, when the levels cannot bear it. */
bool stock_settle(const struct stock_transition *transition, const struct stock_share *shares, size_t count,
                  const char *order_id, const struct stock_levels *levels, struct stock_moves *moves);

/*
 * Gives a waiting share of an order that is held or sold what lies on the shelf and is not held. Returns how many units it
 * got; `share` is what the order has then.
 */
int64_t stock_fulfil(enum stock_state state, struct stock_share *share, const char *order_id, struct stock_level *level,
                     struct stock_moves *moves);

/* Units at all locations that are on no order, before and after the changes, when those make the variant run low; else
 * false. */
bool stock_runs_low(const struct stock_levels *of_variant, int64_t *ret_left);

/*
 * Tells for each line as the caller wrote it what cannot be had: "lines[i]" with unknown, out_of_stock or not_enough_stock.
 * FAILED_PRECONDITION; called when stock_take() said no.
 */
enum status stock_explain(const struct stock_line *lines, size_t count, const struct stock_line *merged, size_t merged_count,
                          const char *country, const struct stock_levels *levels, struct error *err) MUST_CHECK;

/* Whether staff may change the count by `delta`: never below what is held. FAILED_PRECONDITION for `field` otherwise. */
enum status stock_check_adjustment(int64_t on_hand, int64_t reserved, int64_t delta, const char *field,
                                   struct error *err) MUST_CHECK;

#endif
