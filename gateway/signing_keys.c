/* A small table under a lock, filled by a background thread at start and by exchanges that meet an unknown key. */
#include "signing_keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "background.h"
#include "clock.h"
#include "log.h"
#include "uuid.h"

#define ASK_TIMEOUT_MS 2000
#define RETRY_MS 50   /* at start, until auth answers */
#define ASK_AGAIN_S 5 /* not sooner for an unknown key, once there are keys */
#define RENEW_S 3600  /* without any reason, so that a key that auth gave up ends here too */

struct signing_keys {
    pthread_mutex_t lock;
    struct rpc_client *auth;
    struct background *background;
    struct token_key keys[SIGNING_KEYS_MAX];
    size_t count;
    int64_t asked_at_us; /* monotonic */
};

RPC_STUB(list_signing_keys, auth__v1__auth_service__list_signing_keys, Auth__V1__ListSigningKeysRequest,
         Auth__V1__ListSigningKeysReply)

void signing_keys_set(struct signing_keys *keys, const Auth__V1__ListSigningKeysReply *reply)
{
    struct token_key fresh[SIGNING_KEYS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < reply->n_keys && count < SIGNING_KEYS_MAX; i++) {
        struct error err;
        error_clear(&err);
        if (token_key_parse(reply->keys[i]->kid, reply->keys[i]->x, &fresh[count], &err) == STATUS_OK)
            count++;
        else
            log_error(LOG_EVENT("signing_key_refused"), LOG_STR("reason", err.message));
    }
    pthread_mutex_lock(&keys->lock);
    if (count > 0) {
        memcpy(keys->keys, fresh, count * sizeof(fresh[0]));
        keys->count = count;
    }
    keys->asked_at_us = clock_monotonic_us();
    pthread_mutex_unlock(&keys->lock);
}

/* The work of the background thread. */
static int64_t ask(void *arg)
{
    struct signing_keys *keys = arg;
    struct arena *arena = arena_new(4096, RPC_MESSAGE_MAX);
    struct rpc_meta meta = {.caller = &RPC_SERVICE,
                            .request_id = uuid_new(arena),
                            .traceparent = "",
                            .idempotency_key = "",
                            .deadline_us = clock_monotonic_us() + ASK_TIMEOUT_MS * US_PER_MS,
                            .may_repeat = true};
    Auth__V1__ListSigningKeysRequest request = AUTH__V1__LIST_SIGNING_KEYS_REQUEST__INIT;
    const Auth__V1__ListSigningKeysReply *reply = NULL;
    struct error err;
    error_clear(&err);
    enum status status = list_signing_keys(keys->auth, &meta, arena, &request, &reply, &err);
    if (status == STATUS_OK)
        signing_keys_set(keys, reply);
    arena_free(arena);
    int64_t now_us = clock_monotonic_us();
    return signing_keys_are_loaded(keys) ? now_us + RENEW_S * US_PER_S : now_us + RETRY_MS * US_PER_MS;
}

enum status signing_keys_start(struct rpc_client *auth, struct signing_keys **ret_keys, struct error *err)
{
    struct signing_keys *keys = calloc(1, sizeof(*keys));
    if (!keys)
        abort();
    pthread_mutex_init(&keys->lock, NULL);
    keys->auth = auth;
    enum status status = background_start("signing-keys", ask, keys, &keys->background, err);
    if (status)
        signing_keys_stop(keys);
    else
        *ret_keys = keys;
    return status;
}

void signing_keys_stop(struct signing_keys *keys)
{
    if (!keys)
        return;
    background_stop(keys->background);
    pthread_mutex_destroy(&keys->lock);
    free(keys);
}

bool signing_keys_are_loaded(struct signing_keys *keys)
{
    pthread_mutex_lock(&keys->lock);
    bool are_loaded = keys->count > 0;
    pthread_mutex_unlock(&keys->lock);
    return are_loaded;
}

size_t signing_keys_copy(struct signing_keys *keys, struct token_key out[SIGNING_KEYS_MAX])
{
    pthread_mutex_lock(&keys->lock);
    size_t count = keys->count;
    memcpy(out, keys->keys, count * sizeof(out[0]));
    pthread_mutex_unlock(&keys->lock);
    return count;
}

bool signing_keys_may_ask(struct signing_keys *keys)
{
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&keys->lock);
    bool may = keys->count == 0 || now_us - keys->asked_at_us >= ASK_AGAIN_S * US_PER_S;
    if (may)
        keys->asked_at_us = now_us;
    pthread_mutex_unlock(&keys->lock);
    return may;
}
