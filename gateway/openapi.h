/*
 * The API's description, OpenAPI 3.1, derived from the route tables and the descriptors of the messages, so that it cannot
 * say anything else than what the gateway does. Built once at start.
 */
#ifndef PORTAL_OPENAPI_H
#define PORTAL_OPENAPI_H

#include <jansson.h>

#include "route.h"

struct openapi {
    char *json; /* the document */
    size_t json_size;
    char *html; /* the same for people */
    size_t html_size;
};

/* `public_url`: of the shop, as clients reach it. */
void openapi_build(const struct route *const *rows, size_t count, const char *public_url, struct openapi *ret);
void openapi_done(struct openapi *openapi);

/* The document as a tree, owned by the caller. */
json_t *openapi_document(const struct route *const *rows, size_t count, const char *public_url);

#endif
