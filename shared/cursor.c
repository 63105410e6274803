/* A page token is: a version byte, each value with its NUL, a tag over the listing and all of that; base64url. */
#include "cursor.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sodium.h>

#define VERSION 1
#define TAG_SIZE 16
#define TOKEN_SIZE_MAX 4096
#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* The listing goes in with its NUL, so that no listing and values can pass for another pair. */
static void compute_tag(const char *listing, const unsigned char *body, size_t size, const unsigned char *key,
                        unsigned char tag[TAG_SIZE])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, CURSOR_KEY_SIZE, TAG_SIZE);
    crypto_generichash_update(&state, (const unsigned char *)listing, strlen(listing) + 1);
    crypto_generichash_update(&state, body, size);
    crypto_generichash_final(&state, tag, TAG_SIZE);
}

const char *cursor_encode(const struct cursor *cursor, const char *listing, const unsigned char key[CURSOR_KEY_SIZE],
                          struct arena *arena)
{
    assert(cursor->count >= 1 && cursor->count <= CURSOR_VALUES_MAX && "a cursor has a few values");
    size_t size = 1;
    for (size_t i = 0; i < cursor->count; i++)
        size += strlen(cursor->values[i]) + 1;
    unsigned char *body = arena_alloc(arena, size + TAG_SIZE);
    unsigned char *at = body;
    *at++ = VERSION;
    for (size_t i = 0; i < cursor->count; i++)
        at = (unsigned char *)stpcpy((char *)at, cursor->values[i]) + 1;
    compute_tag(listing, body, size, key, at);
    size_t room = sodium_base64_encoded_len(size + TAG_SIZE, BASE64URL);
    assert(room <= TOKEN_SIZE_MAX && "sort keys are short");
    return sodium_bin2base64(arena_alloc(arena, room), room, body, size + TAG_SIZE, BASE64URL);
}

/* The values point into `body`. */
static bool read_values(const unsigned char *body, size_t size, struct cursor *cursor)
{
    const char *at = (const char *)body + 1;
    const char *end = (const char *)body + size;
    if (body[0] != VERSION || end[-1] != '\0')
        return false;
    for (cursor->count = 0; at < end && cursor->count < CURSOR_VALUES_MAX; at += strlen(at) + 1)
        cursor->values[cursor->count++] = at;
    return at == end;
}

static bool decode(const char *token, const char *listing, const unsigned char *key, struct arena *arena,
                   struct cursor *cursor)
{
    size_t length = strlen(token);
    unsigned char *body = arena_alloc(arena, length);
    unsigned char tag[TAG_SIZE];
    size_t size;
    if (length >= TOKEN_SIZE_MAX || sodium_base642bin(body, length, token, length, NULL, &size, NULL, BASE64URL) ||
        size < 1 + TAG_SIZE)
        return false;
    size -= TAG_SIZE;
    compute_tag(listing, body, size, key, tag);
    return sodium_memcmp(tag, body + size, TAG_SIZE) == 0 && read_values(body, size, cursor);
}

enum status cursor_decode(const char *token, const char *listing, const unsigned char key[CURSOR_KEY_SIZE],
                          const char *field, struct arena *arena, struct cursor *ret_cursor, struct error *err)
{
    struct cursor cursor = {.count = 0};
    if (token[0] != '\0' && !decode(token, listing, key, arena, &cursor))
        return error_field(err, field, "malformed",
                           "Not a page of this list. Take the token from the page before, or leave it out.");
    *ret_cursor = cursor;
    return STATUS_OK;
}

enum status cursor_page_size(int32_t asked, int32_t usual, int32_t max, const char *field, int32_t *ret_size,
                             struct error *err)
{
    if (asked < 0 || asked > max)
        return error_field(err, field, "out_of_range", "Must be between 1 and %d; leave it out for %d.", max, usual);
    *ret_size = asked == 0 ? usual : asked;
    return STATUS_OK;
}
