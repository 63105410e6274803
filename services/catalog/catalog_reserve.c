/* Holding stock: calls that come together are served together, by one transaction. */
#include "catalog_service.h"

#include <string.h>

#include "catalog_view.h"
#include "clock.h"
#include "hold_store.h"

#define RESERVE_THREADS 1 /* one stream of batches, each as large as it gets; a second would halve them */
#define RESERVE_QUEUE_MAX 4096

/* ---- check ---- */

static enum status check_reservation(const Catalog__V1__ReserveStockRequest *request, struct stock_line *lines,
                                     struct error *err)
{
    if (!uuid_is_valid(request->order_id))
        error_field(err, "orderId", "malformed", "An order is known by a UUID.");
    if (request->hold_seconds < 1 || request->hold_seconds > STOCK_HOLD_SECONDS_MAX)
        error_field(err, "holdSeconds", "out_of_range", "Stock is held for 1 to %d seconds.", STOCK_HOLD_SECONDS_MAX);
    for (size_t i = 0; i < request->n_lines; i++)
        lines[i] = (struct stock_line){request->lines[i]->variant_id, request->lines[i]->quantity, false};
    return stock_check_lines(lines, request->n_lines, err);
}

/* ---- reply ---- */

/* What the reply to a reservation is packed from, inside its transaction. */
struct hold_reply {
    struct arena *arena;
    const struct stock_hold *hold;
};

static struct db_bytes pack_reply(void *arg, const struct hold_quote *quotes, size_t count)
{
    const struct hold_reply *form = arg;
    const struct stock_hold *hold = form->hold;
    Catalog__V1__ReserveStockReply reply = CATALOG__V1__RESERVE_STOCK_REPLY__INIT;
    reply.n_quotes = count;
    reply.quotes = ARENA_ARRAY(form->arena, Catalog__V1__VariantQuote *, count);
    for (size_t i = 0; i < count; i++) {
        reply.quotes[i] = catalog_view_quote(hold->lines[i].variant_id, quotes[i].row, hold->currency, form->arena);
        reply.quotes[i]->awaited = quotes[i].awaited;
    }
    reply.expires_at = clock_to_timestamp(form->arena, hold->expires_at_us);
    size_t size = catalog__v1__reserve_stock_reply__get_packed_size(&reply);
    uint8_t *data = arena_alloc(form->arena, size);
    catalog__v1__reserve_stock_reply__pack(&reply, data);
    return (struct db_bytes){data, size};
}

static enum status unpack_reply(struct db_bytes answer, struct arena *arena, Catalog__V1__ReserveStockReply *reply,
                                struct error *err)
{
    Catalog__V1__ReserveStockReply *stored =
        catalog__v1__reserve_stock_reply__unpack(arena_allocator(arena), answer.size, answer.data);
    if (!stored)
        return error_set(err, STATUS_DATA_LOSS, "The stored answer to this order's reservation cannot be read.");
    *reply = *stored;
    return STATUS_OK;
}

/* ---- a batch ---- */

/* One call of the batch, as long as it is. */
struct reservation {
    struct rpc_batch_call *call;
    struct hold_reply form;
};

static enum status check_call(const struct catalog_service *self, struct rpc_batch_call *batch_call, struct stock_hold *hold)
{
    const Catalog__V1__ReserveStockRequest *request = batch_call->request;
    struct arena *arena = batch_call->call->arena;
    struct error *err = batch_call->err;
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    struct stock_line *lines = ARENA_ARRAY(arena, struct stock_line, request->n_lines);
    enum status status = check_reservation(request, lines, err);
    if (status)
        return status;
    *hold = (struct stock_hold){
        .order_id = request->order_id,
        .currency = market->currency_code,
        .country = market->country_code,
        .lines = lines,
        .line_count = request->n_lines,
        .expires_at_us = clock_now_us() + request->hold_seconds * US_PER_S,
        .pack = pack_reply,
        .err = err,
    };
    return STATUS_OK;
}

static void answer(struct reservation *reservation, const struct stock_hold *hold, enum status batch_status,
                   const struct error *batch_err)
{
    struct rpc_batch_call *call = reservation->call;
    if (batch_status)
        *call->err = *batch_err;
    call->status = batch_status ? batch_status : hold->status;
    if (call->status)
        return;
    call->call->replayed = hold->replayed;
    call->status = unpack_reply(hold->answer, call->call->arena, call->reply, call->err);
}

/* The task that gives back holds is woken only when it means to look later than this hold needs. */
static void await_expiry(struct catalog_service *self, int64_t expires_at_us)
{
    if (expires_at_us < atomic_load(&self->expiry_looks_at_us))
        background_wake(self->expiry);
}

static void reserve_batch(ProtobufCService *service, struct rpc_batch_call *calls, size_t count)
{
    struct catalog_service *self = (struct catalog_service *)service;
    struct arena *arena = calls[0].call->arena;
    struct stock_hold *holds = ARENA_ARRAY(arena, struct stock_hold, count);
    struct reservation *reservations = ARENA_ARRAY(arena, struct reservation, count);
    size_t checked = 0;
    for (size_t i = 0; i < count; i++) {
        calls[i].status = check_call(self, &calls[i], &holds[checked]);
        if (calls[i].status)
            continue;
        reservations[checked] = (struct reservation){&calls[i], {arena, &holds[checked]}};
        holds[checked].arg = &reservations[checked].form;
        checked++;
    }
    if (checked == 0)
        return;
    struct error err;
    error_clear(&err);
    enum status status = hold_store_reserve(service_db(calls[0].call), holds, checked, arena, &err);
    for (size_t i = 0; i < checked; i++) {
        answer(&reservations[i], &holds[i], status, &err);
        if (reservations[i].call->status == STATUS_OK)
            await_expiry(self, holds[i].expires_at_us);
    }
}

/* Without a lane for batches: a batch of one. */
static enum status reserve_stock(struct catalog_service *self, struct rpc_call *call,
                                 const Catalog__V1__ReserveStockRequest *request, Catalog__V1__ReserveStockReply *reply,
                                 struct error *err)
{
    struct rpc_batch_call alone = {call, request, reply, err, STATUS_INTERNAL};
    reserve_batch(&self->base.base, &alone, 1);
    return alone.status;
}

RPC_HANDLER(reserve_stock, struct catalog_service, Catalog__V1__ReserveStockRequest, Catalog__V1__ReserveStockReply,
            catalog__v1__reserve_stock_reply__init)

void catalog_reserve_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->reserve_stock = reserve_stock_rpc;
}

const struct rpc_lane catalog_lanes[] = {{"reserve", RESERVE_THREADS, RESERVE_QUEUE_MAX, reserve_batch}};
const size_t catalog_lane_count = sizeof(catalog_lanes) / sizeof(catalog_lanes[0]);

size_t catalog_lane_of(const char *method_name)
{
    return strcmp(method_name, "ReserveStock") == 0 ? 1 : 0;
}
