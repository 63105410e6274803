/* What becomes of holds, and counts by staff: lock, load, decide by stock.c, write. */
#include "stock_store.h"

#include <string.h>

#include "stock_levels.h"
#include "stock_sql.h"

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
    return stock_levels_lock(db, (struct db_texts){ids, count}, &work->levels, &work->level_count, work->arena, err);
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
    stock_levels_send(db, work->levels, work->level_count, work->arena);
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
    enum status status = stock_levels_lock(db, (struct db_texts){&work->variant_id, 1}, &levels, &count, work->arena, err);
    if (status)
        return status;
    if (count == 0)
        return error_set(err, STATUS_NOT_FOUND, "There is no such variant.");
    status = stock_check_adjustment(levels[0].on_hand, levels[0].reserved, work->delta, err);
    if (status)
        return status;
    levels[0].on_hand_change = work->delta;
    stock_levels_send(db, levels, 1, work->arena);
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
