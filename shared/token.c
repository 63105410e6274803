/* Access tokens: what is signed is written and read here alone, strictly, with libsodium and jansson. */
#include "token.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include <sodium.h>

#include "clock.h"
#include "uuid.h"

#define ALGORITHM "EdDSA"
#define TYPE "at+jwt"
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define LATEST_S INT64_C(253402300799) /* the last second of the year 9999 */

static const struct {
    const char *name;
    Rpc__V1__Caller__Kind kind;
} kinds[] = {
    {"guest", RPC__V1__CALLER__KIND__KIND_GUEST},
    {"customer", RPC__V1__CALLER__KIND__KIND_CUSTOMER},
    {"staff", RPC__V1__CALLER__KIND__KIND_STAFF},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* Which claims are text, where they go, and what they must be. */
enum form { ANY_TEXT, UUID_TEXT, UUID_OR_NONE };
static const struct {
    const char *name;
    size_t offset;
    enum form form;
} text_claims[] = {
    {"iss", offsetof(struct token_claims, issuer), ANY_TEXT},
    {"aud", offsetof(struct token_claims, audience), ANY_TEXT},
    {"sub", offsetof(struct token_claims, subject), UUID_TEXT},
    {"gsub", offsetof(struct token_claims, guest_subject), UUID_OR_NONE},
    {"sid", offsetof(struct token_claims, session_id), UUID_OR_NONE},
    {"jti", offsetof(struct token_claims, token_id), ANY_TEXT},
};
#define TEXT_CLAIM_COUNT (sizeof(text_claims) / sizeof(text_claims[0]))

struct part {
    const char *text;
    size_t length;
};

enum { HEADER, PAYLOAD, SIGNATURE, PART_COUNT };

/* Signing */

static const char *base64url(const void *data, size_t size, struct arena *arena)
{
    size_t room = sodium_base64_encoded_len(size, BASE64URL);
    return sodium_bin2base64(arena_alloc(arena, room), room, data, size, BASE64URL);
}

/* The JSON text of an object, encoded; the object is given back. */
static const char *encode_object(json_t *json, struct arena *arena)
{
    size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *text = arena_alloc(arena, size);
    json_dumpb(json, text, size, JSON_COMPACT);
    json_decref(json);
    return base64url(text, size, arena);
}

static const char *kind_name(Rpc__V1__Caller__Kind kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    assert(!"only guests, customers and staff have tokens");
    return "";
}

static void add_roles(json_t *json, const struct token_claims *claims)
{
    json_t *roles = json_array();
    for (size_t i = 0; i < claims->role_count; i++)
        json_array_append_new(roles, json_string(claims->roles[i]));
    json_object_set_new(json, "roles", roles);
}

static json_t *claims_object(const struct token_claims *claims)
{
    json_t *json = json_object();
    for (size_t i = 0; i < TEXT_CLAIM_COUNT; i++) {
        const char *text = *(const char *const *)((const char *)claims + text_claims[i].offset);
        if (*text)
            json_object_set_new(json, text_claims[i].name, json_string(text));
    }
    json_object_set_new(json, "kind", json_string(kind_name(claims->kind)));
    if (claims->role_count > 0)
        add_roles(json, claims);
    json_object_set_new(json, "iat", json_integer(claims->issued_at_us / US_PER_S));
    json_object_set_new(json, "exp", json_integer(claims->expires_at_us / US_PER_S));
    return json;
}

const char *token_sign(const struct token_signer *signer, const struct token_claims *claims, struct arena *arena)
{
    json_t *header = json_pack("{ss ss ss}", "alg", ALGORITHM, "typ", TYPE, "kid", signer->key.kid);
    const char *input =
        arena_printf(arena, "%s.%s", encode_object(header, arena), encode_object(claims_object(claims), arena));
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, NULL, (const unsigned char *)input, strlen(input), signer->secret_key);
    const char *token = arena_printf(arena, "%s.%s", input, base64url(signature, sizeof(signature), arena));
    assert(strlen(token) <= TOKEN_SIZE_MAX && "token claims must fit a token");
    return token;
}

