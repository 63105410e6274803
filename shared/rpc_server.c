/* Slots take calls from nng, pools of workers run them; this is the life of both. */
#include "rpc_server.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>

#include "clock.h"
#include "rpc_greeting.h"
#include "rpc_pool.h"
#include "rpc_work.h"
#include "thread.h"

#define SLOTS_SPARE 16 /* slots that wait for a call, so that a full lane can say so at once */
#define WORKER_BLOCK 8192
#define UNPACK_LIMIT (16u * 1024 * 1024) /* many small messages take more memory than their bytes on the wire */
#define LAST_ANSWERS_MS 1000             /* for answers that are on their way when the server stops */

/* What a lane's threads are given. */
struct server_lane {
    struct rpc_server *server;
    struct rpc_lane lane;
};

struct rpc_server {
    struct rpc_server_options options;
    struct server_lane lanes[RPC_LANES_MAX];
    struct rpc_work work;
    nng_socket socket;
    struct rpc_pool *pools[RPC_LANES_MAX];
    size_t pool_count;

    pthread_mutex_t lock; /* of the list of slots and of `idle` */
    pthread_cond_t idle;  /* in_hand fell to 0 while draining */
    struct rpc_slot **slots;
    size_t slot_count;
    size_t slot_max;
    atomic_int receiving;  /* slots without a call */
    atomic_int in_hand;    /* calls taken and not answered */
    atomic_bool draining;  /* takes no more calls */
    atomic_bool giving_up; /* runs no more calls */
};

/* One call less in hand; whoever drains the server is told of the last. */
static void let_go(struct rpc_server *server)
{
    if (atomic_fetch_sub(&server->in_hand, 1) != 1 || !atomic_load(&server->draining))
        return;
    pthread_mutex_lock(&server->lock);
    pthread_cond_signal(&server->idle);
    pthread_mutex_unlock(&server->lock);
}

static void refuse_stopping(struct rpc_server *server, struct rpc_slot *slot)
{
    rpc_work_count_dropped(&server->work, "stopping");
    rpc_work_refuse(&server->work, slot, STATUS_UNAVAILABLE, "The service is stopping. Try again.");
}

/* Nobody waits for the answer any more: not running the call is best for those that come after it. */
static void drop_expired(struct rpc_server *server, struct rpc_slot *slot)
{
    let_go(server);
    atomic_fetch_add(&server->receiving, 1);
    rpc_work_drop_expired(&server->work, slot);
}

/* Whether the call is to be run; else it was given away. */
static bool is_wanted(struct rpc_server *server, struct rpc_slot *slot)
{
    bool is_late = clock_monotonic_us() >= slot->deadline_us;
    if (is_late)
        drop_expired(server, slot);
    else if (atomic_load(&server->giving_up))
        refuse_stopping(server, slot);
    else
        return true;
    return false;
}

/* Runs what waits, one call or a batch of them. False when there will be no more. */
static bool work_once(struct rpc_server *server, struct rpc_pool *pool, const struct rpc_lane *lane, void *worker,
                      struct arena *arena)
{
    void *items[RPC_BATCH_MAX];
    struct rpc_slot *slots[RPC_BATCH_MAX];
    size_t wanted = 0;
    size_t count = rpc_pool_pop_some(pool, items, lane->batch ? RPC_BATCH_MAX : 1);
    for (size_t i = 0; i < count; i++)
        if (is_wanted(server, items[i]))
            slots[wanted++] = items[i];
    if (wanted > 0 && lane->batch)
        rpc_work_run_batch(&server->work, lane, slots, wanted, worker, arena);
    else if (wanted > 0)
        rpc_work_run(&server->work, slots[0], worker, arena);
    arena_reset(arena);
    return count > 0;
}

static void work_through(struct rpc_pool *pool, void *arg)
{
    const struct server_lane *own = arg;
    const struct rpc_server_options *options = &own->server->options;
    struct arena *arena = arena_new(WORKER_BLOCK, own->lane.batch ? RPC_BATCH_MAX * UNPACK_LIMIT : UNPACK_LIMIT);
    void *worker = options->worker_new ? options->worker_new(options->worker_arg) : NULL;
    while (work_once(own->server, pool, &own->lane, worker, arena))
        continue;
    if (options->worker_free)
        options->worker_free(worker);
    arena_free(arena);
}

/* Puts the call into its lane; a refusal is answered at once. */
static void admit(struct rpc_server *server, struct rpc_slot *slot)
{
    size_t (*lane_of)(const char *) = server->options.lane_of;
    size_t lane = lane_of ? lane_of(slot->method->name) : 0;
    assert(lane < server->pool_count && "lane_of() names a lane that there is");
    slot->taken = true;
    atomic_fetch_add(&server->in_hand, 1);
    if (!atomic_load(&server->draining) && rpc_pool_push(server->pools[lane], slot))
        return;
    slot->taken = false;
    let_go(server);
    if (atomic_load(&server->draining)) {
        refuse_stopping(server, slot);
    } else {
        rpc_work_count_dropped(&server->work, "queue_full");
        rpc_work_refuse(&server->work, slot, STATUS_UNAVAILABLE,
                        "The service has more to do than it can. Try again in a moment.");
    }
}

static void add_slots(struct rpc_server *server);

static void on_called(struct rpc_slot *slot, void *owner)
{
    struct rpc_server *server = owner;
    if (atomic_fetch_sub(&server->receiving, 1) <= SLOTS_SPARE)
        add_slots(server);
    const char *fault = rpc_work_fault(slot);
    if (fault) {
        rpc_work_count_dropped(&server->work, "malformed");
        rpc_work_refuse(&server->work, slot, STATUS_INVALID_ARGUMENT, fault);
        return;
    }
    slot->method = rpc_work_method(&server->work, slot->request->method);
    if (slot->method)
        admit(server, slot);
    else
        rpc_work_refuse(&server->work, slot, STATUS_UNIMPLEMENTED, "The service has no such method.");
}

