/* What becomes of holds: lock, load, decide by stock.c, write. */
#include "stock_store.h"

#include <string.h>

#include "stock_levels.h"
#include "stock_low.h"
#include "stock_sql.h"

/* A line of a locked reservation. */
struct hold_row {
    const char *order_id;
    const char *state;
    const char *variant_id; /* NULL: the reservation has no lines */
    int64_t location_id;
    int64_t quantity;
    int64_t owed;
    int64_t returned;
};

static const struct db_column hold_columns[] = {
    DB_COLUMN(struct hold_row, order_id),    DB_COLUMN(struct hold_row, state),    DB_COLUMN(struct hold_row, variant_id),
    DB_COLUMN(struct hold_row, location_id), DB_COLUMN(struct hold_row, quantity), DB_COLUMN(struct hold_row, owed),
    DB_COLUMN(struct hold_row, returned),
};
static const struct db_shape hold_shape = DB_SHAPE(struct hold_row, hold_columns);

/* Reservations that were locked, each a run of rows, and what becomes of them. */
struct settle_work {
    enum stock_event event;
    const char *made_by;
    struct db_texts order_ids; /* none: those due by `now_us` */
    int64_t now_us;
    int64_t limit;
    struct arena *arena;
    const struct hold_row *rows;
    size_t row_count;
    struct stock_levels levels;
    struct stock_moves moves;
    const char **changed_ids; /* orders that took the event */
    const char **changed_states;
    size_t changed_count;
    const char **final_ids; /* orders that are in the event's end state, now or already */
    size_t final_count;
};

struct id_row {
    const char *order_id;
};
static const struct db_column id_columns[] = {DB_COLUMN(struct id_row, order_id)};
static const struct db_shape id_shape = DB_SHAPE(struct id_row, id_columns);

