/* Buckets of four slots, each a hash, an end, and the packed caller. */
#include "token_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#define WAYS 4
#define HASH_SIZE 32
#define CALLER_SIZE_MAX 208

struct slot {
    unsigned char hash[HASH_SIZE];
    int64_t expires_at_us; /* 0: free */
    uint32_t caller_size;
    uint8_t caller[CALLER_SIZE_MAX];
};

struct token_cache {
    pthread_mutex_t lock;
    unsigned char key[crypto_generichash_KEYBYTES];
    size_t bucket_count;
    struct slot (*buckets)[WAYS];
};

struct token_cache *token_cache_new(size_t capacity)
{
    struct token_cache *cache = calloc(1, sizeof(*cache));
    if (!cache)
        abort();
    cache->bucket_count = capacity < WAYS ? 1 : capacity / WAYS;
    cache->buckets = calloc(cache->bucket_count, sizeof(*cache->buckets));
    if (!cache->buckets)
        abort();
    pthread_mutex_init(&cache->lock, NULL);
    crypto_generichash_keygen(cache->key);
    return cache;
}

void token_cache_free(struct token_cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_destroy(&cache->lock);
    free(cache->buckets);
    sodium_memzero(cache, sizeof(*cache));
    free(cache);
}

static struct slot *bucket_of(struct token_cache *cache, const char *token, unsigned char hash[HASH_SIZE])
{
    crypto_generichash(hash, HASH_SIZE, (const unsigned char *)token, strlen(token), cache->key, sizeof(cache->key));
    uint64_t number;
    memcpy(&number, hash, sizeof(number));
    return cache->buckets[number % cache->bucket_count];
}

static struct slot *find_slot(struct slot *bucket, const unsigned char hash[HASH_SIZE])
{
    for (size_t i = 0; i < WAYS; i++) {
        if (bucket[i].expires_at_us > 0 && memcmp(bucket[i].hash, hash, HASH_SIZE) == 0)
            return &bucket[i];
    }
    return NULL;
}

const Rpc__V1__Caller *token_cache_get(struct token_cache *cache, const char *token, int64_t now_us, struct arena *arena)
{
    unsigned char hash[HASH_SIZE];
    struct slot *bucket = bucket_of(cache, token, hash);
    const Rpc__V1__Caller *caller = NULL;
    pthread_mutex_lock(&cache->lock);
    struct slot *slot = find_slot(bucket, hash);
    if (slot && slot->expires_at_us > now_us)
        caller = rpc__v1__caller__unpack(arena_allocator(arena), slot->caller_size, slot->caller);
    pthread_mutex_unlock(&cache->lock);
    return caller;
}

/* The slot that the token has, or a free one, or the one that ends first. */
static struct slot *choose_slot(struct slot *bucket, const unsigned char hash[HASH_SIZE])
{
    struct slot *chosen = find_slot(bucket, hash);
    if (chosen)
        return chosen;
    chosen = bucket;
    for (size_t i = 1; i < WAYS; i++) {
        if (bucket[i].expires_at_us < chosen->expires_at_us)
            chosen = &bucket[i];
    }
    return chosen;
}

void token_cache_put(struct token_cache *cache, const char *token, const Rpc__V1__Caller *caller, int64_t expires_at_us)
{
    size_t size = rpc__v1__caller__get_packed_size(caller);
    if (size > CALLER_SIZE_MAX)
        return;
    unsigned char hash[HASH_SIZE];
    struct slot *bucket = bucket_of(cache, token, hash);
    pthread_mutex_lock(&cache->lock);
    struct slot *slot = choose_slot(bucket, hash);
    memcpy(slot->hash, hash, HASH_SIZE);
    slot->expires_at_us = expires_at_us;
    slot->caller_size = (uint32_t)rpc__v1__caller__pack(caller, slot->caller);
    pthread_mutex_unlock(&cache->lock);
}
