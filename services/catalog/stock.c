/* The rules of stock as one table and the sums that follow from it. */
#include "stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off: rows of a table */
static const struct stock_transition transitions[] = {
    {STOCK_NONE, STOCK_RESERVE, STOCK_HELD, "reserved", 0, +1, +1},
    {STOCK_HELD, STOCK_CONFIRM, STOCK_SOLD, "sold", -1, -1, 0},
    {STOCK_HELD, STOCK_RELEASE, STOCK_RELEASED, "released", 0, -1, -1},
    {STOCK_HELD, STOCK_EXPIRE, STOCK_EXPIRED, "released", 0, -1, -1},
    {STOCK_EXPIRED, STOCK_CONFIRM, STOCK_SOLD, "sold", -1, 0, +1}, /* late: taken again, if they are still there */
    {STOCK_EXPIRED, STOCK_RELEASE, STOCK_RELEASED, "released", 0, 0, 0},
    {STOCK_SOLD, STOCK_RELEASE, STOCK_RELEASED, "returned", +1, 0, -1},
};
/* clang-format on */

static const char *const state_names[] = {"none", "held", "sold", "released", "expired"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct stock_transition *stock_transition(enum stock_state from, enum stock_event event)
{
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].from == from && transitions[i].event == event)
            return &transitions[i];
    return NULL;
}

const char *stock_state_name(enum stock_state state)
{
    return state_names[state];
}

enum stock_state stock_state_of(const char *name)
{
    for (size_t i = 0; i < COUNT(state_names); i++)
        if (strcmp(state_names[i], name) == 0)
            return (enum stock_state)i;
    return STOCK_NONE;
}

int64_t stock_offer_available(const struct stock_offer *offer)
{
    return offer->ready + offer->ahead;
}

bool stock_offer_is_low(const struct stock_offer *offer)
{
    return offer->ahead == 0 && offer->ready > 0 && offer->ready <= STOCK_LOW;
}

static int64_t at_least_none(int64_t units)
{
    return units > 0 ? units : 0;
}

/* Units on the shelf that are held for nobody, with the changes decided so far. */
static int64_t unheld(const struct stock_level *level)
{
    return level->on_hand + level->on_hand_change - level->reserved - level->reserved_change;
}

/* Of those, units that nobody waits for. */
static int64_t ready(const struct stock_level *level)
{
    return at_least_none(unheld(level) - level->owed - level->owed_change);
}

static bool serves(const struct stock_level *level, const char *country)
{
    bool found = level->country_count == 0;
    for (size_t i = 0; i < level->country_count && !found; i++)
        found = strcmp(level->countries[i], country) == 0;
    return found && level->is_active;
}

void stock_move(struct stock_moves *moves, struct stock_level *level, const char *kind, int64_t on_hand, int64_t reserved,
                int64_t owed, const char *order_id)
{
    if (moves->count == moves->room) {
        size_t room = moves->room * 2 + 16;
        struct stock_movement *list = ARENA_ARRAY(moves->arena, struct stock_movement, room);
        if (moves->count > 0)
            memcpy(list, moves->list, moves->count * sizeof(*list));
        moves->list = list;
        moves->room = room;
    }
    moves->list[moves->count++] =
        (struct stock_movement){level->variant_id, level->location_id, kind, on_hand, reserved, owed, order_id};
    level->on_hand_change += on_hand;
    level->reserved_change += reserved;
    level->owed_change += owed;
}

enum status stock_check_lines(const struct stock_line *lines, size_t count, struct error *err)
{
    if (count == 0)
        return error_field(err, "lines", "required", "An order needs at least one line.");
    if (count > STOCK_LINES_MAX)
        return error_field(err, "lines", "too_long", "An order has at most %d lines.", STOCK_LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "lines[%zu].variantId", i);
        if (!uuid_is_valid(lines[i].variant_id))
            error_field(err, field, "malformed", "This is not the id of a variant.");
        snprintf(field, sizeof(field), "lines[%zu].quantity", i);
        if (lines[i].quantity < 1 || lines[i].quantity > STOCK_QUANTITY_MAX)
            error_field(err, field, "out_of_range", "The quantity must be from 1 to %lld.", (long long)STOCK_QUANTITY_MAX);
    }
    return err->status;
}

static int compare_lines(const void *a, const void *b)
{
    return strcasecmp(((const struct stock_line *)a)->variant_id, ((const struct stock_line *)b)->variant_id);
}

