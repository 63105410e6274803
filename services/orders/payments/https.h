/*
 * Requests to other companies' servers, over TLS by libcurl: the certificate and its name are always verified, redirects are
 * not followed, time and size of an answer are bounded, connections are kept for the next request.
 *
 * What matters for money is told apart: UNAVAILABLE, not a byte of the request left this machine; UNKNOWN, it was sent and
 * no whole answer came back. Any thread may send.
 */
#ifndef ORDERS_HTTPS_H
#define ORDERS_HTTPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "arena.h"

#define HTTPS_ANSWER_MAX (1024 * 1024) /* bytes */
#define HTTPS_HEADERS_MAX 12

struct https;

struct https_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *headers[HTTPS_HEADERS_MAX]; /* "Name: value", ends with NULL */
    const char *body;                       /* NULL: none */
    /* The server acts anew on each copy: a connection of its own, since libcurl repeats a request by itself when a kept one
     * turns out to be closed. */
    bool only_once;
};

struct https_answer {
    int code;         /* 200 */
    const char *body; /* in the arena, with a NUL behind it */
    size_t length;
    uint32_t retry_after_s; /* 0: not said */
    bool is_replay;         /* "Idempotent-Replayed: true": the answer of an earlier copy of the request */
};

/* `ca_file`: PEM, "" for the system's. `timeout_ms`: the longest wait for one answer. */
struct https *https_new(const char *ca_file, int64_t timeout_ms);
void https_free(struct https *https); /* accepts NULL; nobody may be sending */

/*
 * Before the first request: `who` the messages speak of ("The payment provider" otherwise), and which addresses may be
 * connected to (NULL: all). What a name resolves to is looked at when the connection is made, so that no second answer of a
 * name server can slip in between.
 */
void https_restrict(struct https *https, const char *who, bool (*allows)(const struct sockaddr *address));

/* `deadline_us` is clock_monotonic_us(). OK whatever the code of the answer. */
enum status https_send(struct https *https, const struct https_request *request, int64_t deadline_us, struct arena *arena,
                       struct https_answer *ret_answer, struct error *err) MUST_CHECK;

/* As one segment or value of a URL (RFC 3986: all but unreserved characters as %XX), in the arena. */
const char *https_escape(const char *text, struct arena *arena);

#endif
