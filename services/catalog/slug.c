/* Slugs from letters, or from a digest where there are none that an address can hold. */
#include "slug.h"

#include <sodium.h>
#include <string.h>

#include "text.h"

#define DIGEST_SIZE 16  /* the least that BLAKE2b gives */
#define DIGEST_SHOWN 12 /* hexadecimal digits of it */

const char *slug_of(const char *text, const char *prefix, size_t max, struct arena *arena)
{
    const char *slug = text_slug(text, max, arena);
    if (*slug)
        return slug;
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    crypto_generichash(digest, sizeof(digest), (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    return arena_printf(arena, "%s-%.*s", prefix, DIGEST_SHOWN, hex);
}
