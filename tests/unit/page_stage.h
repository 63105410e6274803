/*
 * A stage for pages: an exchange whose calls are answered from files (tests/unit/pages/<Method>.json, ProtoJSON) or with an error
 * that the test names, and whose answer is kept for the test to look at. The functions of exchange.h and session.h are
 * played here; everything else of the pages is the real thing.
 *
 * PORTAL_PAGES_OUT=<folder> keeps every page that is shown as <name>.html, to be looked at in a browser; PORTAL_PAGES_FROM
 * names another folder of answers.
 */
#ifndef PORTAL_PAGE_STAGE_H
#define PORTAL_PAGE_STAGE_H

#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "pages/page.h"
#include "pages/page_row.h"
#include "pages/page_view.h"
#include "pbjson.h"
#include "session.h"
#include "web.h"

/* A test file uses some of these. */
#define STAGE_VERB __attribute__((unused)) static

#define STAGE_CALLS_MAX 16
#define STAGE_COOKIES_MAX 8

struct stage_call {
    const char *method;
    json_t *request;
};

struct stage_cookie {
    char name[32];
    char value[128];
    int64_t max_age_s;
};

static struct {
    struct exchange x;
    Rpc__V1__Caller caller;
    struct markets *markets;
    struct stage_call calls[STAGE_CALLS_MAX];
    size_t call_count;
    const char *failing;            /* method whose call fails with `failure` */
    struct error failure;
    struct stage_cookie cookies[STAGE_COOKIES_MAX];
    size_t cookie_count;
    int status;                     /* of the answer */
    const char *content_type;
    char *html;
    char *location;                 /* of a redirect */
    bool session_began, session_ended;
} stage;

static const char *stage_folder(void)
{
    const char *folder = getenv("PORTAL_PAGES_FROM");
    return folder ? folder : SOURCE_DIR "/tests/unit/pages";
}

