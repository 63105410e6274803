/* Takes a request in: first line, header fields, body; hands it to dispatch(); hands its answer to libmicrohttpd. */
#include "edge.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dispatch.h"
#include "http.h"
#include "http_status.h"
#include "reaper.h"
#include "log.h"
#include "request_check.h"

#define BODY_FIRST_SIZE 4096
#define DISCARD_MAX (4u * 1024 * 1024) /* of a refused body is read, since closing on unread bytes would lose the answer */
#define REQUEST_ID_MAX 64

void *edge_open(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct http *http = arg;
    struct arena *arena = arena_pool_take(http->gateway->arenas);
    struct edge *edge = ARENA_NEW(arena, struct edge);
    edge->http = http;
    edge->connection = connection;
    edge->uri = arena_strdup(arena, uri);
    edge->x.edge = edge;
    edge->x.gateway = http->gateway;
    edge->x.arena = arena;
    edge->x.started_us = clock_monotonic_us();
    edge->x.caller = &RPC_NOBODY;
    edge->x.market = http->gateway->default_market;
    edge->x.idempotency_key = "";
    edge->x.request_id = "";
    edge->x.body = "";
    edge->x.answer.fd = -1;
    atomic_fetch_add(&http->open, 1);
    metric_add(http->in_flight, 1);
    reaper_request_began(http->reaper, connection);
    return edge;
}

void edge_refuse_error(struct edge *edge, const struct error *err)
{
    if (edge->refusal)
        return;
    edge->refusal = http_problem_of(err)->status;
    edge->refusal_error = arena_memdup(edge->x.arena, err, sizeof(*err));
}

void edge_refuse(struct edge *edge, int http_status, const char *format, ...)
{
    if (edge->refusal)
        return;
    struct error *err = ARENA_NEW(edge->x.arena, struct error);
    va_list args;
    va_start(args, format);
    error_set(err, STATUS_INVALID_ARGUMENT, "%s", arena_vprintf(edge->x.arena, format, args));
    va_end(args);
    edge->refusal = http_status;
    edge->refusal_error = err;
}

