/*
 * A bounded queue and the threads that empty it. Private to rpc_server.
 */
#ifndef PORTAL_RPC_POOL_H
#define PORTAL_RPC_POOL_H

#include <stdbool.h>

#include "error.h"
#include "metrics.h"

struct rpc_pool;

struct rpc_pool_options {
    const char *name;                   /* of the threads */
    int threads;
    int queue_max;
    void (*work)(struct rpc_pool *pool, void *arg);     /* a thread's life: rpc_pool_pop_some() until that gives 0 */
    void *arg;
    struct metric_series *length;       /* shows how many items wait */
};

enum status rpc_pool_start(const struct rpc_pool_options *options, struct rpc_pool **ret_pool, struct error *err) MUST_CHECK;

/* False when the queue is full or the pool is stopping. */
bool rpc_pool_push(struct rpc_pool *pool, void *item);

/* Waits for an item and takes up to `max` that wait, in their order. How many they are; 0 when the pool is stopping and nothing is
 * left. */
size_t rpc_pool_pop_some(struct rpc_pool *pool, void **ret_items, size_t max);

/* Lets the threads empty the queue and joins them. Accepts NULL. */
void rpc_pool_stop(struct rpc_pool *pool);

/* After rpc_pool_stop(), when nobody pushes any more. Accepts NULL. */
void rpc_pool_free(struct rpc_pool *pool);

#endif
