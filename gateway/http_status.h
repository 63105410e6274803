/*
 * From the portal's statuses to HTTP: the one place that knows which is which, and how a problem is written (RFC 9457).
 */
#ifndef PORTAL_HTTP_STATUS_H
#define PORTAL_HTTP_STATUS_H

#include "arena.h"
#include "error.h"

#define HTTP_IDEMPOTENCY_KEY "Idempotency-Key" /* header, and field of the violations that concern it */
#define HTTP_IDEMPOTENCY_REPLAYED "Idempotency-Replayed"

/* What an HTTP status of ours is called, and where a person can read about it. */
struct http_problem {
    int status;        /* 404 */
    const char *slug;  /* "not-found": its type is "/problems/not-found" */
    const char *title; /* "Not found" */
    const char *help;  /* what it means and what to do, two sentences at most */
};

/* Never NULL. A violation of field HTTP_IDEMPOTENCY_KEY with the code "idempotency_key_reused" makes any status a 422. */
const struct http_problem *http_problem_of(const struct error *err);

/* For what the HTTP layer itself refuses: 405, 413, 414, 415, 431, 501 ... Asking for a status that is not in the table is a
 * bug. */
const struct http_problem *http_problem_by_status(int status);

const struct http_problem *http_problem_by_slug(const char *slug); /* NULL when there is none */
const struct http_problem *http_problem_all(size_t *ret_count);

/* The body of application/problem+json, in the arena. `instance` is the path that was asked for. */
const char *http_problem_json(const struct http_problem *problem, const struct error *err, const char *instance,
                              const char *request_id, struct arena *arena, size_t *ret_size);

#endif
