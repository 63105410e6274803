/*
 * What shows that a notice comes from the provider: signatures over its body, and addresses that only the provider was told.
 * All comparisons take the same time whatever they compare.
 */
#ifndef ORDERS_PROOF_H
#define ORDERS_PROOF_H

#include "provider.h"
#include "uuid.h"

#define PROOF_KEY_SIZE 32
#define PROOF_CHARGE 'c' /* kinds of subject in a token */
#define PROOF_REFUND 'r'
#define PROOF_STATUS 's'            /* a question about a refund */

/* The header's value whatever the case of its name; "" when there is none. */
const char *proof_header(const struct provider_mail *mail, const char *name);

bool proof_equal(const char *a, const char *b);

/* Whether `hex` is the HMAC (RFC 2104) of the data, in hexadecimal. An empty key proves nothing. */
bool proof_hmac_sha512(const char *key, const void *data, size_t length, const char *hex);
bool proof_hmac_sha256(const char *key, const void *data, size_t length, const char *hex);

/* "c0198...-9f3a...": names an attempt or a refund; only who has the key can make it. In the arena. */
const char *proof_token(const unsigned char key[PROOF_KEY_SIZE], char kind, const char *subject_id, struct arena *arena);

/* False when it is none of ours. */
bool proof_read_token(const unsigned char key[PROOF_KEY_SIZE], const char *token, char *ret_kind, char out_id[UUID_SIZE]);

#endif
