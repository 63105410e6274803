/* Events as a call of DeliverEvents. */
#include "outbox_post.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "orders.pb-c.h"
#include "outbox_relay.h"

struct outbox_post {
    struct rpc_client *orders;
    struct outbox_relay *relay;
};

RPC_STUB(deliver_events, orders__v1__order_service__deliver_events, Orders__V1__DeliverEventsRequest,
         Orders__V1__DeliverEventsReply)

static Orders__V1__Event *event_of(const struct outbox_record *record, struct arena *arena)
{
    Orders__V1__Event *event = ARENA_NEW(arena, Orders__V1__Event);
    orders__v1__event__init(event);
    event->id = (char *)record->id;
    event->topic = (char *)record->topic;
    event->key = (char *)record->key;
    event->payload = (char *)record->payload_json;
    event->made_at = clock_to_timestamp(arena, record->made_at_us);
    return event;
}

static void note_refusals(const Orders__V1__DeliverEventsReply *reply, struct outbox_record *events, size_t count)
{
    for (size_t r = 0; r < reply->n_refusals; r++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(events[i].id, reply->refusals[r]->id) == 0)
                events[i].refusal = reply->refusals[r]->reason;
}

static enum status deliver(void *arg, struct outbox_record *events, size_t count, struct arena *arena, struct error *err)
{
    struct outbox_post *post = arg;
    const Orders__V1__DeliverEventsReply *reply;
    Orders__V1__DeliverEventsRequest request = ORDERS__V1__DELIVER_EVENTS_REQUEST__INIT;
    const struct rpc_meta meta = {.caller = &RPC_SERVICE,
                                  .request_id = events[0].id,
                                  .traceparent = "",
                                  .idempotency_key = "",
                                  .deadline_us = clock_monotonic_us() + OUTBOX_DELIVER_S * US_PER_S};
    request.events = ARENA_ARRAY(arena, Orders__V1__Event *, count);
    for (; request.n_events < count; request.n_events++)
        request.events[request.n_events] = event_of(&events[request.n_events], arena);
    if (deliver_events(post->orders, &meta, arena, &request, &reply, err) == STATUS_OK)
        note_refusals(reply, events, count);
    return err->status;
}

enum status outbox_post_open(const struct service_settings *settings, struct outbox_post **ret_post, struct error *err)
{
    if (!settings->events_url || settings->events_url[0] == '\0')
        return STATUS_OK;
    struct outbox_post *post = calloc(1, sizeof(*post));
    if (!post)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    const struct rpc_client_options options = {
        .addresses = settings->events_url, .service = &orders__v1__order_service__descriptor, .in_flight_max = 1};
    *ret_post = post;
    enum status status = rpc_client_open(&options, &post->orders, err);
    return status == STATUS_OK ? outbox_relay_open(settings, deliver, post, &post->relay, err) : status;
}

void outbox_post_close(struct outbox_post *post)
{
    if (!post)
        return;
    outbox_relay_close(post->relay);
    rpc_client_close(post->orders);
    free(post);
}
