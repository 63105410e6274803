/* What the pay page and the choice of ways to pay show. */
#include "page_pay.h"

#include <stdlib.h>
#include <string.h>

#include "cart.pb-c.h"
#include "decorate.h"
#include "orders.pb-c.h"
#include "pbjson.h"

#include "page_special.h"
#include "page_view.h"

#define LOOKS_MAX 40 /* after these the visitor looks again by a link */
#define LOOK_FIRST_S 4
#define LOOK_SLOWEST_S 15

/* ---- which ways ---- */

static void ask_methods(struct exchange *x, struct page_run *run, const char *country_code, const Types__V1__Money *total)
{
    Orders__V1__ListPaymentMethodsRequest *request = ARENA_NEW(x->arena, Orders__V1__ListPaymentMethodsRequest);
    orders__v1__list_payment_methods_request__init(request);
    request->country_code = (char *)country_code;
    request->total_minor = total ? total->amount_minor : 0;
    run->extra[run->extra_count++] =
        exchange_call(x, &orders__v1__order_service__descriptor, "ListPaymentMethods", &request->base);
}

void page_pay_ask_methods(struct exchange *x, struct page_run *run)
{
    const Orders__V1__Order *order = (const Orders__V1__Order *)run->results[0]->reply;
    if (order->status == ORDERS__V1__ORDER_STATUS__PENDING_PAYMENT && order->payment)
        ask_methods(x, run, order->country_code, order->payment->amount);
}

void page_pay_ask_checkout_methods(struct exchange *x, struct page_run *run)
{
    const Cart__V1__Cart *cart = run->results[0] ? (const Cart__V1__Cart *)run->results[0]->reply : NULL;
    if (cart && cart->n_items > 0)
        ask_methods(x, run, x->market->country_code, cart->totals ? cart->totals->total : NULL);
}

static bool is_method(const json_t *way, const char *method)
{
    const char *name = json_string_value(json_object_get(way, "method"));
    return name && method && strcmp(name, method) == 0;
}

/* Decorated, without cash where it is no way any more, with the chosen one marked: the first unless `chosen` is there. */
static json_t *ways(const struct page_run *run, bool with_cash, const char *chosen)
{
    json_t *list = json_array();
    const struct rpc_result *asked = run->extra_count > 0 ? run->extra[0] : NULL;
    if (!asked || !asked->reply)
        return list;
    json_t *reply = pbjson_encode(asked->reply);
    decorate(reply, asked->reply->descriptor, &run->market->decorator);
    json_t *methods = json_object_get(reply, "methods");
    json_t *mark = NULL;
    size_t index;
    json_t *way;
    json_array_foreach(methods, index, way)
    {
        if (!with_cash && is_method(way, "CASH_ON_DELIVERY"))
            continue;
        mark = !mark || is_method(way, chosen) ? way : mark;
        json_array_append(list, way);
    }
    if (mark)
        json_object_set_new(mark, "isChosen", json_true());
    json_decref(reply);
    return list;
}

static void add_ways(struct page_run *run, bool with_cash, const char *chosen)
{
    json_t *list = ways(run, with_cash, chosen);
    bool has_any = json_array_size(list) > 0, needs_phone = false;
    size_t index;
    json_t *way;
    json_array_foreach(list, index, way) needs_phone |= json_is_true(json_object_get(way, "needsPhone"));
    json_object_set_new(run->view, "ways", list);
    json_object_set_new(run->view, "hasWays", json_boolean(has_any));
    json_object_set_new(run->view, "needsPhone", json_boolean(needs_phone));
}

void page_pay_add_checkout(struct exchange *x, struct page_run *run)
{
    page_special_add_checkout(x, run);
    add_ways(run, true, params_get(&x->form, "paymentMethod"));
}

/* ---- the pay page ---- */

static const json_t *at(const json_t *json, const char *a, const char *b, const char *c)
{
    const char *const path[] = {a, b, c};
    for (size_t i = 0; i < 3 && path[i]; i++)
        json = json_object_get(json, path[i]);
    return json;
}

