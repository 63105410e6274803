/* Units, the delivery fee and money taken off an order. */
#include "after_refunds.h"

#include <string.h>

#include "clock.h"
#include "money.h"
#include "order_events.h"
#include "refunds.h"
#include "service.h"
#include "text.h"
#include "uuid.h"

#define LOCATION_MAX_CHARS 40

/* ---- how much ---- */

static struct after_sums sums_of(const struct after_job *job)
{
    const struct order_record *order = &job->order;
    struct after_sums sums = {.base_minor = order->subtotal_minor + order->delivery_minor,
                              .delivery_minor = order->delivery_minor,
                              .vat_minor = order->vat_minor,
                              .total_minor = order->total_minor};
    for (size_t i = 0; i < job->state.credit_count; i++) {
        const struct after_credit *credit = &job->state.credits[i];
        sums.credited_base_minor += credit->base_minor;
        sums.credited_minor += credit->amount_minor;
        sums.delivery_is_credited = sums.delivery_is_credited || credit->with_delivery;
    }
    return sums;
}

static bool has_units(const struct after_job *job, const struct after_take_off *what)
{
    for (size_t i = 0; i < job->state.line_count; i++)
        if (what->taken[i] > 0)
            return true;
    return false;
}

/* One row for each line that loses units, priced one after the other. *base_minor grows by what they are priced. */
static void fill_lines(const struct after_job *job, const struct after_take_off *what, struct after_sums sums,
                       struct after_credit *credit)
{
    struct arena *arena = job->call->arena;
    const size_t most = job->state.line_count;
    int64_t *columns[6];
    size_t count = 0;
    for (size_t c = 0; c < 6; c++)
        columns[c] = ARENA_ARRAY(arena, int64_t, most);
    for (size_t i = 0; i < most; i++) {
        const struct after_line *line = &job->state.lines[i];
        int64_t taken = what->taken[i];
        int64_t dropped = what->return_id ? 0 : after_units_dropped(line, taken);
        int64_t base_minor = line->unit_price_minor * taken;
        if (taken == 0)
            continue;
        columns[0][count] = line->position;
        columns[1][count] = dropped;
        columns[2][count] = what->return_id ? 0 : taken - dropped;
        columns[3][count] = what->return_id ? taken : 0;
        columns[4][count] = after_credit_worth(&sums, base_minor);
        columns[5][count++] = what->return_id ? 0 : what->restocked[i];
        sums.credited_base_minor += base_minor;
        credit->base_minor += base_minor;
    }
    struct db_ints *const targets[6] = {&credit->positions, &credit->dropped,       &credit->credited,
                                        &credit->returned,  &credit->amounts_minor, &credit->restocked};
    for (size_t c = 0; c < 6; c++)
        *targets[c] = (struct db_ints){columns[c], count};
}

static enum status fill_amount(const struct after_job *job, const struct after_take_off *what, const struct after_sums *sums,
                               int64_t left_minor, struct after_credit *credit, struct error *err)
{
    bool has_parts = credit->positions.count > 0 || credit->with_delivery;
    if (what->everything && left_minor == 0 && credit->positions.count == 0)
        return error_set(err, STATUS_FAILED_PRECONDITION, "Nothing of this order is left to be refunded.");
    if (what->everything)
        credit->amount_minor = left_minor;
    else if (after_credit_amount(what->asked_minor, after_credit_worth(sums, credit->base_minor), has_parts, left_minor,
                                 job->order.currency_code, &credit->amount_minor, err) != STATUS_OK)
        return err->status;
    credit->vat_minor = after_credit_vat(sums, credit->amount_minor);
    return STATUS_OK;
}

/* ---- writing it ---- */

static void send_money(struct db *db, const struct after_job *job, const struct after_credit *credit)
{
    const struct refund_request request = {.id = credit->id,
                                           .order_id = job->order.id,
                                           .amount_minor = credit->amount_minor,
                                           .currency_code = credit->currency_code,
                                           .reason = job->order.number,
                                           .made_by = credit->made_by,
                                           .now_us = job->now_us};
    if (credit->is_refund)
        refunds_send_request(db, &request);
    else if (credit->amount_minor > 0)
        after_store_send_take_off(db, job->order.id, credit->amount_minor, job->now_us);
}

static enum status check_delivery(const struct after_take_off *what, const struct after_sums *sums, struct error *err)
{
    if (!what->with_delivery || !sums->delivery_is_credited)
        return STATUS_OK;
    return error_set(err, STATUS_FAILED_PRECONDITION, "The delivery fee was given back already.");
}

static bool takes_delivery(const struct after_take_off *what, const struct after_sums *sums)
{
    return (what->with_delivery || what->everything) && sums->delivery_minor > 0 && !sums->delivery_is_credited;
}

