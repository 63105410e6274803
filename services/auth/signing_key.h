/*
 * The key that access tokens are signed with, as it is kept: its seed sealed with the master key of this installation
 * (XChaCha20-Poly1305, bound to the key's name), so that a copy of the database signs nothing.
 */
#ifndef PORTAL_SIGNING_KEY_H
#define PORTAL_SIGNING_KEY_H

#include <stdbool.h>

#include "token.h"

#define SIGNING_KEY_MASTER_SIZE 32
#define SIGNING_KEY_SEED_SIZE 32
#define SIGNING_KEY_SEALED_SIZE (24 + SIGNING_KEY_SEED_SIZE + 16) /* nonce, seed, tag */

struct signing_key {
    struct token_key key;
    unsigned char sealed_seed[SIGNING_KEY_SEALED_SIZE];
};

/* Reads AUTH_MASTER_KEY: 64 hexadecimal digits, or base64 of 32 bytes. */
enum status signing_key_master(const char *text, unsigned char ret_master[SIGNING_KEY_MASTER_SIZE],
                               struct error *err) MUST_CHECK;

/* A new key, sealed. */
void signing_key_make(const unsigned char master[SIGNING_KEY_MASTER_SIZE], struct signing_key *ret_key);

/* FAILED_PRECONDITION when this master key did not seal it. */
enum status signing_key_open(const struct signing_key *key, const unsigned char master[SIGNING_KEY_MASTER_SIZE],
                             struct token_signer *ret_signer, struct error *err) MUST_CHECK;

#endif
