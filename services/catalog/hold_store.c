/*
 * Holds stock for a batch of orders. Four round trips, whatever the number of orders: which of them are known, quotes, locks;
 * the writes travel with the commit.
 */
#include "hold_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "stock_levels.h"
#include "stock_low.h"
#include "stock_sql.h"

#define ROUNDS_MAX 5 /* a copy of an order in another batch makes one more necessary */

enum progress { WAITING, KNOWN, DONE };

/* One order of the batch. */
struct order {
    struct stock_hold *hold;
    enum progress progress;
    bool is_in_round; /* the first of its id that waits */
    struct stock_line *merged;
    size_t merged_count;
    struct stock_share *shares;
    size_t share_count;
};

struct reserve_work {
    struct order *orders;
    size_t count;
    struct arena *arena;
    struct quote_ask *asks; /* distinct, sorted */
    size_t ask_count;
    const struct quote_row **quotes; /* by ask; NULL: not sold */
    struct stock_levels levels;
    struct stock_moves moves;
};

/* ---- what the orders of a round want ---- */

static int compare_asks(const void *left, const void *right)
{
    const struct quote_ask *a = left;
    const struct quote_ask *b = right;
    int order = strcasecmp(a->variant_id, b->variant_id);
    if (order == 0)
        order = strcmp(a->currency, b->currency);
    return order ? order : strcmp(a->country, b->country);
}

static struct quote_ask ask_of(const struct stock_hold *hold, const struct stock_line *line)
{
    return (struct quote_ask){line->variant_id, hold->currency, hold->country};
}

static void gather_asks(struct reserve_work *work)
{
    size_t room = 0;
    for (size_t i = 0; i < work->count; i++)
        room += work->orders[i].is_in_round ? work->orders[i].merged_count : 0;
    work->asks = ARENA_ARRAY(work->arena, struct quote_ask, room);
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++)
        for (size_t k = 0; work->orders[i].is_in_round && k < work->orders[i].merged_count; k++)
            work->asks[count++] = ask_of(work->orders[i].hold, &work->orders[i].merged[k]);
    qsort(work->asks, count, sizeof(*work->asks), compare_asks);
    work->ask_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare_asks(&work->asks[work->ask_count - 1], &work->asks[i]) != 0)
            work->asks[work->ask_count++] = work->asks[i];
}

static const struct quote_row *quote_of(const struct reserve_work *work, const struct stock_hold *hold,
                                        const struct stock_line *line)
{
    struct quote_ask wanted = ask_of(hold, line);
    const struct quote_ask *ask = bsearch(&wanted, work->asks, work->ask_count, sizeof(wanted), compare_asks);
    return ask ? work->quotes[ask - work->asks] : NULL;
}

/* Copies of one call must not be in one statement: the first goes, the others find its answer in the next round. */
static size_t choose_round(struct reserve_work *work)
{
    size_t chosen = 0;
    for (size_t i = 0; i < work->count; i++) {
        struct order *order = &work->orders[i];
        order->is_in_round = order->progress == WAITING;
        for (size_t k = 0; k < i && order->is_in_round; k++)
            order->is_in_round =
                !work->orders[k].is_in_round || strcasecmp(work->orders[k].hold->order_id, order->hold->order_id) != 0;
        chosen += order->is_in_round;
    }
    return chosen;
}

/* ---- the transaction ---- */

struct known_row {
    const char *order_id;
};
static const struct db_column known_columns[] = {DB_COLUMN(struct known_row, order_id)};
static const struct db_shape known_shape = DB_SHAPE(struct known_row, known_columns);

static struct db_texts ids_in_round(const struct reserve_work *work)
{
    const char **ids = ARENA_ARRAY(work->arena, const char *, work->count);
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++)
        if (work->orders[i].is_in_round)
            ids[count++] = work->orders[i].hold->order_id;
    return (struct db_texts){ids, count};
}

