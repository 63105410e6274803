/*
 * Answers calls: an nng rep socket, a few contexts, and bounded lanes of worker threads that run the handlers of a generated
 * protobuf-c service.
 *
 * The nng callback only reads the envelope, finds the method by name in the service's descriptor, and puts the call into its
 * lane; a full lane is answered UNAVAILABLE at once. A worker takes it, drops it unanswered when its deadline has
 * passed, unpacks the request into its arena, runs the handler, packs the reply, resets the arena. Handlers are straight-line
 * code that may block on the database and on other services.
 *
 * Every call is counted and timed by method and status (rpc_server_* in metrics), and logged once when its handler failed for
 * a reason of ours (INTERNAL, UNKNOWN, UNAVAILABLE, DATA_LOSS).
 */
#ifndef PORTAL_RPC_SERVER_H
#define PORTAL_RPC_SERVER_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "rpc_meta.h"

/* One call being answered, seen by its handler. Everything in it lives until the handler returns. */
struct rpc_call {
    struct rpc_meta meta;
    struct arena *arena;        /* for temporaries and the reply */
    void *worker;               /* what the lane's worker_new() returned */
    bool replayed;              /* set by a handler whose answer is the stored one of an earlier call */
};

/* One of several calls that are answered together. */
struct rpc_batch_call {
    struct rpc_call *call;
    const void *request;        /* unpacked */
    void *reply;                /* initialised; sent when `status` is STATUS_OK, else `err` is */
    struct error *err;
    enum status status;         /* set by the handler */
};

/*
 * A pool of threads with its own bounded queue, so that slow work (argon2id) cannot hold up quick work.
 *
 * A lane with `batch` is for one method whose calls are cheaper together: a thread takes all that wait, up to RPC_BATCH_MAX,
 * and waits for no more. The calls of a batch share one arena. The method's own function of the vtable is not called then; it
 * must be there all the same, for servers without such a lane.
 */
struct rpc_lane {
    const char *name;
    int threads;
    int queue_max;
    void (*batch)(ProtobufCService *service, struct rpc_batch_call *calls, size_t count);
};

#define RPC_BATCH_MAX 64

#define RPC_LANES_MAX 4

struct rpc_server_options {
    const char *address;                    /* "ipc:///run/portal/catalog", "tcp://0.0.0.0:7002", "inproc://catalog" */
    ProtobufCService *service;              /* the generated vtable; must outlive the server */
    const struct rpc_lane *lanes;           /* lane 0 takes every method that lane_of() does not place elsewhere */
    size_t lane_count;
    size_t (*lane_of)(const char *method_name);     /* "Login" -> lane; NULL: all in lane 0 */
    /* Called on the worker's own thread, before its first call and after its last. worker_new may be NULL. */
    void *(*worker_new)(void *arg);
    void (*worker_free)(void *worker);
    void *worker_arg;
};

struct rpc_server;

/* Listens and starts the workers. */
enum status rpc_server_start(const struct rpc_server_options *options, struct rpc_server **ret_server, struct error *err) MUST_CHECK;

/*
 * Refuses new calls with UNAVAILABLE, gives those taken `drain_ms` to finish, refuses what still waits then, and joins the
 * workers: a handler that runs is waited for, however long it takes, and its answer is sent. Accepts NULL.
 */
void rpc_server_stop(struct rpc_server *server, int drain_ms);

/*
 * The generated vtable's functions return nothing and answer through a closure. Handlers of ours have four arguments and a
 * status instead, and this macro makes the function of the vtable from one:
 *
 *     static enum status get_product(struct catalog_service *self, struct rpc_call *call,
 *                                    const Catalog__V1__GetProductRequest *request, Catalog__V1__Product *reply, struct error *err);
 *     RPC_HANDLER(get_product, struct catalog_service, Catalog__V1__GetProductRequest, Catalog__V1__Product, catalog__v1__product__init)
 *     ... vtable.get_product = get_product_rpc;
 *
 * `self` is the struct whose first member, `base`, is the generated service. `reply` is initialised; what it points to must
 * live in the arena, in the request, or for ever. A status other than OK sends `err` and not the reply.
 */
#define RPC_HANDLER(handler, Self, Request, Reply, reply_init)                                                          \
    static void handler##_rpc(__typeof__(((Self *)0)->base) *service, const Request *request,                           \
                              void (*closure)(const Reply *, void *), void *data)                                       \
    {                                                                                                                   \
        Reply reply;                                                                                                    \
        reply_init(&reply);                                                                                             \
        struct error *err = rpc_call_error(data);                                                                       \
        if (rpc_call_finish(data, handler((Self *)service, rpc_call_of(data), request, &reply, err)))                   \
            closure(&reply, data);                                                                                      \
    }

/* For RPC_HANDLER only: `data` is the closure data that the server passed to the vtable's function. */
struct rpc_call *rpc_call_of(void *data);
struct error *rpc_call_error(void *data);
bool rpc_call_finish(void *data, enum status status);   /* true: answer with the reply */

#endif
