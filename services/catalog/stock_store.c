/* The transactions of stock: lock, load, decide by stock.c, write. */
#include "stock_store.h"

#include <string.h>

#include "stock_sql.h"
#include "catalog_sql.h"

/* Locked counts as the database gives them. */
struct level_row {
    const char *variant_id;
    int64_t on_hand;
    int64_t reserved;
};

static const struct db_column level_columns[] = {
    DB_COLUMN(struct level_row, variant_id),
    DB_COLUMN(struct level_row, on_hand),
    DB_COLUMN(struct level_row, reserved),
};
static const struct db_shape level_shape = DB_SHAPE(struct level_row, level_columns);

/* A line of a locked reservation. */
struct hold_row {
    const char *order_id;
    const char *state;
    const char *variant_id; /* NULL: the reservation has no lines */
    int64_t quantity;
};

static const struct db_column hold_columns[] = {
    DB_COLUMN(struct hold_row, order_id),
    DB_COLUMN(struct hold_row, state),
    DB_COLUMN(struct hold_row, variant_id),
    DB_COLUMN(struct hold_row, quantity),
};
static const struct db_shape hold_shape = DB_SHAPE(struct hold_row, hold_columns);

static struct db_texts ids_of_lines(const struct stock_line *lines, size_t count, struct arena *arena)
{
    const char **ids = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = lines[i].variant_id;
    return (struct db_texts){ids, count};
}

