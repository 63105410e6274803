/*
 * Asynchronous calls, each on a pooled nng context of the replica that was chosen for it. One aio sends and then receives:
 * receiving begins when sending has completed, for a receive that times out while its send still waits would leave nng's
 * state machine torn (nng 1.5, req0_ctx_cancel_recv).
 */
#include "rpc_client.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "background.h"
#include "clock.h"
#include "metrics.h"
#include "rpc_replica.h"
#include "rpc_retry.h"
#include "rpc_wire.h"

#define REPLICAS_MAX 16
#define NAME_MAX_SIZE 32
#define REDIAL_US US_PER_S /* after so long without a connection it is dialled anew */
#define HANDOVER_MS 500 /* for a connection that is being made (a service that just starts), or one that takes nothing more */

struct rpc_client {
    const ProtobufCServiceDescriptor *service;
    char name[NAME_MAX_SIZE]; /* "catalog": the first word of the package */
    int in_flight_max;
    struct metric *calls;
    struct metric *durations;
    struct metric *retries;

    pthread_mutex_t lock; /* never held while a call's `done` runs, nor while nng is called for a call */
    int in_flight;
    size_t turn;
    struct rpc_retry_bucket bucket;
    struct rpc_replica replicas[REPLICAS_MAX];
    size_t replica_count;
    _Atomic(struct background *) redialer;
};

/* A call, which moves from one exchange to another when it is asked again. */
struct asked {
    const ProtobufCMethodDescriptor *method;
    nng_msg *packed; /* to be sent again; NULL: it will not be */
    bool may_repeat;
    int tries;
    int64_t started_us;
    int64_t deadline_us;
    struct arena *arena;
    struct rpc_result *result;
    void (*done)(void *arg);
    void *arg;
};

/* A call in flight, or the context of one that is over. */
struct rpc_exchange {
    struct rpc_exchange *next;
    struct rpc_client *client;
    struct rpc_replica *replica;
    nng_ctx context;
    nng_aio *aio;
    bool sent;
    int64_t until_us; /* of this try */
    struct asked asked;
};

static void count(const struct rpc_client *client, const ProtobufCMethodDescriptor *method, enum status status,
                  int64_t started_us)
{
    const char *const labels[] = {client->name, method->name, status_name(status)};
    metric_add(metric_series(client->calls, labels), 1);
    metric_observe_us(metric_series(client->durations, labels), clock_monotonic_us() - started_us);
}

/* With the lock held: the exchange may serve its next call as soon as the lock is free. */
static void give_back(struct rpc_exchange *exchange, bool is_good)
{
    struct rpc_replica *replica = exchange->replica;
    rpc_replica_learn(replica, is_good, clock_monotonic_us());
    replica->outstanding--;
    exchange->client->in_flight--;
    exchange->next = replica->unused;
    replica->unused = exchange;
}

/* A server that is full does not speak ill of itself, nor does a request that was cancelled. */
static bool is_replica_fault(enum rpc_fault fault)
{
    return fault == RPC_FAULT_NOT_SENT || fault == RPC_FAULT_LOST || fault == RPC_FAULT_SILENT;
}

/* The exchange is left alone once it was given back: `done` may start the next call on it. */
static void finish(struct rpc_exchange *exchange, enum rpc_fault fault)
{
    struct rpc_client *client = exchange->client;
    struct asked asked = exchange->asked;
    nng_msg_free(asked.packed);
    count(client, asked.method, asked.result->err.status, asked.started_us);
    pthread_mutex_lock(&client->lock);
    give_back(exchange, !is_replica_fault(fault));
    pthread_mutex_unlock(&client->lock);
    asked.done(asked.arg);
}

static void fail_unreadable(struct rpc_exchange *exchange)
{
    error_set(&exchange->asked.result->err, STATUS_INTERNAL, "The %s service gave an answer that cannot be read.",
              exchange->client->name);
}

static enum rpc_fault take_reply(struct rpc_exchange *exchange, nng_msg *message)
{
    struct rpc_result *result = exchange->asked.result;
    struct arena *arena = exchange->asked.arena;
    const Rpc__V1__Reply *reply = rpc_wire_unpack(&rpc__v1__reply__descriptor, message, arena);
    nng_msg_free(message);
    if (!reply) {
        fail_unreadable(exchange);
    } else if (reply->status != STATUS_OK) {
        rpc_wire_to_error(reply, &result->err);
        return reply->not_run ? RPC_FAULT_NOT_RUN : RPC_FAULT_NONE;
    } else {
        result->replayed = reply->replayed;
        result->reply = protobuf_c_message_unpack(exchange->asked.method->output, arena_allocator(arena),
                                                  reply->payload.len, reply->payload.data);
        if (!result->reply)
            fail_unreadable(exchange);
    }
    return RPC_FAULT_NONE;
}

