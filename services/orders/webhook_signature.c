/* HMAC and base64 by libsodium. */
#include "webhook_signature.h"

#include <string.h>
#include <sodium.h>

static const char *base64(const unsigned char *data, size_t size, struct arena *arena)
{
    size_t length = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    return sodium_bin2base64(arena_alloc(arena, length), length, data, size, sodium_base64_VARIANT_ORIGINAL);
}

const char *webhook_secret_text(const unsigned char *secret, size_t size, struct arena *arena)
{
    return arena_printf(arena, "whsec_%s", base64(secret, size, arena));
}

const char *webhook_signature(const unsigned char *secret, size_t size, const char *id, int64_t timestamp_s,
                              const char *body, struct arena *arena)
{
    crypto_auth_hmacsha256_state state;
    unsigned char tag[crypto_auth_hmacsha256_BYTES];
    const char *head = arena_printf(arena, "%s.%lld.", id, (long long)timestamp_s);
    crypto_auth_hmacsha256_init(&state, secret, size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)head, strlen(head));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, tag);
    sodium_memzero(&state, sizeof(state));
    return arena_printf(arena, "v1,%s", base64(tag, sizeof(tag), arena));
}
