/*
 * Page tokens: where the next page of a keyset listing starts, opaque to clients and safe against forgery and misuse.
 *
 * A token holds a few text values (the last row's sort key and id), a version and a tag over what was listed (filter, sort,
 * market), so that a token of one listing is refused in another. Not secret; integrity is a keyed BLAKE2b (libsodium's
 * crypto_generichash) of 16 bytes, the whole base64url.
 */
#ifndef PORTAL_CURSOR_H
#define PORTAL_CURSOR_H

#include "arena.h"

#define CURSOR_KEY_SIZE 32
#define CURSOR_VALUES_MAX 4

struct cursor {
    const char *values[CURSOR_VALUES_MAX];
    size_t count;
};

/* `listing` says what is listed: "products|KE|fashion/shoes|PRICE_LOW". The token lives in the arena. */
const char *cursor_encode(const struct cursor *cursor, const char *listing, const unsigned char key[CURSOR_KEY_SIZE],
                          struct arena *arena);

/* An empty token gives a cursor with count 0. A bad one is INVALID_ARGUMENT with a violation for `field`. */
enum status cursor_decode(const char *token, const char *listing, const unsigned char key[CURSOR_KEY_SIZE], const char *field,
                          struct arena *arena, struct cursor *ret_cursor, struct error *err) MUST_CHECK;

/* page_size as asked for -> the one to use: 0 gives `usual`; negative or above `max` adds a violation for `field`. */
enum status cursor_page_size(int32_t asked, int32_t usual, int32_t max, const char *field, int32_t *ret_size,
                             struct error *err) MUST_CHECK;

#endif
