/*
 * Access tokens that were verified lately: a signature costs 50 us of a core, a look-up under one. Bounded; the oldest of a
 * bucket makes room. Tokens are known by a keyed hash, so that the cache holds none. Any thread.
 */
#ifndef PORTAL_TOKEN_CACHE_H
#define PORTAL_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "rpc.pb-c.h"

struct token_cache;

struct token_cache *token_cache_new(size_t capacity);
void token_cache_free(struct token_cache *cache); /* accepts NULL */

/* The caller that a token stands for, in the arena, when the token is known and `now_us` is before its end; else NULL. */
const Rpc__V1__Caller *token_cache_get(struct token_cache *cache, const char *token, int64_t now_us, struct arena *arena);

/* Remembers a verified token until `expires_at_us`. A caller too large for a slot is not remembered. */
void token_cache_put(struct token_cache *cache, const char *token, const Rpc__V1__Caller *caller, int64_t expires_at_us);

#endif
