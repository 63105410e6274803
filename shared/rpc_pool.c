/* A ring under a mutex; a push wakes one thread, and only if one sleeps. */
#include "rpc_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "thread.h"

struct rpc_pool {
    struct rpc_pool_options options;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    bool stopping;
    int sleeping; /* threads that wait for an item */
    bool waking;  /* one of them was signalled and has not come yet */
    size_t capacity;
    size_t first;
    size_t length;
    void **ring;
    int started;
    pthread_t threads[];
};

static void *run(void *arg)
{
    struct rpc_pool *pool = arg;
    pool->options.work(pool, pool->options.arg);
    return NULL;
}

static struct rpc_pool *pool_new(const struct rpc_pool_options *options)
{
    size_t capacity = (size_t)options->queue_max;
    struct rpc_pool *pool = calloc(1, sizeof(*pool) + (size_t)options->threads * sizeof(pool->threads[0]));
    void **ring = calloc(capacity, sizeof(*ring));
    if (!pool || !ring) {
        free(pool);
        free(ring);
        return NULL;
    }
    pool->options = *options;
    pool->capacity = capacity;
    pool->ring = ring;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    return pool;
}

enum status rpc_pool_start(const struct rpc_pool_options *options, struct rpc_pool **ret_pool, struct error *err)
{
    struct rpc_pool *pool = pool_new(options);
    if (!pool)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the threads %s.", options->name);
    enum status status = STATUS_OK;
    while (pool->started < options->threads && status == STATUS_OK) {
        status = thread_start(options->name, run, pool, &pool->threads[pool->started], err);
        pool->started += status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        *ret_pool = pool;
    } else {
        rpc_pool_stop(pool);
        rpc_pool_free(pool);
    }
    return status;
}

/* With the lock held: whether to wake one more thread. One at a time: who wakes up calls the next if there is more to do. */
static bool wants_help(struct rpc_pool *pool)
{
    if (pool->waking || pool->length == 0 || pool->sleeping == 0)
        return false;
    pool->waking = true;
    return true;
}

bool rpc_pool_push(struct rpc_pool *pool, void *item)
{
    pthread_mutex_lock(&pool->lock);
    bool fits = pool->length < pool->capacity && !pool->stopping;
    if (fits) {
        pool->ring[(pool->first + pool->length++) % pool->capacity] = item;
        metric_add(pool->options.length, 1);
    }
    bool wake = wants_help(pool);
    pthread_mutex_unlock(&pool->lock);
    if (wake)
        pthread_cond_signal(&pool->filled);
    return fits;
}

/* With the lock held. */
static void sleep_until_filled(struct rpc_pool *pool)
{
    while (pool->length == 0 && !pool->stopping) {
        pool->sleeping++;
        pthread_cond_wait(&pool->filled, &pool->lock);
        pool->sleeping--;
        pool->waking = false;
    }
}

size_t rpc_pool_pop_some(struct rpc_pool *pool, void **ret_items, size_t max)
{
    size_t count = 0;
    pthread_mutex_lock(&pool->lock);
    sleep_until_filled(pool);
    while (count < max && pool->length > 0) {
        ret_items[count++] = pool->ring[pool->first];
        pool->first = (pool->first + 1) % pool->capacity;
        pool->length--;
    }
    metric_add(pool->options.length, -(int64_t)count);
    bool wake = wants_help(pool);
    pthread_mutex_unlock(&pool->lock);
    if (wake)
        pthread_cond_signal(&pool->filled);
    return count;
}

void rpc_pool_stop(struct rpc_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    pool->started = 0;
}

void rpc_pool_free(struct rpc_pool *pool)
{
    if (!pool)
        return;
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
    free(pool->ring);
    free(pool);
}