/* Locks the variants' stock, sorted by id, and gives it as levels. */
static enum status lock_levels(struct db *db, struct db_texts variant_ids, struct stock_level **ret_levels,
                               size_t *ret_count, struct arena *arena, struct error *err)
{
    void *found = NULL;
    size_t count = 0;
    enum db_outcome outcome =
        db_all(db, &sql_stock_lock_stock, DB_ARGS(DB_ARG(variant_ids)), &level_shape, &found, &count, arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const struct level_row *rows = found;
    struct stock_level *levels = ARENA_ARRAY(arena, struct stock_level, count);
    for (size_t i = 0; i < count; i++) {
        levels[i].on_hand = rows[i].on_hand;
        levels[i].reserved = rows[i].reserved;
        strncpy(levels[i].variant_id, rows[i].variant_id, UUID_SIZE - 1);
    }
    *ret_levels = levels;
    *ret_count = count;
    return STATUS_OK;
}

/* Sends the changes that were decided. */
static void send_moves(struct db *db, const struct stock_level *levels, size_t count, struct arena *arena)
{
    const char **ids = ARENA_ARRAY(arena, const char *, count);
    int64_t *on_hand = ARENA_ARRAY(arena, int64_t, count);
    int64_t *reserved = ARENA_ARRAY(arena, int64_t, count);
    size_t moved = 0;
    for (size_t i = 0; i < count; i++) {
        if (levels[i].on_hand_change == 0 && levels[i].reserved_change == 0)
            continue;
        ids[moved] = levels[i].variant_id;
        on_hand[moved] = levels[i].on_hand_change;
        reserved[moved++] = levels[i].reserved_change;
    }
    if (moved > 0)
        db_send(db, &sql_stock_move_stock,
                DB_ARGS(DB_ARG(((struct db_texts){ids, moved})), DB_ARG(((struct db_ints){on_hand, moved})),
                        DB_ARG(((struct db_ints){reserved, moved}))));
}

/* ---- reserving ---- */

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
    send_moves(db, levels, level_count, work->arena);
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
    enum status status = lock_levels(db, work->merged_ids, &levels, &level_count, work->arena, err);
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

enum status stock_store_reserve(struct db *db, const struct stock_hold *hold, struct db_bytes *ret_answer,
                                bool *ret_replayed, struct arena *arena, struct error *err)
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

/* ---- confirming, releasing, expiring ---- */

/* Reservations that were locked, each a run of rows, and what becomes of them. */
struct settle_work {
    enum stock_event event;
    struct db_texts order_ids; /* none: those due by `now_us` */
    int64_t now_us;
    int64_t limit;
    struct arena *arena;
    const struct hold_row *rows;
    size_t row_count;
    struct stock_level *levels;
    size_t level_count;
    const char **changed_ids; /* orders that took the event */
    const char **changed_states;
    size_t changed_count;
    const char **final_ids; /* orders that are in the event's end state, now or already */
    size_t final_count;
};

static enum status lock_holds(struct db *db, struct settle_work *work, struct error *err)
{
    void *rows = NULL;
    work->row_count = 0;
    enum db_outcome outcome =
        work->order_ids.count > 0
            ? db_all(db, &sql_stock_lock_reservations, DB_ARGS(DB_ARG(work->order_ids)), &hold_shape, &rows,
                     &work->row_count, work->arena, err)
            : db_all(db, &sql_stock_lock_due_reservations, DB_ARGS(DB_ARG(work->now_us), DB_ARG(work->limit)), &hold_shape,
                     &rows, &work->row_count, work->arena, err);
    work->rows = rows;
    return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
}

static enum status lock_levels_of_holds(struct db *db, struct settle_work *work, struct error *err)
{
    const char **ids = ARENA_ARRAY(work->arena, const char *, work->row_count);
    size_t count = 0;
    for (size_t i = 0; i < work->row_count; i++)
        if (work->rows[i].variant_id)
            ids[count++] = work->rows[i].variant_id;
    return lock_levels(db, (struct db_texts){ids, count}, &work->levels, &work->level_count, work->arena, err);
}

static void settle_order(struct settle_work *work, const struct hold_row *rows, size_t count)
{
    static const enum stock_state ends[] = {[STOCK_RESERVE] = STOCK_HELD,
                                            [STOCK_CONFIRM] = STOCK_SOLD,
                                            [STOCK_RELEASE] = STOCK_RELEASED,
                                            [STOCK_EXPIRE] = STOCK_EXPIRED};
    enum stock_state state = stock_state_of(rows[0].state);
    const struct stock_transition *transition = stock_transition(state, work->event);
    struct stock_line *lines = ARENA_ARRAY(work->arena, struct stock_line, count);
    size_t line_count = rows[0].variant_id ? count : 0;
    for (size_t i = 0; i < line_count; i++)
        lines[i] = (struct stock_line){rows[i].variant_id, rows[i].quantity};
    if (transition && stock_can_apply(transition, lines, line_count, work->levels, work->level_count)) {
        stock_apply(transition, lines, line_count, work->levels, work->level_count);
        work->changed_ids[work->changed_count] = rows[0].order_id;
        work->changed_states[work->changed_count++] = stock_state_name(transition->to);
        state = transition->to;
    }
    if (state == ends[work->event])
        work->final_ids[work->final_count++] = rows[0].order_id;
}

static void settle_all(struct settle_work *work)
{
    work->changed_ids = ARENA_ARRAY(work->arena, const char *, work->row_count);
    work->changed_states = ARENA_ARRAY(work->arena, const char *, work->row_count);
    work->final_ids = ARENA_ARRAY(work->arena, const char *, work->row_count);
    work->changed_count = work->final_count = 0;
    for (size_t first = 0, end; first < work->row_count; first = end) {
        for (end = first + 1; end < work->row_count; end++)
            if (strcmp(work->rows[end].order_id, work->rows[first].order_id) != 0)
                break;
        settle_order(work, work->rows + first, end - first);
    }
}

static enum status settle(struct db *db, void *arg, struct error *err)
{
    struct settle_work *work = arg;
    enum status status = lock_holds(db, work, err);
    if (status == STATUS_OK)
        status = lock_levels_of_holds(db, work, err);
    if (status)
        return status;
    settle_all(work);
    send_moves(db, work->levels, work->level_count, work->arena);
    if (work->changed_count > 0)
        db_send(db, &sql_stock_set_reservation_states,
                DB_ARGS(DB_ARG(((struct db_texts){work->changed_ids, work->changed_count})),
                        DB_ARG(((struct db_texts){work->changed_states, work->changed_count}))));
    if (work->event == STOCK_RELEASE && work->row_count == 0)
        db_send(db, &sql_stock_refuse_reservation, DB_ARGS(DB_ARG(work->order_ids.values[0])));
    return STATUS_OK;
}

static bool contains(const char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(ids[i], id) == 0)
            return true;
    return false;
}

