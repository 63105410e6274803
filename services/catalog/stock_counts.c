/* Counts by staff and units that come back: lock, decide, write. */
#include "stock_counts.h"

#include <stdio.h>
#include <string.h>

#include "stock_levels.h"
#include "stock_low.h"
#include "stock_sql.h"

struct id_row {
    int64_t id;
};

/* "": the first that is active. */
static enum status find_location(struct db *db, const char *code, const char *field, int64_t *ret_id, struct arena *arena,
                                 struct error *err)
{
    struct id_row row = {0};
    static const struct db_column columns[] = {DB_COLUMN(struct id_row, id)};
    static const struct db_shape shape = DB_SHAPE(struct id_row, columns);
    enum db_outcome outcome = db_one(db, &sql_stock_find_location, DB_ARGS(DB_ARG(code)), &shape, &row, arena, err);
    if (outcome == DB_NONE) {
        error_field(err, field, "unknown", "There is no stock location \"%.40s\".", code);
        return error_set(err, STATUS_NOT_FOUND, "There is no such stock location.");
    }
    *ret_id = row.id;
    return db_status(outcome);
}

/* Locks the variant's counts; the one at the location is made if it is not there yet. */
static enum status lock_at(struct db *db, const char *variant_id, int64_t location_id, struct stock_levels *ret_levels,
                           struct arena *arena, struct error *err)
{
    db_send(db, &sql_stock_ensure_stock, DB_ARGS(DB_ARG(variant_id), DB_ARG(location_id)));
    enum status status = stock_levels_lock(db, (struct db_texts){&variant_id, 1}, ret_levels, arena, err);
    if (status == STATUS_OK && ret_levels->count == 0)
        return error_set(err, STATUS_NOT_FOUND, "There is no such variant.");
    return status;
}

/* The counts with the changes made. */
static struct stock_level settled(const struct stock_level *level)
{
    struct stock_level after = *level;
    after.on_hand += level->on_hand_change;
    after.reserved += level->reserved_change;
    after.owed += level->owed_change;
    return after;
}

/* ---- counting ---- */

struct adjust_work {
    const struct stock_adjustment *adjustment;
    struct stock_level *level;
    struct arena *arena;
};

static enum status adjust(struct db *db, void *arg, struct error *err)
{
    struct adjust_work *work = arg;
    const struct stock_adjustment *asked = work->adjustment;
    int64_t location_id;
    struct stock_levels levels;
    enum status status = find_location(db, asked->location_code, "locationCode", &location_id, work->arena, err);
    if (status == STATUS_OK)
        status = lock_at(db, asked->variant_id, location_id, &levels, work->arena, err);
    if (status)
        return status;
    struct stock_level *level = stock_find_level(&levels, asked->variant_id, location_id);
    status = stock_check_adjustment(level->on_hand, level->reserved, asked->delta, "delta", err);
    if (status)
        return status;
    struct stock_moves moves = {.arena = work->arena};
    stock_move(&moves, level, asked->delta > 0 ? "received" : "adjusted", asked->delta, 0, 0, "");
    stock_levels_send(db, &moves, asked->made_by, asked->reason);
    *work->level = settled(level);
    return stock_low_send(db, &levels, work->arena, err);
}

enum status stock_counts_adjust(struct db *db, const struct stock_adjustment *adjustment, struct stock_level *ret_level,
                                struct arena *arena, struct error *err)
{
    struct adjust_work work = {adjustment, ret_level, arena};
    return db_transact(db, adjust, &work, err);
}

/* ---- moving ---- */

struct move_work {
    const struct stock_transfer *transfer;
    struct stock_level *from;
    struct stock_level *to;
    struct arena *arena;
};

static enum status move(struct db *db, void *arg, struct error *err)
{
    struct move_work *work = arg;
    const struct stock_transfer *asked = work->transfer;
    int64_t from_id;
    int64_t to_id;
    struct stock_levels levels;
    enum status status = find_location(db, asked->from_code, "fromCode", &from_id, work->arena, err);
    if (status == STATUS_OK)
        status = find_location(db, asked->to_code, "toCode", &to_id, work->arena, err);
    if (status == STATUS_OK && from_id == to_id)
        status = error_field(err, "toCode", "same", "They lie there already.");
    if (status == STATUS_OK)
        status = lock_at(db, asked->variant_id, to_id, &levels, work->arena, err);
    if (status)
        return status;
    struct stock_level *from = stock_find_level(&levels, asked->variant_id, from_id);
    struct stock_level *to = stock_find_level(&levels, asked->variant_id, to_id);
    status = stock_check_adjustment(from ? from->on_hand : 0, from ? from->reserved : 0, -asked->quantity, "quantity", err);
    if (status == STATUS_OK)
        status = stock_check_adjustment(to->on_hand, to->reserved, asked->quantity, "quantity", err);
    if (status)
        return status;
    struct stock_moves moves = {.arena = work->arena};
    stock_move(&moves, from, "moved", -asked->quantity, 0, 0, "");
    stock_move(&moves, to, "moved", asked->quantity, 0, 0, "");
    stock_levels_send(db, &moves, asked->made_by, asked->reason);
    *work->from = settled(from);
    *work->to = settled(to);
    return STATUS_OK;
}

enum status stock_counts_move(struct db *db, const struct stock_transfer *transfer, struct stock_level *ret_from,
                              struct stock_level *ret_to, struct arena *arena, struct error *err)
{
    struct move_work work = {transfer, ret_from, ret_to, arena};
    return db_transact(db, move, &work, err);
}

/* ---- units that come back ---- */

struct sold_row {
    const char *order_id;
    const char *state;
    const char *variant_id;
    int64_t location_id;
    int64_t quantity;
    int64_t owed;
    int64_t returned;
};