/* Methods that answer with the same message are answered from one file. */
static const char *stage_file(const ProtobufCMethodDescriptor *method)
{
    static const char *const FILES[][2] = {
        {"cart.v1.Cart", "GetCart"}, {"orders.v1.Order", "GetOrder"}, {"orders.v1.Return", "GetReturn"}, {"orders.v1.Refund", "Refund"}, {"orders.v1.Shipment", "Nothing"}, {"catalog.v1.AdjustStockReply", "Nothing"}, {"catalog.v1.MoveStockReply", "Nothing"},
        {"orders.v1.ListRefundReviewsReply", "ListRefundReviews"}, {"orders.v1.WebhookEndpoint", "Webhook"},
        {"orders.v1.ReplayMessagesReply", "Nothing"}, {"orders.v1.DeleteWebhookReply", "Nothing"},
        {"orders.v1.ListTasksReply", "ListTasks"}, {"orders.v1.OrderPayments", "GetOrderPayments"}, {"orders.v1.ListOrdersReply", "ListOrders"}, {"auth.v1.Profile", "GetProfile"},
        {"auth.v1.Session", "Session"}, {"auth.v1.SavedAddress", "Nothing"}, {"auth.v1.LogoutReply", "Nothing"},
        {"auth.v1.DeleteAddressReply", "Nothing"},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
        if (strcmp(FILES[i][0], method->output->name) == 0)
            return FILES[i][1];
    return method->name;
}

/* Played functions. */

const struct rpc_result *exchange_call(struct exchange *x, const ProtobufCServiceDescriptor *service, const char *method,
                                       const ProtobufCMessage *request)
{
    const ProtobufCMethodDescriptor *descriptor = protobuf_c_service_descriptor_get_method_by_name(service, method);
    assert_non_null(descriptor);
    assert_ptr_equal(descriptor->input, request->descriptor);
    assert_true(stage.call_count < STAGE_CALLS_MAX);
    stage.calls[stage.call_count++] = (struct stage_call){descriptor->name, pbjson_encode(request)};
    struct rpc_result *result = ARENA_NEW(x->arena, struct rpc_result);
    if (stage.failing && strcmp(stage.failing, method) == 0) {
        result->err = stage.failure;
        return result;
    }
    char path[4096];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/%s.json", stage_folder(), stage_file(descriptor));
    json_t *json = json_load_file(path, 0, &problem);
    if (!json)
        fail_msg("%s: %s", path, problem.text);
    if (pbjson_decode(descriptor->output, json, x->arena, &result->reply, &result->err))
        fail_msg("%s: %s %s", path, result->err.message, result->err.violations[0].field);
    json_decref(json);
    return result;
}

void exchange_wait(struct exchange *x, void (*next)(struct exchange *x)) { next(x); }

void exchange_problem(struct exchange *x, const struct error *err) { page_problem(x, http_problem_of(err), err); }

bool exchange_failed(struct exchange *x, const struct rpc_result *result)
{
    if (!result->err.status)
        return false;
    exchange_problem(x, &result->err);
    return true;
}

void exchange_set_cookie(struct exchange *x, const char *name, const char *value, int64_t max_age_s, bool http_only)
{
    (void)x, (void)http_only;
    assert_true(stage.cookie_count < STAGE_COOKIES_MAX);
    struct stage_cookie *cookie = &stage.cookies[stage.cookie_count++];
    snprintf(cookie->name, sizeof cookie->name, "%s", name);
    snprintf(cookie->value, sizeof cookie->value, "%s", value);
    cookie->max_age_s = max_age_s;
}

static void stage_keep(const char *body, size_t size)
{
    assert_null(stage.html);
    assert_null(stage.location);
    stage.html = strndup(body, size);
}

void exchange_reply(struct exchange *x, int status, const char *content_type, const char *body, size_t body_size)
{
    (void)x;
    stage.content_type = content_type;
    stage.status = status;
    stage_keep(body, body_size);
}

void exchange_redirect(struct exchange *x, const char *location)
{
    (void)x;
    assert_null(stage.html);
    assert_null(stage.location);
    stage.status = 303;
    stage.location = strdup(location);
}

void exchange_set_header(struct exchange *x, const char *name, const char *value) { (void)x, (void)name, (void)value; }

void exchange_refuse(struct exchange *x, int http_status, const char *format, ...)
{
    (void)x;
    fail_msg("refused with %d: %s", http_status, format);
}

enum status session_begin(struct exchange *x, const Auth__V1__Session *session, struct error *err)
{
    (void)x, (void)session, (void)err;
    stage.session_began = true;
    return STATUS_OK;
}

void session_end(struct exchange *x)
{
    (void)x;
    stage.session_ended = true;
}

const char *session_refresh_token(const struct exchange *x)
{
    (void)x;
    return "refresh-token";
}

/* Before each test: nobody, in Kenya. */
STAGE_VERB int stage_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < stage.call_count; i++)
        json_decref(stage.calls[i].request);
    free(stage.html);
    free(stage.location);
    if (stage.x.arena)
        arena_free(stage.x.arena);
    struct markets *markets = stage.markets;
    memset(&stage, 0, sizeof stage);
    stage.markets = markets;
    rpc__v1__caller__init(&stage.caller);
    stage.x.arena = arena_new(65536, 1 << 22);
    stage.x.caller = &stage.caller;
    stage.x.market = markets_find(markets, "KE");
    stage.x.request_id = "0192f0c4-aaaa-7000-8000-000000000000";
    stage.x.idempotency_key = "";
    return 0;
}

STAGE_VERB int stage_start(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    web_init();
    assert_int_equal(markets_load(NULL, &stage.markets, &err), STATUS_OK);
    const struct page_options options = {"Soko", "https://shop.example", stage.markets};
    if (page_start(&options, &err))
        fail_msg("%s", err.message);
    size_t count;
    (void)page_routes(&count);
    return stage_open(NULL);
}

STAGE_VERB int stage_stop(void **state)
{
    stage_open(state);
    arena_free(stage.x.arena);
    page_stop();
    markets_free(stage.markets);
    return 0;
}

