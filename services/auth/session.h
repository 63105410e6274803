/*
 * Sign-ins that last: refresh tokens, and what is to be done when one is presented.
 *
 * A refresh token is base64url of the session's id (16 bytes) and a secret (32 random bytes); of the secret only a digest is
 * stored. Each use replaces it. Answers get lost on the way and browsers have several tabs, so the token before the newest
 * one is not at once a sign of theft; the rule is the table in README.md.
 */
#ifndef PORTAL_SESSION_H
#define PORTAL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "uuid.h"

#define SESSION_HASH_SIZE 32
#define SESSION_TOKEN_SIZE 65 /* 64 characters and a NUL */
#define SESSION_GRACE_S 60    /* how long after a rotation another tab may still hold the token before */

struct session_token {
    char session_id[UUID_SIZE];
    unsigned char hash[SESSION_HASH_SIZE];
};

/* A new token of that session, and the digest to store. */
void session_token_make(const char *session_id, char out[SESSION_TOKEN_SIZE], unsigned char ret_hash[SESSION_HASH_SIZE]);

/* False when it cannot be one of ours. */
bool session_token_parse(const char *text, struct session_token *ret_token);

/* What is known about a session; times in microseconds. */
struct session_state {
    const unsigned char *current_hash;
    const unsigned char *previous_hash; /* NULL: never rotated */
    int64_t rotated_at_us;
    int64_t expires_at_us;
    int64_t revoked_at_us; /* 0: it was not */
};

enum session_verdict {
    SESSION_ROTATE, /* a new token replaces the newest; the one presented becomes the one before */
    SESSION_KEEP,   /* a new access token, but no refresh token: somebody just got that */
    SESSION_REUSED, /* a token of long ago: stolen, or copied; the session ends here */
    SESSION_ENDED,  /* expired or revoked before */
};

enum session_verdict session_judge(const struct session_state *session,
                                   const unsigned char presented_hash[SESSION_HASH_SIZE], int64_t now_us);

/* True when the token presented is the newest or the one before: its holder may end the session. */
bool session_is_held_by(const struct session_state *session, const unsigned char presented_hash[SESSION_HASH_SIZE]);

#endif
