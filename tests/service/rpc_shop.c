/* The handlers, and what every test of calls does around them. */
#include "rpc_shop.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "metrics.h"

#define SENTENCE_XL (RPC_MESSAGE_MAX + 1)

static void run(struct rpc_shop *self)
{
    atomic_fetch_add(&self->runs, 1);
    if (self->runs_file >= 0)
        assert_int_equal(write(self->runs_file, "x", 1), 1);
}

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static enum status get_cart(struct rpc_shop *self, struct rpc_call *call, const Cart__V1__GetCartRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    (void)err;
    run(self);
    reply->id = arena_strdup(call->arena, request->cart_id);
    reply->country_code = arena_strdup(call->arena, request->country_code);
    if (strcmp(request->country_code, "XL") == 0) {
        reply->id = arena_alloc(call->arena, SENTENCE_XL);
        memset(reply->id, 'x', SENTENCE_XL - 1);
    }
    return STATUS_OK;
}

static enum status add_item(struct rpc_shop *self, struct rpc_call *call, const Cart__V1__AddItemRequest *request,
                            Cart__V1__Cart *reply, struct error *err)
{
    (void)call;
    (void)reply;
    run(self);
    error_field(err, "variantId", "required", "Say which variant.");
    error_field(err, "quantity", "out_of_range", "Between 1 and %d.", 99);
    err->retry_after_s = request->quantity == 1 ? 7 : 0;
    return STATUS_INVALID_ARGUMENT;
}

static enum status set_item_quantity(struct rpc_shop *self, struct rpc_call *call,
                                     const Cart__V1__SetItemQuantityRequest *request, Cart__V1__Cart *reply,
                                     struct error *err)
{
    (void)call;
    (void)err;
    run(self);
    sleep_ms(request->quantity);
    reply->item_count = request->quantity;
    return STATUS_OK;
}

/* id: caller's subject; country: request id; currency: idempotency key; updated: none; items: milliseconds left; trace as
 * SKU. */
static enum status remove_item(struct rpc_shop *self, struct rpc_call *call, const Cart__V1__RemoveItemRequest *request,
                               Cart__V1__Cart *reply, struct error *err)
{
    (void)err;
    (void)request;
    run(self);
    Cart__V1__CartItem *item = ARENA_NEW(call->arena, Cart__V1__CartItem);
    cart__v1__cart_item__init(item);
    item->sku = (char *)call->meta.traceparent;
    reply->items = ARENA_NEW(call->arena, Cart__V1__CartItem *);
    reply->items[0] = item;
    reply->n_items = 1;
    reply->id = call->meta.caller->subject;
    reply->country_code = (char *)call->meta.request_id;
    reply->currency_code = (char *)call->meta.idempotency_key;
    reply->item_count = (call->meta.deadline_us - clock_monotonic_us()) / US_PER_MS;
    call->replayed = true;
    return STATUS_OK;
}

