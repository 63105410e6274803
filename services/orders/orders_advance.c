/* The life cycle of an order: the events that people bring about. */
#include "after.h"
#include "clock.h"
#include "cod_service.h"
#include "ledger.h"
#include "order_events.h"
#include "orders_state.h"
#include "payments_store.h"
#include "service.h"
#include "text.h"

#define TRIES_MAX 8
#define NOTE_MAX_CHARS 500

/* Told when an order gets there; the shipping of a parcel is told with its number (after_shipments.c), a payment by
 * payments. */
static const char *const topics[ORDER_STATUS_COUNT] = {
    [ORDER_CONFIRMED] = "order.confirmed",
    [ORDER_DELIVERED] = "order.delivered",
    [ORDER_CANCELLED] = "order.cancelled",
    [ORDER_RETURNED] = "order.returned",
};

/* The courier has the money. */
static void send_collected(struct db *db, const struct orders_turn *turn)
{
    struct ledger_posting posting = {.kind = "collected",
                                     .source_id = turn->order->id,
                                     .order_id = turn->order->id,
                                     .currency_code = turn->order->currency_code,
                                     .now_us = turn->now_us};
    ledger_add(&posting, "cash:courier", turn->order->payment_minor);
    ledger_add(&posting, "sales", -turn->order->payment_minor);
    ledger_send(db, &posting);
}

/* What follows from the new status. */
static void send_consequences(struct db *db, const struct orders_turn *turn, struct arena *arena)
{
    const struct order_transition *transition = turn->transition;
    const struct order_event_note note = {.status = order_status_name(transition->to), .reason = turn->note};
    if (transition->to == ORDER_SHIPPED)
        cod_send_shipped(db, turn->self, turn->order, turn->now_us);
    if (transition->returns_stock) {
        saga_send_undo(db, turn->order->id, turn->now_us);
        payments_store_send_stop(db, turn->order->id, turn->now_us);
    }
    if (topics[transition->to])
        order_events_send(db, topics[transition->to], turn->order, &note, arena);
}

void orders_send_turn(struct db *db, const struct orders_turn *turn, struct arena *arena)
{
    const struct order_record *order = turn->order;
    const enum order_payment paid = order_payment_of(order->payment_status);
    const enum order_payment payment = turn->transition ? order_payment_after(turn->transition, paid) : paid;
    const struct order_change change = {
        .order_id = order->id,
        .version = order->version,
        .status = turn->transition ? order_status_name(turn->transition->to) : order->status,
        .payment_status = payment == paid ? NULL : order_payment_name(payment),
        .what = turn->what,
        .note = turn->note,
        .made_by = turn->made_by,
        .now_us = turn->now_us,
    };
    orders_store_send_change(db, &change);
    if (payment == ORDER_PAYMENT_COLLECTED && paid != payment)
        send_collected(db, turn);
    if (turn->transition)
        send_consequences(db, turn, arena);
}

enum status orders_transact(struct orders_service *self, struct rpc_call *call, const struct idempotency_work *work,
                            struct error *err)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        error_clear(err);
        protobuf_c_message_init(work->reply->descriptor, work->reply);
        enum status status = idempotency_transact(call, work, err);
        if (status == STATUS_OK)
            saga_wake(self->saga);
        if (status != STATUS_ALREADY_EXISTS || !orders_store_is_beaten(service_db(call)))
            return status;
    }
    return error_set(err, STATUS_ABORTED, "This order is being changed by others at the same time. Look at it again.");
}

struct advance {
    struct after_job job;
    const struct orders_ask *ask;
    Orders__V1__Order *reply;
};

static enum status advance_once(struct db *db, void *arg, struct error *err)
{
    struct advance *advance = arg;
    const struct orders_ask *ask = advance->ask;
    struct after_job *job = &advance->job;
    struct orders_turn turn = {.self = job->self,
                               .order = &job->order,
                               .what = "",
                               .note = ask->note,
                               .made_by = job->call->meta.caller->subject,
                               .now_us = job->now_us};
    if (after_job_load(job, ask->order_id, err) != STATUS_OK ||
        order_decide(order_status_of(job->order.status), ask->event, ask->who, &turn.transition, err) != STATUS_OK)
        return err->status;
    if (turn.transition) {
        orders_send_turn(db, &turn, job->call->arena);
        if (after_follow_event(db, job, ask->event, ask->note, err) != STATUS_OK ||
            after_job_reload(db, job, err) != STATUS_OK)
            return err->status;
    }
    after_show(job, advance->reply);
    return STATUS_OK;
}

enum status orders_advance(struct orders_service *self, struct rpc_call *call, const struct orders_ask *ask,
                           Orders__V1__Order *reply, struct error *err)
{
    struct advance advance = {.job = {.self = self, .call = call, .now_us = clock_now_us()}, .ask = ask, .reply = reply};
    const struct idempotency_work work = {
        .method = ask->method, .request = ask->request, .reply = &reply->base, .fn = advance_once, .arg = &advance};
    return after_job_status(&advance.job, orders_transact(self, call, &work, err), err);
}

static enum status cancel_order(struct orders_service *self, struct rpc_call *call,
                                const Orders__V1__CancelOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    const char *reason = text_check(request->reason, "reason", 0, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    const struct orders_ask ask = {"CancelOrder", &request->base,     request->order_id,
                                   ORDER_CANCEL,  orders_actor(call), reason};
    return orders_advance(self, call, &ask, reply, err);
}

/* A delivery that was told already is not checked again: the event may be repeated. */
static enum status check_handed_over(struct orders_service *self, struct rpc_call *call,
                                     const Orders__V1__AdvanceOrderRequest *request, const char *note, struct error *err)
{
    struct order_record order;
    if (orders_load(call, request->order_id, &order, err) != STATUS_OK)
        return err->status;
    if (order_status_of(order.status) != ORDER_SHIPPED)
        return STATUS_OK;
    return cod_check_delivery(self, call, &order, request->code, note, err);
}

static enum status advance_order(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__AdvanceOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    const char *note = text_check(request->note, "note", 0, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    if (request->event == ORDERS__V1__ORDER_EVENT__DELIVER && check_handed_over(self, call, request, note, err) != STATUS_OK)
        return err->status;
    const struct orders_ask ask = {
        "AdvanceOrder", &request->base, request->order_id, (enum order_event)request->event, ORDER_BY_STAFF, note};
    return orders_advance(self, call, &ask, reply, err);
}

RPC_HANDLER(cancel_order, struct orders_service, Orders__V1__CancelOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(advance_order, struct orders_service, Orders__V1__AdvanceOrderRequest, Orders__V1__Order,
            orders__v1__order__init)

void orders_advance_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->cancel_order = cancel_order_rpc;
    vtable->advance_order = advance_order_rpc;
}
