/* One function for each RPC of orders; PlaceOrder is told in checkout.c. */
#include "orders_service.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "checkout.h"
#include "clock.h"
#include "cursor.h"
#include "order.h"
#include "order_view.h"
#include "orders_store.h"
#include "text.h"
#include "uuid.h"

#define TRIES_MAX 8
#define NOTE_MAX_CHARS 500
#define PAGE_USUAL 20
#define PAGE_MAX 100
#define LAST_ID "ffffffff-ffff-ffff-ffff-ffffffffffff"

struct orders_service {
    Orders__V1__OrderService_Service base;
    struct saga_peers peers;
    struct markets *markets;
    struct saga *saga;
    unsigned char cursor_key[CURSOR_KEY_SIZE];
};

_Static_assert((int)ORDER_RETURNED == ORDERS__V1__ORDER_STATUS__RETURNED &&
                   (int)ORDER_RETURN == ORDERS__V1__ORDER_EVENT__RETURN &&
                   (int)ORDER_PAYMENT_VOID == ORDERS__V1__PAYMENT__STATUS__VOID,
               "the numbers of order.h are those of proto/orders.proto");

/* ---- who ---- */

static enum order_actor actor_of(const Rpc__V1__Caller *caller)
{
    return caller->kind == RPC__V1__CALLER__KIND__KIND_STAFF ? ORDER_BY_STAFF : ORDER_BY_CUSTOMER;
}

static enum status check_staff(const struct rpc_call *call, struct error *err)
{
    if (actor_of(call->meta.caller) == ORDER_BY_STAFF)
        return STATUS_OK;
    return error_set(err, STATUS_PERMISSION_DENIED, "Only the shop's staff may do this.");
}

/* The subjects whose orders are the caller's. */
static enum status check_subjects(const struct rpc_call *call, struct db_texts *ret_subjects, struct error *err)
{
    const Rpc__V1__Caller *caller = call->meta.caller;
    const char **subjects = ARENA_ARRAY(call->arena, const char *, 2);
    if (!uuid_is_valid(caller->subject))
        return error_set(err, STATUS_UNAUTHENTICATED, "Start a guest session or sign in first.");
    subjects[0] = caller->subject;
    subjects[1] = caller->guest_subject;
    bool was_guest = caller->kind == RPC__V1__CALLER__KIND__KIND_CUSTOMER && uuid_is_valid(caller->guest_subject);
    *ret_subjects = (struct db_texts){subjects, was_guest ? 2 : 1};
    return STATUS_OK;
}

/* ---- one order ---- */

static enum status not_found(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "There is no such order among yours.");
}

/* By id or number; of the caller's own unless it is staff. */
static enum status load(struct rpc_call *call, const char *id_or_number, struct order_record *ret_order, struct error *err)
{
    struct db_texts subjects;
    char number[ORDER_NUMBER_SIZE] = "";
    bool is_id = uuid_is_valid(id_or_number);
    bool is_staff = actor_of(call->meta.caller) == ORDER_BY_STAFF;
    if (check_subjects(call, &subjects, err) != STATUS_OK)
        return err->status;
    if (!is_id && !order_number_parse(id_or_number, number))
        return not_found(err);
    enum db_outcome outcome = orders_store_find(service_db(call), is_id ? id_or_number : NULL, is_id ? NULL : number,
                                                is_staff ? NULL : &subjects, ret_order, call->arena, err);
    if (outcome == DB_NONE)
        return not_found(err);
    return outcome == DB_OK
               ? STATUS_OK
               : error_set(err, db_status(outcome), "Orders cannot be reached at the moment. Try again shortly.");
}

static void show(const struct order_record *order, const struct rpc_call *call, Orders__V1__Order *reply)
{
    order_view(order, actor_of(call->meta.caller), call->arena, reply);
}

static enum status get_order(struct orders_service *self, struct rpc_call *call, const Orders__V1__GetOrderRequest *request,
                             Orders__V1__Order *reply, struct error *err)
{
    (void)self;
    struct order_record order;
    if (load(call, request->order_id, &order, err) != STATUS_OK)
        return err->status;
    show(&order, call, reply);
    return STATUS_OK;
}

static enum status place_order(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__PlaceOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    const struct checkout_shop shop = {.peers = self->peers, .markets = self->markets, .saga = self->saga};
    return checkout_place(&shop, call, request, reply, err);
}

/* ---- the life cycle ---- */

