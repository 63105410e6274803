/* Refresh tokens and the rule of their rotation. */
#include "session.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"

#define ID_SIZE 16
#define SECRET_SIZE 32
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

static void hash_secret(const unsigned char secret[SECRET_SIZE], unsigned char hash[SESSION_HASH_SIZE])
{
    crypto_generichash(hash, SESSION_HASH_SIZE, secret, SECRET_SIZE, NULL, 0);
}

static void write_uuid(const unsigned char bytes[ID_SIZE], char out[UUID_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        sodium_bin2hex(out, 2 * groups[i] + 1, bytes, groups[i]);
        bytes += groups[i];
        out += 2 * groups[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}

void session_token_make(const char *session_id, char out[SESSION_TOKEN_SIZE], unsigned char ret_hash[SESSION_HASH_SIZE])
{
    unsigned char bytes[ID_SIZE + SECRET_SIZE];
    sodium_hex2bin(bytes, ID_SIZE, session_id, strlen(session_id), "-", NULL, NULL);
    randombytes_buf(bytes + ID_SIZE, SECRET_SIZE);
    hash_secret(bytes + ID_SIZE, ret_hash);
    sodium_bin2base64(out, SESSION_TOKEN_SIZE, bytes, sizeof(bytes), BASE64URL);
    sodium_memzero(bytes, sizeof(bytes));
}

bool session_token_parse(const char *text, struct session_token *ret_token)
{
    unsigned char bytes[ID_SIZE + SECRET_SIZE];
    size_t length = strnlen(text, SESSION_TOKEN_SIZE);
    if (length != SESSION_TOKEN_SIZE - 1 ||
        sodium_base642bin(bytes, sizeof(bytes), text, length, NULL, NULL, NULL, BASE64URL) != 0)
        return false;
    write_uuid(bytes, ret_token->session_id);
    hash_secret(bytes + ID_SIZE, ret_token->hash);
    sodium_memzero(bytes, sizeof(bytes));
    return true;
}

static bool is_equal(const unsigned char *stored, const unsigned char presented[SESSION_HASH_SIZE])
{
    return stored && sodium_memcmp(stored, presented, SESSION_HASH_SIZE) == 0;
}

enum session_verdict session_judge(const struct session_state *session,
                                   const unsigned char presented_hash[SESSION_HASH_SIZE], int64_t now_us)
{
    if (session->revoked_at_us != 0 || now_us >= session->expires_at_us)
        return SESSION_ENDED;
    if (is_equal(session->current_hash, presented_hash))
        return SESSION_ROTATE;
    if (!is_equal(session->previous_hash, presented_hash))
        return SESSION_REUSED;
    return now_us - session->rotated_at_us <= SESSION_GRACE_S * US_PER_S ? SESSION_KEEP : SESSION_ROTATE;
}

bool session_is_held_by(const struct session_state *session, const unsigned char presented_hash[SESSION_HASH_SIZE])
{
    return is_equal(session->current_hash, presented_hash) || is_equal(session->previous_hash, presented_hash);
}