static enum status find_known(struct db *db, struct reserve_work *work, struct error *err)
{
    void *rows = NULL;
    size_t count = 0;
    enum db_outcome outcome = db_all(db, &sql_stock_known_reservations, DB_ARGS(DB_ARG(ids_in_round(work))), &known_shape,
                                     &rows, &count, work->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const struct known_row *known = rows;
    for (size_t i = 0; i < work->count; i++) {
        struct order *order = &work->orders[i];
        for (size_t k = 0; k < count && order->is_in_round; k++) {
            if (strcasecmp(known[k].order_id, order->hold->order_id) != 0)
                continue;
            order->progress = KNOWN;
            order->is_in_round = false;
        }
    }
    return STATUS_OK;
}

/* Locks come last, so that others wait for them no longer than the writes take. */
static enum status quote_and_lock(struct db *db, struct reserve_work *work, struct error *err)
{
    const char **ids = ARENA_ARRAY(work->arena, const char *, work->ask_count);
    for (size_t i = 0; i < work->ask_count; i++)
        ids[i] = work->asks[i].variant_id;
    const struct quote_row *rows = NULL;
    size_t count = 0;
    enum status status =
        catalog_store_quote_variants(db, work->asks, work->ask_count, &rows, &count, work->arena, err);
    if (status == STATUS_OK)
        status = stock_levels_lock(db, (struct db_texts){ids, work->ask_count}, &work->levels, work->arena, err);
    work->quotes = ARENA_ARRAY(work->arena, const struct quote_row *, work->ask_count);
    for (size_t i = 0; i < count; i++)
        work->quotes[rows[i].position - 1] = &rows[i];
    return status;
}

/* Of a variant's shares the lines get what is there one after the other; what is owed falls to the last of them. */
static struct db_bytes pack_answer(const struct reserve_work *work, struct order *order)
{
    const struct stock_hold *hold = order->hold;
    struct hold_quote *quotes = ARENA_ARRAY(work->arena, struct hold_quote, hold->line_count);
    int64_t *left = ARENA_ARRAY(work->arena, int64_t, order->share_count);
    for (size_t i = 0; i < order->share_count; i++)
        left[i] = order->shares[i].quantity;
    for (size_t i = 0; i < hold->line_count; i++) {
        const struct stock_line *line = &hold->lines[i];
        quotes[i] = (struct hold_quote){quote_of(work, hold, line), line->quantity};
        for (size_t k = 0; k < order->share_count; k++) {
            if (strcasecmp(order->shares[k].variant_id, line->variant_id) != 0)
                continue;
            int64_t got = left[k] < quotes[i].awaited ? left[k] : quotes[i].awaited;
            left[k] -= got;
            quotes[i].awaited -= got;
        }
    }
    return hold->pack(hold->arg, quotes, hold->line_count);
}

static void decide(struct reserve_work *work, struct order *order)
{
    struct stock_hold *hold = order->hold;
    error_clear(hold->err);
    for (size_t i = 0; i < order->merged_count; i++)
        order->merged[i].is_sold = quote_of(work, hold, &order->merged[i]) != NULL;
    if (stock_take(order->merged, order->merged_count, hold->country, hold->order_id, &work->levels, &work->moves,
                   &order->shares, &order->share_count)) {
        hold->answer = pack_answer(work, order);
        hold->status = STATUS_OK;
    } else {
        hold->status = stock_explain(hold->lines, hold->line_count, order->merged, order->merged_count, hold->country,
                                     &work->levels, hold->err);
    }
}

static char *hexadecimal(struct db_bytes bytes, struct arena *arena)
{
    char *text = arena_alloc(arena, 2 * bytes.size + 1);
    return sodium_bin2hex(text, 2 * bytes.size + 1, bytes.data, bytes.size);
}

static void send_reservations(struct db *db, const struct reserve_work *work)
{
    const char **ids = ARENA_ARRAY(work->arena, const char *, work->count);
    const char **answers = ARENA_ARRAY(work->arena, const char *, work->count);
    int64_t *expiries = ARENA_ARRAY(work->arena, int64_t, work->count);
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++) {
        const struct stock_hold *hold = work->orders[i].hold;
        if (!work->orders[i].is_in_round || hold->status != STATUS_OK)
            continue;
        ids[count] = hold->order_id;
        expiries[count] = hold->expires_at_us;
        answers[count++] = hexadecimal(hold->answer, work->arena);
    }
    db_send(db, &sql_stock_insert_reservations,
            DB_ARGS(DB_ARG(((struct db_texts){ids, count})), DB_ARG(((struct db_ints){expiries, count})),
                    DB_ARG(((struct db_texts){answers, count}))));
}

/* Every movement of a batch is a share of an order. */
static void send_lines(struct db *db, const struct reserve_work *work)
{
    size_t count = work->moves.count;
    const char **ids = ARENA_ARRAY(work->arena, const char *, 2 * count);
    int64_t *numbers = ARENA_ARRAY(work->arena, int64_t, 3 * count);
    for (size_t i = 0; i < count; i++) {
        const struct stock_movement *move = &work->moves.list[i];
        ids[i] = move->order_id;
        ids[count + i] = move->variant_id;
        numbers[i] = move->location_id;
        numbers[count + i] = move->reserved;
        numbers[2 * count + i] = move->owed;
    }
    db_send(db, &sql_stock_insert_reservation_lines,
            DB_ARGS(DB_ARG(((struct db_texts){ids, count})), DB_ARG(((struct db_texts){ids + count, count})),
                    DB_ARG(((struct db_ints){numbers, count})), DB_ARG(((struct db_ints){numbers + count, count})),
                    DB_ARG(((struct db_ints){numbers + 2 * count, count}))));
}

