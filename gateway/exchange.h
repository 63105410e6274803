/*
 * One HTTP request being answered.
 *
 * A handler is given an exchange and must finish it once, by exactly one of exchange_reply(), exchange_reply_message(),
 * exchange_redirect(), exchange_problem(), or hand it on by exchange_wait(); after any of these it must not touch the
 * exchange again. Nothing in a handler may block: what needs other processes is asked like this,
 *
 *     void product_page(struct exchange *x)
 *     {
 *         struct product_page *page = x->state = ARENA_NEW(x->arena, struct product_page);
 *         Catalog__V1__GetProductRequest request = CATALOG__V1__GET_PRODUCT_REQUEST__INIT;
 *         request.handle = (char *)params_get(&x->captures, "handle");
 *         request.country_code = x->market->country_code;
 *         page->product = exchange_call(x, &catalog__v1__catalog_service__descriptor, "GetProduct", &request.base);
 *         page->cart = exchange_call(x, &cart__v1__cart_service__descriptor, "GetCart", &cart_request.base);
 *         exchange_wait(x, product_page_show);
 *     }
 *     static void product_page_show(struct exchange *x)
 *     {
 *         struct product_page *page = x->state;
 *         if (exchange_failed(x, page->product))
 *             return;                     // the problem was answered
 *         ... json_t *json = pbjson_encode(page->product->reply); ... exchange_reply(x, 200, ...);
 *     }
 *
 * Calls queued before one exchange_wait() run at the same time. The continuation runs on a thread of nng's or on the calling
 * one; an exchange is on one thread at a time, so its own data needs no lock, but everything shared between exchanges must
 * be read-only or locked. Everything in the exchange, the arena included, lives until the answer was sent.
 */
#ifndef PORTAL_EXCHANGE_H
#define PORTAL_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "error.h"
#include "rpc_client.h"
#include "types.pb-c.h"
#include "uuid.h"

#include "params.h"
#include "route.h"

#define EXCHANGE_CALLS_MAX 8    /* between two exchange_wait() */
#define EXCHANGE_HEADERS_MAX 24 /* of an answer, cookies included */

struct gateway;
struct edge;

struct exchange_header {
    const char *name;
    const char *value;
};

/* What will be sent; filled by the functions below. */
struct exchange_answer {
    int status;
    const char *content_type;
    const char *body; /* in the arena, or there for ever */
    size_t body_size;
    int fd;             /* a file instead of a body; -1: none */
    char file_etag[32]; /* with a file: its entity tag, quotes included */
    bool is_public;     /* anybody may keep it for cache_s */
    uint32_t cache_s;
    bool is_immutable;        /* never changes under its address */
    const char *style_source; /* pages: CSP source of the inline style sheet, policy_style_source(); NULL: none */
    const char *script_origin; /* pages: "https://js.stripe.com", whose script and frames this page may load; NULL: none */
    struct exchange_header headers[EXCHANGE_HEADERS_MAX];
    size_t header_count;
};

struct exchange {
    struct gateway *gateway;
    struct arena *arena; /* for everything that this exchange needs */
    void *state;         /* the handler's own, between its functions */

    /* The request; read only. */
    const struct route *route; /* NULL when no row fits */
    enum route_method method;  /* HEAD looks like GET here */
    bool is_head;
    const char *path;       /* decoded */
    const char *raw_path;   /* as sent */
    const char *target;     /* path and query as sent, always starting with '/' */
    struct params query;    /* decoded */
    struct params form;     /* page rows: fields of an application/x-www-form-urlencoded body */
    struct params captures; /* of the route's pattern, decoded */
    struct params cookies;
    const char *body; /* NUL behind its end */
    size_t body_size;
    const char *request_id;
    int64_t started_us;  /* monotonic */
    int64_t deadline_us; /* monotonic; calls get what is left */

    /* Who asks and where; set by access.c before the handler runs. */
    const Rpc__V1__Caller *caller;   /* never NULL; kind KIND_NOBODY without a token */
    bool by_cookie;                  /* the token came in a cookie */
    const char *access_error;        /* the API: why the token that came is no good; NULL: it is good, or there is none */
    const Types__V1__Market *market; /* query `market`, else cookie `market`, else the shop's default; never NULL */

    const char *traceparent;     /* W3C Trace Context as it came; "" without one */
    const char *idempotency_key; /* "" without one; a page may set it before its calls (a hidden field of its form) */

    struct exchange_answer answer;
    struct edge *edge;            /* http.c's own */
    struct exchange_calls *calls; /* exchange.c's own */
};

/* A header of the request by name, case-insensitive; NULL when there is none. */
const char *exchange_header(const struct exchange *x, const char *name);

/*
 * Queues a call of `service`/`method` as the exchange's caller; exchange_wait() sends it. The request must stay until
 * exchange_wait() returns. The result is filled when the continuation runs: `reply` is the reply message (cast it to the
 * method's type) or NULL, and `err` says why. Asking for a method that does not exist is a bug of ours and ends the process.
 */
const struct rpc_result *exchange_call(struct exchange *x, const ProtobufCServiceDescriptor *service, const char *method,
                                       const ProtobufCMessage *request);

/* Sends the queued calls and runs `next` when all were answered; at once when there are none. */
void exchange_wait(struct exchange *x, void (*next)(struct exchange *x));

/* When the result is an error, answers exchange_problem() and returns true. */
bool exchange_failed(struct exchange *x, const struct rpc_result *result);

/* A header of the answer, besides those the edge sets by itself (length, date, caching, coding, security). */
void exchange_set_header(struct exchange *x, const char *name, const char *value);

/* A cookie for the whole site: Path=/, SameSite=Lax, Secure as configured. max_age_s 0 deletes it. `value` must be made of
 * the characters a cookie may have (RFC 6265, cookie-octet). Setting one name twice keeps the later value. */
void exchange_set_cookie(struct exchange *x, const char *name, const char *value, int64_t max_age_s, bool http_only);

/*
 * Finishes. `content_type` and `body` live in the arena or for ever. The edge compresses text, makes the ETag, answers
 * If-None-Match and HEAD, and derives Cache-Control from the route's `cache_s` (public only when the answer sets no cookie
 * and neither a token nor, on pages, any cookie came with the request).
 */
void exchange_reply(struct exchange *x, int status, const char *content_type, const char *body, size_t body_size);

/* Finishes with a message as JSON. */
void exchange_reply_message(struct exchange *x, int status, const ProtobufCMessage *message);

/* Finishes with 303 See Other. `location` is a path of our own ("/cart"); what leads to another site becomes "/". */
void exchange_redirect(struct exchange *x, const char *location);

/*
 * Finishes with what went wrong: as problem+json, or on page rows (and for browsers on unknown paths) as a page, by
 *
 *     void page_problem(struct exchange *x, const struct http_problem *problem, const struct error *err);
 *
 * of pages/page.h, which finishes by exchange_reply() with problem->status. It may queue calls, and must not fail.
 * exchange_refuse() is for refusals of the HTTP layer, which have no enum status: 404 of paths, 405, 413 ...
 */
void exchange_problem(struct exchange *x, const struct error *err);
void exchange_refuse(struct exchange *x, int http_status, const char *format, ...) PRINTF_LIKE(3, 4);
void exchange_refuse_error(struct exchange *x, int http_status, const struct error *err); /* `err` lives in the arena */

/* Finishes with a file of that size; the descriptor is closed when it was sent. */
void exchange_reply_file(struct exchange *x, const char *content_type, int fd, size_t size);

/* For edge.c, when the request is over: gives back what calls took. */
void exchange_release(struct exchange *x);

#endif
