/* The saga of an order: its steps, what undoes them, and how each is done. */
#include "saga.h"

#include <assert.h>
#include <string.h>

#include "after.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "clock.h"
#include "cod_steps.h"
#include "invoice_papers.h"
#include "log.h"
#include "order.h"
#include "saga_step.h"

#define HEAD_START_S 10         /* of the calling thread, with a step that it does itself */
#define PAYMENT_HEAD_START_S 20 /* the same, with the first word to a payment provider */
#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)

static void confirm_stock(const struct saga_room *room, struct errand *errands, size_t count);
static void close_carts(const struct saga_room *room, struct errand *errands, size_t count);
static void release_stock(const struct saga_room *room, struct errand *errands, size_t count);

/*
 * In the order of their doing. The request does the first two itself (checkout.c), the workers the others. Of an order that
 * is cancelled or returned every step is undone that has an undo; one that is still to be done is dropped.
 */
/* clang-format off: rows of a table */
const struct saga_step saga_steps[SAGA_STEP_COUNT] = {
    {.name = "reserve_stock", .undo = "release_stock"},
    {.name = "save_order"}, /* a saved order is ended by an event, never deleted */
    {.name = "close_cart",
     .give_up = SAGA_FORGET,
     .run = close_carts,
     .follows = SAGA_AFTER_PLACED_AT_DOOR | SAGA_AFTER_PLACED_PREPAID,
     .head_start_s = HEAD_START_S,
     .deadline_s = DAY_S},
    {.name = "confirm_stock",
     .undo = "release_stock",
     .give_up = SAGA_CANCEL_ORDER,
     .run = confirm_stock,
     .follows = SAGA_AFTER_PLACED_AT_DOOR | SAGA_AFTER_PAID,
     .deadline_s = 2 * HOUR_S},
    /* Before release_stock: what was taken off an order and lost is not given back with the rest of it. */
    {.name = "restock_return", .give_up = SAGA_FORGET, .run = after_restock_run, .deadline_s = DAY_S},
    {.name = "release_stock", .run = release_stock, .deadline_s = DAY_S},
    {.name = "make_papers", .run = invoice_papers_make, .deadline_s = 7 * DAY_S}, /* put down by every change of an order */
    {.name = "start_payment", .lane = SAGA_LANE_PROVIDER, .run = payment_steps_start, .head_start_s = PAYMENT_HEAD_START_S,
     .deadline_s = DAY_S}, /* put down with each attempt */
    {.name = "ask_payment", .lane = SAGA_LANE_PROVIDER, .run = payment_steps_ask, .deadline_s = 5 * DAY_S},
    {.name = "expire_order", .lane = SAGA_LANE_PROVIDER, .give_up = SAGA_CANCEL_ORDER, .run = payment_steps_expire,
     .follows = SAGA_AFTER_PLACED_PREPAID, .deadline_s = DAY_S},
    {.name = "expire_unconfirmed", .give_up = SAGA_CANCEL_ORDER, .run = cod_steps_expire,
     .follows = SAGA_AFTER_PLACED_UNCONFIRMED, .head_start_s = 2 * DAY_S, .deadline_s = 3 * DAY_S},
    {.name = "send_refund", .lane = SAGA_LANE_PROVIDER, .give_up = SAGA_KEEP_MONEY, .run = payment_steps_refund,
     .deadline_s = 3 * DAY_S},
};
/* clang-format on */

const char *const saga_lane_names[SAGA_LANE_COUNT] = {"shop", "provider"};

RPC_STUB(call_confirm_stock, catalog__v1__catalog_service__confirm_stock, Catalog__V1__ConfirmStockRequest,
         Catalog__V1__ConfirmStockReply)
RPC_STUB(call_release_stock, catalog__v1__catalog_service__release_stock, Catalog__V1__ReleaseStockRequest,
         Catalog__V1__ReleaseStockReply)
RPC_STUB(call_close_cart, cart__v1__cart_service__close_cart, Cart__V1__CloseCartRequest, Cart__V1__CloseCartReply)

const struct saga_step *saga_step_find(const char *name)
{
    for (size_t i = 0; i < SAGA_STEP_COUNT; i++)
        if (strcmp(saga_steps[i].name, name) == 0)
            return &saga_steps[i];
    return NULL;
}

static struct saga_plan plan_of(const struct saga_step *step, int64_t now_us)
{
    return (struct saga_plan){.step = step->name,
                              .lane = saga_lane_names[step->lane],
                              .now_us = now_us,
                              .due_at_us = now_us + step->head_start_s * US_PER_S,
                              .deadline_at_us = now_us + step->deadline_s * US_PER_S};
}