/* Verifying */

static bool split(const char *token, struct part parts[PART_COUNT])
{
    if (strnlen(token, TOKEN_SIZE_MAX + 1) > TOKEN_SIZE_MAX)
        return false;
    for (size_t i = 0; i < PART_COUNT; i++) {
        parts[i] = (struct part){token, strcspn(token, ".")};
        token += parts[i].length;
        if (*token != (i + 1 < PART_COUNT ? '.' : '\0'))
            return false;
        token++;
    }
    return true;
}

/* libsodium refuses padding, other alphabets, and bits that belong to no byte. */
static bool decode(const struct part *part, void *out, size_t room, size_t *ret_size)
{
    return sodium_base642bin(out, room, part->text, part->length, NULL, ret_size, NULL, BASE64URL) == 0;
}

/* NULL when the part is not one JSON object; json_decref() it. */
static json_t *read_object(const struct part *part)
{
    char text[TOKEN_SIZE_MAX];
    size_t size;
    if (!decode(part, text, sizeof(text), &size))
        return NULL;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

static bool has_text(const json_t *json, const char *name, const char *expected)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text && strcmp(text, expected) == 0;
}

static bool read_kid(const struct part *part, char out[TOKEN_KID_SIZE])
{
    json_auto_t *json = read_object(part);
    const char *kid = json_string_value(json_object_get(json, "kid"));
    if (!kid || strlen(kid) >= TOKEN_KID_SIZE || !has_text(json, "alg", ALGORITHM) || !has_text(json, "typ", TYPE) ||
        json_object_get(json, "crit"))
        return false;
    strcpy(out, kid);
    return true;
}

bool token_kid(const char *token, char out[TOKEN_KID_SIZE])
{
    struct part parts[PART_COUNT];
    return split(token, parts) && read_kid(&parts[HEADER], out);
}

static const struct token_key *find_key(const struct token_verifier *verifier, const char *kid)
{
    for (size_t i = 0; i < verifier->key_count; i++)
        if (strcmp(verifier->keys[i].kid, kid) == 0)
            return &verifier->keys[i];
    return NULL;
}

static bool is_signed(const struct token_verifier *verifier, const struct part parts[PART_COUNT])
{
    char kid[TOKEN_KID_SIZE];
    if (!read_kid(&parts[HEADER], kid))
        return false;
    const struct token_key *key = find_key(verifier, kid);
    unsigned char signature[crypto_sign_BYTES];
    size_t size;
    if (!key || !decode(&parts[SIGNATURE], signature, sizeof(signature), &size) || size != sizeof(signature))
        return false;
    size_t length = parts[HEADER].length + 1 + parts[PAYLOAD].length;
    return crypto_sign_verify_detached(signature, (const unsigned char *)parts[HEADER].text, length, key->public_key) == 0;
}

static bool read_texts(const json_t *json, struct arena *arena, struct token_claims *claims)
{
    for (size_t i = 0; i < TEXT_CLAIM_COUNT; i++) {
        const json_t *value = json_object_get(json, text_claims[i].name);
        const char *text = value ? json_string_value(value) : "";
        bool is_none = text && !*text;
        if (!text || (is_none && text_claims[i].form != UUID_OR_NONE) ||
            (!is_none && text_claims[i].form != ANY_TEXT && !uuid_is_valid(text)))
            return false;
        *(const char **)((char *)claims + text_claims[i].offset) = arena_strdup(arena, text);
    }
    return true;
}

