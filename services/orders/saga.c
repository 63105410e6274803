/* The saga of an order: its steps, what undoes them, and how each is done. */
#include "saga.h"

#include <string.h>

#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "clock.h"
#include "log.h"
#include "saga_step.h"

#define HEAD_START_S 10 /* of the calling thread, with a step that it does itself */

static void confirm_stock(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count);
static void close_carts(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count);
static void release_stock(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count);

/*
 * In the order of their doing. The request does the first two itself (checkout.c), the worker the others. Of an order that
 * is cancelled or returned every step is undone that has an undo; one that is still to be done is dropped.
 */
/* clang-format off: rows of a table */
const struct saga_step saga_steps[SAGA_STEP_COUNT] = {
    {"reserve_stock", "release_stock", NULL, false, 0},
    {"save_order", NULL, NULL, false, 0}, /* a saved order is ended by an event, never deleted */
    {"close_cart", NULL, close_carts, true, HEAD_START_S},
    {"confirm_stock", "release_stock", confirm_stock, true, 0},
    {"release_stock", NULL, release_stock, false, 0},
};
/* clang-format on */

RPC_STUB(call_confirm_stock, catalog__v1__catalog_service__confirm_stock, Catalog__V1__ConfirmStockRequest,
         Catalog__V1__ConfirmStockReply)
RPC_STUB(call_release_stock, catalog__v1__catalog_service__release_stock, Catalog__V1__ReleaseStockRequest,
         Catalog__V1__ReleaseStockReply)
RPC_STUB(call_close_cart, cart__v1__cart_service__close_cart, Cart__V1__CloseCartRequest, Cart__V1__CloseCartReply)

void saga_send_start(struct db *db, const char *order_id, int64_t now_us)
{
    for (size_t i = 0; i < SAGA_STEP_COUNT; i++)
        if (saga_steps[i].follows_order)
            task_store_send_insert(db, order_id, saga_steps[i].name, now_us + saga_steps[i].head_start_s * US_PER_S);
}

void saga_send_undo(struct db *db, const char *order_id, int64_t now_us)
{
    for (size_t i = 0; i < SAGA_STEP_COUNT; i++) {
        if (!saga_steps[i].undo)
            continue;
        task_store_send_drop(db, order_id, saga_steps[i].name);
        task_store_send_insert(db, order_id, saga_steps[i].undo, now_us);
    }
}

/* ---- the steps ---- */

static struct rpc_meta meta_of(const char *request_id)
{
    return (struct rpc_meta){.caller = &RPC_SERVICE,
                             .request_id = request_id,
                             .traceparent = "",
                             .idempotency_key = "",
                             .deadline_us = clock_monotonic_us() + SAGA_CALL_S * US_PER_S};
}

static bool is_among(const char *id, char **ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* All orders in one call. A hold that ran out and whose units others took meanwhile cannot be had by asking again. */
static void confirm_stock(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count)
{
    Catalog__V1__ConfirmStockRequest request = CATALOG__V1__CONFIRM_STOCK_REQUEST__INIT;
    const Catalog__V1__ConfirmStockReply *reply = NULL;
    struct rpc_meta meta = meta_of(errands[0].task->order_id);
    request.order_ids = ARENA_ARRAY(arena, char *, count);
    request.n_order_ids = count;
    for (size_t i = 0; i < count; i++)
        request.order_ids[i] = (char *)errands[i].task->order_id;
    enum status status = call_confirm_stock(peers->catalog, &meta, arena, &request, &reply, &errands[0].err);
    for (size_t i = 0; i < count; i++) {
        if (status != STATUS_OK) {
            errands[i].err = errands[0].err;
        } else if (is_among(errands[i].task->order_id, reply->missing_order_ids, reply->n_missing_order_ids)) {
            errands[i].is_hopeless = true;
            error_set(&errands[i].err, STATUS_FAILED_PRECONDITION, "the hold on the stock ran out and the units are gone");
        } else {
            errands[i].is_done = true;
        }
    }
}

/* NOT_FOUND: the cart went into another one when the guest signed in; there is nothing left to close. */
static bool close_cart(const struct saga_peers *peers, const struct rpc_meta *meta, struct arena *arena,
                       const char *order_id, const char *cart_id, struct error *err)
{
    Cart__V1__CloseCartRequest request = CART__V1__CLOSE_CART_REQUEST__INIT;
    const Cart__V1__CloseCartReply *reply;
    request.cart_id = (char *)cart_id;
    request.order_id = (char *)order_id;
    enum status status = call_close_cart(peers->cart, meta, arena, &request, &reply, err);
    return status == STATUS_OK || status == STATUS_NOT_FOUND;
}

static void close_carts(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct task *task = errands[i].task;
        struct rpc_meta meta = meta_of(task->order_id);
        errands[i].is_done = close_cart(peers, &meta, arena, task->order_id, task->cart_id, &errands[i].err);
    }
}

static void release_stock(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Catalog__V1__ReleaseStockRequest request = CATALOG__V1__RELEASE_STOCK_REQUEST__INIT;
        const Catalog__V1__ReleaseStockReply *reply;
        struct rpc_meta meta = meta_of(errands[i].task->order_id);
        request.order_id = (char *)errands[i].task->order_id;
        errands[i].is_done =
            call_release_stock(peers->catalog, &meta, arena, &request, &reply, &errands[i].err) == STATUS_OK;
    }
}

void saga_close_cart(const struct saga_peers *peers, const struct rpc_call *call, const char *order_id, const char *cart_id)
{
    struct error err;
    struct rpc_meta meta = call->meta;
    const char *step = "close_cart";
    meta.caller = &RPC_SERVICE;
    meta.idempotency_key = "";
    error_clear(&err);
    if (!close_cart(peers, &meta, call->arena, order_id, cart_id, &err) ||
        task_store_finish(service_db(call), (struct db_texts){&order_id, 1}, (struct db_texts){&step, 1}, &err) != DB_OK)
        log_warn(LOG_EVENT("cart_left_open"), LOG_STR("order_id", order_id), LOG_STR("request_id", call->meta.request_id),
                 LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
}
