/*
 * Access tokens: compact JSON Web Signatures (RFC 7515) by Ed25519 (RFC 8037), in the form of RFC 9068. The auth service
 * signs them, the gateway verifies them.
 *
 * Strict on purpose: one algorithm, one type, a known key, base64url without padding, no duplicate members, no "crit". A
 * token that says "none" or any other algorithm is refused before a signature is looked at. Nothing here keeps state or
 * takes a lock; any thread may call. sodium_init() must have been called.
 */
#ifndef PORTAL_TOKEN_H
#define PORTAL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "rpc.pb-c.h"

#define TOKEN_SIZE_MAX 2048                 /* characters; a longer one is refused unread */
#define TOKEN_LEEWAY_S 30                   /* how far two machines' clocks may differ */
#define TOKEN_ROLES_MAX 16
#define TOKEN_ISSUER "portal"               /* the usual "iss" and "aud" */
#define TOKEN_AUDIENCE "portal"
#define TOKEN_PUBLIC_KEY_SIZE 32
#define TOKEN_SECRET_KEY_SIZE 64
#define TOKEN_KID_SIZE 44                   /* base64url of a SHA-256 and its NUL */
#define TOKEN_X_SIZE 44                     /* base64url of a public key and its NUL */

/* A public key and its name; those of the auth service are named by their JWK thumbprint (RFC 7638). */
struct token_key {
    char kid[TOKEN_KID_SIZE];
    unsigned char public_key[TOKEN_PUBLIC_KEY_SIZE];
};

/* Wipe it (sodium_memzero) when done. */
struct token_signer {
    struct token_key key;
    unsigned char secret_key[TOKEN_SECRET_KEY_SIZE];    /* libsodium's: seed and public key */
};

struct token_verifier {
    const char *issuer;                     /* what "iss" and "aud" must be */
    const char *audience;
    const struct token_key *keys;
    size_t key_count;
};

/* What a token says. Strings are never NULL; "" stands for a claim that is absent. */
struct token_claims {
    const char *issuer;                     /* iss */
    const char *audience;                   /* aud */
    const char *subject;                    /* sub: UUID of the guest, customer or staff member */
    Rpc__V1__Caller__Kind kind;             /* kind: "guest", "customer", "staff"; no other kind of caller has a token */
    char **roles;                           /* roles: of staff; laid out as in Caller */
    size_t role_count;
    const char *guest_subject;              /* gsub: the guest that the customer was before signing in */
    const char *session_id;                 /* sid: the sign-in; "" for guests */
    const char *token_id;                   /* jti */
    int64_t issued_at_us;                   /* iat, whole seconds */
    int64_t expires_at_us;                  /* exp, whole seconds */
};

/* The compact form, in the arena. Claims that make it longer than TOKEN_SIZE_MAX are a bug of the caller. */
const char *token_sign(const struct token_signer *signer, const struct token_claims *claims, struct arena *arena);

/*
 * UNAUTHENTICATED, with a sentence that tells an expired token from one that is no good, and *ret_claims untouched, unless
 * all holds: signed by a key of the verifier, for its issuer and audience, issued and valid now (give or take the leeway).
 * The claims' strings live in the arena.
 */
enum status token_verify(const struct token_verifier *verifier, const char *token, int64_t now_us, struct arena *arena,
                         struct token_claims *ret_claims, struct error *err) MUST_CHECK;

/*
 * The key that a token claims to be signed with, not verified: who finds that this is none of its keys may ask the auth
 * service for newer ones. False when the token is not well-formed.
 */
bool token_kid(const char *token, char out[TOKEN_KID_SIZE]);

/* A key as a JSON Web Key has it: its "x", which is base64url of the public key (RFC 8037), and its "kid". */
enum status token_key_parse(const char *kid, const char *x, struct token_key *ret_key, struct error *err) MUST_CHECK;
void token_key_x(const struct token_key *key, char out[TOKEN_X_SIZE]);

/* The signer of an Ed25519 seed (32 bytes), named by its thumbprint. */
void token_signer_init(struct token_signer *signer, const unsigned char seed[32]);

#endif