STAGE_VERB void stage_as(Rpc__V1__Caller__Kind kind) { stage.caller.kind = kind; }

STAGE_VERB void stage_fails(const char *method, enum status status, const char *field, const char *code, const char *message)
{
    stage.failing = method;
    error_clear(&stage.failure);
    if (field)
        error_field(&stage.failure, field, code, "%s", message);
    stage.failure.status = status;
    if (!field)
        error_set(&stage.failure, status, "%s", message);
}

static struct params stage_params(const char *text)
{
    struct params params = {0};
    struct error err;
    error_clear(&err);
    assert_int_equal(params_parse(text, strlen(text), stage.x.arena, &params, &err), STATUS_OK);
    return params;
}

/* The route of that pattern, with `captures` and `query` written as in a query. */
static void stage_enter(enum route_method method, const char *pattern, const char *path, const char *captures, const char *query)
{
    size_t count;
    const struct route *routes = page_routes(&count);
    for (size_t i = 0; i < count; i++)
        if (routes[i].method == method && strcmp(routes[i].pattern, pattern) == 0)
            stage.x.route = &routes[i];
    assert_non_null(stage.x.route);
    stage.x.method = method;
    stage.x.path = path;
    stage.x.target = *query ? arena_printf(stage.x.arena, "%s?%s", path, query) : path;
    stage.x.captures = stage_params(captures);
    stage.x.query = stage_params(query);
}

static void stage_write(const char *name)
{
    const char *folder = getenv("PORTAL_PAGES_OUT");
    char path[4096];
    if (!folder || !name || !stage.html)
        return;
    snprintf(path, sizeof path, "%s/%s.html", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(stage.html, file);
    fclose(file);
}

/* Shows a page and keeps it under `name`. */
STAGE_VERB void stage_get(const char *name, const char *pattern, const char *path, const char *captures, const char *query)
{
    stage_enter(ROUTE_GET, pattern, path, captures, query);
    stage.x.route->handle(&stage.x);
    stage_write(name);
}

STAGE_VERB void stage_post(const char *name, const char *pattern, const char *path, const char *captures, const char *form)
{
    stage_enter(ROUTE_POST, pattern, path, captures, "");
    stage.x.form = stage_params(form);
    stage.x.route->handle(&stage.x);
    stage_write(name);
}

/* What a call asked for, as JSON text at a dotted path; "" when it was not set. */
STAGE_VERB const char *stage_asked(const char *method, const char *path)
{
    for (size_t i = 0; i < stage.call_count; i++) {
        if (strcmp(stage.calls[i].method, method) != 0)
            continue;
        const json_t *at = stage.calls[i].request;
        char *parts = arena_strdup(stage.x.arena, path);
        for (char *part = strtok(parts, "."); part; part = strtok(NULL, "."))
            at = json_object_get(at, part);
        return json_is_string(at) ? json_string_value(at) : "";
    }
    fail_msg("%s was not called", method);
    return "";
}

STAGE_VERB bool stage_called(const char *method)
{
    for (size_t i = 0; i < stage.call_count; i++)
        if (strcmp(stage.calls[i].method, method) == 0)
            return true;
    return false;
}

STAGE_VERB const char *stage_cookie(const char *name)
{
    for (size_t i = stage.cookie_count; i > 0; i--)
        if (strcmp(stage.cookies[i - 1].name, name) == 0)
            return stage.cookies[i - 1].value;
    return NULL;
}

STAGE_VERB void stage_shows(const char *text)
{
    assert_non_null(stage.html);
    assert_string_equal(stage.content_type, "text/html; charset=utf-8");
    if (!strstr(stage.html, text))
        fail_msg("the page does not show: %s", text);
}

STAGE_VERB void stage_hides(const char *text)
{
    assert_non_null(stage.html);
    if (strstr(stage.html, text))
        fail_msg("the page shows: %s", text);
}

#endif
