/* Shipments, returns and credits as rows. */
#include "after_store.h"

#include <string.h>

#include "after_sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- an order after its sale ---- */

struct line_row {
    struct after_line line;
    struct after_words words;
};

static const struct db_column line_columns[] = {
    DB_COLUMN(struct line_row, line.position),         DB_COLUMN(struct line_row, line.variant_id),
    DB_COLUMN(struct line_row, line.unit_price_minor), DB_COLUMN(struct line_row, line.quantity),
    DB_COLUMN(struct line_row, line.shipped),          DB_COLUMN(struct line_row, line.delivered),
    DB_COLUMN(struct line_row, line.dropped),          DB_COLUMN(struct line_row, line.credited),
    DB_COLUMN(struct line_row, line.claimed),          DB_COLUMN(struct line_row, words.product_title),
    DB_COLUMN(struct line_row, words.variant_title),   DB_COLUMN(struct line_row, words.sku),
};
static const struct db_shape line_shape = DB_SHAPE(struct line_row, line_columns);

#define SHIPMENT(member) DB_COLUMN(struct after_shipment, member)
static const struct db_column shipment_columns[] = {
    SHIPMENT(id),
    SHIPMENT(order_id),
    SHIPMENT(number),
    SHIPMENT(carrier),
    SHIPMENT(tracking_number),
    SHIPMENT(tracking_url),
    SHIPMENT(note),
    SHIPMENT(shipped_at_us),
    SHIPMENT(shipped_by),
    SHIPMENT(delivered_at_us),
    SHIPMENT(parts.positions),
    SHIPMENT(parts.quantities),
};
static const struct db_shape shipment_shape = DB_SHAPE(struct after_shipment, shipment_columns);

#define CREDIT(member) DB_COLUMN(struct after_credit, member)
static const struct db_column credit_columns[] = {
    CREDIT(id),           CREDIT(order_id),      CREDIT(return_id),  CREDIT(is_refund),     CREDIT(refund_state),
    CREDIT(amount_minor), CREDIT(vat_minor),     CREDIT(base_minor), CREDIT(currency_code), CREDIT(with_delivery),
    CREDIT(reason),       CREDIT(location_code), CREDIT(made_at_us), CREDIT(made_by),       CREDIT(positions),
    CREDIT(dropped),      CREDIT(credited),      CREDIT(returned),   CREDIT(amounts_minor), CREDIT(restocked),
};
static const struct db_shape credit_shape = DB_SHAPE(struct after_credit, credit_columns);

#define RETURN(member) DB_COLUMN(struct after_return, member)
static const struct db_column return_columns[] = {
    RETURN(id),
    RETURN(order_id),
    RETURN(number),
    RETURN(state),
    RETURN(reason),
    RETURN(note),
    RETURN(answer),
    RETURN(location_code),
    RETURN(requested_at_us),
    RETURN(requested_by),
    RETURN(received_at_us),
    RETURN(credit_id),
    RETURN(parts.positions),
    RETURN(parts.quantities),
    RETURN(received),
    RETURN(restocked),
    RETURN(conditions),
};
static const struct db_shape return_shape = DB_SHAPE(struct after_return, return_columns);

static void take_lines(struct after_state *state, const struct line_row *rows, size_t count, struct arena *arena)
{
    state->lines = ARENA_ARRAY(arena, struct after_line, count);
    state->words = ARENA_ARRAY(arena, struct after_words, count);
    state->line_count = count;
    for (size_t i = 0; i < count; i++) {
        state->lines[i] = rows[i].line;
        state->words[i] = rows[i].words;
    }
}

