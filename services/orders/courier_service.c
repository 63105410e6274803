/* DeliverEvents: events become messages, once each. */
#include "courier.h"

#include "courier_store.h"
#include "orders_state.h"
#include "service.h"

struct delivery {
    struct courier_event *events;
    size_t count;
};

static enum status send_events(struct db *db, void *arg, struct error *err)
{
    const struct delivery *delivery = arg;
    (void)err;
    for (size_t i = 0; i < delivery->count; i++)
        courier_store_send_event(db, &delivery->events[i]);
    return STATUS_OK;
}

static void refuse(Orders__V1__DeliverEventsReply *reply, const Orders__V1__Event *event, const struct error *why,
                   struct arena *arena)
{
    Orders__V1__EventRefusal *refusal = ARENA_NEW(arena, Orders__V1__EventRefusal);
    orders__v1__event_refusal__init(refusal);
    refusal->id = event->id;
    refusal->reason = arena_strdup(arena, why->message);
    reply->refusals[reply->n_refusals++] = refusal;
}

static enum status deliver_events(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__DeliverEventsRequest *request, Orders__V1__DeliverEventsReply *reply,
                                  struct error *err)
{
    struct delivery delivery = {.events = ARENA_ARRAY(call->arena, struct courier_event, request->n_events)};
    if (call->meta.caller->kind != RPC__V1__CALLER__KIND__KIND_SERVICE)
        return error_set(err, STATUS_PERMISSION_DENIED, "Only services tell of events.");
    reply->refusals = ARENA_ARRAY(call->arena, Orders__V1__EventRefusal *, request->n_events);
    for (size_t i = 0; i < request->n_events; i++) {
        struct error why;
        error_clear(&why);
        if (courier_read_event(self->courier, request->events[i], call->arena, &delivery.events[delivery.count], &why) ==
            STATUS_OK)
            delivery.count++;
        else
            refuse(reply, request->events[i], &why, call->arena);
    }
    return db_transact(service_db(call), send_events, &delivery, err);
}

RPC_HANDLER(deliver_events, struct orders_service, Orders__V1__DeliverEventsRequest, Orders__V1__DeliverEventsReply,
            orders__v1__deliver_events_reply__init)

void courier_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->deliver_events = deliver_events_rpc;
}
