/* The state machine of one rep context: receive, hold, send, receive. */
#include "rpc_slot.h"

#include "clock.h"

#define ENVELOPE_BLOCK 1024 /* the usual envelope with its payload */
#define ENVELOPE_LIMIT (2 * (size_t)RPC_MESSAGE_MAX)

static void receive(struct rpc_slot *slot)
{
    if (slot->arena)
        arena_reset(slot->arena);
    slot->request = NULL;
    slot->method = NULL;
    slot->taken = false;
    slot->sending = false;
    nng_ctx_recv(slot->context, slot->aio);
}

static void on_received(struct rpc_slot *slot)
{
    nng_msg *message = nng_aio_get_msg(slot->aio);
    slot->received_us = clock_monotonic_us();
    if (!slot->arena)
        slot->arena = arena_new(ENVELOPE_BLOCK, ENVELOPE_LIMIT);
    Rpc__V1__Request *request = rpc_wire_unpack(&rpc__v1__request__descriptor, message, slot->arena);
    nng_msg_free(message);
    slot->request = request;
    slot->deadline_us = slot->received_us + (request ? (int64_t)request->timeout_ms * US_PER_MS : 0);
    slot->events->called(slot, slot->owner);
}

/* A message that could not be sent stays with its aio. */
static void on_sent(struct rpc_slot *slot, int failed)
{
    if (failed)
        nng_msg_free(nng_aio_get_msg(slot->aio));
    slot->events->answered(slot, slot->owner);
    receive(slot);
}

/* Receiving fails when the socket is closed, and not otherwise: then the slot has come to its end. */
static void on_event(void *arg)
{
    struct rpc_slot *slot = arg;
    int failed = nng_aio_result(slot->aio);
    if (slot->sending)
        on_sent(slot, failed);
    else if (!failed)
        on_received(slot);
}

bool rpc_slot_open(struct rpc_slot *slot, nng_socket socket, const struct rpc_slot_events *events, void *owner)
{
    *slot = (struct rpc_slot){.events = events, .owner = owner};
    if (nng_ctx_open(&slot->context, socket) != 0)
        return false;
    if (nng_aio_alloc(&slot->aio, on_event, slot) != 0) {
        nng_ctx_close(slot->context);
        return false;
    }
    receive(slot);
    return true;
}

void rpc_slot_close(struct rpc_slot *slot)
{
    nng_aio_stop(slot->aio);
    nng_aio_free(slot->aio);
    arena_free(slot->arena);
}

void rpc_slot_send(struct rpc_slot *slot, nng_msg *answer)
{
    slot->sending = true;
    nng_aio_set_msg(slot->aio, answer);
    nng_ctx_send(slot->context, slot->aio);
}

void rpc_slot_drop(struct rpc_slot *slot)
{
    receive(slot);
}
