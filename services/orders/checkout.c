/* Placing an order, from the request to the saved order; what follows is the saga's. */
#include "checkout.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "checkout_form.h"
#include "clock.h"
#include "cod_service.h"
#include "idempotency.h"
#include "log.h"
#include "order.h"
#include "order_draft.h"
#include "order_events.h"
#include "order_view.h"
#include "orders_store.h"
#include "payment_begin.h"
#include "service.h"
#include "uuid.h"

#define HOLD_SECONDS (15 * 60) /* beyond the time to pay */
#define NUMBER_TRIES 5

RPC_STUB(get_cart, cart__v1__cart_service__get_cart, Cart__V1__GetCartRequest, Cart__V1__Cart)
RPC_STUB(reserve_stock, catalog__v1__catalog_service__reserve_stock, Catalog__V1__ReserveStockRequest,
         Catalog__V1__ReserveStockReply)
RPC_STUB(release_stock, catalog__v1__catalog_service__release_stock, Catalog__V1__ReleaseStockRequest,
         Catalog__V1__ReleaseStockReply)

/* One order on its way to being placed. */
struct checkout {
    const struct checkout_shop *shop;
    struct rpc_call *call;
    const Orders__V1__PlaceOrderRequest *request;
    struct idempotency key;
    struct checkout_form form;
    const Cart__V1__Cart *cart;
    const Catalog__V1__ReserveStockReply *reserved;
    struct order_record order;
    struct attempt_draft attempt;           /* of an order that is paid in advance */
    Orders__V1__Order *answer;
};

static bool is_prepaid(const struct checkout *checkout)
{
    return checkout->form.payment_method != TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY;
}

static struct rpc_meta meta_as_service(const struct checkout *checkout)
{
    struct rpc_meta meta = checkout->call->meta;
    meta.caller = &RPC_SERVICE;
    meta.idempotency_key = "";
    meta.may_repeat = true; /* reserving and releasing are idempotent by the order's id */
    return meta;
}

/* ---- load ---- */

static enum status refuse_cart(const Cart__V1__Cart *cart, struct error *err)
{
    if (cart->n_items == 0) {
        (void)error_field(err, "cartId", "cart_empty", "Put something into the cart first.");
        return error_set(err, STATUS_FAILED_PRECONDITION, "Your cart is empty.");
    }
    for (size_t i = 0; i < cart->n_warnings; i++)
        if (cart->warnings[i]->code != CART__V1__CART_WARNING__CODE__PRICE_CHANGED)
            (void)error_field(err, "cartId", "cart_not_ready", "%s", cart->warnings[i]->message);
    return error_set(err, STATUS_FAILED_PRECONDITION,
                     "Some of your cart cannot be ordered. Look at your cart and change it.");
}

static enum status load_cart(struct checkout *checkout, struct error *err)
{
    Cart__V1__GetCartRequest request = CART__V1__GET_CART_REQUEST__INIT;
    request.cart_id = checkout->request->cart_id;
    struct rpc_meta meta = checkout->call->meta;
    meta.idempotency_key = "";
    meta.may_repeat = true;
    if (get_cart(checkout->shop->shop->peers.cart, &meta, checkout->call->arena, &request, &checkout->cart, err) != STATUS_OK)
        return err->status;
    if (!checkout->cart->can_checkout)
        return refuse_cart(checkout->cart, err);
    const char *country_code = checkout->form.market->country_code;
    if (strcmp(checkout->cart->country_code, country_code) == 0)
        return STATUS_OK;
    (void)error_field(err, "deliveryAddress.countryCode", "other_market",
                      "Your cart has the prices of another country (%s).", checkout->cart->country_code);
    return error_set(err, STATUS_FAILED_PRECONDITION, "Choose %s as the country of your cart, or another delivery address.",
                     checkout->form.market->name);
}

/* ---- reserve ---- */

/* A failure does no harm beyond the time until the hold runs out by itself. */
static void release(const struct checkout *checkout)
{
    Catalog__V1__ReleaseStockRequest request = CATALOG__V1__RELEASE_STOCK_REQUEST__INIT;
    const Catalog__V1__ReleaseStockReply *reply;
    struct rpc_meta meta = meta_as_service(checkout);
    struct error err;
    error_clear(&err);
    request.order_id = (char *)checkout->order.id;
    if (release_stock(checkout->shop->shop->peers.catalog, &meta, checkout->call->arena, &request, &reply, &err) != STATUS_OK)
        log_warn(LOG_EVENT("stock_left_held"), LOG_STR("order_id", checkout->order.id),
                 LOG_STR("request_id", meta.request_id), LOG_STR("status", status_name(err.status)));
}

static enum status refuse_to_save(struct error *err)
{
    return error_set(err, STATUS_UNAVAILABLE, "Your order could not be saved. Nothing was ordered; try again.");
}

