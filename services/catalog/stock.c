/* The rules of stock as one table and the sums that follow from it. */
#include "stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off: rows of a table */
static const struct stock_transition transitions[] = {
    {STOCK_NONE, STOCK_RESERVE, STOCK_HELD, 0, +1},       {STOCK_HELD, STOCK_CONFIRM, STOCK_SOLD, -1, -1},
    {STOCK_HELD, STOCK_RELEASE, STOCK_RELEASED, 0, -1},   {STOCK_HELD, STOCK_EXPIRE, STOCK_EXPIRED, 0, -1},
    {STOCK_EXPIRED, STOCK_CONFIRM, STOCK_SOLD, -1, 0}, /* late: the units are taken again, if they are still there */
    {STOCK_EXPIRED, STOCK_RELEASE, STOCK_RELEASED, 0, 0}, {STOCK_SOLD, STOCK_RELEASE, STOCK_RELEASED, +1, 0},
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

static int64_t available(int64_t on_hand, int64_t reserved)
{
    return on_hand > reserved ? on_hand - reserved : 0;
}

/* With the changes decided so far. */
static int64_t level_available(const struct stock_level *level)
{
    return available(level->on_hand + level->on_hand_change, level->reserved + level->reserved_change);
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

static int compare_level(const void *id, const void *level)
{
    return strcasecmp(id, ((const struct stock_level *)level)->variant_id);
}

struct stock_level *stock_find_level(struct stock_level *levels, size_t count, const char *variant_id)
{
    return bsearch(variant_id, levels, count, sizeof(*levels), compare_level);
}

static bool can_bear(const struct stock_transition *transition, const struct stock_level *level, int64_t quantity)
{
    int64_t on_hand = level->on_hand + level->on_hand_change + transition->on_hand * quantity;
    int64_t reserved = level->reserved + level->reserved_change + transition->reserved * quantity;
    return on_hand >= 0 && reserved >= 0 && reserved <= on_hand;
}

bool stock_can_apply(const struct stock_transition *transition, const struct stock_line *lines, size_t line_count,
                     struct stock_level *levels, size_t level_count)
{
    for (size_t i = 0; i < line_count; i++) {
        const struct stock_level *level = stock_find_level(levels, level_count, lines[i].variant_id);
        if (!level || !can_bear(transition, level, lines[i].quantity))
            return false;
    }
    return true;
}

void stock_apply(const struct stock_transition *transition, const struct stock_line *lines, size_t line_count,
                 struct stock_level *levels, size_t level_count)
{
    for (size_t i = 0; i < line_count; i++) {
        struct stock_level *level = stock_find_level(levels, level_count, lines[i].variant_id);
        level->on_hand_change += transition->on_hand * lines[i].quantity;
        level->reserved_change += transition->reserved * lines[i].quantity;
    }
}

static void explain_line(const char *field, const struct stock_level *level, int64_t wanted, struct error *err)
{
    int64_t left = level ? level_available(level) : 0;
    if (!level || !level->sold)
        error_field(err, field, "unknown", "This is not sold here (any more).");
    else if (left == 0)
        error_field(err, field, "out_of_stock", "This is sold out.");
    else if (left < wanted)
        error_field(err, field, "not_enough_stock", "Only %lld of this are left.", (long long)left);
}

enum status stock_explain(const struct stock_line *lines, size_t count, const struct stock_line *merged, size_t merged_count,
                          struct stock_level *levels, size_t level_count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct stock_line *whole = bsearch(&lines[i], merged, merged_count, sizeof(*merged), compare_lines);
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "lines[%zu]", i);
        explain_line(field, stock_find_level(levels, level_count, lines[i].variant_id), whole->quantity, err);
    }
    return error_set(err, STATUS_FAILED_PRECONDITION, "Some of what was ordered cannot be had.");
}

enum status stock_check_adjustment(int64_t on_hand, int64_t reserved, int64_t delta, struct error *err)
{
    int64_t after;
    if (__builtin_add_overflow(on_hand, delta, &after) || after > STOCK_QUANTITY_MAX * STOCK_QUANTITY_MAX) {
        error_field(err, "delta", "out_of_range", "That is more than can be counted.");
        return err->status;
    }
    if (after >= reserved)
        return STATUS_OK;
    error_field(err, "delta", "not_enough_stock",
                "There are %lld units, of which %lld are held for orders; at most %lld can go.", (long long)on_hand,
                (long long)reserved, (long long)available(on_hand, reserved));
    return error_set(err, STATUS_FAILED_PRECONDITION, "The stock cannot go below what is held for orders.");
}