enum status stock_store_confirm(struct db *db, struct db_texts order_ids, const char **ret_missing,
                                size_t *ret_missing_count, struct arena *arena, struct error *err)
{
    struct settle_work work = {.event = STOCK_CONFIRM, .order_ids = order_ids, .arena = arena};
    enum status status = db_transact(db, settle, &work, err);
    if (status)
        return status;
    *ret_missing_count = 0;
    for (size_t i = 0; i < order_ids.count; i++)
        if (!contains(work.final_ids, work.final_count, order_ids.values[i]))
            ret_missing[(*ret_missing_count)++] = order_ids.values[i];
    return STATUS_OK;
}

enum status stock_store_release(struct db *db, const char *order_id, bool *ret_released, struct arena *arena,
                                struct error *err)
{
    struct settle_work work = {.event = STOCK_RELEASE, .order_ids = {&order_id, 1}, .arena = arena};
    enum status status = db_transact(db, settle, &work, err);
    if (status == STATUS_OK)
        *ret_released = work.changed_count > 0;
    return status;
}

enum status stock_store_expire(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_expired, int64_t *ret_next_us,
                               struct arena *arena, struct error *err)
{
    struct settle_work work = {.event = STOCK_EXPIRE, .now_us = now_us, .limit = limit, .arena = arena};
    enum status status = db_transact(db, settle, &work, err);
    if (status)
        return status;
    struct next_row {
        int64_t expires_at_us;
    } next = {0};
    static const struct db_column columns[] = {DB_COLUMN(struct next_row, expires_at_us)};
    static const struct db_shape shape = DB_SHAPE(struct next_row, columns);
    enum db_outcome outcome = db_one(db, &sql_stock_next_expiry, DB_NO_ARGS, &shape, &next, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    *ret_expired = (int64_t)work.changed_count;
    *ret_next_us = next.expires_at_us;
    return STATUS_OK;
}

/* ---- adjusting ---- */

struct adjust_work {
    const char *variant_id;
    int64_t delta;
    const char *reason;
    const char *staff;
    struct stock_level *level;
    struct arena *arena;
};

static enum status adjust(struct db *db, void *arg, struct error *err)
{
    struct adjust_work *work = arg;
    struct stock_level *levels;
    size_t count;
    enum status status = lock_levels(db, (struct db_texts){&work->variant_id, 1}, &levels, &count, work->arena, err);
    if (status)
        return status;
    if (count == 0)
        return error_set(err, STATUS_NOT_FOUND, "There is no such variant.");
    status = stock_check_adjustment(levels[0].on_hand, levels[0].reserved, work->delta, err);
    if (status)
        return status;
    levels[0].on_hand_change = work->delta;
    send_moves(db, levels, 1, work->arena);
    db_send(db, &sql_stock_insert_adjustment,
            DB_ARGS(DB_ARG(work->variant_id), DB_ARG(work->delta), DB_ARG(work->reason), DB_ARG(work->staff)));
    *work->level = levels[0];
    work->level->on_hand += work->delta;
    return STATUS_OK;
}

enum status stock_store_adjust(struct db *db, const char *variant_id, int64_t delta, const char *reason, const char *staff,
                               struct stock_level *ret_level, struct arena *arena, struct error *err)
{
    struct adjust_work work = {variant_id, delta, reason, staff, ret_level, arena};
    return db_transact(db, adjust, &work, err);
}
