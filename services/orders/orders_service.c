/* Opening and closing the orders service; reading orders. */
#include "orders_service.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "after.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "checkout.h"
#include "clock.h"
#include "cod_service.h"
#include "cursor.h"
#include "desk_service.h"
#include "invoice_service.h"
#include "order_view.h"
#include "orders_state.h"
#include "payments_service.h"

#define PAGE_USUAL 20
#define PAGE_MAX 100
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

const struct rpc_lane orders_lanes[ORDERS_LANE_COUNT] = {{"paper", 2, 32, NULL}, {"events", 2, 32, NULL}};

size_t orders_lane_of(const char *method_name)
{
    if (strcmp(method_name, "PrintPaper") == 0)
        return 1;
    return strcmp(method_name, "DeliverEvents") == 0 ? 2 : 0;
}

_Static_assert((int)ORDER_PARTLY_SHIPPED == ORDERS__V1__ORDER_STATUS__PARTLY_SHIPPED &&
                   (int)ORDER_SHIP_PART == ORDERS__V1__ORDER_EVENT__SHIP_PART &&
                   (int)ORDER_PAYMENT_PAID == ORDERS__V1__PAYMENT__STATUS__PAID,
               "the numbers of order.h are those of proto/orders.proto");

static enum status get_order(struct orders_service *self, struct rpc_call *call, const Orders__V1__GetOrderRequest *request,
                             Orders__V1__Order *reply, struct error *err)
{
    struct after_job job = {.self = self, .call = call, .now_us = clock_now_us()};
    if (after_job_load(&job, request->order_id, err) != STATUS_OK)
        return err->status;
    after_show(&job, reply);
    return STATUS_OK;
}

static enum status place_order(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__PlaceOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    const struct checkout_shop shop = {
        .shop = &self->shop, .markets = self->markets, .saga = self->saga, .code_key = self->code_key};
    return checkout_place(&shop, call, request, reply, err);
}

/* ---- lists ---- */

/* Fills `reply` with a page of `listing`, whose cursor holds the id of the last order shown. */
static enum status list(struct orders_service *self, struct rpc_call *call, struct orders_page page, int32_t page_size,
                        const char *page_token, const char *listing, Orders__V1__ListOrdersReply *reply, struct error *err)
{
    struct cursor cursor = {.count = 0};
    int32_t size = 0;
    enum status sized = cursor_page_size(page_size, PAGE_USUAL, PAGE_MAX, "pageSize", &size, err);
    enum status placed = cursor_decode(page_token, listing, self->cursor_key, "pageToken", call->arena, &cursor, err);
    if (sized != STATUS_OK || placed != STATUS_OK)
        return err->status;
    struct order_summary *orders;
    size_t count;
    page.before_id = cursor.count > 0 ? cursor.values[0] : LAST_ID;
    page.limit = size + 1;
    enum db_outcome outcome = orders_store_list(service_db(call), &page, &orders, &count, call->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "Orders cannot be reached at the moment. Try again shortly.");
    size_t shown = count > (size_t)size ? (size_t)size : count;
    reply->orders = ARENA_ARRAY(call->arena, Orders__V1__OrderSummary *, shown);
    for (; reply->n_orders < shown; reply->n_orders++)
        reply->orders[reply->n_orders] = order_view_summary(&orders[reply->n_orders], call->arena);
    if (count > shown) {
        cursor = (struct cursor){.values = {orders[shown - 1].id}, .count = 1};
        reply->next_page_token = (char *)cursor_encode(&cursor, listing, self->cursor_key, call->arena);
    }
    return STATUS_OK;
}

static enum status list_orders(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__ListOrdersRequest *request, Orders__V1__ListOrdersReply *reply,
                               struct error *err)
{
    struct db_texts subjects;
    if (orders_check_subjects(call, &subjects, err) != STATUS_OK)
        return err->status;
    const struct orders_page page = {.subjects = &subjects};
    const char *listing = arena_printf(call->arena, "orders|%s", subjects.values[0]);
    return list(self, call, page, request->page_size, request->page_token, listing, reply, err);
}

