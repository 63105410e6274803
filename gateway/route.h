/*
 * A row of a route table: one method of one path, and what answers it.
 *
 * There are two tables: routes.c (the API under /v1, and the few doors that are not pages) and pages/pages.c (the shop as
 * HTML, given by page_routes() of pages/page.h). Both are checked at start by router_new(): a bad row refuses to start with
 * a sentence that names it.
 */
#ifndef PORTAL_ROUTE_H
#define PORTAL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

struct exchange;

/* HEAD is answered from the GET row, OPTIONS from all rows of a path. */
enum route_method { ROUTE_GET, ROUTE_POST, ROUTE_PUT, ROUTE_PATCH, ROUTE_DELETE };
#define ROUTE_METHOD_COUNT 5

enum route_kind {
    ROUTE_RPC,  /* JSON in, one call, JSON out: `service` and `rpc` */
    ROUTE_PAGE, /* HTML: `handle`; errors are shown as pages, form bodies are parsed */
    ROUTE_DOOR, /* files and documents: `handle` */
};

/* Who may call. */
enum route_access {
    ACCESS_PUBLIC,   /* everybody */
    ACCESS_SHOPPER,  /* a guest, a customer or staff. RPC: 401 for nobody. Page: nobody is made a guest first */
    ACCESS_CUSTOMER, /* a customer or staff. RPC: 401 for nobody, 403 for a guest. Page: sent to /login?next=... */
    ACCESS_STAFF,    /* staff. RPC: 401 or 403. Page: nobody and guests are sent to /login?next=..., customers get 403 */
};

struct route {
    enum route_method method;
    const char *pattern; /* "/v1/products/{handle}"; a last "{path=**}" takes all that is left, at least one segment */
    enum route_kind kind;
    const ProtobufCServiceDescriptor *service;
    const char *rpc; /* "GetProduct" */
    void (*handle)(struct exchange *x);
    const char *body; /* field of the request that the JSON body is ("product"); NULL: it is the whole request */
    enum route_access access;
    uint32_t cache_s;     /* how long anybody may keep the answer; 0: it is private and never kept */
    uint32_t body_max;    /* bytes; 0: ROUTE_BODY_MAX */
    uint32_t deadline_ms; /* 0: ROUTE_DEADLINE_MS */
    bool needs_idempotency_key;
    int success;          /* HTTP status of success; 0: 200 */
    /* RPC rows whose answer is no JSON: finishes the exchange with the call's reply. */
    void (*answer)(struct exchange *x, const ProtobufCMessage *reply);
    const char *produces; /* with `answer`: the media type */
    const char *location; /* with 201: "/v1/orders/{id}", from the fields of the reply */
    const char *summary;  /* one line for the API's description */
};

#define ROUTE_BODY_MAX 65536u
#define ROUTE_BODY_LIMIT (2u * 1024 * 1024) /* no row may take more */
#define ROUTE_DEADLINE_MS 8000u
#define ROUTE_CAPTURES_MAX 4

const char *route_method_name(enum route_method method);

#endif