/* The catalog speaks of lines[i]; the shopper knows the items of the cart by their titles. */
static void explain_shortage(const Cart__V1__Cart *cart, struct error *err)
{
    for (size_t i = 0; i < err->violation_count; i++) {
        struct violation *violation = &err->violations[i];
        char why[ERROR_MESSAGE_MAX];
        size_t line;
        if (sscanf(violation->field, "lines[%zu]", &line) != 1 || line >= cart->n_items)
            continue;
        memcpy(why, violation->message, sizeof(why));
        snprintf(violation->field, sizeof(violation->field), "cartId");
        snprintf(violation->message, sizeof(violation->message), "%.100s: %.130s", cart->items[line]->product_title, why);
    }
    if (err->status == STATUS_FAILED_PRECONDITION)
        (void)error_set(err, err->status,
                        "Some of your cart was sold to somebody else meanwhile. Look at your cart and change it.");
}

/* UNKNOWN: the catalog may hold the units or not; either way this order will not take them. */
static enum status reserve_failed(const struct checkout *checkout, enum status status, struct error *err)
{
    if (status != STATUS_UNKNOWN) {
        explain_shortage(checkout->cart, err);
        return err->status;
    }
    release(checkout);
    return refuse_to_save(err);
}

static enum status reserve(struct checkout *checkout, struct error *err)
{
    const Cart__V1__Cart *cart = checkout->cart;
    struct arena *arena = checkout->call->arena;
    Catalog__V1__StockLine *lines = ARENA_ARRAY(arena, Catalog__V1__StockLine, cart->n_items);
    Catalog__V1__ReserveStockRequest request = CATALOG__V1__RESERVE_STOCK_REQUEST__INIT;
    struct rpc_meta meta = meta_as_service(checkout);
    request.order_id = (char *)checkout->order.id;
    request.country_code = cart->country_code;
    request.hold_seconds =
        HOLD_SECONDS + (is_prepaid(checkout) ? (int32_t)checkout->shop->shop->times.window_s : 0);
    request.lines = ARENA_ARRAY(arena, Catalog__V1__StockLine *, cart->n_items);
    for (; request.n_lines < cart->n_items; request.n_lines++) {
        Catalog__V1__StockLine *line = request.lines[request.n_lines] = &lines[request.n_lines];
        catalog__v1__stock_line__init(line);
        line->variant_id = cart->items[request.n_lines]->variant_id;
        line->quantity = cart->items[request.n_lines]->quantity;
    }
    enum status status = reserve_stock(checkout->shop->shop->peers.catalog, &meta, arena, &request, &checkout->reserved, err);
    if (status != STATUS_OK)
        return reserve_failed(checkout, status, err);
    if (checkout->reserved->n_quotes != cart->n_items)
        return error_set(err, STATUS_INTERNAL, "The catalog quoted other lines than were asked for.");
    return STATUS_OK;
}

/* ---- save ---- */

static void number_order(struct checkout *checkout)
{
    char number[ORDER_NUMBER_SIZE];
    uint64_t random;
    randombytes_buf(&random, sizeof(random));
    order_number_format(checkout->order.country_code, random, number);
    checkout->order.number = arena_strdup(checkout->call->arena, number);
    if (is_prepaid(checkout)) {
        checkout->attempt = payment_begin_draft(&checkout->order, checkout->order.payment_method, checkout->form.paying_phone,
                                                checkout->order.placed_at_us, checkout->call->arena);
        checkout->order.attempt = payment_begin_shown(&checkout->attempt);
    }
    checkout->answer = ARENA_NEW(checkout->call->arena, Orders__V1__Order);
    orders__v1__order__init(checkout->answer);
    order_view(&checkout->order, ORDER_BY_CUSTOMER, checkout->call->arena, checkout->answer);
}

/* One transaction, sent as a whole. The key comes first: copies of this request meet there and nowhere else. */
static enum status send_all(struct db *db, void *arg, struct error *err)
{
    (void)err;
    struct checkout *checkout = arg;
    idempotency_send(&checkout->key, db, &checkout->answer->base, checkout->call->arena);
    orders_store_send_order(db, &checkout->order, checkout->call->arena);
    if (is_prepaid(checkout))
        payments_store_send_attempt(db, &checkout->attempt);
    order_events_send(db, "order.placed", &checkout->order, NULL, checkout->call->arena);
    saga_send_start(db, &checkout->order, checkout->order.placed_at_us);
    if (checkout->order.needs_code)
        cod_send_code(db, checkout->shop->code_key, &checkout->order, COD_CODE_CONFIRM, checkout->order.placed_at_us);
    return STATUS_OK;
}

static enum status begin_key(struct checkout *checkout, struct error *err)
{
    ProtobufCMessage *answer = NULL;
    if (idempotency_begin(&checkout->key, service_db(checkout->call), checkout->call, &orders__v1__order__descriptor,
                          &answer, err) == STATUS_OK)
        checkout->answer = (Orders__V1__Order *)answer;
    return err->status;
}