static enum status list_all_orders(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__ListAllOrdersRequest *request, Orders__V1__ListOrdersReply *reply,
                                   struct error *err)
{
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    const char *status = order_status_name((enum order_status)request->status);
    if (request->status != ORDERS__V1__ORDER_STATUS__ORDER_STATUS_UNSPECIFIED && status[0] == '\0')
        return error_field(err, "status", "unknown", "An order has no such status.");
    const struct orders_page page = {.status = status[0] == '\0' ? NULL : status};
    const char *listing = arena_printf(call->arena, "all orders|%s", status);
    return list(self, call, page, request->page_size, request->page_token, listing, reply, err);
}

RPC_HANDLER(place_order, struct orders_service, Orders__V1__PlaceOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(get_order, struct orders_service, Orders__V1__GetOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(list_orders, struct orders_service, Orders__V1__ListOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)
RPC_HANDLER(list_all_orders, struct orders_service, Orders__V1__ListAllOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)

static const Orders__V1__OrderService_Service vtable = {
    .base = ORDERS__V1__ORDER_SERVICE__BASE_INIT,
    .place_order = place_order_rpc,
    .get_order = get_order_rpc,
    .list_orders = list_orders_rpc,
    .list_all_orders = list_all_orders_rpc,
};

/* ---- opening and closing ---- */

static enum status read_cursor_key(const char *hex, unsigned char key[CURSOR_KEY_SIZE], struct error *err)
{
    size_t size;
    if (sodium_hex2bin(key, CURSOR_KEY_SIZE, hex, strlen(hex), NULL, &size, NULL) == 0 && size == CURSOR_KEY_SIZE &&
        strlen(hex) == 2 * CURSOR_KEY_SIZE)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_CURSOR_KEY: expected %d hexadecimal digits.",
                     2 * CURSOR_KEY_SIZE);
}

static enum status open_parts(struct orders_service *self, const struct orders_settings *settings, struct error *err)
{
    struct rpc_client_options catalog = {.addresses = settings->catalog_url,
                                         .service = &catalog__v1__catalog_service__descriptor,
                                         .in_flight_max = (int)settings->base.workers + 1};
    struct rpc_client_options cart = {.addresses = settings->cart_url,
                                      .service = &cart__v1__cart_service__descriptor,
                                      .in_flight_max = (int)settings->base.workers + 1};
    if (read_cursor_key(settings->cursor_key, self->cursor_key, err) != STATUS_OK ||
        markets_load(settings->markets_file, &self->markets, err) != STATUS_OK ||
        providers_open(&settings->payments, &self->providers, err) != STATUS_OK ||
        rpc_client_open(&catalog, &self->peers.catalog, err) != STATUS_OK ||
        rpc_client_open(&cart, &self->peers.cart, err) != STATUS_OK)
        return err->status;
    cod_key_derive(self->cursor_key, self->code_key);
    if (courier_open(settings, self->markets, &self->courier, err) != STATUS_OK)
        return err->status;
    self->shop = (struct saga_shop){.peers = self->peers,
                                    .providers = self->providers,
                                    .markets = self->markets,
                                    .times = {.window_s = settings->payment_window_s,
                                              .late_s = settings->payment_late_s,
                                              .grace_s = settings->payment_grace_s}};
    return saga_open(&settings->base, &self->shop, &self->saga, err);
}

enum status orders_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    struct orders_service *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    self->base = vtable;
    self->settings = settings;
    orders_advance_serve(&self->base);
    cod_serve(&self->base);
    payments_serve(&self->base);
    payments_desk_serve(&self->base);
    payments_notice_serve(&self->base);
    after_shipments_serve(&self->base);
    after_refunds_serve(&self->base);
    after_returns_serve(&self->base);
    courier_serve(&self->base);
    courier_staff_serve(&self->base);
    invoices_serve(&self->base);
    desk_serve(&self->base);
    *ret_state = self;
    *ret_service = &self->base.base;
    return open_parts(self, settings, err);
}

void orders_service_close(void *state)
{
    struct orders_service *self = state;
    if (!self)
        return;
    saga_close(self->saga);
    courier_close(self->courier);
    rpc_client_close(self->peers.catalog);
    rpc_client_close(self->peers.cart);
    providers_close(self->providers);
    markets_free(self->markets);
    free(self);
}
