/* Calls of one exchange, side by side, each with memory of its own; and the ways to finish. */
#include "exchange.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "log.h"
#include "pbjson.h"

#include "answer.h"
#include "edge.h"
#include "gateway.h"
#include "http_status.h"
#include "pages/page.h"

struct pending {
    struct pending *next;
    struct exchange *x;
    struct rpc_client *client;
    const ProtobufCMethodDescriptor *method;
    const ProtobufCMessage *request;
    struct arena *arena; /* from the pool: replies to calls side by side cannot share one */
    struct rpc_result result;
};

struct exchange_calls {
    struct pending *queued;
    size_t queued_count;
    atomic_int left; /* calls without an answer, and one for the sender itself */
    void (*next)(struct exchange *x);
    struct pending *answered; /* whose arenas go back at the end */
};

const char *exchange_header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->edge->connection, MHD_HEADER_KIND, name);
}

const struct rpc_result *exchange_call(struct exchange *x, const ProtobufCServiceDescriptor *service, const char *method,
                                       const ProtobufCMessage *request)
{
    if (!x->calls)
        x->calls = ARENA_NEW(x->arena, struct exchange_calls);
    struct pending *pending = ARENA_NEW(x->arena, struct pending);
    pending->x = x;
    pending->client = gateway_client(x->gateway, service);
    pending->method = protobuf_c_service_descriptor_get_method_by_name(service, method);
    pending->request = request;
    assert(pending->method && request->descriptor == pending->method->input &&
           "a call names a method and brings its request");
    pending->next = x->calls->queued;
    x->calls->queued = pending;
    x->calls->queued_count++;
    return &pending->result;
}

static void one_less(struct exchange *x)
{
    if (atomic_fetch_sub_explicit(&x->calls->left, 1, memory_order_acq_rel) == 1)
        x->calls->next(x);
}

static void answered(void *arg)
{
    struct pending *pending = arg;
    one_less(pending->x);
}

/* The queue becomes the list of what is under way, which no other thread looks at before the last answer. */
static struct pending *take_queue(struct exchange_calls *calls)
{
    struct pending *queue = calls->queued;
    struct pending **end = &calls->queued;
    while (*end)
        end = &(*end)->next;
    *end = calls->answered;
    calls->answered = queue;
    calls->queued = NULL;
    return queue;
}

void exchange_wait(struct exchange *x, void (*next)(struct exchange *x))
{
    struct exchange_calls *calls = x->calls;
    if (!calls || calls->queued_count == 0) {
        next(x);
        return;
    }
    edge_suspend(x->edge);
    size_t count = calls->queued_count;
    calls->queued_count = 0;
    calls->next = next;
    atomic_store(&calls->left, (int)count + 1);
    const struct rpc_meta meta = {.caller = x->caller,
                                  .request_id = x->request_id,
                                  .traceparent = x->traceparent,
                                  .idempotency_key = x->idempotency_key,
                                  .deadline_us = x->deadline_us,
                                  .may_repeat = x->method == ROUTE_GET || *x->idempotency_key != '\0'};
    struct pending *pending = take_queue(calls);
    for (size_t i = 0; i < count; i++, pending = pending->next) {
        pending->arena = arena_pool_take(x->gateway->arenas);
        rpc_client_start(pending->client, pending->method, &meta, pending->request, pending->arena, &pending->result,
                         answered, pending);
    }
    one_less(x);
}

void exchange_release(struct exchange *x)
{
    if (!x->calls)
        return;
    for (struct pending *pending = x->calls->answered; pending; pending = pending->next)
        arena_pool_give(x->gateway->arenas, pending->arena);
}

bool exchange_failed(struct exchange *x, const struct rpc_result *result)
{
    if (result->reply)
        return false;
    exchange_problem(x, &result->err);
    return true;
}

void exchange_set_header(struct exchange *x, const char *name, const char *value)
{
    struct exchange_answer *answer = &x->answer;
    assert(answer->header_count < EXCHANGE_HEADERS_MAX && "an answer has few headers of its own");
    answer->headers[answer->header_count++] = (struct exchange_header){name, value};
}

/* The index of the Set-Cookie header for that name, or of the one to be added. */
static size_t cookie_slot(const struct exchange_answer *answer, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct exchange_header *header = &answer->headers[i];
        if (strcmp(header->name, "Set-Cookie") == 0 && strncmp(header->value, name, length) == 0 &&
            header->value[length] == '=')
            return i;
    }
    return answer->header_count;
}

