/* Quotes, holds and sales, and the task that gives back holds that ran out. */
#include "catalog_service.h"

#include <string.h>

#include "catalog_view.h"
#include "clock.h"
#include "hold_store.h"
#include "log.h"
#include "stock_store.h"

#define QUOTE_MAX 200
#define CONFIRM_MAX 200
#define EXPIRE_BATCH 100
#define EXPIRY_RETRY_US (5 * US_PER_S)

static const char nobodys_id[] = "00000000-0000-0000-0000-000000000000";

static enum status check_quote(size_t count, struct error *err)
{
    if (count > QUOTE_MAX)
        error_field(err, "variantIds", "too_long", "At most %d variants are quoted at once.", QUOTE_MAX);
    return err->status;
}

/* An id that is none is not sold: it is asked for as one that nothing has. */
static struct db_texts askable_ids(char *const *ids, size_t count, struct arena *arena)
{
    const char **askable = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++)
        askable[i] = uuid_is_valid(ids[i]) ? ids[i] : nobodys_id;
    return (struct db_texts){askable, count};
}

static enum status quote_variants(struct catalog_service *self, struct rpc_call *call,
                                  const Catalog__V1__QuoteVariantsRequest *request, Catalog__V1__QuoteVariantsReply *reply,
                                  struct error *err)
{
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    enum status status = check_quote(request->n_variant_ids, err);
    if (status || request->n_variant_ids == 0)
        return status;
    const struct quote_row *rows = NULL;
    size_t count = 0;
    struct db_texts ids = askable_ids(request->variant_ids, request->n_variant_ids, call->arena);
    status = catalog_store_quote_variants(service_db(call), ids, market->currency_code, &rows, &count, call->arena, err);
    if (status)
        return status;
    reply->n_quotes = request->n_variant_ids;
    reply->quotes = catalog_view_quotes((const char *const *)request->variant_ids, reply->n_quotes, rows, count,
                                        market->currency_code, call->arena);
    return STATUS_OK;
}

/* ---- reserving ---- */

/* What the reply to a reservation is packed from, inside its transaction. */
struct hold_reply {
    struct arena *arena;
    const char *currency;
    const char **variant_ids;
    size_t line_count;
    int64_t expires_at_us;
};

static struct db_bytes pack_reply(void *arg, const struct quote_row *quotes, size_t count)
{
    const struct hold_reply *hold = arg;
    Catalog__V1__ReserveStockReply reply = CATALOG__V1__RESERVE_STOCK_REPLY__INIT;
    reply.n_quotes = hold->line_count;
    reply.quotes = catalog_view_quotes(hold->variant_ids, hold->line_count, quotes, count, hold->currency, hold->arena);
    reply.expires_at = clock_to_timestamp(hold->arena, hold->expires_at_us);
    size_t size = catalog__v1__reserve_stock_reply__get_packed_size(&reply);
    uint8_t *data = arena_alloc(hold->arena, size);
    catalog__v1__reserve_stock_reply__pack(&reply, data);
    return (struct db_bytes){data, size};
}

static enum status check_order_id(const char *order_id, const char *field, struct error *err)
{
    if (!uuid_is_valid(order_id))
        error_field(err, field, "malformed", "An order is known by a UUID.");
    return err->status;
}

static enum status check_reservation(const Catalog__V1__ReserveStockRequest *request, struct stock_line *lines,
                                     struct error *err)
{
    check_order_id(request->order_id, "orderId", err);
    if (request->hold_seconds < 1 || request->hold_seconds > STOCK_HOLD_SECONDS_MAX)
        error_field(err, "holdSeconds", "out_of_range", "Stock is held for 1 to %d seconds.", STOCK_HOLD_SECONDS_MAX);
    for (size_t i = 0; i < request->n_lines; i++)
        lines[i] = (struct stock_line){request->lines[i]->variant_id, request->lines[i]->quantity};
    return stock_check_lines(lines, request->n_lines, err);
}