/* The commit's answer was lost: the database knows, or nobody does and the hold stays until it runs out. */
static enum status settle(struct checkout *checkout, struct error *err)
{
    ProtobufCMessage *answer = NULL;
    error_clear(err);
    enum status status = idempotency_settle(&checkout->key, service_db(checkout->call), checkout->call,
                                            &orders__v1__order__descriptor, &answer, err);
    if (status != STATUS_OK || answer)
        return status;
    release(checkout);
    return refuse_to_save(err);
}

static enum status save_failed(struct checkout *checkout, enum status status, struct error *err)
{
    struct db *db = service_db(checkout->call);
    bool conflict = status == STATUS_ALREADY_EXISTS;
    if (status == STATUS_UNKNOWN)
        return settle(checkout, err);
    release(checkout);
    error_clear(err);
    if (conflict && idempotency_is_lost(db) && (begin_key(checkout, err) != STATUS_OK || checkout->answer))
        return err->status;
    if (conflict && orders_store_is_cart_taken(db)) {
        (void)error_field(err, "cartId", "cart_already_ordered", "This cart was ordered already.");
        return error_set(err, STATUS_FAILED_PRECONDITION, "This cart was ordered already. You find the order among yours.");
    }
    return refuse_to_save(err);
}

static enum status save(struct checkout *checkout, struct error *err)
{
    enum status status = STATUS_ALREADY_EXISTS;
    for (int tries = 0; tries < NUMBER_TRIES; tries++) {
        number_order(checkout);
        error_clear(err);
        status = db_transact(service_db(checkout->call), send_all, checkout, err);
        if (status != STATUS_ALREADY_EXISTS || !orders_store_is_number_taken(service_db(checkout->call)))
            break;
    }
    return status == STATUS_OK ? STATUS_OK : save_failed(checkout, status, err);
}

/* ---- the whole ---- */

/* Whether this sum may be paid in this way. */
static enum status check_method(struct checkout *checkout, struct error *err)
{
    const struct checkout_form *form = &checkout->form;
    if (is_prepaid(checkout))
        return payment_begin_check(checkout->shop->shop, checkout->order.payment_method, checkout->order.currency_code,
                                   checkout->order.total_minor, err);
    checkout->order.needs_code = cod_needs_code(form->market);
    return cod_check(form->market, form->address, checkout->order.total_minor, err);
}

static enum status decide(struct checkout *checkout, struct error *err)
{
    struct order_record *order = &checkout->order;
    if (order_draft_lines(order, &checkout->form, checkout->cart, checkout->reserved, checkout->call->arena, err) !=
            STATUS_OK ||
        check_method(checkout, err) != STATUS_OK)
        return err->status;
    return order_check_expected(checkout->request->expected_total, order->total_minor, order->currency_code, err);
}

static enum status place(struct checkout *checkout, struct error *err)
{
    order_draft_head(&checkout->order, &checkout->form, checkout->call->meta.caller->subject, clock_now_us(),
                     checkout->call->arena);
    if (is_prepaid(checkout))
        order_draft_prepaid(&checkout->order, checkout->shop->shop->times.window_s);
    if (load_cart(checkout, err) != STATUS_OK || reserve(checkout, err) != STATUS_OK)
        return err->status;
    if (decide(checkout, err) != STATUS_OK) {
        release(checkout);
        return err->status;
    }
    return save(checkout, err);
}

static void follow_up(const struct checkout *checkout)
{
    const struct order_record *order = &checkout->order;
    log_info(LOG_EVENT("order_placed"), LOG_STR("order_id", order->id), LOG_STR("number", order->number),
             LOG_STR("country", order->country_code), LOG_INT("items", order->item_count),
             LOG_STR("request_id", checkout->call->meta.request_id));
    saga_close_cart(&checkout->shop->shop->peers, checkout->call, order->id, order->cart_id);
    if (is_prepaid(checkout))
        payment_begin_now(checkout->shop->shop, checkout->shop->saga, checkout->call, &checkout->attempt);
    saga_wake(checkout->shop->saga);
}

static enum status check_caller(const struct rpc_call *call, struct error *err)
{
    if (uuid_is_valid(call->meta.caller->subject))
        return STATUS_OK;
    return error_set(err, STATUS_UNAUTHENTICATED, "Start a guest session or sign in first.");
}

enum status checkout_place(const struct checkout_shop *shop, struct rpc_call *call,
                           const Orders__V1__PlaceOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    struct checkout checkout = {.shop = shop, .call = call, .request = request};
    if (check_caller(call, err) != STATUS_OK ||
        idempotency_check(call, "PlaceOrder", &request->base, &checkout.key, err) != STATUS_OK ||
        checkout_form_check(request, shop->markets, call->arena, &checkout.form, err) != STATUS_OK ||
        begin_key(&checkout, err) != STATUS_OK)
        return err->status;
    if (!checkout.answer) {
        enum status status = place(&checkout, err);
        if (status != STATUS_OK && status != STATUS_UNKNOWN)
            idempotency_abandon(&checkout.key, service_db(call));
        if (status != STATUS_OK)
            return status;
        if (!call->replayed)
            follow_up(&checkout);
    }
    *reply = *checkout.answer;
    payment_begin_refresh(call, reply);
    return STATUS_OK;
}