struct advance {
    const struct order_record *order;
    const struct order_transition *transition;
    const char *note;
    const char *made_by;
    int64_t now_us;
};

static enum status send_advance(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct advance *advance = arg;
    const struct order_transition *transition = advance->transition;
    const struct order_change change = {
        .order_id = advance->order->id,
        .version = advance->order->version,
        .status = order_status_name(transition->to),
        .payment_status = transition->payment == ORDER_PAYMENT_AS_IT_IS ? NULL : order_payment_name(transition->payment),
        .note = advance->note,
        .made_by = advance->made_by,
        .now_us = advance->now_us,
    };
    orders_store_send_change(db, &change);
    if (transition->returns_stock)
        saga_send_undo(db, change.order_id, change.now_us);
    return STATUS_OK;
}

/* Decides again when somebody else changed the order meanwhile; an event that has happened already is no error. */
static enum status advance_order_by(struct orders_service *self, struct rpc_call *call, const char *order_id,
                                    enum order_event event, const char *note, Orders__V1__Order *reply, struct error *err)
{
    struct db *db = service_db(call);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct order_record order;
        struct advance advance = {
            .order = &order, .note = note, .made_by = call->meta.caller->subject, .now_us = clock_now_us()};
        error_clear(err);
        if (load(call, order_id, &order, err) != STATUS_OK ||
            order_decide(order_status_of(order.status), event, actor_of(call->meta.caller), &advance.transition, err) !=
                STATUS_OK)
            return err->status;
        if (!advance.transition) {
            show(&order, call, reply);
            return STATUS_OK;
        }
        enum status status = db_transact(db, send_advance, &advance, err);
        if (status == STATUS_OK)
            saga_wake(self->saga);
        else if (status != STATUS_ALREADY_EXISTS || !orders_store_is_beaten(db))
            return error_set(err, status, "The order could not be changed. Look at it again before you repeat this.");
    }
    return error_set(err, STATUS_ABORTED, "This order is being changed by others at the same time. Look at it again.");
}

static enum status cancel_order(struct orders_service *self, struct rpc_call *call,
                                const Orders__V1__CancelOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    const char *reason = text_check(request->reason, "reason", 0, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    return advance_order_by(self, call, request->order_id, ORDER_CANCEL, reason, reply, err);
}

static enum status advance_order(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__AdvanceOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    if (check_staff(call, err) != STATUS_OK)
        return err->status;
    const char *note = text_check(request->note, "note", 0, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    return advance_order_by(self, call, request->order_id, (enum order_event)request->event, note, reply, err);
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
    if (check_subjects(call, &subjects, err) != STATUS_OK)
        return err->status;
    const struct orders_page page = {.subjects = &subjects};
    const char *listing = arena_printf(call->arena, "orders|%s", subjects.values[0]);
    return list(self, call, page, request->page_size, request->page_token, listing, reply, err);
}

static enum status list_all_orders(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__ListAllOrdersRequest *request, Orders__V1__ListOrdersReply *reply,
                                   struct error *err)
{
    if (check_staff(call, err) != STATUS_OK)
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
RPC_HANDLER(cancel_order, struct orders_service, Orders__V1__CancelOrderRequest, Orders__V1__Order, orders__v1__order__init)
RPC_HANDLER(advance_order, struct orders_service, Orders__V1__AdvanceOrderRequest, Orders__V1__Order,
            orders__v1__order__init)
RPC_HANDLER(list_orders, struct orders_service, Orders__V1__ListOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)
RPC_HANDLER(list_all_orders, struct orders_service, Orders__V1__ListAllOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)

static const Orders__V1__OrderService_Service vtable = {
    .base = ORDERS__V1__ORDER_SERVICE__BASE_INIT,
    .place_order = place_order_rpc,
    .get_order = get_order_rpc,
    .list_orders = list_orders_rpc,
    .cancel_order = cancel_order_rpc,
    .list_all_orders = list_all_orders_rpc,
    .advance_order = advance_order_rpc,
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
        rpc_client_open(&catalog, &self->peers.catalog, err) != STATUS_OK ||
        rpc_client_open(&cart, &self->peers.cart, err) != STATUS_OK)
        return err->status;
    return saga_open(&settings->base, &self->peers, &self->saga, err);
}

enum status orders_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    struct orders_service *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    self->base = vtable;
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
    rpc_client_close(self->peers.catalog);
    rpc_client_close(self->peers.cart);
    markets_free(self->markets);
    free(self);
}