static void hold_reply_init(struct hold_reply *reply, const struct stock_line *lines, size_t count, const char *currency,
                            int64_t expires_at_us, struct arena *arena)
{
    *reply = (struct hold_reply){arena, currency, ARENA_ARRAY(arena, const char *, count), count, expires_at_us};
    for (size_t i = 0; i < count; i++)
        reply->variant_ids[i] = lines[i].variant_id;
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

static enum status reserve_stock(struct catalog_service *self, struct rpc_call *call,
                                 const Catalog__V1__ReserveStockRequest *request, Catalog__V1__ReserveStockReply *reply,
                                 struct error *err)
{
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    struct stock_line *lines = ARENA_ARRAY(call->arena, struct stock_line, request->n_lines);
    enum status status = check_reservation(request, lines, err);
    if (status)
        return status;
    int64_t expires_at_us = clock_now_us() + request->hold_seconds * US_PER_S;
    struct hold_reply answer_form;
    hold_reply_init(&answer_form, lines, request->n_lines, market->currency_code, expires_at_us, call->arena);
    const struct stock_hold hold = {request->order_id, market->currency_code, lines, request->n_lines, expires_at_us,
                                    pack_reply,        &answer_form};
    struct db_bytes answer;
    status = hold_store_reserve(service_db(call), &hold, &answer, &call->replayed, call->arena, err);
    if (status)
        return status;
    background_wake(self->expiry);
    return unpack_reply(answer, call->arena, reply, err);
}

/* ---- confirming and releasing ---- */

static enum status confirm_stock(struct catalog_service *self, struct rpc_call *call,
                                 const Catalog__V1__ConfirmStockRequest *request, Catalog__V1__ConfirmStockReply *reply,
                                 struct error *err)
{
    (void)self;
    if (request->n_order_ids > CONFIRM_MAX)
        return error_field(err, "orderIds", "too_long", "At most %d orders are confirmed at once.", CONFIRM_MAX);
    for (size_t i = 0; i < request->n_order_ids; i++)
        check_order_id(request->order_ids[i], "orderIds", err);
    if (err->status || request->n_order_ids == 0)
        return err->status;
    const char **missing = ARENA_ARRAY(call->arena, const char *, request->n_order_ids);
    struct db_texts ids = {(const char *const *)request->order_ids, request->n_order_ids};
    enum status status = stock_store_confirm(service_db(call), ids, missing, &reply->n_missing_order_ids, call->arena, err);
    reply->missing_order_ids = (char **)missing;
    return status;
}

static enum status release_stock(struct catalog_service *self, struct rpc_call *call,
                                 const Catalog__V1__ReleaseStockRequest *request, Catalog__V1__ReleaseStockReply *reply,
                                 struct error *err)
{
    (void)self;
    enum status status = check_order_id(request->order_id, "orderId", err);
    bool released = false;
    if (status == STATUS_OK)
        status = stock_store_release(service_db(call), request->order_id, &released, call->arena, err);
    reply->released = released;
    return status;
}

/* ---- holds that run out ---- */

/* When to look again: as soon as more may be due, at the next expiry, or when a new hold wakes the task. */
static int64_t next_look(int64_t expired, int64_t next_us)
{
    if (next_us == 0)
        return BACKGROUND_NEVER;
    int64_t wait_us = next_us - clock_now_us();
    return expired == EXPIRE_BATCH || wait_us < 0 ? clock_monotonic_us() : clock_monotonic_us() + wait_us;
}

int64_t catalog_holds_expire(void *arg)
{
    struct catalog_service *self = arg;
    struct error err;
    int64_t expired = 0;
    int64_t next_us = 0;
    error_clear(&err);
    enum status status =
        stock_store_expire(self->expiry_db, clock_now_us(), EXPIRE_BATCH, &expired, &next_us, self->expiry_arena, &err);
    arena_reset(self->expiry_arena);
    if (status) {
        log_warn(LOG_EVENT("expiry_failed"), LOG_STR("status", status_name(status)), LOG_STR("message", err.message));
        return clock_monotonic_us() + EXPIRY_RETRY_US;
    }
    if (expired > 0)
        log_info(LOG_EVENT("holds_expired"), LOG_INT("orders", expired));
    return next_look(expired, next_us);
}

RPC_HANDLER(quote_variants, struct catalog_service, Catalog__V1__QuoteVariantsRequest, Catalog__V1__QuoteVariantsReply,
            catalog__v1__quote_variants_reply__init)
RPC_HANDLER(reserve_stock, struct catalog_service, Catalog__V1__ReserveStockRequest, Catalog__V1__ReserveStockReply,
            catalog__v1__reserve_stock_reply__init)
RPC_HANDLER(confirm_stock, struct catalog_service, Catalog__V1__ConfirmStockRequest, Catalog__V1__ConfirmStockReply,
            catalog__v1__confirm_stock_reply__init)
RPC_HANDLER(release_stock, struct catalog_service, Catalog__V1__ReleaseStockRequest, Catalog__V1__ReleaseStockReply,
            catalog__v1__release_stock_reply__init)

void catalog_holds_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->quote_variants = quote_variants_rpc;
    vtable->reserve_stock = reserve_stock_rpc;
    vtable->confirm_stock = confirm_stock_rpc;
    vtable->release_stock = release_stock_rpc;
}