RPC_HANDLER(get_cart, struct rpc_shop, Cart__V1__GetCartRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(add_item, struct rpc_shop, Cart__V1__AddItemRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(set_item_quantity, struct rpc_shop, Cart__V1__SetItemQuantityRequest, Cart__V1__Cart, cart__v1__cart__init)
RPC_HANDLER(remove_item, struct rpc_shop, Cart__V1__RemoveItemRequest, Cart__V1__Cart, cart__v1__cart__init)

static size_t lane_of(const char *method_name)
{
    return strcmp(method_name, "SetItemQuantity") == 0 ? RPC_SHOP_SLOW : 0;
}

void rpc_shop_init(struct rpc_shop *shop)
{
    shop->base = (Cart__V1__CartService_Service){
        .base = CART__V1__CART_SERVICE__BASE_INIT,
        .get_cart = get_cart_rpc,
        .add_item = add_item_rpc,
        .set_item_quantity = set_item_quantity_rpc,
        .remove_item = remove_item_rpc,
    };
    atomic_init(&shop->runs, 0);
}

void rpc_shop_open(struct rpc_shop *shop, const char *address, int threads, int queue_max, int slow_queue)
{
    struct error err;
    error_clear(&err);
    rpc_shop_init(shop);
    const struct rpc_lane lanes[] = {{"quick", threads, queue_max, NULL}, {"slow", 1, slow_queue, NULL}};
    const struct rpc_server_options options = {
        .address = address,
        .service = &shop->base.base,
        .lanes = lanes,
        .lane_count = slow_queue > 0 ? 2 : 1,
        .lane_of = slow_queue > 0 ? lane_of : NULL,
    };
    if (rpc_server_start(&options, &shop->server, &err))
        fail_msg("%s", err.message);
}

void rpc_shop_close(struct rpc_shop *shop, int drain_ms)
{
    rpc_server_stop(shop->server, drain_ms);
}

struct rpc_client *rpc_shop_client(const char *addresses, int in_flight_max)
{
    const struct rpc_client_options options = {addresses, &cart__v1__cart_service__descriptor, in_flight_max};
    struct rpc_client *client;
    struct error err;
    error_clear(&err);
    if (rpc_client_open(&options, &client, &err))
        fail_msg("%s", err.message);
    return client;
}

void rpc_ask_init(struct rpc_ask *ask, int timeout_ms)
{
    atomic_init(&ask->done, false);
    ask->arena = arena_new(4096, 16u << 20);
    ask->meta = (struct rpc_meta){.caller = &RPC_NOBODY,
                                  .request_id = "request-1",
                                  .traceparent = "",
                                  .idempotency_key = "",
                                  .deadline_us = clock_monotonic_us() + timeout_ms * US_PER_MS};
}

void rpc_ask_done(struct rpc_ask *ask)
{
    arena_free(ask->arena);
}

static void on_done(void *arg)
{
    struct rpc_ask *ask = arg;
    assert_false(atomic_exchange(&ask->done, true));
}

void rpc_ask_method(struct rpc_ask *ask, struct rpc_client *client, const ProtobufCMethodDescriptor *method,
                    const ProtobufCMessage *request)
{
    rpc_client_start(client, method, &ask->meta, request, ask->arena, &ask->result, on_done, ask);
}

static void start(struct rpc_ask *ask, struct rpc_client *client, const char *method, const ProtobufCMessage *request)
{
    rpc_ask_method(ask, client, protobuf_c_service_descriptor_get_method_by_name(rpc_client_service(client), method),
                   request);
}

void rpc_ask_sleep(struct rpc_ask *ask, struct rpc_client *client, int ms)
{
    Cart__V1__SetItemQuantityRequest request;
    cart__v1__set_item_quantity_request__init(&request);
    request.quantity = ms;
    start(ask, client, "SetItemQuantity", &request.base);
}

void rpc_ask_cart(struct rpc_ask *ask, struct rpc_client *client, const char *cart_id)
{
    Cart__V1__GetCartRequest request;
    cart__v1__get_cart_request__init(&request);
    request.cart_id = (char *)cart_id;
    start(ask, client, "GetCart", &request.base);
}

static bool is_done(void *ask)
{
    return atomic_load(&((struct rpc_ask *)ask)->done);
}

enum status rpc_ask_wait(struct rpc_ask *ask)
{
    if (!rpc_shop_await(is_done, ask))
        fail_msg("a call has no outcome");
    return ask->result.err.status;
}

enum status rpc_shop_visit(struct rpc_client *client, int timeout_ms)
{
    struct rpc_ask ask;
    rpc_ask_init(&ask, timeout_ms);
    rpc_ask_cart(&ask, client, "c1");
    enum status status = rpc_ask_wait(&ask);
    rpc_ask_done(&ask);
    return status;
}

bool rpc_shop_await(bool (*condition)(void *arg), void *arg)
{
    for (int64_t end_us = clock_monotonic_us() + 10 * US_PER_S; !condition(arg); sleep_ms(1))
        if (clock_monotonic_us() > end_us)
            return false;
    return true;
}

bool rpc_shop_is_connected(void *client)
{
    return rpc_client_is_connected(client);
}

long rpc_shop_metric(const char *series)
{
    size_t size;
    char *text = metrics_render(&size);
    const char *line = strstr(text, series);
    long value = line ? strtol(line + strlen(series), NULL, 10) : 0;
    free(text);
    return value;
}
