/*
 * The gateway of a test: the real one on a port of its own, over four small services that answer by fixed rules.
 *
 * The services' rules: GetProduct answers the handle that was asked for; the handles "slow" (300 ms), "missing" (NOT_FOUND)
 * and "broken" (INTERNAL) do what they say. Sessions and keys are real tokens. Every service counts its calls.
 */
#ifndef PORTAL_GATEWAY_SHOP_H
#define PORTAL_GATEWAY_SHOP_H

#include "check.h"

#include <pthread.h>

#include "http.h"
#include "token.h"

#define SUBJECT "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50"
#define GOOD_REFRESH "refresh-token-that-is-good"
#define SLOW_MS 300

struct gateway_shop {
    struct gateway gateway;
    struct http *http;
    struct arena *arena;             /* what a test makes lives to its end */
    struct token_signer signer;      /* the key that auth tells of */
    struct token_signer next_signer; /* told of as well once `rotated` is set */
    int port;
    atomic_bool rotated;
    atomic_int calls;                 /* that reached a service */
    atomic_int running, most_running; /* slow calls at one moment */
    pthread_mutex_t lock;             /* of the two below */
    char seen_key[300];               /* idempotency key of the last PlaceOrder */
    char seen_subject[64];            /* caller of the last GetCart */
};

extern struct gateway_shop shop;

/* For cmocka_run_group_tests(). */
int gateway_shop_open(void **state);
int gateway_shop_close(void **state);
int gateway_shop_open_http(void); /* the HTTP port again, after a test has stopped it */

struct answer {
    int status;       /* 0: the connection was closed without an answer */
    const char *text; /* all that came */
    const char *body;
    size_t body_size;
};

/* A connection on which receiving waits for two seconds at most. */
int connect_to_gateway(void);

/* Sends the bytes as they are and reads until the server closes, or for two seconds. */
struct answer send_bytes(const char *bytes, size_t size);

/* The same, for the status alone; from any thread. */
int status_of(const char *request);

/* A request with Host and Connection: close; `headers` are whole lines with their ends; `body` may be NULL. */
struct answer ask(const char *method, const char *target, const char *headers, const char *body);

/* A header's value; NULL when it is not there. */
const char *header_of(const struct answer *answer, const char *name);
bool body_says(const struct answer *answer, const char *text);

/* The caller of the last GetCart, copied. */
const char *last_subject(void);

/* "Authorization: Bearer <token>\r\n" for a caller of that kind, good for `seconds` from now (negative: expired). */
const char *bearer(Rpc__V1__Caller__Kind kind, int seconds);
const char *token_of(const struct token_signer *signer, Rpc__V1__Caller__Kind kind, int seconds);
const char *format(const char *pattern, ...) PRINTF_LIKE(1, 2);

#endif