enum status after_refunds_send(struct db *db, struct after_job *job, const struct after_take_off *what, const char **ret_id,
                               struct error *err)
{
    const struct after_sums sums = sums_of(job);
    struct after_money money = {0};
    struct after_credit credit = {.id = uuid_new(job->call->arena),
                                  .order_id = job->order.id,
                                  .return_id = what->return_id,
                                  .currency_code = job->order.currency_code,
                                  .with_delivery = takes_delivery(what, &sums),
                                  .base_minor = takes_delivery(what, &sums) ? sums.delivery_minor : 0,
                                  .reason = what->reason,
                                  .location_code = what->location_code,
                                  .made_at_us = job->now_us,
                                  .made_by = job->call->meta.caller->subject};
    enum db_outcome outcome = after_store_find_money(db, job->order.id, &money, job->call->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "The order's payment cannot be read at the moment. Try again shortly.");
    fill_lines(job, what, sums, &credit);
    int64_t left_minor = money.to_collect_minor + money.paid_minor - money.refunded_minor;
    if (check_delivery(what, &sums, err) != STATUS_OK ||
        fill_amount(job, what, &sums, left_minor, &credit, err) != STATUS_OK)
        return err->status;
    credit.is_refund = money.to_collect_minor == 0 && credit.amount_minor > 0;
    send_money(db, job, &credit);
    after_store_send_credit(db, &credit);
    *ret_id = credit.id;
    return STATUS_OK;
}

enum status after_refunds_asked(const struct after_job *job, const Types__V1__Money *amount, int64_t *ret_minor,
                                struct error *err)
{
    *ret_minor = 0;
    if (!amount || (amount->amount_minor == 0 && amount->currency_code[0] == '\0'))
        return STATUS_OK;
    if (strcmp(amount->currency_code, job->order.currency_code) != 0)
        return error_field(err, "amount.currencyCode", "other_currency", "This order was paid in %s.",
                           job->order.currency_code);
    if (amount->amount_minor <= 0 || amount->amount_minor > MONEY_AMOUNT_MAX)
        return error_field(err, "amount.amountMinor", "out_of_range", "Name the amount that is given back.");
    *ret_minor = amount->amount_minor;
    return STATUS_OK;
}

enum status after_refunds_status(const struct after_job *job, enum status status, struct error *err)
{
    if (status == STATUS_ALREADY_EXISTS && refunds_is_too_much(service_db(job->call)))
        return error_set(err, STATUS_FAILED_PRECONDITION, "No more than was paid can be given back.");
    return after_job_status(job, status, err);
}

/* ---- RefundOrder ---- */

struct refunding {
    struct after_job job;
    const Orders__V1__RefundOrderRequest *request;
    const char *reason;
    const char *location_code;
    Orders__V1__Refund *reply;
};

static const Orders__V1__RefundUnits *named_units(const Orders__V1__RefundOrderRequest *request, size_t i)
{
    return i < request->n_lines ? request->lines[i] : request->line;
}

/* What the request names, line by line of the order. */
static enum status take_named(const struct refunding *refunding, int64_t *taken, int64_t *restocked, struct error *err)
{
    const Orders__V1__RefundOrderRequest *request = refunding->request;
    const struct after_state *state = &refunding->job.state;
    size_t count = request->n_lines + (request->line ? 1 : 0);
    struct after_units *named = ARENA_ARRAY(refunding->job.call->arena, struct after_units, count);
    for (size_t i = 0; i < count; i++)
        named[i] = (struct after_units){named_units(request, i)->variant_id, named_units(request, i)->quantity};
    if (after_units_take(state->lines, state->line_count, named, count, AFTER_CREDIT, taken, err) != STATUS_OK)
        return err->status;
    for (size_t l = 0; l < state->line_count; l++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(named[i].variant_id, state->lines[l].variant_id) == 0)
                restocked[l] = named_units(request, i)->restock ? taken[l] : 0;
    return STATUS_OK;
}

static void take_everything(const struct refunding *refunding, int64_t *taken, int64_t *restocked)
{
    const struct after_state *state = &refunding->job.state;
    for (size_t i = 0; i < state->line_count; i++) {
        taken[i] = after_units_left(&state->lines[i], AFTER_CREDIT);
        restocked[i] = refunding->request->restock ? taken[i] : 0;
    }
}

/* Units that will not be shipped any more may make the order complete; one that loses all of them is to be cancelled. */
static enum status event_of(const struct after_job *job, const int64_t *taken, enum order_event *ret_event,
                            struct error *err)
{
    const struct after_state *state = &job->state;
    int64_t *dropped = ARENA_ARRAY(job->call->arena, int64_t, state->line_count);
    int64_t before = after_units_unshipped(state->lines, state->line_count, NULL, NULL);
    for (size_t i = 0; i < state->line_count; i++)
        dropped[i] = after_units_dropped(&state->lines[i], taken[i]);
    *ret_event = 0;
    if (before == 0 || after_units_unshipped(state->lines, state->line_count, NULL, dropped) > 0)
        return STATUS_OK;
    if (state->shipment_count == 0)
        return error_set(err, STATUS_FAILED_PRECONDITION, "Nothing would be left of this order. Cancel it instead.");
    *ret_event = ORDER_SHIP;
    return STATUS_OK;
}

static enum status check_refundable(const struct after_job *job, struct error *err)
{
    if (order_status_of(job->order.status) == ORDER_PENDING_PAYMENT)
        return error_set(err, STATUS_FAILED_PRECONDITION, "This order is not paid yet. Cancel it instead.");
    return STATUS_OK;
}