static void on_answered(struct rpc_slot *slot, void *owner)
{
    struct rpc_server *server = owner;
    if (slot->taken)
        let_go(server);
    atomic_fetch_add(&server->receiving, 1);
}

static bool add_slot(struct rpc_server *server)
{
    static const struct rpc_slot_events events = {on_called, on_answered};
    struct rpc_slot *slot = malloc(sizeof(*slot));
    atomic_fetch_add(&server->receiving, 1);
    if (slot && rpc_slot_open(slot, server->socket, &events, server)) {
        server->slots[server->slot_count++] = slot;
        return true;
    }
    atomic_fetch_sub(&server->receiving, 1);
    free(slot);
    return false;
}

/* Keeps SLOTS_SPARE slots waiting, as long as there may be more of them. */
static void add_slots(struct rpc_server *server)
{
    bool added = true;
    pthread_mutex_lock(&server->lock);
    while (added && server->slot_count < server->slot_max && atomic_load(&server->receiving) < SLOTS_SPARE &&
           !atomic_load(&server->draining))
        added = add_slot(server);
    pthread_mutex_unlock(&server->lock);
}

static struct rpc_server *server_new(const struct rpc_server_options *options)
{
    struct rpc_server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    server->options = *options;
    server->slot_max = SLOTS_SPARE;
    for (size_t i = 0; i < options->lane_count; i++)
        server->slot_max += (size_t)options->lanes[i].threads + (size_t)options->lanes[i].queue_max;
    server->slots = calloc(server->slot_max, sizeof(struct rpc_slot *));
    if (!server->slots) {
        free(server);
        return NULL;
    }
    rpc_work_init(&server->work, options->service);
    pthread_mutex_init(&server->lock, NULL);
    thread_cond_init(&server->idle);
    return server;
}

static enum status start_pools(struct rpc_server *server, struct error *err)
{
    struct metric *length = metric_new(METRIC_GAUGE, "rpc_server_queue_length", "lane", "Calls that wait for a worker.");
    enum status status = STATUS_OK;
    for (size_t i = 0; i < server->options.lane_count && status == STATUS_OK; i++) {
        const struct rpc_lane *lane = &server->options.lanes[i];
        server->lanes[i] = (struct server_lane){server, *lane};
        const struct rpc_pool_options options = {
            .name = lane->name,
            .threads = lane->threads,
            .queue_max = lane->queue_max,
            .work = work_through,
            .arg = &server->lanes[i],
            .length = metric_series(length, (const char *const[]){lane->name}),
        };
        status = rpc_pool_start(&options, &server->pools[i], err);
        server->pool_count += status == STATUS_OK;
    }
    return status;
}

static enum status open_socket(struct rpc_server *server, struct error *err)
{
    rpc_greeting_guard();
    int failed = nng_rep0_open(&server->socket);
    if (!failed)
        failed = nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, RPC_WIRE_RECV_MAX);
    if (failed)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no socket for calls: %s.", nng_strerror(failed));
    add_slots(server);
    return STATUS_OK;
}

static enum status listen_at(struct rpc_server *server, const char *address, struct error *err)
{
    int failed = nng_listen(server->socket, address, NULL, 0);
    if (failed)
        return error_set(err, STATUS_UNAVAILABLE, "Calls cannot be listened for at %s: %s.", address, nng_strerror(failed));
    return STATUS_OK;
}

enum status rpc_server_start(const struct rpc_server_options *options, struct rpc_server **ret_server, struct error *err)
{
    assert(options->lane_count >= 1 && options->lane_count <= RPC_LANES_MAX);
    struct rpc_server *server = server_new(options);
    if (!server)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the server.");
    enum status status = start_pools(server, err);
    if (status == STATUS_OK)
        status = open_socket(server, err);
    if (status == STATUS_OK)
        status = listen_at(server, options->address, err);
    if (status == STATUS_OK)
        *ret_server = server;
    else
        rpc_server_stop(server, 0);
    return status;
}

static void wait_idle(struct rpc_server *server, int ms)
{
    int64_t until_us = clock_monotonic_us() + ms * US_PER_MS;
    pthread_mutex_lock(&server->lock);
    while (atomic_load(&server->in_hand) > 0 && thread_cond_wait(&server->idle, &server->lock, until_us))
        continue;
    pthread_mutex_unlock(&server->lock);
}

static void server_free(struct rpc_server *server)
{
    for (size_t i = 0; i < server->slot_count; i++) {
        rpc_slot_close(server->slots[i]);
        free(server->slots[i]);
    }
    for (size_t i = 0; i < server->pool_count; i++)
        rpc_pool_free(server->pools[i]);
    pthread_cond_destroy(&server->idle);
    pthread_mutex_destroy(&server->lock);
    free(server->slots);
    free(server);
}

/*
 * The socket is closed last, so that answers still go out and new calls are told why they are refused. (Closing the listener
 * would close the connections it made.)
 */
void rpc_server_stop(struct rpc_server *server, int drain_ms)
{
    if (!server)
        return;
    atomic_store(&server->draining, true);
    wait_idle(server, drain_ms);
    atomic_store(&server->giving_up, true);
    for (size_t i = 0; i < server->pool_count; i++)
        rpc_pool_stop(server->pools[i]);
    wait_idle(server, LAST_ANSWERS_MS);
    if (nng_socket_id(server->socket) > 0)
        nng_close(server->socket);
    server_free(server);
}