static bool is_text(const json_t *json, const char *text)
{
    return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

/* Looks again by itself while something is to be awaited, ever more slowly. */
static void add_wait(struct exchange *x, struct page_run *run, const char *order_id)
{
    const char *given = params_get(&x->query, "n");
    int looks = given ? atoi(given) : 0;
    if (looks < 0 || looks >= LOOKS_MAX)
        return;
    int seconds = LOOK_FIRST_S + looks < LOOK_SLOWEST_S ? LOOK_FIRST_S + looks : LOOK_SLOWEST_S;
    const char *back = params_get(&x->query, "redirect_status") ? "&redirect_status=again" : "";
    json_object_set_new(run->view, "wait",
                        json_pack("{s:i, s:o}", "seconds", seconds, "next",
                                  json_string(arena_printf(x->arena, "/orders/%s/pay?n=%d%s", order_id, looks + 1, back))));
}

/* "https://js.stripe.com" of an address. */
static const char *origin_of(const char *url, struct arena *arena)
{
    const char *host = strstr(url, "://");
    return host ? arena_strndup(arena, url, (size_t)(host + 3 - url) + strcspn(host + 3, "/ ;,'\"")) : "";
}

static void add_stripe(struct exchange *x, struct page_run *run, const json_t *action, const char *order_id)
{
    const json_t *secret = json_object_get(action, "text");
    const char *key = NULL, *script = NULL;
    size_t index;
    json_t *way;
    json_array_foreach(json_object_get(run->view, "ways"), index, way)
    {
        if (!is_method(way, "STRIPE"))
            continue;
        key = json_string_value(json_object_get(way, "publicKey"));
        script = json_string_value(json_object_get(way, "scriptUrl"));
    }
    if (!key || !*key || !script || !*script || !json_is_string(secret))
        return;
    x->answer.script_origin = origin_of(script, x->arena);
    json_object_set_new(
        run->view, "stripe",
        json_pack("{s:s, s:s, s:s, s:o}", "key", key, "script", script, "secret", json_string_value(secret), "back",
                  json_string(arena_printf(x->arena, "%s/orders/%s/pay", page_site()->options.public_url, order_id))));
}

static void add_action(struct exchange *x, struct page_run *run, const json_t *attempt, const char *order_id)
{
    const json_t *action = json_object_get(attempt, "action");
    const json_t *kind = json_object_get(action, "kind");
    const json_t *url = json_object_get(action, "url");
    const char *came_back = params_get(&x->query, "redirect_status"); /* Stripe adds it to the address */
    if (is_text(kind, "CLIENT") && (!came_back || strcmp(came_back, "failed") == 0)) {
        add_stripe(x, run, action, order_id);
        return; /* a page that reloads takes the card number away that is being typed */
    }
    json_object_set_new(run->view, "isBack", json_boolean(came_back != NULL));
    if (is_text(kind, "REDIRECT") && params_get(&x->query, "go") && json_is_string(url))
        json_object_set(run->view, "go", (json_t *)url);
    else
        add_wait(x, run, order_id);
}

void page_pay_add(struct exchange *x, struct page_run *run)
{
    const json_t *order = json_object_get(run->view, "order");
    const json_t *attempt = at(order, "payment", "attempt", NULL);
    const json_t *state = json_object_get(attempt, "state");
    const char *order_id = json_string_value(json_object_get(order, "id"));
    const char *sent = params_get(&x->form, "method");
    bool is_open = is_text(state, "CREATED") || is_text(state, "PENDING");
    bool is_awaited = is_text(json_object_get(order, "status"), "PENDING_PAYMENT");
    json_object_set_new(run->view, "isOpen", json_boolean(is_open && is_awaited));
    json_object_set_new(run->view, "isAwaited", json_boolean(is_awaited));
    add_ways(run, false, sent ? sent : json_string_value(json_object_get(attempt, "method")));
    if (is_open && is_awaited && !run->refused)
        add_action(x, run, attempt, order_id);
}

void page_pay_leave_checkout(struct exchange *x)
{
    const struct page_run *run = x->state;
    const Orders__V1__Order *order = (const Orders__V1__Order *)run->acted->reply;
    if (order->status != ORDERS__V1__ORDER_STATUS__PENDING_PAYMENT)
        page_form_leave(x);
    else
        exchange_redirect(x, arena_printf(x->arena, "/orders/%s/pay?go=1", order->id));
}