/* Ours unless the caller sent one that is harmless in logs and headers. */
static const char *choose_request_id(struct exchange *x)
{
    const char *sent = exchange_header(x, "X-Request-Id");
    size_t length = sent ? strlen(sent) : 0;
    if (length >= 8 && length <= REQUEST_ID_MAX &&
        strspn(sent, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == length)
        return arena_strdup(x->arena, sent);
    return uuid_new(x->arena);
}

/* Whether the body can be awaited: known to fit, or small enough to be read and dropped. */
static void check_length(struct edge *edge)
{
    int64_t length = request_length(&edge->x);
    edge->body_limit = edge->x.route && edge->x.route->body_max ? edge->x.route->body_max : ROUTE_BODY_MAX;
    if (length > (int64_t)edge->body_limit)
        edge_refuse(edge, 413, "The body has %lld bytes; at most %zu are taken here.", (long long)length, edge->body_limit);
    edge->is_discarding = edge->refusal != 0;
    if (length > (int64_t)edge->body_limit + DISCARD_MAX)
        edge->must_close = true;
}

static bool expects_continue(const struct exchange *x)
{
    const char *expect = exchange_header(x, MHD_HTTP_HEADER_EXPECT);
    return expect && strcasecmp(expect, "100-continue") == 0;
}

static enum MHD_Result send_answer(struct edge *edge)
{
    edge->phase = EDGE_ANSWERING;
    struct MHD_Response *response = edge->response;
    edge->response = NULL;
    enum MHD_Result result = MHD_queue_response(edge->connection, (unsigned)edge->x.answer.status, response);
    MHD_destroy_response(response);
    return result;
}

/* The first call for a request: all that can be said before its body came. A refusal that cannot wait for the body is
 * answered now, and closes the connection. */
static enum MHD_Result begin(struct edge *edge, const char *method, const char *version)
{
    struct exchange *x = &edge->x;
    edge->phase = EDGE_READING;
    edge->method_name = arena_strdup(x->arena, method);
    x->is_head = strcmp(method, "HEAD") == 0;
    x->request_id = choose_request_id(x);
    x->deadline_us = x->started_us + ROUTE_DEADLINE_MS * US_PER_MS;
    request_check(edge, version);
    request_check_target(edge);
    if (!edge->refusal && !edge->is_options)
        dispatch_route(edge);
    check_length(edge);
    if (edge->refusal && expects_continue(x))
        edge->must_close = true;
    if (!edge->refusal || !edge->must_close)
        return MHD_YES;
    dispatch_refuse_plainly(edge);
    return send_answer(edge);
}

static bool grow_body(struct edge *edge, size_t size)
{
    if (size < edge->body_capacity)
        return true;
    size_t capacity = edge->body_capacity ? edge->body_capacity : BODY_FIRST_SIZE;
    while (capacity <= size)
        capacity *= 2;
    char *grown = realloc(edge->body, capacity);
    if (!grown)
        return false;
    edge->body = grown;
    edge->body_capacity = capacity;
    return true;
}

/* Keeps or drops what came; false: there is too much of it, or it comes too slowly. */
static bool take_body(struct edge *edge, const char *data, size_t size)
{
    size_t before = edge->arrived;
    edge->arrived += size;
    if (clock_monotonic_us() - edge->x.started_us > edge->http->gateway->settings.request_s * US_PER_S)
        return false;
    if (!edge->is_discarding && edge->arrived > edge->body_limit) {
        edge_refuse(edge, 413, "The body has more than the %zu bytes that are taken here.", edge->body_limit);
        edge->is_discarding = true;
    }
    if (edge->is_discarding)
        return edge->arrived <= edge->body_limit + DISCARD_MAX;
    if (!grow_body(edge, edge->arrived))
        return false;
    memcpy(edge->body + before, data, size);
    edge->body[edge->arrived] = '\0';
    return true;
}

/* The whole request is here. */
static enum MHD_Result answer(struct edge *edge)
{
    struct exchange *x = &edge->x;
    if (!edge->is_discarding && edge->body) {
        x->body = edge->body;
        x->body_size = edge->arrived;
    }
    reaper_request_came(edge->http->reaper, edge->connection);
    x->deadline_us =
        clock_monotonic_us() + (x->route && x->route->deadline_ms ? x->route->deadline_ms : ROUTE_DEADLINE_MS) * US_PER_MS;
    dispatch(edge);
    if (edge->is_suspended)
        return MHD_YES; /* the exchange may be on another thread by now; we are called again when it is done */
    assert(edge->is_finished && "a handler answers, or waits for calls");
    return send_answer(edge);
}

enum MHD_Result edge_handle(void *http, struct MHD_Connection *connection, const char *url, const char *method,
                            const char *version, const char *data, size_t *data_size, void **context)
{
    (void)http, (void)connection, (void)url;
    struct edge *edge = *context;
    if (edge->phase == EDGE_OPENED)
        return begin(edge, method, version);
    if (*data_size > 0) {
        size_t size = *data_size;
        *data_size = 0;
        return take_body(edge, data, size) ? MHD_YES : MHD_NO;
    }
    return edge->is_suspended ? send_answer(edge) : answer(edge);
}

void edge_suspend(struct edge *edge)
{
    if (edge->is_suspended)
        return;
    edge->is_suspended = true;
    atomic_fetch_add(&edge->http->suspended, 1);
    MHD_suspend_connection(edge->connection);
}

void edge_finish(struct edge *edge)
{
    edge->is_finished = true;
    if (!edge->is_suspended)
        return;
    struct http *http = edge->http;
    MHD_resume_connection(edge->connection);
    atomic_fetch_sub(&http->suspended, 1);
}

static void log_request(const struct edge *edge, enum MHD_RequestTerminationCode how)
{
    static const char *const kinds[] = {"nobody", "guest", "customer", "staff", "service"};
    const struct exchange *x = &edge->x;
    int64_t duration_us = clock_monotonic_us() - x->started_us;
    const char *route = x->route ? x->route->pattern : "none";
    const char *method = edge->is_known_method ? edge->method_name : "other";
    int status = edge->phase == EDGE_ANSWERING ? x->answer.status : 0;
    char status_text[12];
    snprintf(status_text, sizeof(status_text), "%d", status);
    metric_add(metric_series(edge->http->requests, (const char *const[]){route, method, status_text}), 1);
    metric_observe_us(metric_series(edge->http->durations, (const char *const[]){route}), duration_us);
    log_info(LOG_EVENT("request"), LOG_STR("request_id", x->request_id), LOG_STR("route", route), LOG_STR("method", method),
             LOG_INT("status", status), LOG_INT("duration_us", duration_us), LOG_INT("bytes", x->answer.body_size),
             LOG_STR("caller", kinds[x->caller->kind]), LOG_BOOL("complete", how == MHD_REQUEST_TERMINATED_COMPLETED_OK));
}

void edge_completed(void *arg, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
    struct http *http = arg;
    struct edge *edge = *context;
    *context = NULL;
    if (!edge)
        return;
    log_request(edge, how);
    reaper_request_ended(http->reaper, connection);
    if (edge->response)
        MHD_destroy_response(edge->response);
    exchange_release(&edge->x);
    free(edge->body);
    metric_add(http->in_flight, -1);
    arena_pool_give(http->gateway->arenas, edge->x.arena);
    atomic_fetch_sub(&http->open, 1);
}