struct saga_plan saga_plan_of(const char *step, int64_t now_us)
{
    const struct saga_step *found = saga_step_find(step);
    assert(found && "steps are rows of the table");
    return plan_of(found, now_us);
}

/* What follows is about the order as a whole. What ends the time to pay is due when that is over. */
static void send_following(struct db *db, const struct order_record *order, enum saga_follows what, int64_t now_us)
{
    for (size_t i = 0; i < SAGA_STEP_COUNT; i++) {
        const struct saga_step *step = &saga_steps[i];
        struct saga_plan plan = plan_of(step, step->run == payment_steps_expire ? order->pay_until_us : now_us);
        plan.now_us = now_us;
        if (step->follows & (unsigned)what)
            task_store_send_insert(db, order->id, order->id, &plan, NULL);
    }
}

void saga_send_start(struct db *db, const struct order_record *order, int64_t now_us)
{
    bool is_prepaid = order_status_of(order->status) == ORDER_PENDING_PAYMENT;
    send_following(db, order, is_prepaid ? SAGA_AFTER_PLACED_PREPAID : SAGA_AFTER_PLACED_AT_DOOR, now_us);
    if (order->needs_code)
        send_following(db, order, SAGA_AFTER_PLACED_UNCONFIRMED, now_us);
}

void saga_send_paid(struct db *db, const struct order_record *order, int64_t now_us)
{
    task_store_send_drop(db, order->id, "expire_order");
    send_following(db, order, SAGA_AFTER_PAID, now_us);
}

void saga_send_undo(struct db *db, const char *order_id, int64_t now_us)
{
    for (size_t i = 0; i < SAGA_STEP_COUNT; i++) {
        if (!saga_steps[i].undo)
            continue;
        const struct saga_plan plan = saga_plan_of(saga_steps[i].undo, now_us);
        task_store_send_drop(db, order_id, saga_steps[i].name);
        task_store_send_insert(db, order_id, order_id, &plan, NULL);
    }
}

/* ---- the steps ---- */

static struct rpc_meta meta_of(const char *request_id)
{
    return (struct rpc_meta){.caller = &RPC_SERVICE,
                             .request_id = request_id,
                             .traceparent = "",
                             .idempotency_key = "",
                             .deadline_us = clock_monotonic_us() + SAGA_CALL_S * US_PER_S,
                             .may_repeat = true};
}

static bool is_among(const char *id, char **ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* All orders in one call. A hold that ran out and whose units others took meanwhile cannot be had by asking again. */
static void confirm_stock(const struct saga_room *room, struct errand *errands, size_t count)
{
    Catalog__V1__ConfirmStockRequest request = CATALOG__V1__CONFIRM_STOCK_REQUEST__INIT;
    const Catalog__V1__ConfirmStockReply *reply = NULL;
    struct rpc_meta meta = meta_of(errands[0].task->order_id);
    request.order_ids = ARENA_ARRAY(room->arena, char *, count);
    request.n_order_ids = count;
    for (size_t i = 0; i < count; i++)
        request.order_ids[i] = (char *)errands[i].task->order_id;
    enum status status =
        call_confirm_stock(room->shop->peers.catalog, &meta, room->arena, &request, &reply, &errands[0].err);
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

static void close_carts(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct task *task = errands[i].task;
        struct rpc_meta meta = meta_of(task->order_id);
        errands[i].is_done =
            close_cart(&room->shop->peers, &meta, room->arena, task->order_id, task->cart_id, &errands[i].err);
    }
}

static void release_stock(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Catalog__V1__ReleaseStockRequest request = CATALOG__V1__RELEASE_STOCK_REQUEST__INIT;
        const Catalog__V1__ReleaseStockReply *reply;
        struct rpc_meta meta = meta_of(errands[i].task->order_id);
        request.order_id = (char *)errands[i].task->order_id;
        errands[i].is_done = call_release_stock(room->shop->peers.catalog, &meta, room->arena, &request, &reply,
                                                &errands[i].err) == STATUS_OK;
    }
}

void saga_close_cart(const struct saga_peers *peers, const struct rpc_call *call, const char *order_id, const char *cart_id)
{
    struct error err;
    struct rpc_meta meta = call->meta;
    meta.caller = &RPC_SERVICE;
    meta.idempotency_key = "";
    meta.may_repeat = true;
    error_clear(&err);
    if (!close_cart(peers, &meta, call->arena, order_id, cart_id, &err) ||
        task_store_drop(service_db(call), order_id, "close_cart", &err) != DB_OK)
        log_warn(LOG_EVENT("cart_left_open"), LOG_STR("order_id", order_id), LOG_STR("request_id", call->meta.request_id),
                 LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
}
