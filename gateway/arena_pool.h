/*
 * Arenas that wait for the next request, so that a request costs no allocation. Any thread.
 */
#ifndef PORTAL_ARENA_POOL_H
#define PORTAL_ARENA_POOL_H

#include "arena.h"

struct arena_pool;

/* Keeps at most `keep` idle arenas, each with a first block of `block_size` and `limit` as in arena_new(). */
struct arena_pool *arena_pool_new(size_t keep, size_t block_size, size_t limit);
void arena_pool_free(struct arena_pool *pool); /* all arenas are back by then; accepts NULL */

struct arena *arena_pool_take(struct arena_pool *pool);
void arena_pool_give(struct arena_pool *pool, struct arena *arena);

#endif
