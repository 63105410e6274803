/* A stack of idle arenas under one lock: the one used last is the warmest. */
#include "arena_pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct arena_pool {
    pthread_mutex_t lock;
    size_t block_size;
    size_t limit;
    size_t keep;
    size_t count;
    struct arena *idle[];
};

struct arena_pool *arena_pool_new(size_t keep, size_t block_size, size_t limit)
{
    struct arena_pool *pool = calloc(1, sizeof(*pool) + keep * sizeof(struct arena *));
    if (!pool)
        abort();
    pthread_mutex_init(&pool->lock, NULL);
    pool->block_size = block_size;
    pool->limit = limit;
    pool->keep = keep;
    return pool;
}

void arena_pool_free(struct arena_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++)
        arena_free(pool->idle[i]);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct arena *arena_pool_take(struct arena_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct arena *arena = pool->count > 0 ? pool->idle[--pool->count] : NULL;
    pthread_mutex_unlock(&pool->lock);
    return arena ? arena : arena_new(pool->block_size, pool->limit);
}

void arena_pool_give(struct arena_pool *pool, struct arena *arena)
{
    arena_reset(arena);
    pthread_mutex_lock(&pool->lock);
    bool is_kept = pool->count < pool->keep;
    if (is_kept)
        pool->idle[pool->count++] = arena;
    pthread_mutex_unlock(&pool->lock);
    if (!is_kept)
        arena_free(arena);
}