size_t stock_merge_lines(const struct stock_line *lines, size_t count, struct stock_line *ret_lines)
{
    memcpy(ret_lines, lines, count * sizeof(*lines));
    qsort(ret_lines, count, sizeof(*ret_lines), compare_lines);
    size_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        if (merged > 0 && compare_lines(&ret_lines[merged - 1], &ret_lines[i]) == 0)
            ret_lines[merged - 1].quantity += ret_lines[i].quantity;
        else
            ret_lines[merged++] = ret_lines[i];
    }
    return merged;
}

struct stock_levels stock_levels_of(const struct stock_levels *levels, const char *variant_id)
{
    size_t first = 0;
    size_t end = levels->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (strcasecmp(levels->list[middle].variant_id, variant_id) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    while (end < levels->count && strcasecmp(levels->list[end].variant_id, variant_id) == 0)
        end++;
    return (struct stock_levels){levels->list + first, end - first};
}

struct stock_level *stock_find_level(const struct stock_levels *levels, const char *variant_id, int64_t location_id)
{
    struct stock_levels own = stock_levels_of(levels, variant_id);
    for (size_t i = 0; i < own.count; i++)
        if (own.list[i].location_id == location_id)
            return &own.list[i];
    return NULL;
}

/* ---- taking ---- */

/* Units that may be sold ahead now. */
static int64_t ahead(const struct stock_levels *of_variant)
{
    int64_t owed = 0;
    for (size_t i = 0; i < of_variant->count; i++)
        owed += of_variant->list[i].owed + of_variant->list[i].owed_change;
    return of_variant->count > 0 ? at_least_none(of_variant->list[0].ahead_max - owed) : 0;
}

int64_t stock_available(const struct stock_levels *of_variant, const char *country)
{
    int64_t units = 0;
    bool is_served = false;
    for (size_t i = 0; i < of_variant->count; i++) {
        if (!serves(&of_variant->list[i], country))
            continue;
        units += ready(&of_variant->list[i]);
        is_served = true;
    }
    return is_served ? units + ahead(of_variant) : 0;
}

static struct stock_level *first_with(const struct stock_levels *of_variant, const char *country, int64_t units)
{
    for (size_t i = 0; i < of_variant->count; i++)
        if (serves(&of_variant->list[i], country) && ready(&of_variant->list[i]) >= units)
            return &of_variant->list[i];
    return NULL;
}

/* Takes units of one level for an order; a share for them is added. */
static void take_from(struct stock_level *level, int64_t units, int64_t owed, const char *order_id,
                      struct stock_moves *moves, struct stock_share *shares, size_t *count)
{
    const struct stock_transition *reserve = stock_transition(STOCK_NONE, STOCK_RESERVE);
    stock_move(moves, level, reserve->kind, 0, units * reserve->reserved, owed * reserve->owed, order_id);
    shares[(*count)++] = (struct stock_share){level->variant_id, level->location_id, units, owed, 0};
}

/* There is enough: stock_available() said so. What must be owed is owed by the first location, with what it has itself. */
static void take_line(const struct stock_line *line, const struct stock_levels *own, const char *country,
                      const char *order_id, struct stock_moves *moves, struct stock_share *shares, size_t *count)
{
    struct stock_level *whole = first_with(own, country, line->quantity);
    if (whole) {
        take_from(whole, line->quantity, 0, order_id, moves, shares, count);
        return;
    }
    struct stock_level *first = first_with(own, country, 0);
    int64_t there = 0;
    for (size_t i = 0; i < own->count; i++)
        there += serves(&own->list[i], country) ? ready(&own->list[i]) : 0;
    int64_t owed = at_least_none(line->quantity - there);
    int64_t left = line->quantity - owed;
    for (size_t i = 0; i < own->count; i++) {
        struct stock_level *level = &own->list[i];
        int64_t units = !serves(level, country) ? 0 : ready(level) < left ? ready(level) : left;
        int64_t late = level == first ? owed : 0;
        if (units > 0 || late > 0)
            take_from(level, units, late, order_id, moves, shares, count);
        left -= units;
    }
}

bool stock_take(const struct stock_line *lines, size_t line_count, const char *country, const char *order_id,
                const struct stock_levels *levels, struct stock_moves *moves, struct stock_share **ret_shares,
                size_t *ret_count)
{
    size_t room = 0;
    for (size_t i = 0; i < line_count; i++) {
        struct stock_levels own = stock_levels_of(levels, lines[i].variant_id);
        if (!lines[i].is_sold || stock_available(&own, country) < lines[i].quantity)
            return false;
        room += own.count;
    }
    *ret_shares = ARENA_ARRAY(moves->arena, struct stock_share, room);
    *ret_count = 0;
    for (size_t i = 0; i < line_count; i++) {
        struct stock_levels own = stock_levels_of(levels, lines[i].variant_id);
        take_line(&lines[i], &own, country, order_id, moves, *ret_shares, ret_count);
    }
    return true;
}

/* ---- what becomes of it ---- */

static bool can_bear(const struct stock_transition *transition, const struct stock_share *share,
                     const struct stock_level *level)
{
    int64_t units = share->quantity - share->returned;
    bool takes_anew = transition->on_hand < 0 && transition->reserved == 0;
    if (takes_anew && ready(level) < units)
        return false;
    int64_t on_hand = level->on_hand + level->on_hand_change + transition->on_hand * units;
    int64_t reserved = level->reserved + level->reserved_change + transition->reserved * units;
    return on_hand >= 0 && reserved >= 0 && reserved <= on_hand &&
           level->owed + level->owed_change + transition->owed * share->owed >= 0;
}

bool stock_settle(const struct stock_transition *transition, const struct stock_share *shares, size_t count,
                  const char *order_id, const struct stock_levels *levels, struct stock_moves *moves)
{
    for (size_t i = 0; i < count; i++) {
        const struct stock_level *level = stock_find_level(levels, shares[i].variant_id, shares[i].location_id);
        if (!level || !can_bear(transition, &shares[i], level))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t units = shares[i].quantity - shares[i].returned;
        int64_t on_hand = transition->on_hand * units;
        int64_t reserved = transition->reserved * units;
        int64_t owed = transition->owed * shares[i].owed;
        if (on_hand != 0 || reserved != 0 || owed != 0)
            stock_move(moves, stock_find_level(levels, shares[i].variant_id, shares[i].location_id), transition->kind,
                       on_hand, reserved, owed, order_id);
    }
    return true;
}

int64_t stock_fulfil(enum stock_state state, struct stock_share *share, const char *order_id, struct stock_level *level,
                     struct stock_moves *moves)
{
    int64_t units = at_least_none(unheld(level));
    if (units > share->owed)
        units = share->owed;
    if (units == 0)
        return 0;
    if (state == STOCK_SOLD)
        stock_move(moves, level, "sold", -units, 0, -units, order_id);
    else
        stock_move(moves, level, "reserved", 0, units, -units, order_id);
    share->quantity += units;
    share->owed -= units;
    return units;
}

bool stock_runs_low(const struct stock_levels *of_variant, int64_t *ret_left)
{
    int64_t before = 0;
    int64_t after = 0;
    for (size_t i = 0; i < of_variant->count; i++) {
        const struct stock_level *level = &of_variant->list[i];
        before += level->on_hand - level->reserved - level->owed;
        after += unheld(level) - level->owed - level->owed_change;
    }
    *ret_left = at_least_none(after);
    return of_variant->count > 0 && before > of_variant->list[0].low_at && after <= of_variant->list[0].low_at &&
           of_variant->list[0].low_at > 0;
}

static void explain_line(const char *field, int64_t left, const struct stock_line *wanted, struct error *err)
{
    if (!wanted->is_sold)
        error_field(err, field, "unknown", "This is not sold here (any more).");
    else if (left == 0)
        error_field(err, field, "out_of_stock", "This is sold out.");
    else if (left < wanted->quantity)
        error_field(err, field, "not_enough_stock", "Only %lld of this are left.", (long long)left);
}

enum status stock_explain(const struct stock_line *lines, size_t count, const struct stock_line *merged, size_t merged_count,
                          const char *country, const struct stock_levels *levels, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct stock_line *whole = bsearch(&lines[i], merged, merged_count, sizeof(*merged), compare_lines);
        struct stock_levels own = stock_levels_of(levels, lines[i].variant_id);
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "lines[%zu]", i);
        explain_line(field, stock_available(&own, country), whole, err);
    }
    return error_set(err, STATUS_FAILED_PRECONDITION, "Some of what was ordered cannot be had.");
}

enum status stock_check_adjustment(int64_t on_hand, int64_t reserved, int64_t delta, const char *field, struct error *err)
{
    int64_t after;
    if (__builtin_add_overflow(on_hand, delta, &after) || after > STOCK_QUANTITY_MAX * STOCK_QUANTITY_MAX) {
        error_field(err, field, "out_of_range", "That is more than can be counted.");
        return err->status;
    }
    if (after >= reserved)
        return STATUS_OK;
    error_field(err, field, "not_enough_stock",
                "There are %lld units, of which %lld are held for orders; at most %lld can go.", (long long)on_hand,
                (long long)reserved, (long long)(on_hand - reserved));
    return error_set(err, STATUS_FAILED_PRECONDITION, "The stock cannot go below what is held for orders.");
}
