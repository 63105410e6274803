/* Quotes, what becomes of holds, and the task that gives back those that ran out. */
#include "catalog_service.h"

#include <string.h>

#include "catalog_view.h"
#include "clock.h"
#include "log.h"
#include "stock_counts.h"
#include "stock_store.h"

#define QUOTE_MAX 200
#define CONFIRM_MAX 200
#define EXPIRE_BATCH 100
#define EXPIRY_RETRY_US (5 * US_PER_S)
#define ARRIVAL_LOOK_US (60 * US_PER_S)

static const char nobodys_id[] = "00000000-0000-0000-0000-000000000000";

static enum status check_quote(size_t count, struct error *err)
{
    if (count > QUOTE_MAX)
        error_field(err, "variantIds", "too_long", "At most %d variants are quoted at once.", QUOTE_MAX);
    return err->status;
}

/* An id that is none is not sold: it is asked for as one that nothing has. */
static struct quote_ask *asks_of(char *const *ids, size_t count, const Types__V1__Market *market, struct arena *arena)
{
    struct quote_ask *asks = ARENA_ARRAY(arena, struct quote_ask, count);
    for (size_t i = 0; i < count; i++)
        asks[i] =
            (struct quote_ask){uuid_is_valid(ids[i]) ? ids[i] : nobodys_id, market->currency_code, market->country_code};
    return asks;
}

static enum status quote_variants(struct catalog_service *self, struct rpc_call *call,
                                  const Catalog__V1__QuoteVariantsRequest *request, Catalog__V1__QuoteVariantsReply *reply,
                                  struct error *err)
{
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    size_t asked = request->n_variant_ids;
    enum status status = check_quote(asked, err);
    if (status || asked == 0)
        return status;
    const struct quote_row *rows = NULL;
    size_t count = 0;
    status = catalog_store_quote_variants(service_db(call), asks_of(request->variant_ids, asked, market, call->arena), asked,
                                          &rows, &count, call->arena, err);
    if (status)
        return status;
    reply->n_quotes = asked;
    reply->quotes = catalog_view_quotes((const char *const *)request->variant_ids, asked, rows, count, market->currency_code,
                                        call->arena);
    return STATUS_OK;
}

/* ---- confirming and releasing ---- */

static enum status check_order_id(const char *order_id, const char *field, struct error *err)
{
    if (!uuid_is_valid(order_id))
        error_field(err, field, "malformed", "An order is known by a UUID.");
    return err->status;
}

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
    enum status status = check_order_id(request->order_id, "orderId", err);
    bool released = false;
    if (status == STATUS_OK)
        status = stock_store_release(service_db(call), request->order_id, &released, call->arena, err);
    reply->released = released;
    if (released)
        background_wake(self->expiry);
    return status;
}

static enum status check_return(const Catalog__V1__RestockReturnRequest *request, struct stock_return_line *lines,
                                struct error *err)
{
    check_order_id(request->return_id, "returnId", err);
    check_order_id(request->order_id, "orderId", err);
    if (request->n_lines < 1 || request->n_lines > STOCK_LINES_MAX)
        return error_field(err, "lines", "out_of_range", "A return has 1 to %d lines.", STOCK_LINES_MAX);
    for (size_t i = 0; i < request->n_lines; i++) {
        const Catalog__V1__ReturnLine *line = request->lines[i];
        lines[i] = (struct stock_return_line){line->variant_id, line->quantity, line->discarded};
        if (!uuid_is_valid(line->variant_id))
            error_field(err, "lines", "malformed", "This is not the id of a variant.");
        if (line->quantity < 0 || line->discarded < 0 || line->quantity > STOCK_QUANTITY_MAX ||
            line->discarded > STOCK_QUANTITY_MAX || line->quantity + line->discarded < 1)
            error_field(err, "lines", "out_of_range", "Say how many units came back.");
    }
    return err->status;
}

