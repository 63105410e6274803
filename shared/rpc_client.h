/*
 * Calls a service: one nng req socket for each of its replicas, asynchronous underneath, with a waiting form for services.
 *
 * nng's own resending is off (it would run a handler twice). A call that could not be handed over, or that a server refused
 * before running it, is asked of another replica. One whose connection broke, or whose replica keeps silent for half of its
 * time, is asked again only when `meta->may_repeat` says so. All within the call's deadline, and no more than one call in ten
 * (rpc_retry.h). Any thread may call. A client must not be used in a process before fork().
 *
 * A call goes to the connected replica with the fewest calls outstanding. One that fails three calls in a row (no answer in
 * time, connection lost) is left out for a second, and for longer each time that it fails when it is probed again by a single
 * call, unless there is no other.
 *
 * Besides what the handler answers, a call can end with
 *   UNAVAILABLE          nobody took it within half a second, the connection broke, too many calls are in flight, or the
 *                        server's lane is full (the last two at once, with retry_after_s)
 *   DEADLINE_EXCEEDED    no answer before the deadline; the handler may still run, or not at all
 *   INVALID_ARGUMENT     the request is larger than RPC_MESSAGE_MAX; it was not sent
 */
#ifndef PORTAL_RPC_CLIENT_H
#define PORTAL_RPC_CLIENT_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "rpc_meta.h"

struct rpc_client;

struct rpc_client_options {
    const char *addresses;                          /* one, or several with commas between them (replicas) */
    const ProtobufCServiceDescriptor *service;      /* "&catalog__v1__catalog_service__descriptor" */
    int in_flight_max;                              /* calls at once; one more is UNAVAILABLE without being sent */
};

/* Dials in the background and succeeds even when nobody listens yet. */
enum status rpc_client_open(const struct rpc_client_options *options, struct rpc_client **ret_client, struct error *err) MUST_CHECK;

/* No call may be in flight. Accepts NULL. */
void rpc_client_close(struct rpc_client *client);

const ProtobufCServiceDescriptor *rpc_client_service(const struct rpc_client *client);

/* True when at least one replica is connected. */
bool rpc_client_is_connected(struct rpc_client *client);

/* The outcome of an asynchronous call. `reply` lives in the arena of the call; it is NULL unless err->status is OK. */
struct rpc_result {
    ProtobufCMessage *reply;
    struct error err;
    bool replayed;
};

/*
 * Starts a call and returns at once. `done` is called exactly once, on a thread of nng's or, when the call could not be sent,
 * on this thread before the function returns; it must not block. `request`, `meta` and what they point to may go when this
 * returns. The reply is unpacked into `arena`, which nothing else may use until `done` was called; `result` must stay valid
 * until then.
 */
void rpc_client_start(struct rpc_client *client, const ProtobufCMethodDescriptor *method, const struct rpc_meta *meta,
                      const ProtobufCMessage *request, struct arena *arena, struct rpc_result *result,
                      void (*done)(void *arg), void *arg);

/*
 * Calls and waits. Not from a thread of nng's. Used through RPC_STUB, which puts the generated, typed stub on top:
 *
 *     RPC_STUB(catalog_quote, catalog__v1__catalog_service__quote_variants,
 *              Catalog__V1__QuoteVariantsRequest, Catalog__V1__QuoteVariantsReply)
 *     ...
 *     const Catalog__V1__QuoteVariantsReply *quotes;
 *     enum status status = catalog_quote(self->catalog, &call->meta, call->arena, &request, &quotes, err);
 */
struct rpc_stub {
    ProtobufCService base;          /* handed to the generated stub; its invoke() does the call */
    struct rpc_client *client;
    const struct rpc_meta *meta;
    struct arena *arena;
    struct error *err;
    enum status status;
};

void rpc_stub_init(struct rpc_stub *stub, struct rpc_client *client, const struct rpc_meta *meta, struct arena *arena,
                   struct error *err);

#define RPC_STUB(name, generated_stub, Request, Reply)                                                                   \
    static void name##_take(const Reply *reply, void *ret_reply) { *(const Reply **)ret_reply = reply; }                 \
    static enum status name(struct rpc_client *client, const struct rpc_meta *meta, struct arena *arena,                 \
                            const Request *request, const Reply **ret_reply, struct error *err)                          \
    {                                                                                                                    \
        struct rpc_stub stub;                                                                                            \
        rpc_stub_init(&stub, client, meta, arena, err);                                                                  \
        generated_stub(&stub.base, request, name##_take, (void *)ret_reply);                                             \
        return stub.status;                                                                                              \
    }

#endif