static const struct db_column sold_columns[] = {
    DB_COLUMN(struct sold_row, order_id),    DB_COLUMN(struct sold_row, state),    DB_COLUMN(struct sold_row, variant_id),
    DB_COLUMN(struct sold_row, location_id), DB_COLUMN(struct sold_row, quantity), DB_COLUMN(struct sold_row, owed),
    DB_COLUMN(struct sold_row, returned),
};
static const struct db_shape sold_shape = DB_SHAPE(struct sold_row, sold_columns);

struct restock_work {
    const struct stock_return *back;
    struct arena *arena;
    struct sold_row *rows;
    size_t row_count;
    int64_t location_id; /* 0: where they were taken from */
    struct stock_levels levels;
    struct stock_moves moves;
};

static enum status load_sold(struct db *db, struct restock_work *work, struct error *err)
{
    struct db_texts ids = {&work->back->order_id, 1};
    void *rows = NULL;
    db_send(db, &sql_stock_lock_reservations, DB_ARGS(DB_ARG(ids)));
    enum db_outcome outcome =
        db_all(db, &sql_stock_list_holds, DB_ARGS(DB_ARG(ids)), &sold_shape, &rows, &work->row_count, work->arena, err);
    work->rows = rows;
    return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
}

static enum status lock_returned(struct db *db, struct restock_work *work, struct error *err)
{
    const struct stock_return *back = work->back;
    enum status status = STATUS_OK;
    const char **ids = ARENA_ARRAY(work->arena, const char *, back->line_count);
    if (*back->location_code)
        status = find_location(db, back->location_code, "locationCode", &work->location_id, work->arena, err);
    for (size_t i = 0; i < back->line_count && status == STATUS_OK; i++) {
        ids[i] = back->lines[i].variant_id;
        if (work->location_id)
            db_send(db, &sql_stock_ensure_stock, DB_ARGS(DB_ARG(ids[i]), DB_ARG(work->location_id)));
    }
    work->moves = (struct stock_moves){.arena = work->arena};
    return status ? status
                  : stock_levels_lock(db, (struct db_texts){ids, back->line_count}, &work->levels, work->arena, err);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Takes up to `units` of one line of the order back. Returns how many it had. */
static int64_t give_back(struct restock_work *work, struct sold_row *row, int64_t units, bool on_shelf)
{
    struct stock_level *own = stock_find_level(&work->levels, row->variant_id, row->location_id);
    int64_t awaited = smaller(units, row->owed);
    int64_t returned = smaller(units - awaited, row->quantity - row->returned);
    struct stock_level *at = work->location_id ? stock_find_level(&work->levels, row->variant_id, work->location_id) : own;
    if (awaited > 0)
        stock_move(&work->moves, own, "released", 0, 0, -awaited, row->order_id);
    if (returned > 0 && on_shelf)
        stock_move(&work->moves, at, "returned", returned, 0, 0, row->order_id);
    row->owed -= awaited;
    row->returned += returned;
    return awaited + returned;
}

static void take_back(struct restock_work *work, const struct stock_return_line *line, const char *field, struct error *err)
{
    int64_t shelf = line->quantity;
    int64_t gone = line->discarded;
    for (size_t i = 0; i < work->row_count; i++) {
        struct sold_row *row = &work->rows[i];
        if (strcasecmp(row->variant_id, line->variant_id) != 0)
            continue;
        shelf -= give_back(work, row, shelf, true);
        gone -= give_back(work, row, gone, false);
    }
    if (shelf + gone > 0)
        error_field(err, field, "too_many", "That is more than was sold and not given back yet.");
}

static enum status decide(struct restock_work *work, struct error *err)
{
    for (size_t i = 0; i < work->back->line_count; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "lines[%zu].quantity", i);
        take_back(work, &work->back->lines[i], field, err);
    }
    return err->status ? error_set(err, STATUS_FAILED_PRECONDITION, "More is given back than the order has.") : STATUS_OK;
}

static enum status restock(struct db *db, void *arg, struct error *err)
{
    struct restock_work *work = arg;
    db_send(db, &sql_stock_insert_return, DB_ARGS(DB_ARG(work->back->return_id), DB_ARG(work->back->order_id)));
    enum status status = load_sold(db, work, err);
    if (status)
        return status;
    enum stock_state state = work->row_count > 0 ? stock_state_of(work->rows[0].state) : STOCK_NONE;
    if (state == STOCK_RELEASED)
        return STATUS_OK;
    if (state != STOCK_SOLD || !work->rows[0].variant_id)
        return error_set(err, STATUS_UNAVAILABLE, "The sale of this order is not confirmed yet.");
    status = lock_returned(db, work, err);
    if (status == STATUS_OK)
        status = decide(work, err);
    if (status)
        return status;
    stock_levels_send(db, &work->moves, work->back->made_by, work->back->reason);
    for (size_t i = 0; i < work->row_count; i++) {
        const struct sold_row *row = &work->rows[i];
        db_send(db, &sql_stock_set_reservation_line,
                DB_ARGS(DB_ARG(row->order_id), DB_ARG(row->variant_id), DB_ARG(row->location_id), DB_ARG(row->quantity),
                        DB_ARG(row->owed), DB_ARG(row->returned)));
    }
    return STATUS_OK;
}

enum status stock_counts_restock(struct db *db, const struct stock_return *back, bool *ret_replayed, struct arena *arena,
                                 struct error *err)
{
    struct restock_work work = {.back = back, .arena = arena};
    enum status status = db_transact(db, restock, &work, err);
    *ret_replayed = status == STATUS_ALREADY_EXISTS && strcmp(db_constraint(db), "stock_return_pkey") == 0;
    if (*ret_replayed) {
        error_clear(err);
        status = STATUS_OK;
    }
    return status;
}
