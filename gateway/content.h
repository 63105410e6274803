/*
 * How an answer's bytes are named and packed: entity tags, conditional requests (RFC 9110, sections 8.8.3 and 13), gzip.
 */
#ifndef PORTAL_CONTENT_H
#define PORTAL_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

#define CONTENT_GZIP_MIN 860 /* bytes below which gzip saves nothing on the wire */
#define CONTENT_ETAG_SIZE 32 /* quotes, hash, "-gz" and NUL fit */

/* Whether a type is worth compressing: text, JSON, XML, scripts. */
bool content_is_text(const char *content_type);

/* Whether an Accept-Encoding header (NULL: none) lets us send gzip: named or "*", with a weight above 0. */
bool content_takes_gzip(const char *accept_encoding);

/* A strong tag of these bytes. The coded form is another representation and has another tag. */
void content_etag(const void *data, size_t size, bool is_gzip, char out[CONTENT_ETAG_SIZE]);

/* Whether an If-None-Match header (NULL: none) names this tag, by weak comparison, or is "*". */
bool content_etag_matches(const char *if_none_match, const char *etag);

/* gzip of the bytes, to be given to free(). NULL when there is no memory. */
void *content_gzip(const void *data, size_t size, size_t *ret_size);

#endif
