/* HMACs and constant-time comparison by libsodium. */
#include "proof.h"

#include <string.h>
#include <strings.h>
#include <sodium.h>

#define MAC_SIZE 16 /* bytes of a token's proof: nobody guesses 128 bits */
#define MAC_HEX (2 * MAC_SIZE)
#define TOKEN_LENGTH (1 + (UUID_SIZE - 1) + MAC_HEX)
#define TOKEN_PURPOSE "payment notice "

static const char KINDS[] = {PROOF_CHARGE, PROOF_REFUND, PROOF_STATUS, '\0'};

const char *proof_header(const struct provider_mail *mail, const char *name)
{
    for (size_t i = 0; i < mail->header_count; i++)
        if (strcasecmp(mail->headers[i].name, name) == 0)
            return mail->headers[i].value;
    return "";
}

bool proof_equal(const char *a, const char *b)
{
    unsigned char left[crypto_generichash_BYTES], right[crypto_generichash_BYTES];
    crypto_generichash(left, sizeof(left), (const unsigned char *)a, strlen(a), NULL, 0);
    crypto_generichash(right, sizeof(right), (const unsigned char *)b, strlen(b), NULL, 0);
    return sodium_memcmp(left, right, sizeof(left)) == 0;
}

static bool equals_hex(const unsigned char *mac, size_t size, const char *hex)
{
    unsigned char given[crypto_auth_hmacsha512_BYTES];
    size_t length = 0;
    if (strlen(hex) != 2 * size || sodium_hex2bin(given, sizeof(given), hex, 2 * size, NULL, &length, NULL) != 0)
        return false;
    return length == size && sodium_memcmp(mac, given, size) == 0;
}

bool proof_hmac_sha512(const char *key, const void *data, size_t length, const char *hex)
{
    unsigned char mac[crypto_auth_hmacsha512_BYTES];
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha512_update(&state, data, length);
    crypto_auth_hmacsha512_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    return key[0] && equals_hex(mac, sizeof(mac), hex);
}

bool proof_hmac_sha256(const char *key, const void *data, size_t length, const char *hex)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, strlen(key));
    crypto_auth_hmacsha256_update(&state, data, length);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    return key[0] && equals_hex(mac, sizeof(mac), hex);
}

static void make_mac(const unsigned char key[PROOF_KEY_SIZE], char kind, const char *subject_id, unsigned char mac[MAC_SIZE])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, PROOF_KEY_SIZE, MAC_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)TOKEN_PURPOSE, strlen(TOKEN_PURPOSE));
    crypto_generichash_update(&state, (const unsigned char *)&kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)subject_id, strlen(subject_id));
    crypto_generichash_final(&state, mac, MAC_SIZE);
    sodium_memzero(&state, sizeof(state));
}

const char *proof_token(const unsigned char key[PROOF_KEY_SIZE], char kind, const char *subject_id, struct arena *arena)
{
    unsigned char mac[MAC_SIZE];
    char hex[MAC_HEX + 1];
    make_mac(key, kind, subject_id, mac);
    return arena_printf(arena, "%c%s%s", kind, subject_id, sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac)));
}

bool proof_read_token(const unsigned char key[PROOF_KEY_SIZE], const char *token, char *ret_kind, char out_id[UUID_SIZE])
{
    unsigned char mac[MAC_SIZE];
    char id[UUID_SIZE];
    if (strlen(token) != TOKEN_LENGTH || !strchr(KINDS, token[0]))
        return false;
    memcpy(id, token + 1, UUID_SIZE - 1);
    id[UUID_SIZE - 1] = '\0';
    if (!uuid_is_valid(id))
        return false;
    make_mac(key, token[0], id, mac);
    if (!equals_hex(mac, sizeof(mac), token + UUID_SIZE))
        return false;
    *ret_kind = token[0];
    memcpy(out_id, id, UUID_SIZE);
    return true;
}