static enum status reserve(struct db *db, void *arg, struct error *err)
{
    struct reserve_work *work = arg;
    db_send(db, &sql_stock_plan_once, DB_NO_ARGS);
    enum status status = find_known(db, work, err);
    if (status)
        return status;
    gather_asks(work);
    if (work->ask_count == 0)
        return STATUS_OK;
    status = quote_and_lock(db, work, err);
    if (status)
        return status;
    work->moves = (struct stock_moves){.arena = work->arena};
    for (size_t i = 0; i < work->count; i++)
        if (work->orders[i].is_in_round)
            decide(work, &work->orders[i]);
    if (work->moves.count == 0)
        return STATUS_OK;
    stock_levels_send(db, &work->moves, "orders", "");
    send_reservations(db, work);
    send_lines(db, work);
    return stock_low_send(db, &work->levels, work->arena, err);
}

/* ---- copies ---- */

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

static bool is_same_order(const struct reservation_row *row, const struct order *order)
{
    if (row->variant_ids.count != order->merged_count)
        return false;
    for (size_t i = 0; i < order->merged_count; i++)
        if (strcasecmp(row->variant_ids.values[i], order->merged[i].variant_id) != 0 ||
            row->quantities.values[i] != order->merged[i].quantity)
            return false;
    return true;
}

/* The order was seen before: its first answer, if it still stands. */
static void replay(struct db *db, struct order *order, struct arena *arena)
{
    struct stock_hold *hold = order->hold;
    struct reservation_row row = {0};
    order->progress = DONE;
    error_clear(hold->err);
    enum db_outcome outcome =
        db_one(db, &sql_stock_find_reservation, DB_ARGS(DB_ARG(hold->order_id)), &reservation_shape, &row, arena, hold->err);
    if (outcome != DB_OK)
        hold->status = db_status(outcome);
    else if (stock_state_of(row.state) == STOCK_RELEASED)
        hold->status = error_set(hold->err, STATUS_FAILED_PRECONDITION, "The stock of this order was released.");
    else if (!is_same_order(&row, order))
        hold->status = error_set(hold->err, STATUS_ALREADY_EXISTS, "This order holds stock already, for other lines.");
    else
        hold->status = STATUS_OK;
    hold->answer = row.answer;
    hold->replayed = hold->status == STATUS_OK;
}

/* ---- the whole ---- */

static struct order *orders_of(struct stock_hold *holds, size_t count, struct arena *arena)
{
    struct order *orders = ARENA_ARRAY(arena, struct order, count);
    for (size_t i = 0; i < count; i++) {
        holds[i].replayed = false;
        orders[i] = (struct order){.hold = &holds[i]};
        orders[i].merged = ARENA_ARRAY(arena, struct stock_line, holds[i].line_count);
        orders[i].merged_count = stock_merge_lines(holds[i].lines, holds[i].line_count, orders[i].merged);
    }
    return orders;
}

/* A copy that another batch held in the meantime makes the round fail as a whole: in the next one it is known. */
static enum status run_round(struct db *db, struct reserve_work *work, struct error *err)
{
    error_clear(err);
    enum status status = db_transact(db, reserve, work, err);
    bool overtaken = status == STATUS_ALREADY_EXISTS && strcmp(db_constraint(db), "reservation_pkey") == 0;
    if (status != STATUS_OK && !overtaken)
        return status;
    for (size_t i = 0; i < work->count; i++) {
        struct order *order = &work->orders[i];
        if (order->progress == KNOWN)
            replay(db, order, work->arena);
        else if (order->is_in_round && !overtaken)
            order->progress = DONE;
    }
    return STATUS_OK;
}

enum status hold_store_reserve(struct db *db, struct stock_hold *holds, size_t count, struct arena *arena, struct error *err)
{
    struct reserve_work work = {.orders = orders_of(holds, count, arena), .count = count, .arena = arena};
    enum status status = STATUS_OK;
    for (int round = 0; status == STATUS_OK && choose_round(&work) > 0; round++) {
        if (round == ROUNDS_MAX)
            return error_set(err, STATUS_ABORTED, "Copies of these orders are being held. Try again.");
        status = run_round(db, &work, err);
    }
    if (status == STATUS_OK)
        error_clear(err);
    return status;
}