static enum status fail_unreachable(const struct rpc_client *client, struct error *err)
{
    err->retry_after_s = 1;
    return error_set(err, STATUS_UNAVAILABLE, "The %s service is not reachable just now. Try again.", client->name);
}

static enum rpc_fault fail(struct rpc_exchange *exchange, int failed)
{
    struct error *err = &exchange->asked.result->err;
    if (failed == NNG_ECLOSED || failed == NNG_ECANCELED) {
        error_set(err, STATUS_CANCELLED, "The call was cancelled.");
        return RPC_FAULT_FINAL;
    }
    if (failed == NNG_ETIMEDOUT && exchange->sent) {
        error_set(err, STATUS_DEADLINE_EXCEEDED, "The %s service did not answer in time.", exchange->client->name);
        return RPC_FAULT_SILENT;
    }
    fail_unreachable(exchange->client, err);
    return exchange->sent ? RPC_FAULT_LOST : RPC_FAULT_NOT_SENT;
}

static nng_duration time_left_ms(int64_t deadline_us)
{
    int64_t left_us = deadline_us - clock_monotonic_us();
    int64_t left_ms = (left_us + US_PER_MS - 1) / US_PER_MS;
    return left_ms < 1 ? 1 : left_ms > INT32_MAX ? INT32_MAX : (nng_duration)left_ms;
}

static void receive(struct rpc_exchange *exchange)
{
    exchange->sent = true;
    nng_aio_set_timeout(exchange->aio, time_left_ms(exchange->until_us));
    nng_ctx_recv(exchange->context, exchange->aio);
}

static bool ask_again(struct rpc_exchange *exchange, enum rpc_fault fault);

static void on_event(void *arg)
{
    struct rpc_exchange *exchange = arg;
    int failed = nng_aio_result(exchange->aio);
    if (!failed && !exchange->sent) {
        receive(exchange);
        return;
    }
    enum rpc_fault fault = failed ? fail(exchange, failed) : take_reply(exchange, nng_aio_get_msg(exchange->aio));
    if (!exchange->sent)
        nng_msg_free(nng_aio_get_msg(exchange->aio));
    if (!ask_again(exchange, fault))
        finish(exchange, fault);
}

static struct rpc_exchange *exchange_new(struct rpc_client *client, struct rpc_replica *replica)
{
    struct rpc_exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->client = client;
    exchange->replica = replica;
    if (nng_ctx_open(&exchange->context, replica->socket) != 0) {
        free(exchange);
        return NULL;
    }
    if (nng_aio_alloc(&exchange->aio, on_event, exchange) != 0) {
        nng_ctx_close(exchange->context);
        free(exchange);
        return NULL;
    }
    return exchange;
}

/* With the lock held: the best replica's next context. */
static struct rpc_exchange *choose(struct rpc_client *client, bool may_repeat, const struct rpc_replica *avoid)
{
    const struct rpc_replica_wish wish = {.avoid = avoid, .may_repeat = may_repeat, .now_us = clock_monotonic_us()};
    struct rpc_replica *replica = rpc_replica_choose(client->replicas, client->replica_count, &client->turn, &wish);
    struct rpc_exchange *exchange = replica->unused;
    if (exchange)
        replica->unused = exchange->next;
    else
        exchange = exchange_new(client, replica);
    if (!exchange)
        return NULL;
    replica->outstanding++;
    client->in_flight++;
    return exchange;
}

static enum status take_exchange(struct rpc_client *client, bool may_repeat, struct rpc_exchange **ret_exchange,
                                 struct error *err)
{
    pthread_mutex_lock(&client->lock);
    rpc_retry_fill(&client->bucket);
    struct rpc_exchange *exchange = client->in_flight < client->in_flight_max ? choose(client, may_repeat, NULL) : NULL;
    pthread_mutex_unlock(&client->lock);
    if (exchange) {
        *ret_exchange = exchange;
        return STATUS_OK;
    }
    err->retry_after_s = 1;
    return error_set(err, STATUS_UNAVAILABLE, "The %s service has more to do than it can. Try again in a moment.",
                     client->name);
}