enum db_outcome after_store_load(struct db *db, const char *order_id, struct after_state *ret_state, struct arena *arena,
                                 struct error *err)
{
    struct after_state state = {0};
    void *rows[4] = {NULL};
    size_t counts[4] = {0};
    /* Each sees what was committed before it: a return before the credit that it names, so that the credit is there. */
    const struct sql *const queries[4] = {&sql_after_lines_of_order, &sql_after_shipments_of_order,
                                          &sql_after_returns_of_order, &sql_after_credits_of_order};
    const struct db_shape *const shapes[4] = {&line_shape, &shipment_shape, &return_shape, &credit_shape};
    for (size_t i = 0; i < 4; i++) {
        enum db_outcome outcome =
            db_all(db, queries[i], DB_ARGS(DB_ARG(order_id)), shapes[i], &rows[i], &counts[i], arena, err);
        if (outcome != DB_OK)
            return outcome;
    }
    take_lines(&state, rows[0], counts[0], arena);
    state.shipments = rows[1];
    state.shipment_count = counts[1];
    state.returns = rows[2];
    state.return_count = counts[2];
    state.credits = rows[3];
    state.credit_count = counts[3];
    *ret_state = state;
    return DB_OK;
}

/* ---- changes ---- */

void after_store_send_shipment(struct db *db, const struct after_shipment *s)
{
    db_send(db, &sql_after_insert_shipment,
            DB_ARGS(DB_ARG(s->id), DB_ARG(s->order_id), DB_ARG(s->number), DB_ARG(s->carrier), DB_ARG(s->tracking_number),
                    DB_ARG(s->tracking_url), DB_ARG(s->note), DB_ARG(s->shipped_at_us), DB_ARG(s->shipped_by)));
    db_send(db, &sql_after_insert_shipment_lines,
            DB_ARGS(DB_ARG(s->id), DB_ARG(s->order_id), DB_ARG(s->parts.positions), DB_ARG(s->parts.quantities)));
}

void after_store_send_delivered(struct db *db, const char *order_id, const char *shipment_id, int64_t now_us)
{
    db_send(db, &sql_after_set_delivered, DB_ARGS(DB_ARG(order_id), DB_ARG(shipment_id), DB_ARG(now_us)));
}

static const char *null_if_empty(const char *text)
{
    return text && *text ? text : NULL;
}

void after_store_send_credit(struct db *db, const struct after_credit *c)
{
    db_send(db, &sql_after_insert_credit,
            DB_ARGS(DB_ARG(c->id), DB_ARG(c->order_id), DB_ARG(null_if_empty(c->return_id)), DB_ARG(c->is_refund),
                    DB_ARG(c->amount_minor), DB_ARG(c->vat_minor), DB_ARG(c->base_minor), DB_ARG(c->currency_code),
                    DB_ARG(c->with_delivery), DB_ARG(c->reason), DB_ARG(c->location_code), DB_ARG(c->made_at_us),
                    DB_ARG(null_if_empty(c->made_by))));
    db_send(db, &sql_after_insert_credit_lines,
            DB_ARGS(DB_ARG(c->id), DB_ARG(c->order_id), DB_ARG(c->positions), DB_ARG(c->dropped), DB_ARG(c->credited),
                    DB_ARG(c->returned), DB_ARG(c->amounts_minor), DB_ARG(c->restocked)));
}

void after_store_send_take_off(struct db *db, const char *order_id, int64_t amount_minor, int64_t now_us)
{
    db_send(db, &sql_after_take_off, DB_ARGS(DB_ARG(order_id), DB_ARG(amount_minor), DB_ARG(now_us)));
}

void after_store_send_return(struct db *db, const struct after_return *r, int64_t now_us)
{
    db_send(db, &sql_after_insert_return,
            DB_ARGS(DB_ARG(r->id), DB_ARG(r->order_id), DB_ARG(r->number), DB_ARG(r->state), DB_ARG(r->reason),
                    DB_ARG(r->note), DB_ARG(now_us), DB_ARG(r->requested_by)));
    db_send(db, &sql_after_insert_return_lines,
            DB_ARGS(DB_ARG(r->id), DB_ARG(r->order_id), DB_ARG(r->parts.positions), DB_ARG(r->parts.quantities)));
}

void after_store_send_return_state(struct db *db, const char *return_id, const char *state, const char *answer,
                                   int64_t now_us)
{
    db_send(db, &sql_after_set_return_state, DB_ARGS(DB_ARG(return_id), DB_ARG(state), DB_ARG(answer), DB_ARG(now_us)));
}