static bool read_kind(const json_t *json, struct token_claims *claims)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (has_text(json, "kind", kinds[i].name)) {
            claims->kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool read_roles(const json_t *json, struct arena *arena, struct token_claims *claims)
{
    const json_t *roles = json_object_get(json, "roles");
    size_t count = json_array_size(roles);
    if ((roles && !json_is_array(roles)) || count > TOKEN_ROLES_MAX)
        return false;
    claims->roles = ARENA_ARRAY(arena, char *, count);
    claims->role_count = count;
    for (size_t i = 0; i < count; i++) {
        claims->roles[i] = arena_strdup(arena, json_string_value(json_array_get(roles, i)));
        if (!claims->roles[i])
            return false;
    }
    return true;
}

static bool read_time(const json_t *json, const char *name, int64_t *ret_time_us)
{
    const json_t *value = json_object_get(json, name);
    int64_t seconds = json_integer_value(value);
    if (!json_is_integer(value) || seconds < 0 || seconds > LATEST_S)
        return false;
    *ret_time_us = seconds * US_PER_S;
    return true;
}

static bool read_claims(const json_t *json, struct arena *arena, struct token_claims *claims)
{
    return read_texts(json, arena, claims) && read_kind(json, claims) && read_roles(json, arena, claims) &&
           read_time(json, "iat", &claims->issued_at_us) && read_time(json, "exp", &claims->expires_at_us);
}

/* "nbf" is not ours, but whoever writes it means it. */
static bool has_begun(const json_t *json, const struct token_claims *claims, int64_t now_us)
{
    int64_t not_before_us = claims->issued_at_us;
    if (json_object_get(json, "nbf") && !read_time(json, "nbf", &not_before_us))
        return false;
    int64_t soon_us = now_us + TOKEN_LEEWAY_S * US_PER_S;
    return claims->issued_at_us <= soon_us && not_before_us <= soon_us;
}

static enum status refuse(struct error *err)
{
    return error_set(err, STATUS_UNAUTHENTICATED, "The access token is not valid; sign in again.");
}

enum status token_verify(const struct token_verifier *verifier, const char *token, int64_t now_us, struct arena *arena,
                         struct token_claims *ret_claims, struct error *err)
{
    struct part parts[PART_COUNT];
    if (!split(token, parts) || !is_signed(verifier, parts))
        return refuse(err);
    json_auto_t *json = read_object(&parts[PAYLOAD]);
    struct token_claims claims = {0};
    if (!json || !read_claims(json, arena, &claims) || !has_begun(json, &claims, now_us) ||
        strcmp(claims.issuer, verifier->issuer) != 0 || strcmp(claims.audience, verifier->audience) != 0)
        return refuse(err);
    if (now_us >= claims.expires_at_us + TOKEN_LEEWAY_S * US_PER_S)
        return error_set(err, STATUS_UNAUTHENTICATED, "The access token has expired; refresh it or sign in again.");
    *ret_claims = claims;
    return STATUS_OK;
}

/* Keys */

enum status token_key_parse(const char *kid, const char *x, struct token_key *ret_key, struct error *err)
{
    struct token_key key;
    struct part part = {x, strlen(x)};
    size_t size;
    if (*kid == '\0' || strlen(kid) >= sizeof(key.kid))
        return error_set(err, STATUS_INVALID_ARGUMENT, "A signing key's kid must have 1 to %d characters.",
                         TOKEN_KID_SIZE - 1);
    if (!decode(&part, key.public_key, sizeof(key.public_key), &size) || size != sizeof(key.public_key))
        return error_set(err, STATUS_INVALID_ARGUMENT, "A signing key's x must be base64url of %d bytes.",
                         TOKEN_PUBLIC_KEY_SIZE);
    strcpy(key.kid, kid);
    *ret_key = key;
    return STATUS_OK;
}

void token_key_x(const struct token_key *key, char out[TOKEN_X_SIZE])
{
    sodium_bin2base64(out, TOKEN_X_SIZE, key->public_key, sizeof(key->public_key), BASE64URL);
}

/* RFC 7638: SHA-256 over the required members of the key, in the order of their names (RFC 8037, section 2, says which). */
static void write_thumbprint(struct token_key *key)
{
    char x[TOKEN_X_SIZE];
    token_key_x(key, x);
    char text[128];
    snprintf(text, sizeof(text), "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", x);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    sodium_bin2base64(key->kid, sizeof(key->kid), hash, sizeof(hash), BASE64URL);
}

void token_signer_init(struct token_signer *signer, const unsigned char seed[32])
{
    crypto_sign_seed_keypair(signer->key.public_key, signer->secret_key, seed);
    write_thumbprint(&signer->key);
}
