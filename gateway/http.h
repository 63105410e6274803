/*
 * The HTTP port of the gateway: libmicrohttpd with one epoll thread or a few, its limits, its draining.
 */
#ifndef PORTAL_HTTP_H
#define PORTAL_HTTP_H

#include <stdatomic.h>

#include "gateway.h"
#include "metrics.h"

#define HTTP_TARGET_MAX 8192        /* bytes of path and query */
#define HTTP_HEADERS_MAX 64         /* fields of one request */
#define HTTP_HEADERS_SIZE_MAX 16384 /* names and values of one request together */

struct http {
    struct gateway *gateway;
    struct MHD_Daemon *daemon;
    struct reaper *reaper;
    int listen_fd;        /* after http_drain(): ours to close */
    atomic_int suspended; /* requests that wait for other processes */
    atomic_int open;      /* requests between their first line and the end of their answer */
    struct metric *requests;
    struct metric *durations;
    struct metric_series *in_flight;
};

enum status http_start(struct gateway *gateway, struct http **ret_http, struct error *err) MUST_CHECK;

/*
 * Takes no new connections, closes each one after its next answer, and waits up to `drain_ms` until for a moment nobody has
 * asked anything: a request may be on its way on a connection that was kept open.
 */
void http_drain(struct http *http, int64_t drain_ms);

/* After http_drain(). Accepts NULL. */
void http_stop(struct http *http);

#endif
