/*
 * A place for one call on the server's side: an nng context of its rep socket, the envelope that came, the answer that goes.
 * Private to rpc_server.
 *
 * A slot receives until a call comes, is then its owner's until rpc_slot_send() or rpc_slot_drop(), and receives again.
 * Nothing here blocks, since it runs on nng's few threads.
 */
#ifndef PORTAL_RPC_SLOT_H
#define PORTAL_RPC_SLOT_H

#include <nng/nng.h>

#include "rpc_wire.h"

struct rpc_slot;

struct rpc_slot_events {
    void (*called)(struct rpc_slot *slot, void *owner);     /* slot->request is there, or NULL when the bytes were no envelope */
    void (*answered)(struct rpc_slot *slot, void *owner);   /* the answer has left, or cannot */
};

struct rpc_slot {
    const Rpc__V1__Request *request;    /* of the call at hand; in the slot's arena */
    const ProtobufCMethodDescriptor *method;    /* for the owner to set */
    int64_t received_us;                /* clock_monotonic_us() */
    int64_t deadline_us;
    bool taken;                         /* for the owner: counted as work in hand */

    const struct rpc_slot_events *events;
    void *owner;
    nng_ctx context;
    nng_aio *aio;                       /* receives, then sends: never both */
    bool sending;
    struct arena *arena;                /* made when the first call comes */
};

/* Starts to receive. False when nng has no more. */
bool rpc_slot_open(struct rpc_slot *slot, nng_socket socket, const struct rpc_slot_events *events, void *owner);

/* After the socket was closed: waits for a callback that still runs, then gives everything back. */
void rpc_slot_close(struct rpc_slot *slot);

/* Sends the packed answer, takes it over, and receives again: the call at hand is gone when this returns. */
void rpc_slot_send(struct rpc_slot *slot, nng_msg *answer);

/* Receives again without an answer: nobody waits for it any more. */
void rpc_slot_drop(struct rpc_slot *slot);

#endif