void exchange_set_cookie(struct exchange *x, const char *name, const char *value, int64_t max_age_s, bool http_only)
{
    const char *text =
        arena_printf(x->arena, "%s=%s; Path=/; Max-Age=%lld; SameSite=Lax%s%s", name, value, (long long)max_age_s,
                     http_only ? "; HttpOnly" : "", x->gateway->cookie_secure ? "; Secure" : "");
    size_t slot = cookie_slot(&x->answer, name);
    if (slot < x->answer.header_count)
        x->answer.headers[slot].value = text;
    else
        exchange_set_header(x, "Set-Cookie", text);
}

static void finish(struct exchange *x)
{
    answer_prepare(x);
    edge_finish(x->edge);
}

void exchange_reply(struct exchange *x, int status, const char *content_type, const char *body, size_t body_size)
{
    x->answer.status = status;
    x->answer.content_type = content_type;
    x->answer.body = body;
    x->answer.body_size = body_size;
    finish(x);
}

void exchange_reply_file(struct exchange *x, const char *content_type, int fd, size_t size)
{
    x->answer.fd = fd;
    exchange_reply(x, 200, content_type, "", size);
}

void exchange_reply_message(struct exchange *x, int status, const ProtobufCMessage *message)
{
    json_t *json = pbjson_encode(message);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    assert(text && "a reply holds UTF-8 only");
    size_t size = strlen(text);
    const char *body = arena_memdup(x->arena, text, size);
    free(text);
    exchange_reply(x, status, "application/json", body, size);
}

/* "//evil.example" and "/\\evil.example" are other sites to a browser. */
static bool is_own_path(const char *location)
{
    return location[0] == '/' && location[1] != '/' && location[1] != '\\';
}

void exchange_redirect(struct exchange *x, const char *location)
{
    if (!is_own_path(location))
        location = "/";
    exchange_set_header(x, "Location", location);
    exchange_reply(x, 303, NULL, "", 0);
}

/* A page for people, problem+json for programs. */
static bool wants_page(const struct exchange *x)
{
    if (x->edge->is_plain)
        return false;
    if (x->route)
        return x->route->kind == ROUTE_PAGE;
    const char *accept = exchange_header(x, "Accept");
    return accept && strstr(accept, "text/html") && strncmp(x->path, "/v1/", 4) != 0;
}

static void challenge(struct exchange *x)
{
    const char *value = "Bearer";
    if (x->access_error)
        value = arena_printf(x->arena, "Bearer error=\"invalid_token\", error_description=\"%s\"", x->access_error);
    exchange_set_header(x, "WWW-Authenticate", value);
}

/* Failures that are ours are logged here, once; what the HTTP layer refuses is part of the request's own line. */
static void log_failure(const struct exchange *x, const struct http_problem *problem, const struct error *err)
{
    if (problem->status >= 500 && x->route)
        log_warn(LOG_EVENT("request_failed"), LOG_STR("request_id", x->request_id), LOG_STR("route", x->route->pattern),
                 LOG_STR("status", status_name(err->status)), LOG_STR("message", err->message));
}

static void finish_problem(struct exchange *x, const struct http_problem *problem, const struct error *err)
{
    log_failure(x, problem, err);
    bool is_temporary = problem->status == 429 || problem->status == 503;
    if (err->retry_after_s > 0 || is_temporary)
        exchange_set_header(x, "Retry-After", arena_printf(x->arena, "%u", err->retry_after_s > 0 ? err->retry_after_s : 1));
    if (problem->status == 401)
        challenge(x);
    if (problem->status == 405)
        exchange_set_header(x, "Allow", x->edge->allow);
    if (wants_page(x)) {
        page_problem(x, problem, err);
        return;
    }
    size_t size;
    const char *json = http_problem_json(problem, err, x->raw_path, x->request_id, x->arena, &size);
    exchange_reply(x, problem->status, "application/problem+json", json, size);
}

void exchange_problem(struct exchange *x, const struct error *err)
{
    finish_problem(x, http_problem_of(err), arena_memdup(x->arena, err, sizeof(*err)));
}

void exchange_refuse(struct exchange *x, int http_status, const char *format, ...)
{
    struct error *err = ARENA_NEW(x->arena, struct error);
    va_list args;
    va_start(args, format);
    error_set(err, STATUS_INVALID_ARGUMENT, "%s", arena_vprintf(x->arena, format, args));
    va_end(args);
    finish_problem(x, http_problem_by_status(http_status), err);
}

void exchange_refuse_error(struct exchange *x, int http_status, const struct error *err)
{
    finish_problem(x, http_problem_by_status(http_status), err);
}
