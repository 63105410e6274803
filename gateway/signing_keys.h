/*
 * The public keys that access tokens are verified with, as the auth service tells them.
 *
 * A thread of its own asks at start until auth answers, and again when woken: by a token whose key is not known, at most
 * once in a few seconds, so that forged tokens cannot make work. Any thread may call.
 */
#ifndef PORTAL_SIGNING_KEYS_H
#define PORTAL_SIGNING_KEYS_H

#include "auth.pb-c.h"
#include "rpc_client.h"
#include "token.h"

#define SIGNING_KEYS_MAX 8

struct signing_keys;

enum status signing_keys_start(struct rpc_client *auth, struct signing_keys **ret_keys, struct error *err) MUST_CHECK;
void signing_keys_stop(struct signing_keys *keys); /* accepts NULL */

/* Whether auth has answered yet. */
bool signing_keys_are_loaded(struct signing_keys *keys);

/* Copies the keys; returns how many there are. */
size_t signing_keys_copy(struct signing_keys *keys, struct token_key out[SIGNING_KEYS_MAX]);

/*
 * True when it is time to ask auth again, and always while there are no keys; the caller then does, and gives the answer to
 * signing_keys_set().
 */
bool signing_keys_may_ask(struct signing_keys *keys);
void signing_keys_set(struct signing_keys *keys, const Auth__V1__ListSigningKeysReply *reply);

#endif