static enum status pack(const struct rpc_client *client, const ProtobufCMethodDescriptor *method,
                        const struct rpc_meta *meta, const ProtobufCMessage *message, nng_msg **ret_packed,
                        struct error *err)
{
    if (meta->deadline_us - clock_monotonic_us() < US_PER_MS)
        return error_set(err, STATUS_DEADLINE_EXCEEDED, "There was no time left to ask the %s service.", client->name);
    char path[RPC_METHOD_MAX + 1];
    char traceparent[RPC_TRACEPARENT_SIZE];
    snprintf(path, sizeof(path), "%s/%s", client->service->name, method->name);
    rpc_traceparent_next(meta->traceparent, traceparent);
    Rpc__V1__Request request;
    rpc__v1__request__init(&request);
    request.method = path;
    request.timeout_ms = (uint32_t)time_left_ms(meta->deadline_us);
    request.request_id = (char *)meta->request_id;
    request.traceparent = traceparent;
    request.caller = (Rpc__V1__Caller *)meta->caller;
    request.idempotency_key = (char *)meta->idempotency_key;
    *ret_packed = rpc_wire_pack(&request.base, RPC_WIRE_REQUEST_PAYLOAD, message);
    if (*ret_packed)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID_ARGUMENT, "The request is larger than %u MiB.", RPC_MESSAGE_MAX >> 20);
}

/* Sends the call of this exchange, and keeps a copy of its bytes where it may have to be sent again. */
static void send_packed(struct rpc_exchange *exchange, nng_msg *packed)
{
    struct asked *asked = &exchange->asked;
    bool has_others = exchange->client->replica_count > 1;
    nng_duration left_ms = time_left_ms(asked->deadline_us);
    exchange->until_us =
        rpc_retry_until(clock_monotonic_us(), asked->deadline_us, asked->may_repeat, asked->tries, has_others);
    asked->packed = NULL;
    if ((asked->may_repeat || has_others) && ++asked->tries < RPC_RETRY_TRIES_MAX)
        (void)nng_msg_dup(&asked->packed, packed);
    exchange->sent = false;
    nng_aio_set_msg(exchange->aio, packed);
    nng_aio_set_timeout(exchange->aio, left_ms < HANDOVER_MS ? left_ms : HANDOVER_MS);
    nng_ctx_send(exchange->context, exchange->aio);
}

/* With the lock held: the same call on another exchange, or NULL when it is not to be asked again. */
static struct rpc_exchange *move_on(struct rpc_exchange *exchange, enum rpc_fault fault)
{
    struct rpc_client *client = exchange->client;
    const struct asked asked = exchange->asked;
    bool has_others = client->replica_count > 1;
    if (!asked.packed || asked.deadline_us - clock_monotonic_us() < US_PER_MS ||
        !rpc_retry_helps(fault, asked.may_repeat, asked.tries, has_others) || !rpc_retry_pay(&client->bucket))
        return NULL;
    struct rpc_exchange *other = choose(client, asked.may_repeat, exchange->replica);
    if (!other)
        return NULL;
    other->asked = asked;
    give_back(exchange, !is_replica_fault(fault));
    return other;
}

/* True: the call goes on elsewhere, and this exchange is no longer its. */
static bool ask_again(struct rpc_exchange *exchange, enum rpc_fault fault)
{
    struct rpc_client *client = exchange->client;
    if (fault == RPC_FAULT_NONE || fault == RPC_FAULT_FINAL)
        return false;
    pthread_mutex_lock(&client->lock);
    struct rpc_exchange *other = move_on(exchange, fault);
    pthread_mutex_unlock(&client->lock);
    if (!other)
        return false;
    const char *const labels[] = {client->name, other->asked.method->name, rpc_fault_name(fault)};
    metric_add(metric_series(client->retries, labels), 1);
    error_clear(&other->asked.result->err);
    send_packed(other, other->asked.packed);
    return true;
}

void rpc_client_start(struct rpc_client *client, const ProtobufCMethodDescriptor *method, const struct rpc_meta *meta,
                      const ProtobufCMessage *request, struct arena *arena, struct rpc_result *result,
                      void (*done)(void *arg), void *arg)
{
    int64_t started_us = clock_monotonic_us();
    struct rpc_exchange *exchange = NULL;
    nng_msg *packed = NULL;
    result->reply = NULL;
    result->replayed = false;
    error_clear(&result->err);
    if (pack(client, method, meta, request, &packed, &result->err) ||
        take_exchange(client, meta->may_repeat, &exchange, &result->err)) {
        nng_msg_free(packed);
        count(client, method, result->err.status, started_us);
        done(arg);
        return;
    }
    exchange->asked = (struct asked){
        .method = method,
        .may_repeat = meta->may_repeat,
        .started_us = started_us,
        .deadline_us = meta->deadline_us,
        .arena = arena,
        .result = result,
        .done = done,
        .arg = arg,
    };
    send_packed(exchange, packed);
}

