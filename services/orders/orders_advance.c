/* The life cycle of an order: the events that people bring about. */
#include "clock.h"
#include "cod_service.h"
#include "orders_state.h"
#include "service.h"
#include "text.h"

#define TRIES_MAX 8
#define NOTE_MAX_CHARS 500

struct advance {
    const struct orders_service *self;
    const struct order_record *order;
    const struct order_transition *transition;
    const char *note;
    const char *made_by;
    int64_t now_us;
};

static enum status send_advance(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct advance *advance = arg;
    const struct order_transition *transition = advance->transition;
    const enum order_payment paid = order_payment_of(advance->order->payment_status);
    const enum order_payment payment = order_payment_after(transition, paid);
    const struct order_change change = {
        .order_id = advance->order->id,
        .version = advance->order->version,
        .status = order_status_name(transition->to),
        .payment_status = payment == paid ? NULL : order_payment_name(payment),
        .note = advance->note,
        .made_by = advance->made_by,
        .now_us = advance->now_us,
    };
    orders_store_send_change(db, &change);
    if (transition->to == ORDER_SHIPPED)
        cod_send_shipped(db, advance->self, advance->order, change.now_us);
    if (transition->returns_stock)
        saga_send_undo(db, change.order_id, change.now_us);
    return STATUS_OK;
}

enum status orders_advance(struct orders_service *self, struct rpc_call *call, const char *order_id, enum order_event event,
                           enum order_actor who, const char *note, Orders__V1__Order *reply, struct error *err)
{
    struct db *db = service_db(call);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct order_record order;
        struct advance advance = {
            .self = self, .order = &order, .note = note, .made_by = call->meta.caller->subject, .now_us = clock_now_us()};
        error_clear(err);
        if (orders_load(call, order_id, &order, err) != STATUS_OK ||
            order_decide(order_status_of(order.status), event, who, &advance.transition, err) != STATUS_OK)
            return err->status;
        if (!advance.transition) {
            orders_show(&order, call, reply);
            return STATUS_OK;
        }
        enum status status = db_transact(db, send_advance, &advance, err);
        if (status == STATUS_OK)
            saga_wake(self->saga);
        else if (status != STATUS_ALREADY_EXISTS || !orders_store_is_beaten(db))
            return error_set(err, status, "The order could not be changed. Look at it again before you repeat this.");
    }
    return error_set(err, STATUS_ABORTED, "This order is being changed by others at the same time. Look at it again.");
}

static enum status cancel_order(struct orders_service *self, struct rpc_call *call,
                                const Orders__V1__CancelOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    const char *reason = text_check(request->reason, "reason", 0, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    return orders_advance(self, call, request->order_id, ORDER_CANCEL, orders_actor(call), reason, reply, err);
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
    return orders_advance(self, call, request->order_id, (enum order_event)request->event, ORDER_BY_STAFF, note, reply, err);
}

RPC_HANDLER(cancel_order, struct orders_service, Orders__V1__CancelOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(advance_order, struct orders_service, Orders__V1__AdvanceOrderRequest, Orders__V1__Order,
            orders__v1__order__init)

void orders_advance_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->cancel_order = cancel_order_rpc;
    vtable->advance_order = advance_order_rpc;
}