static enum status restock_return(struct catalog_service *self, struct rpc_call *call,
                                  const Catalog__V1__RestockReturnRequest *request, Catalog__V1__RestockReturnReply *reply,
                                  struct error *err)
{
    struct stock_return_line *lines = ARENA_ARRAY(call->arena, struct stock_return_line, request->n_lines);
    enum status status = check_return(request, lines, err);
    if (status)
        return status;
    const struct stock_return back = {
        .return_id = request->return_id,
        .order_id = request->order_id,
        .location_code = request->location_code,
        .lines = lines,
        .line_count = request->n_lines,
        .reason = request->reason,
        .made_by = *request->made_by ? request->made_by : call->meta.caller->subject,
    };
    status = stock_counts_restock(service_db(call), &back, &call->replayed, call->arena, err);
    reply->restocked = status == STATUS_OK && !call->replayed;
    background_wake(self->expiry);
    return status;
}

/* ---- holds that run out ---- */

/* Units that came for orders that wait for them. */
static enum status fulfil_waiting(struct catalog_service *self, struct error *err)
{
    int64_t fulfilled = 0;
    enum status status;
    do {
        status = stock_store_fulfil(self->expiry_db, EXPIRE_BATCH, &fulfilled, self->expiry_arena, err);
        if (status == STATUS_OK && fulfilled > 0)
            log_info(LOG_EVENT("awaited_units_came"), LOG_INT("lines", fulfilled));
        arena_reset(self->expiry_arena);
    } while (status == STATUS_OK && fulfilled > 0);
    return status;
}

/*
 * When to look again: as soon as more may be due, at the next expiry, when a hold or a count wakes the task, and now and
 * then while orders wait for units that another process may have counted in.
 */
static int64_t next_look(int64_t expired, const struct stock_next *next)
{
    int64_t now_us = clock_monotonic_us();
    int64_t look_us = next->is_awaited ? now_us + ARRIVAL_LOOK_US : BACKGROUND_NEVER;
    if (next->expires_at_us == 0)
        return look_us;
    int64_t wait_us = next->expires_at_us - clock_now_us();
    int64_t expiry_us = expired == EXPIRE_BATCH || wait_us < 0 ? now_us : now_us + wait_us;
    return expiry_us < look_us ? expiry_us : look_us;
}

static int64_t expire(struct catalog_service *self)
{
    struct error err;
    int64_t expired = 0;
    struct stock_next next = {0};
    error_clear(&err);
    enum status status =
        stock_store_expire(self->expiry_db, clock_now_us(), EXPIRE_BATCH, &expired, &next, self->expiry_arena, &err);
    arena_reset(self->expiry_arena);
    if (status == STATUS_OK)
        status = fulfil_waiting(self, &err);
    if (status) {
        log_warn(LOG_EVENT("expiry_failed"), LOG_STR("status", status_name(status)), LOG_STR("message", err.message));
        return clock_monotonic_us() + EXPIRY_RETRY_US;
    }
    if (expired > 0)
        log_info(LOG_EVENT("holds_expired"), LOG_INT("orders", expired));
    return next_look(expired, &next);
}

/* A hold that is made while the task looks may be missed by it, and wakes it again. */
int64_t catalog_holds_expire(void *arg)
{
    struct catalog_service *self = arg;
    atomic_store(&self->expiry_looks_at_us, INT64_MAX);
    int64_t look_us = expire(self);
    if (look_us != BACKGROUND_NEVER)
        atomic_store(&self->expiry_looks_at_us, clock_now_us() + (look_us - clock_monotonic_us()));
    return look_us;
}

RPC_HANDLER(quote_variants, struct catalog_service, Catalog__V1__QuoteVariantsRequest, Catalog__V1__QuoteVariantsReply,
            catalog__v1__quote_variants_reply__init)
RPC_HANDLER(confirm_stock, struct catalog_service, Catalog__V1__ConfirmStockRequest, Catalog__V1__ConfirmStockReply,
            catalog__v1__confirm_stock_reply__init)
RPC_HANDLER(release_stock, struct catalog_service, Catalog__V1__ReleaseStockRequest, Catalog__V1__ReleaseStockReply,
            catalog__v1__release_stock_reply__init)
RPC_HANDLER(restock_return, struct catalog_service, Catalog__V1__RestockReturnRequest, Catalog__V1__RestockReturnReply,
            catalog__v1__restock_return_reply__init)

void catalog_holds_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->quote_variants = quote_variants_rpc;
    vtable->confirm_stock = confirm_stock_rpc;
    vtable->release_stock = release_stock_rpc;
    vtable->restock_return = restock_return_rpc;
}
