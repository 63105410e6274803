/*
 * The life of one request at libmicrohttpd's edge: from its first line to the last byte of the answer.
 *
 * libmicrohttpd calls in on its own thread; a handler that waits for other processes has the connection suspended before its
 * first call, and whichever thread finishes the answer resumes it. An exchange and its edge live in one arena, which goes
 * back when libmicrohttpd says that the request is over.
 */
#ifndef PORTAL_EDGE_H
#define PORTAL_EDGE_H

#include <microhttpd.h>

#include "exchange.h"

struct http;

enum edge_phase { EDGE_OPENED, EDGE_READING, EDGE_ANSWERING };

struct edge {
    struct exchange x;
    struct http *http;
    struct MHD_Connection *connection;
    struct MHD_Response *response; /* made by answer.c */
    const char *uri;               /* the request's target as it came */
    const char *method_name;
    enum edge_phase phase;
    char *body;
    size_t body_capacity;
    size_t body_limit;
    size_t arrived;     /* bytes of body seen, those thrown away included */
    bool is_discarding; /* the answer is known to be a refusal: the body is read and dropped */
    bool must_close;    /* what follows on the connection cannot be trusted, or nothing may follow */
    bool is_suspended;
    bool is_finished;
    bool is_options; /* answered with `allow`, without a handler */
    bool is_known_method;
    bool is_plain; /* a refusal before the request is read: never as a page */
    int refusal;   /* HTTP status that the request gets whatever its body; 0: none */
    const struct error *refusal_error;
    const char *moved_to; /* the same address without the slash at its end; NULL: it is right */
    const char *allow;    /* with 405 and OPTIONS: the methods of the path */
};

/* For MHD_start_daemon(): the callbacks, each with struct http as its first argument. */
void *edge_open(void *http, const char *uri, struct MHD_Connection *connection);
enum MHD_Result edge_handle(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *data_size, void **edge);
void edge_completed(void *http, struct MHD_Connection *connection, void **edge, enum MHD_RequestTerminationCode how);

/* For exchange.c. Suspends the connection, once; must come before anything that may finish the exchange on another thread.
 */
void edge_suspend(struct edge *edge);

/* The exchange's answer is complete. Nothing may touch the exchange afterwards. */
void edge_finish(struct edge *edge);

/* The request gets this answer whatever its body says; it is copied. The first refusal stays. */
void edge_refuse(struct edge *edge, int http_status, const char *format, ...) PRINTF_LIKE(3, 4);
void edge_refuse_error(struct edge *edge, const struct error *err);

#endif