/* The ids that a locking statement gives. */
static enum status lock_ids(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                            struct settle_work *work, struct db_texts *ret_ids, struct error *err)
{
    void *found = NULL;
    size_t count = 0;
    enum db_outcome outcome = db_all(db, sql, args, arg_count, &id_shape, &found, &count, work->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const struct id_row *rows = found;
    const char **ids = ARENA_ARRAY(work->arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = rows[i].order_id;
    *ret_ids = (struct db_texts){ids, count};
    return STATUS_OK;
}

/* The lines are read by a statement of their own behind the locks: one that waited for a lock would see old ones. */
static enum status load_holds(struct db *db, struct db_texts order_ids, struct settle_work *work, struct error *err)
{
    void *rows = NULL;
    work->row_count = 0;
    enum db_outcome outcome = db_all(db, &sql_stock_list_holds, DB_ARGS(DB_ARG(order_ids)), &hold_shape, &rows,
                                     &work->row_count, work->arena, err);
    work->rows = rows;
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const char **ids = ARENA_ARRAY(work->arena, const char *, work->row_count);
    size_t count = 0;
    for (size_t i = 0; i < work->row_count; i++)
        if (work->rows[i].variant_id)
            ids[count++] = work->rows[i].variant_id;
    work->moves = (struct stock_moves){.arena = work->arena};
    return stock_levels_lock(db, (struct db_texts){ids, count}, &work->levels, work->arena, err);
}

/* The rows of the order that begins at `first`, and where the next begins. */
static size_t next_order(const struct settle_work *work, size_t first)
{
    size_t end = first + 1;
    while (end < work->row_count && strcmp(work->rows[end].order_id, work->rows[first].order_id) == 0)
        end++;
    return end;
}

static struct stock_share share_of(const struct hold_row *row)
{
    return (struct stock_share){row->variant_id, row->location_id, row->quantity, row->owed, row->returned};
}

static void settle_order(struct settle_work *work, const struct hold_row *rows, size_t count)
{
    static const enum stock_state ends[] = {[STOCK_RESERVE] = STOCK_HELD,
                                            [STOCK_CONFIRM] = STOCK_SOLD,
                                            [STOCK_RELEASE] = STOCK_RELEASED,
                                            [STOCK_EXPIRE] = STOCK_EXPIRED};
    enum stock_state state = stock_state_of(rows[0].state);
    const struct stock_transition *transition = stock_transition(state, work->event);
    struct stock_share *shares = ARENA_ARRAY(work->arena, struct stock_share, count);
    size_t share_count = rows[0].variant_id ? count : 0;
    for (size_t i = 0; i < share_count; i++)
        shares[i] = share_of(&rows[i]);
    if (transition && stock_settle(transition, shares, share_count, rows[0].order_id, &work->levels, &work->moves)) {
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
        end = next_order(work, first);
        settle_order(work, work->rows + first, end - first);
    }
}

static enum status lock_holds(struct db *db, struct settle_work *work, struct error *err)
{
    struct db_texts ids = work->order_ids;
    enum status status = STATUS_OK;
    if (ids.count > 0)
        db_send(db, &sql_stock_lock_reservations, DB_ARGS(DB_ARG(ids)));
    else
        status = lock_ids(db, &sql_stock_lock_due_reservations, DB_ARGS(DB_ARG(work->now_us), DB_ARG(work->limit)), work,
                          &ids, err);
    return status ? status : load_holds(db, ids, work, err);
}

static enum status settle(struct db *db, void *arg, struct error *err)
{
    struct settle_work *work = arg;
    enum status status = lock_holds(db, work, err);
    if (status)
        return status;
    settle_all(work);
    stock_levels_send(db, &work->moves, work->made_by, "");
    if (work->changed_count > 0)
        db_send(db, &sql_stock_set_reservation_states,
                DB_ARGS(DB_ARG(((struct db_texts){work->changed_ids, work->changed_count})),
                        DB_ARG(((struct db_texts){work->changed_states, work->changed_count}))));
    if (work->event == STOCK_RELEASE && work->row_count == 0)
        db_send(db, &sql_stock_refuse_reservation, DB_ARGS(DB_ARG(work->order_ids.values[0])));
    return stock_low_send(db, &work->levels, work->arena, err);
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
    struct settle_work work = {.event = STOCK_CONFIRM, .made_by = "orders", .order_ids = order_ids, .arena = arena};
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
    struct settle_work work = {.event = STOCK_RELEASE, .made_by = "orders", .order_ids = {&order_id, 1}, .arena = arena};
    enum status status = db_transact(db, settle, &work, err);
    if (status == STATUS_OK)
        *ret_released = work.changed_count > 0;
    return status;
}

enum status stock_store_expire(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_expired,
                               struct stock_next *ret_next, struct arena *arena, struct error *err)
{
    struct settle_work work = {.event = STOCK_EXPIRE, .made_by = "expiry", .now_us = now_us, .limit = limit, .arena = arena};
    enum status status = db_transact(db, settle, &work, err);
    if (status)
        return status;
    static const struct db_column columns[] = {DB_COLUMN(struct stock_next, expires_at_us),
                                               DB_COLUMN(struct stock_next, is_awaited)};
    static const struct db_shape shape = DB_SHAPE(struct stock_next, columns);
    enum db_outcome outcome = db_one(db, &sql_stock_next_expiry, DB_NO_ARGS, &shape, ret_next, arena, err);
    *ret_expired = (int64_t)work.changed_count;
    return db_status(outcome);
}

/* ---- units for those who wait ---- */

static void fulfil_row(struct db *db, struct settle_work *work, const struct hold_row *row)
{
    enum stock_state state = stock_state_of(row->state);
    struct stock_level *level = row->variant_id ? stock_find_level(&work->levels, row->variant_id, row->location_id) : NULL;
    struct stock_share share = share_of(row);
    if (!level || (state != STOCK_HELD && state != STOCK_SOLD) ||
        stock_fulfil(state, &share, row->order_id, level, &work->moves) == 0)
        return;
    db_send(db, &sql_stock_set_reservation_line,
            DB_ARGS(DB_ARG(row->order_id), DB_ARG(row->variant_id), DB_ARG(row->location_id), DB_ARG(share.quantity),
                    DB_ARG(share.owed), DB_ARG(share.returned)));
}

static enum status fulfil(struct db *db, void *arg, struct error *err)
{
    struct settle_work *work = arg;
    struct db_texts ids;
    enum status status = lock_ids(db, &sql_stock_lock_waiting_reservations, DB_ARGS(DB_ARG(work->limit)), work, &ids, err);
    if (status || ids.count == 0)
        return status;
    status = load_holds(db, ids, work, err);
    for (size_t i = 0; status == STATUS_OK && i < work->row_count; i++)
        fulfil_row(db, work, &work->rows[i]);
    if (status == STATUS_OK)
        stock_levels_send(db, &work->moves, "arrival", "");
    return status;
}

enum status stock_store_fulfil(struct db *db, int64_t limit, int64_t *ret_fulfilled, struct arena *arena, struct error *err)
{
    struct settle_work work = {.limit = limit, .arena = arena};
    enum status status = db_transact(db, fulfil, &work, err);
    if (status == STATUS_OK)
        *ret_fulfilled = (int64_t)work.moves.count;
    return status;
}
