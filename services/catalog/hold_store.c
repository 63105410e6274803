/* Holds stock for an order, once: two round trips for a new hold, one more to find the answer to an old one. */
#include "hold_store.h"

#include <string.h>

#include "stock_levels.h"
#include "stock_sql.h"

static struct db_texts ids_of_lines(const struct stock_line *lines, size_t count, struct arena *arena)
{
    const char **ids = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = lines[i].variant_id;
    return (struct db_texts){ids, count};
}

struct reserve_work {
    const struct stock_hold *hold;
    struct stock_line *merged;
    size_t merged_count;
    struct db_texts merged_ids;
    struct arena *arena;
    struct db_bytes answer;
};

static void mark_sold(struct stock_level *levels, size_t level_count, const struct quote_row *quotes, size_t quote_count)
{
    for (size_t i = 0; i < quote_count; i++) {
        struct stock_level *level = stock_find_level(levels, level_count, quotes[i].variant_id);
        if (level)
            level->sold = true;
    }
}

static bool all_sold(const struct reserve_work *work, const struct stock_level *levels, size_t level_count)
{
    size_t sold = 0;
    for (size_t i = 0; i < level_count; i++)
        sold += levels[i].sold;
    return sold == work->merged_count;
}

static void send_hold(struct db *db, struct reserve_work *work, const struct stock_level *levels, size_t level_count)
{
    int64_t *quantities = ARENA_ARRAY(work->arena, int64_t, work->merged_count);
    for (size_t i = 0; i < work->merged_count; i++)
        quantities[i] = work->merged[i].quantity;
    stock_levels_send(db, levels, level_count, work->arena);
    db_send(db, &sql_stock_insert_reservation_lines,
            DB_ARGS(DB_ARG(work->hold->order_id), DB_ARG(work->merged_ids),
                    DB_ARG(((struct db_ints){quantities, work->merged_count}))));
    db_send(db, &sql_stock_set_answer, DB_ARGS(DB_ARG(work->hold->order_id), DB_ARG(work->answer)));
}

/* Two round trips: note the order and lock, then quote and decide; the writes travel with the commit. */
static enum status reserve(struct db *db, void *arg, struct error *err)
{
    struct reserve_work *work = arg;
    const struct stock_hold *hold = work->hold;
    struct stock_level *levels;
    size_t level_count;
    db_send(db, &sql_stock_insert_reservation, DB_ARGS(DB_ARG(hold->order_id), DB_ARG(hold->expires_at_us)));
    enum status status = stock_levels_lock(db, work->merged_ids, &levels, &level_count, work->arena, err);
    if (status)
        return status;
    struct db_texts ids = ids_of_lines(hold->lines, hold->line_count, work->arena);
    const struct quote_row *quotes;
    size_t quote_count;
    status = catalog_store_quote_variants(db, ids, hold->currency, &quotes, &quote_count, work->arena, err);
    if (status)
        return status;
    mark_sold(levels, level_count, quotes, quote_count);
    const struct stock_transition *transition = stock_transition(STOCK_NONE, STOCK_RESERVE);
    if (!all_sold(work, levels, level_count) ||
        !stock_can_apply(transition, work->merged, work->merged_count, levels, level_count))
        return stock_explain(hold->lines, hold->line_count, work->merged, work->merged_count, levels, level_count, err);
    stock_apply(transition, work->merged, work->merged_count, levels, level_count);
    work->answer = hold->pack(hold->arg, quotes, quote_count);
    send_hold(db, work, levels, level_count);
    return STATUS_OK;
}

struct reservation_row {
    const char *state;
    struct db_bytes answer;
    struct db_texts variant_ids;
    struct db_ints quantities;
};

static const struct db_column reservation_columns[] = {
    DB_COLUMN(struct reservation_row, state),
    DB_COLUMN(struct reservation_row, answer),
    DB_COLUMN(struct reservation_row, variant_ids),
    DB_COLUMN(struct reservation_row, quantities),
};
static const struct db_shape reservation_shape = DB_SHAPE(struct reservation_row, reservation_columns);

static bool is_same_order(const struct reservation_row *row, const struct reserve_work *work)
{
    if (row->variant_ids.count != work->merged_count)
        return false;
    for (size_t i = 0; i < work->merged_count; i++)
        if (strcasecmp(row->variant_ids.values[i], work->merged[i].variant_id) != 0 ||
            row->quantities.values[i] != work->merged[i].quantity)
            return false;
    return true;
}

/* The order was seen before: its first answer, if it still stands. */
static enum status replay(struct db *db, struct reserve_work *work, struct error *err)
{
    struct reservation_row row = {0};
    enum db_outcome outcome = db_one(db, &sql_stock_find_reservation, DB_ARGS(DB_ARG(work->hold->order_id)),
                                     &reservation_shape, &row, work->arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    if (stock_state_of(row.state) == STOCK_RELEASED)
        return error_set(err, STATUS_FAILED_PRECONDITION, "The stock of this order was released.");
    if (!is_same_order(&row, work))
        return error_set(err, STATUS_ALREADY_EXISTS, "This order holds stock already, for other lines.");
    work->answer = row.answer;
    return STATUS_OK;
}

enum status hold_store_reserve(struct db *db, const struct stock_hold *hold, struct db_bytes *ret_answer, bool *ret_replayed,
                               struct arena *arena, struct error *err)
{
    struct reserve_work work = {.hold = hold, .arena = arena};
    work.merged = ARENA_ARRAY(arena, struct stock_line, hold->line_count);
    work.merged_count = stock_merge_lines(hold->lines, hold->line_count, work.merged);
    work.merged_ids = ids_of_lines(work.merged, work.merged_count, arena);
    enum status status = db_transact(db, reserve, &work, err);
    *ret_replayed = status == STATUS_ALREADY_EXISTS && strcmp(db_constraint(db), "reservation_pkey") == 0;
    if (*ret_replayed) {
        error_clear(err);
        status = replay(db, &work, err);
    }
    if (status == STATUS_OK)
        *ret_answer = work.answer;
    return status;
}
