/*
 * Passwords: which are taken, and how they are kept (argon2id by libsodium, RFC 9106).
 *
 * Hashing costs the memory and time that it is told to, on purpose: only the lane for passwords may call it.
 */
#ifndef PORTAL_PASSWORD_H
#define PORTAL_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define PASSWORD_CHARS_MIN 8
#define PASSWORD_CHARS_MAX 128
#define PASSWORD_BYTES_MAX (4 * PASSWORD_CHARS_MAX) /* in UTF-8 */
#define PASSWORD_HASH_SIZE 128                      /* the text form and its NUL; crypto_pwhash_STRBYTES */
#define PASSWORD_GENERATED_SIZE 24                  /* four groups of five characters, hyphens between, and a NUL */

/* OWASP's first choice is 19 MiB and 2 passes; libsodium has one lane. */
struct password_cost {
    int64_t memory_kib;
    int64_t passes;
};

/* Adds a violation for `field` when the password is missing, too short, too long, or the login itself. */
void password_check(const char *password, const char *login, const char *field, struct error *err);

/* UNAVAILABLE when there is not that much memory. */
enum status password_hash(const struct password_cost *cost, const char *password, char out[PASSWORD_HASH_SIZE],
                          struct error *err) MUST_CHECK;

bool password_matches(const char *hash, const char *password);

/* True when the hash was made at another cost than this one. */
bool password_is_outdated(const char *hash, const struct password_cost *cost);

/* A random password of 99 bits, in characters that cannot be taken for one another. Wipe it when done. */
void password_generate(char out[PASSWORD_GENERATED_SIZE]);

#endif