static void wake_redialer(void *arg)
{
    struct rpc_client *client = arg;
    background_wake(atomic_load(&client->redialer));
}

/* In the background: sees to the dialers of those that are not connected, and sleeps while all are. */
static int64_t redial(void *arg)
{
    struct rpc_client *client = arg;
    int64_t now_us = clock_monotonic_us();
    int64_t next_us = BACKGROUND_NEVER;
    for (size_t i = 0; i < client->replica_count; i++) {
        struct rpc_replica *replica = &client->replicas[i];
        if (rpc_replica_is_connected(replica)) {
            replica->dialled_at_us = 0;
            continue;
        }
        if (replica->dialled_at_us == 0)
            replica->dialled_at_us = now_us;
        if (now_us >= replica->dialled_at_us + REDIAL_US) {
            rpc_replica_dial_again(replica);
            replica->dialled_at_us = now_us;
        }
        next_us = now_us + REDIAL_US;
    }
    return next_us;
}

static enum status open_replica(struct rpc_client *client, const char *address, struct error *err)
{
    struct rpc_replica *replica = &client->replicas[client->replica_count++];
    replica->on_lost = wake_redialer;
    replica->on_lost_arg = client;
    return rpc_replica_open(replica, address, err);
}

static enum status start_redialer(struct rpc_client *client, struct error *err)
{
    struct background *redialer = NULL;
    enum status status = background_start("redial", redial, client, &redialer, err);
    atomic_store(&client->redialer, redialer);
    return status;
}

static enum status open_replicas(struct rpc_client *client, const char *addresses, struct error *err)
{
    enum status status = STATUS_OK;
    char *list = strdup(addresses);
    char *rest = list;
    for (char *address = strsep(&rest, ","); address && status == STATUS_OK; address = strsep(&rest, ",")) {
        if (client->replica_count == REPLICAS_MAX)
            status = error_set(err, STATUS_INVALID_ARGUMENT, "A service has at most %d addresses.", REPLICAS_MAX);
        else
            status = open_replica(client, address, err);
    }
    free(list);
    return status;
}

enum status rpc_client_open(const struct rpc_client_options *options, struct rpc_client **ret_client, struct error *err)
{
    struct rpc_client *client = calloc(1, sizeof(*client));
    if (!client)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for a client.");
    const char *package = options->service->package;
    snprintf(client->name, sizeof(client->name), "%.*s", (int)strcspn(package, "."), package);
    client->service = options->service;
    client->in_flight_max = options->in_flight_max;
    client->calls = metric_new(METRIC_COUNTER, "rpc_client_calls_total", "service,method,status", "Calls made.");
    client->durations = metric_new(METRIC_HISTOGRAM_US, "rpc_client_duration_seconds", "service,method",
                                   "From a call's start to its outcome.");
    client->retries = metric_new(METRIC_COUNTER, "rpc_client_retries_total", "service,method,reason", "Calls asked again.");
    client->bucket.drops = RPC_RETRY_BUCKET;
    pthread_mutex_init(&client->lock, NULL);
    enum status status = open_replicas(client, options->addresses, err);
    if (status == STATUS_OK)
        status = start_redialer(client, err);
    if (status == STATUS_OK)
        *ret_client = client;
    else
        rpc_client_close(client);
    return status;
}

static void free_replica(struct rpc_replica *replica)
{
    free(replica->address);
    for (struct rpc_exchange *exchange = replica->unused; exchange;) {
        struct rpc_exchange *next = exchange->next;
        nng_aio_free(exchange->aio); /* waits for a callback that has not quite returned */
        free(exchange);
        exchange = next;
    }
}

void rpc_client_close(struct rpc_client *client)
{
    if (!client)
        return;
    assert(client->in_flight == 0 && "a client is closed when no call is in flight");
    for (size_t i = 0; i < client->replica_count; i++)
        rpc_replica_close(&client->replicas[i]);
    background_stop(atomic_load(&client->redialer)); /* which nobody wakes any more */
    for (size_t i = 0; i < client->replica_count; i++)
        free_replica(&client->replicas[i]);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

const ProtobufCServiceDescriptor *rpc_client_service(const struct rpc_client *client)
{
    return client->service;
}

bool rpc_client_is_connected(struct rpc_client *client)
{
    for (size_t i = 0; i < client->replica_count; i++)
        if (rpc_replica_is_connected(&client->replicas[i]))
            return true;
    return false;
}