void after_store_send_received(struct db *db, const struct after_return *r, int64_t now_us)
{
    db_send(db, &sql_after_set_lines_received,
            DB_ARGS(DB_ARG(r->id), DB_ARG(r->parts.positions), DB_ARG(r->received), DB_ARG(r->restocked),
                    DB_ARG(r->conditions)));
    db_send(db, &sql_after_set_return_received,
            DB_ARGS(DB_ARG(r->id), DB_ARG(r->answer), DB_ARG(r->location_code), DB_ARG(now_us)));
}

static const struct db_column money_columns[] = {
    DB_COLUMN(struct after_money, paid_minor),
    DB_COLUMN(struct after_money, refunded_minor),
    DB_COLUMN(struct after_money, to_collect_minor),
};
static const struct db_shape money_shape = DB_SHAPE(struct after_money, money_columns);

enum db_outcome after_store_find_money(struct db *db, const char *order_id, struct after_money *ret_money,
                                       struct arena *arena, struct error *err)
{
    return db_one(db, &sql_after_money_of_order, DB_ARGS(DB_ARG(order_id)), &money_shape, ret_money, arena, err);
}

bool after_store_is_over(const struct db *db)
{
    static const char *const constraints[] = {
        "order_line_not_shipped_twice",
        "order_line_not_delivered_twice",
        "order_line_not_returned_twice",
        "credit_of_return",
        "credit_delivery_once",
        "order_return_ends_once",
        "return_line_received_once",
        "shipment_delivered_once",
        "shipment_of_order",
        "order_return_of_order",
    };
    for (size_t i = 0; i < COUNT(constraints); i++)
        if (strcmp(db_constraint(db), constraints[i]) == 0)
            return true;
    return false;
}

/* ---- returns by themselves, and what goes back on the shelf ---- */

struct text_row {
    const char *text;
};
static const struct db_column text_columns[] = {DB_COLUMN(struct text_row, text)};
static const struct db_shape text_shape = DB_SHAPE(struct text_row, text_columns);

enum db_outcome after_store_order_of_return(struct db *db, const char *return_id, const char **ret_order_id,
                                            struct arena *arena, struct error *err)
{
    struct text_row row;
    enum db_outcome outcome =
        db_one(db, &sql_after_order_of_return, DB_ARGS(DB_ARG(return_id)), &text_shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_order_id = row.text;
    return outcome;
}

#define SUMMARY(member) DB_COLUMN(struct after_return_summary, member)
static const struct db_column summary_columns[] = {
    SUMMARY(id),    SUMMARY(order_id), SUMMARY(order_number), SUMMARY(number),
    SUMMARY(state), SUMMARY(reason),   SUMMARY(note),         SUMMARY(requested_at_us),
};
static const struct db_shape summary_shape = DB_SHAPE(struct after_return_summary, summary_columns);

enum db_outcome after_store_list_returns(struct db *db, const char *state, const char *before_id, int64_t limit,
                                         struct after_return_summary **ret_returns, size_t *ret_count, struct arena *arena,
                                         struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome = db_all(db, &sql_after_list_returns, DB_ARGS(DB_ARG(state), DB_ARG(before_id), DB_ARG(limit)),
                                     &summary_shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_returns = rows;
    return outcome;
}

#define RESTOCK(member) DB_COLUMN(struct after_restock, member)
static const struct db_column restock_columns[] = {
    RESTOCK(order_id), RESTOCK(location_code), RESTOCK(variant_ids), RESTOCK(restocked), RESTOCK(discarded),
};
static const struct db_shape restock_shape = DB_SHAPE(struct after_restock, restock_columns);

enum db_outcome after_store_find_restock(struct db *db, const char *subject_id, struct after_restock *ret_restock,
                                         struct arena *arena, struct error *err)
{
    return db_one(db, &sql_after_find_restock, DB_ARGS(DB_ARG(subject_id)), &restock_shape, ret_restock, arena, err);
}