static enum status send_refund(struct db *db, struct refunding *refunding, struct after_take_off *what, const char **ret_id,
                               struct error *err)
{
    struct after_job *job = &refunding->job;
    enum order_event event = 0;
    bool is_to_collect = order_payment_of(job->order.payment_status) == ORDER_PAYMENT_TO_COLLECT;
    const char *step = is_to_collect ? AFTER_STEP_TAKEN_OFF : AFTER_STEP_REFUND;
    if (event_of(job, what->taken, &event, err) != STATUS_OK ||
        after_job_turn(db, job, event, step, what->reason, err) != STATUS_OK ||
        after_refunds_send(db, job, what, ret_id, err) != STATUS_OK)
        return err->status;
    if (has_units(job, what))
        after_restock_send(db, job->order.id, *ret_id, job->now_us);
    return STATUS_OK;
}

static enum status refund_once(struct db *db, void *arg, struct error *err)
{
    struct refunding *refunding = arg;
    struct after_job *job = &refunding->job;
    const Orders__V1__RefundOrderRequest *request = refunding->request;
    const char *id = NULL;
    if (after_job_load(job, request->order_id, err) != STATUS_OK || check_refundable(job, err) != STATUS_OK)
        return err->status;
    int64_t *taken = ARENA_ARRAY(job->call->arena, int64_t, job->state.line_count);
    int64_t *restocked = ARENA_ARRAY(job->call->arena, int64_t, job->state.line_count);
    struct after_take_off what = {.taken = taken,
                                  .restocked = restocked,
                                  .with_delivery = request->with_delivery,
                                  .everything = request->everything,
                                  .reason = refunding->reason,
                                  .location_code = refunding->location_code};
    if (request->everything)
        take_everything(refunding, taken, restocked);
    else if (take_named(refunding, taken, restocked, err) != STATUS_OK)
        return err->status;
    if (after_refunds_asked(job, request->amount, &what.asked_minor, err) != STATUS_OK ||
        send_refund(db, refunding, &what, &id, err) != STATUS_OK || after_job_reload(db, job, err) != STATUS_OK)
        return err->status;
    after_view_credit(job, after_find_credit(&job->state, id), refunding->reply);
    return STATUS_OK;
}

static enum status check_request(struct refunding *refunding, struct error *err)
{
    const Orders__V1__RefundOrderRequest *request = refunding->request;
    struct arena *arena = refunding->job.call->arena;
    refunding->reason = text_check(request->reason, "reason", 0, AFTER_TEXT_MAX, true, arena, err);
    refunding->location_code = text_check(request->location_code, "locationCode", 0, LOCATION_MAX_CHARS, false, arena, err);
    if (request->n_lines > AFTER_LINES_MAX)
        error_field(err, "lines", "too_long", "At most %d lines are named at once.", AFTER_LINES_MAX);
    if (request->everything && (request->n_lines > 0 || request->line || request->amount || request->with_delivery))
        error_field(err, "everything", "contradiction", "Everything is everything: name no lines, delivery or amount.");
    return err->violation_count > 0 ? err->status : STATUS_OK;
}

static enum status refund_order(struct orders_service *self, struct rpc_call *call,
                                const Orders__V1__RefundOrderRequest *request, Orders__V1__Refund *reply, struct error *err)
{
    struct refunding refunding = {
        .job = {.self = self, .call = call, .now_us = clock_now_us()}, .request = request, .reply = reply};
    const struct idempotency_work work = {
        .method = "RefundOrder", .request = &request->base, .reply = &reply->base, .fn = refund_once, .arg = &refunding};
    if (orders_check_staff(call, err) != STATUS_OK || idempotency_require(call, err) != STATUS_OK ||
        check_request(&refunding, err) != STATUS_OK)
        return err->status;
    return after_refunds_status(&refunding.job, orders_transact(self, call, &work, err), err);
}

/* ---- an order that ends ---- */

enum status after_give_back(struct db *db, struct after_job *job, const char *reason, struct error *err)
{
    struct after_state *state = &job->state;
    struct after_money money = {0};
    const char *id;
    enum db_outcome outcome = after_store_find_money(db, job->order.id, &money, job->call->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "The order's payment cannot be read at the moment. Try again shortly.");
    if (money.paid_minor <= money.refunded_minor)
        return STATUS_OK;
    /* The units go back by the saga's undo of the whole order. */
    int64_t *taken = ARENA_ARRAY(job->call->arena, int64_t, state->line_count);
    for (size_t i = 0; i < state->line_count; i++)
        taken[i] = after_units_left(&state->lines[i], AFTER_CREDIT);
    const struct after_take_off what = {
        .taken = taken, .restocked = taken, .everything = true, .reason = reason, .location_code = ""};
    return after_refunds_send(db, job, &what, &id, err);
}

RPC_HANDLER(refund_order, struct orders_service, Orders__V1__RefundOrderRequest, Orders__V1__Refund,
            orders__v1__refund__init)

void after_refunds_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->refund_order = refund_order_rpc;
}
