/* Refunds as rows and in the books. */
#include "refunds.h"

#include <string.h>

#include "clock.h"
#include "ledger.h"
#include "order_events.h"
#include "refund_sql.h"
#include "saga.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void send_books(struct db *db, const struct refund_request *request, const char *account)
{
    struct ledger_posting posting = {.kind = "refund_requested",
                                     .source_id = request->id,
                                     .order_id = request->order_id,
                                     .currency_code = request->currency_code,
                                     .now_us = request->now_us};
    ledger_add(&posting, account, request->amount_minor);
    ledger_add(&posting, "refunds_payable", -request->amount_minor);
    ledger_send(db, &posting);
}

static void send_rest(struct db *db, const struct refund_request *request, const char *account)
{
    const struct saga_plan plan = saga_plan_of("send_refund", request->now_us);
    send_books(db, request, account);
    db_send(db, &sql_refund_insert_task,
            DB_ARGS(DB_ARG(request->id), DB_ARG(plan.step), DB_ARG(plan.lane), DB_ARG(plan.due_at_us),
                    DB_ARG(plan.deadline_at_us)));
}

static void send_insert(struct db *db, const struct sql *sql, const char *source_id, const struct refund_request *request)
{
    db_send(db, sql,
            DB_ARGS(DB_ARG(request->id), DB_ARG(source_id), DB_ARG(request->amount_minor), DB_ARG(request->currency_code),
                    DB_ARG(request->reason), DB_ARG(request->made_by), DB_ARG(request->now_us)));
}

void refunds_send_request(struct db *db, const struct refund_request *request)
{
    send_insert(db, &sql_refund_insert_of_order, request->order_id, request);
    send_rest(db, request, "sales");
}

void refunds_send_return(struct db *db, const char *attempt_id, const struct refund_request *request)
{
    send_insert(db, &sql_refund_insert_of_attempt, attempt_id, request);
    send_rest(db, request, "unallocated");
}

bool refunds_is_too_much(const struct db *db)
{
    return strcmp(db_constraint(db), "refund_within_captured") == 0;
}

enum db_outcome refunds_find(struct db *db, const char *id, struct refund_record *ret_refund, struct arena *arena,
                             struct error *err)
{
#define COLUMN(member) DB_COLUMN(struct refund_record, member)
    static const struct db_column columns[] = {
        COLUMN(id),
        COLUMN(order_id),
        COLUMN(attempt_id),
        COLUMN(method),
        COLUMN(booked_as),
        COLUMN(amount_minor),
        COLUMN(currency_code),
        COLUMN(state),
        COLUMN(reason),
        COLUMN(provider_ref),
        COLUMN(detail),
        COLUMN(made_at_us),
        COLUMN(charge_reference),
        COLUMN(charge_provider_ref),
        COLUMN(charge_transaction_id),
        COLUMN(charge_minor),
        COLUMN(charge_phone),
    };
#undef COLUMN
    static const struct db_shape shape = DB_SHAPE(struct refund_record, columns);
    return db_one(db, &sql_refund_find, DB_ARGS(DB_ARG(id)), &shape, ret_refund, arena, err);
}

/* ---- what becomes of one ---- */

struct turn {
    const char *id;
    const char *state;
    struct db_texts from;
    const char *provider_ref;
    const char *detail;
    int64_t now_us;
    struct ledger_posting posting;      /* without entries: none */
    const struct refund_record *refund; /* NULL: it is not over yet */
    struct arena *arena;
};

static enum status send_event(struct db *db, const struct turn *turn, struct error *err)
{
    struct order_record order;
    const struct order_event_note note = {
        .subject_id = turn->refund->id, .reason = turn->refund->reason, .amount_minor = turn->refund->amount_minor};
    enum db_outcome outcome = orders_store_find(db, turn->refund->order_id, NULL, NULL, &order, turn->arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    const char *topic = strcmp(turn->state, "succeeded") == 0 ? "refund.succeeded" : "refund.failed";
    order_events_send(db, topic, &order, &note, turn->arena);
    return STATUS_OK;
}

/* Waits for the row, so that the books are written by whoever really ended the refund. */
static enum status send_turn(struct db *db, void *arg, struct error *err)
{
    struct turn *turn = arg;
    int64_t changed = 0;
    enum db_outcome outcome = db_exec(db, &sql_refund_set_state,
                                      DB_ARGS(DB_ARG(turn->id), DB_ARG(turn->state), DB_ARG(turn->from),
                                              DB_ARG(turn->now_us), DB_ARG(turn->provider_ref), DB_ARG(turn->detail)),
                                      &changed, err);
    if (outcome == DB_NONE)
        return STATUS_OK;
    if (outcome != DB_OK)
        return db_status(outcome);
    ledger_send(db, &turn->posting);
    return turn->refund ? send_event(db, turn, err) : STATUS_OK;
}

static const char *const open_states[] = {"requested", "sending", "pending", "review"};

static enum status make_turn(struct db *db, struct turn *turn, struct error *err)
{
    if (!turn->from.values)
        turn->from = (struct db_texts){open_states, COUNT(open_states)};
    return db_transact(db, send_turn, turn, err);
}

enum status refunds_mark_sending(struct db *db, const char *id, int64_t now_us, struct error *err)
{
    struct turn turn = {.id = id, .state = "sending", .provider_ref = "", .detail = "", .now_us = now_us};
    return make_turn(db, &turn, err);
}

enum status refunds_mark_pending(struct db *db, const char *id, const char *provider_ref, int64_t now_us, struct error *err)
{
    struct turn turn = {.id = id, .state = "pending", .provider_ref = provider_ref, .detail = "", .now_us = now_us};
    return make_turn(db, &turn, err);
}

enum status refunds_mark_review(struct db *db, const char *id, const char *detail, int64_t now_us, struct error *err)
{
    struct turn turn = {.id = id, .state = "review", .provider_ref = "", .detail = detail, .now_us = now_us};
    return make_turn(db, &turn, err);
}

static struct ledger_posting posting_of(const struct refund_record *refund, const char *kind, const char *account,
                                        int64_t now_us)
{
    struct ledger_posting posting = {.kind = kind,
                                     .source_id = refund->id,
                                     .order_id = refund->order_id,
                                     .currency_code = refund->currency_code,
                                     .now_us = now_us};
    ledger_add(&posting, "refunds_payable", refund->amount_minor);
    ledger_add(&posting, account, -refund->amount_minor);
    return posting;
}

enum status refunds_succeed(struct db *db, const struct refund_record *refund, const char *account, const char *provider_ref,
                            struct arena *arena, struct error *err)
{
    const int64_t now_us = clock_now_us();
    struct turn turn = {.id = refund->id,
                        .state = "succeeded",
                        .refund = refund,
                        .arena = arena,
                        .provider_ref = provider_ref,
                        .detail = "",
                        .now_us = now_us,
                        .posting = posting_of(refund, "refund_done", account, now_us)};
    return make_turn(db, &turn, err);
}

enum status refunds_fail(struct db *db, const struct refund_record *refund, const char *detail, struct arena *arena,
                         struct error *err)
{
    const int64_t now_us = clock_now_us();
    struct turn turn = {.id = refund->id,
                        .state = "failed",
                        .refund = refund,
                        .arena = arena,
                        .provider_ref = "",
                        .detail = detail,
                        .now_us = now_us,
                        .posting = posting_of(refund, "refund_given_up", refund->booked_as, now_us)};
    return make_turn(db, &turn, err);
}
