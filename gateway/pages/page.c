/* Shows a page: asks for its feeds, all at once, and puts the answers through its template. */
#include "page_row.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "money.h"
#include "pbjson.h"

#include "../session.h"
#include "page_view.h"

#define HTML "text/html; charset=utf-8"
#define CURRENCY_FIELD "currency"

static bool is_filled(const struct exchange *x, const char *name)
{
    const char *value = params_get(&x->form, name);
    return value && *value;
}

/* What is no amount is left as it is, and refused as whatever it is. */
static const char *minor_units_of(const struct exchange *x, const char *name)
{
    struct error ignored;
    int64_t amount_minor;
    const char *text = params_get(&x->form, name);
    const char *code = params_get(&x->form, CURRENCY_FIELD);
    const struct currency *currency = code ? currency_find(code) : NULL;
    error_clear(&ignored);
    if (!text || !currency || money_parse(text, currency, &amount_minor, &ignored) != STATUS_OK)
        return text;
    return arena_printf(x->arena, "%lld", (long long)amount_minor);
}

static const char *value_of(const struct exchange *x, const struct page_field *field)
{
    switch (field->source) {
    case PAGE_CONSTANT:
        return field->name;
    case PAGE_CAPTURE:
        return params_get(&x->captures, field->name);
    case PAGE_QUERY:
        return params_get(&x->query, field->name);
    case PAGE_FORM:
        return params_get(&x->form, field->name);
    case PAGE_FORM_MINOR:
        return minor_units_of(x, field->name);
    case PAGE_FORM_CURRENCY:
        return is_filled(x, field->name) ? params_get(&x->form, CURRENCY_FIELD) : NULL;
    case PAGE_MARKET:
        return x->market->country_code;
    case PAGE_REFRESH_TOKEN:
        return session_refresh_token(x);
    }
    return NULL;
}

enum status page_call_queue(struct exchange *x, const struct page_call *call, const struct rpc_result **ret_result,
                            struct error *err)
{
    const ProtobufCMethodDescriptor *method = protobuf_c_service_descriptor_get_method_by_name(call->service, call->rpc);
    assert(method && "rows name methods that exist");
    ProtobufCMessage *request = pbjson_new(method->input, x->arena);
    enum status status = STATUS_OK;
    for (const struct page_field *field = call->fields; field && field->field; field++) {
        const char *value = value_of(x, field);
        enum status set = value && *value ? pbjson_set_text(request, field->field, value, x->arena, err) : STATUS_OK;
        status = set ? set : status; /* go on: a person learns of all bad fields at once */
    }
    if (status)
        return status;
    *ret_result = exchange_call(x, call->service, call->rpc, request);
    return STATUS_OK;
}

static bool is_for(enum page_audience audience, const struct exchange *x)
{
    switch (x->caller->kind) {
    case RPC__V1__CALLER__KIND__KIND_CUSTOMER:
    case RPC__V1__CALLER__KIND__KIND_STAFF:
        return true;
    case RPC__V1__CALLER__KIND__KIND_GUEST:
        return audience != PAGE_FOR_CUSTOMERS;
    default:
        return audience == PAGE_FOR_ALL;
    }
}

static void reply_rendered(struct exchange *x, int status, const struct page_market *market, const char *template,
                           const json_t *view)
{
    struct mustache_output output = {0};
    struct error err;
    error_clear(&err);
    x->answer.style_source = page_site()->style_source;
    if (page_render(market, template, view, &output, &err)) {
        static const char SORRY[] = "<!doctype html><title>Error</title><p>This page could not be made. Please try again.";
        log_error(LOG_EVENT("page_failed"), LOG_STR("template", template), LOG_STR("message", err.message));
        exchange_reply(x, 500, HTML, SORRY, sizeof SORRY - 1);
    } else {
        exchange_reply(x, status, HTML, arena_memdup(x->arena, output.data, output.size), output.size);
    }
    free(output.data);
}

static void show(struct exchange *x)
{
    struct page_run *run = x->state;
    if (run->page->answer) {
        run->page->answer(x, run->results[0]->reply);
        return;
    }
    int status = run->refused ? http_problem_of(run->refused)->status : 200;
    run->view = page_view_new(x, run);
    if (run->page->add)
        run->page->add(x, run);
    json_t *view = run->view;
    reply_rendered(x, status, run->market, run->page->template, view);
    json_decref(view);
}

static void feeds_answered(struct exchange *x)
{
    struct page_run *run = x->state;
    for (size_t i = 0; i < PAGE_FEEDS_MAX; i++)
        if (run->results[i] && !run->page->feeds[i].optional && exchange_failed(x, run->results[i]))
            return;
    if (run->page->ask_more)
        run->page->ask_more(x, run);
    exchange_wait(x, show);
}

void page_run_start(struct exchange *x, struct page_run *run)
{
    struct error err;
    error_clear(&err);
    x->state = run;
    for (size_t i = 0; i < PAGE_FEEDS_MAX && run->page->feeds[i].name; i++) {
        const struct page_feed *feed = &run->page->feeds[i];
        if (!is_for(feed->audience, x))
            continue;
        if (page_call_queue(x, &feed->call, &run->results[i], &err)) {
            exchange_problem(x, &err);
            return;
        }
    }
    exchange_wait(x, feeds_answered);
}

void page_show(struct exchange *x)
{
    struct page_run *run = ARENA_NEW(x->arena, struct page_run);
    run->page = page_row_of(x);
    run->market = page_site_market(x->market);
    page_run_start(x, run);
}

void page_problem(struct exchange *x, const struct http_problem *problem, const struct error *err)
{
    struct page_run run = {.market = page_site_market(x->market)};
    json_t *view = page_view_new(x, &run);
    json_object_set_new(view, "problem", page_view_problem(run.market, problem, err));
    json_object_set_new(view, "requestId", json_string(x->request_id));
    reply_rendered(x, problem->status, run.market, "problem", view);
    json_decref(view);
}
