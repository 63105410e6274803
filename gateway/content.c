/* Tags, lists of header elements, zlib. */
#include "content.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sodium.h>
#include <zlib.h>

#define HASH_SIZE 16
#define GZIP_LEVEL 5
#define GZIP_WINDOW (15 + 16) /* 32 KiB of history, with a gzip header */
#define GZIP_MEMORY 8

static const char *const text_types[] = {
    "text/",         "application/json", "application/problem+json", "application/javascript", "application/manifest+json",
    "image/svg+xml",
};

bool content_is_text(const char *content_type)
{
    for (size_t i = 0; i < sizeof(text_types) / sizeof(text_types[0]); i++) {
        if (strncmp(content_type, text_types[i], strlen(text_types[i])) == 0)
            return true;
    }
    return false;
}

/* The weight of an element "gzip;q=0.5": whether it is above 0. */
static bool is_wanted(const char *parameters, size_t length)
{
    const char *end = parameters + length;
    const char *q = memchr(parameters, ';', length);
    while (q && ++q < end) {
        q += strspn(q, " \t");
        if (q < end && (*q == 'q' || *q == 'Q') && q[1] == '=') {
            size_t zeros = strspn(q + 2, "0.");
            return q + 2 + zeros < end && strchr("123456789", q[2 + zeros]) != NULL;
        }
        q = memchr(q, ';', (size_t)(end - q));
    }
    return true;
}

static bool is_coding(const char *element, size_t length, const char *coding)
{
    size_t name = strcspn(element, " \t;,");
    if (name > length)
        name = length;
    return name == strlen(coding) && strncasecmp(element, coding, name) == 0;
}

bool content_takes_gzip(const char *accept_encoding)
{
    bool takes_any = false;
    for (const char *at = accept_encoding; at && *at;) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, ",");
        if (is_coding(at, length, "gzip") || is_coding(at, length, "x-gzip"))
            return is_wanted(at, length);
        if (is_coding(at, length, "*"))
            takes_any = is_wanted(at, length);
        at += length;
    }
    return takes_any;
}

void content_etag(const void *data, size_t size, bool is_gzip, char out[CONTENT_ETAG_SIZE])
{
    unsigned char hash[HASH_SIZE];
    crypto_generichash(hash, sizeof(hash), data, size, NULL, 0);
    out[0] = '"';
    sodium_bin2base64(out + 1, CONTENT_ETAG_SIZE - 1, hash, sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    strcat(out, is_gzip ? "-gz\"" : "\"");
}

bool content_etag_matches(const char *if_none_match, const char *etag)
{
    size_t own = strlen(etag);
    for (const char *at = if_none_match; at && *at;) {
        at += strspn(at, " \t,");
        if (*at == '*')
            return true;
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, own) == 0)
            return true;
        size_t quoted = *at == '"' ? strcspn(at + 1, "\"") + 2 : 0;
        at += quoted > 0 && quoted <= strlen(at) ? quoted : strcspn(at, ",");
    }
    return false;
}

void *content_gzip(const void *data, size_t size, size_t *ret_size)
{
    z_stream stream = {.next_in = (z_const Bytef *)data, .avail_in = (uInt)size};
    if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t capacity = deflateBound(&stream, (uLong)size);
    unsigned char *packed = malloc(capacity);
    stream.next_out = packed;
    stream.avail_out = (uInt)capacity;
    int outcome = packed ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
    *ret_size = stream.total_out;
    deflateEnd(&stream);
    if (outcome == Z_STREAM_END)
        return packed;
    free(packed);
    return NULL;
}
