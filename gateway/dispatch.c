/* The steps of a request in their order; each may end it. */
#include "dispatch.h"

#include <string.h>
#include <strings.h>

#include "access.h"
#include "api.h"
#include "gateway.h"
#include "session.h"

#define TRACEPARENT_LENGTH 55
#define FORM_TYPE "application/x-www-form-urlencoded"

static const struct {
    const char *name;
    enum route_method method;
} methods[] = {
    {"GET", ROUTE_GET},     {"HEAD", ROUTE_GET},      {"POST", ROUTE_POST},   {"PUT", ROUTE_PUT},
    {"PATCH", ROUTE_PATCH}, {"DELETE", ROUTE_DELETE}, {"OPTIONS", ROUTE_GET},
};

static bool find_method(const char *name, enum route_method *ret_method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].name, name) == 0) {
            *ret_method = methods[i].method;
            return true;
        }
    }
    return false;
}

/* The address without its last slash, query kept, when that one is ours. */
static const char *without_slash(const struct exchange *x)
{
    size_t length = strlen(x->raw_path);
    if (length < 2 || x->raw_path[length - 1] != '/')
        return NULL;
    const char *shorter = arena_strndup(x->arena, x->raw_path, length - 1);
    struct router_match match;
    struct error err;
    error_clear(&err);
    if (router_find(x->gateway->router, shorter, x->arena, &match, &err) || !match.rows)
        return NULL;
    return arena_printf(x->arena, "%s%s", shorter, x->target + length);
}

void dispatch_route(struct edge *edge)
{
    struct exchange *x = &edge->x;
    edge->is_known_method = find_method(edge->method_name, &x->method);
    if (!edge->is_known_method) {
        edge->must_close = true;
        edge_refuse(edge, 501, "The method %.20s is not known here.", edge->method_name);
        return;
    }
    struct router_match match;
    struct error err;
    error_clear(&err);
    if (router_find(x->gateway->router, x->raw_path, x->arena, &match, &err)) {
        edge_refuse_error(edge, &err);
        return;
    }
    if (!match.rows) {
        edge->moved_to = without_slash(x);
        edge_refuse(edge, 404, "There is nothing under this address.");
        return;
    }
    edge->allow = router_allow(match.rows, x->arena);
    edge->is_options = strcmp(edge->method_name, "OPTIONS") == 0;
    x->route = edge->is_options ? NULL : match.rows[x->method];
    x->captures = match.captures;
    if (!x->route && !edge->is_options)
        edge_refuse(edge, 405, "This address takes %s.", edge->allow);
}

void dispatch_refuse_plainly(struct edge *edge)
{
    edge->is_plain = true;
    exchange_refuse_error(&edge->x, edge->refusal, edge->refusal_error);
}

static void choose_market(struct exchange *x)
{
    const char *chosen = params_get(&x->query, "market");
    const Types__V1__Market *market = chosen ? markets_find(x->gateway->markets, chosen) : NULL;
    if (!market) {
        chosen = params_get(&x->cookies, "market");
        market = chosen ? markets_find(x->gateway->markets, chosen) : NULL;
    }
    if (market)
        x->market = market;
}

/* Passed on when it has the form of W3C Trace Context, level 1. */
static const char *read_traceparent(const struct exchange *x)
{
    const char *sent = exchange_header(x, "traceparent");
    bool is_one = sent && strlen(sent) == TRACEPARENT_LENGTH && strspn(sent, "0123456789abcdef-") == TRACEPARENT_LENGTH &&
                  sent[2] == '-' && sent[35] == '-' && sent[52] == '-';
    return is_one ? arena_strdup(x->arena, sent) : "";
}

/* Fields of a page's form. */
static enum status read_form(struct exchange *x, struct error *err)
{
    if (x->route->kind != ROUTE_PAGE || x->method == ROUTE_GET || x->body_size == 0)
        return STATUS_OK;
    return params_parse(x->body, x->body_size, x->arena, &x->form, err);
}

static bool is_form_type(const struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");
    return type && strncasecmp(type, FORM_TYPE, sizeof(FORM_TYPE) - 1) == 0;
}

static void handle(struct exchange *x)
{
    if (x->route->kind == ROUTE_RPC)
        api_handle(x);
    else
        x->route->handle(x);
}

static void send_to_login(struct exchange *x)
{
    const char *next = x->method == ROUTE_GET ? x->target : "/";
    exchange_redirect(x, arena_printf(x->arena, "/login?next=%s", params_escape(next, x->arena)));
}

/* The caller is known now. */
static void admit(struct exchange *x)
{
    struct error err;
    error_clear(&err);
    bool is_page = x->route->kind == ROUTE_PAGE;
    if (is_page && x->route->access == ACCESS_SHOPPER && access_check_origin(x, &err) == STATUS_OK) {
        session_ensure_shopper(x, handle);
        return;
    }
    enum status status = access_check(x, &err);
    if (status == STATUS_OK)
        handle(x);
    else if (is_page && status == STATUS_UNAUTHENTICATED)
        send_to_login(x);
    else
        exchange_problem(x, &err);
}

static void handle_row(struct exchange *x)
{
    struct error err;
    error_clear(&err);
    if (x->route->kind == ROUTE_PAGE && x->body_size > 0 && !is_form_type(x))
        exchange_refuse(x, 415, "Pages take forms: Content-Type: " FORM_TYPE ".");
    else if (read_form(x, &err))
        exchange_problem(x, &err);
    else if (x->route->kind == ROUTE_DOOR)
        handle(x);
    else
        access_identify(x, admit);
}

void dispatch(struct edge *edge)
{
    struct exchange *x = &edge->x;
    x->cookies = params_parse_cookies(exchange_header(x, "Cookie"), x->arena);
    x->traceparent = read_traceparent(x);
    choose_market(x);
    if (edge->moved_to) {
        exchange_set_header(x, "Location", edge->moved_to);
        exchange_reply(x, 308, NULL, "", 0);
    } else if (edge->refusal) {
        exchange_refuse_error(x, edge->refusal, edge->refusal_error);
    } else if (edge->is_options) {
        exchange_set_header(x, "Allow", edge->allow);
        exchange_reply(x, 204, NULL, "", 0);
    } else {
        handle_row(x);
    }
}
