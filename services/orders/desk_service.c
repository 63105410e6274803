/* What staff ask for that no shopper does. */
#include "desk_service.h"

#include <string.h>

#include "desk_store.h"
#include "order_view.h"
#include "phone.h"
#include "service.h"
#include "text.h"

#define QUERY_MAX_CHARS 254

static enum status unreachable(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Orders cannot be reached at the moment. Try again shortly.");
}

static enum status get_desk(struct orders_service *self, struct rpc_call *call, const Orders__V1__GetDeskRequest *request,
                            Orders__V1__Desk *reply, struct error *err)
{
    (void)self, (void)request;
    struct desk_work work;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = desk_store_count_work(service_db(call), &work, call->arena, err);
    if (outcome != DB_OK)
        return unreachable(outcome, err);
    reply->placed = work.placed;
    reply->paid = work.paid;
    reply->confirmed = work.confirmed;
    reply->partly_shipped = work.partly_shipped;
    reply->shipped = work.shipped;
    reply->pending_payment = work.pending_payment;
    reply->returns_requested = work.returns_requested;
    reply->failed_tasks = work.failed_tasks;
    reply->payments_in_review = work.payments_in_review;
    reply->refunds_in_review = work.refunds_in_review;
    reply->failed_messages = work.failed_messages;
    return STATUS_OK;
}

/* The text as whatever it may be. */
static struct desk_search search_for(const char *q, const char *country_code, struct arena *arena)
{
    struct error ignored;
    char *number = arena_alloc(arena, ORDER_NUMBER_SIZE);
    char *phone = arena_alloc(arena, PHONE_E164_SIZE);
    char *invoice = arena_strdup(arena, q);
    error_clear(&ignored);
    for (char *c = invoice; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return (struct desk_search){
        .order_number = order_number_parse(q, number) ? number : NULL,
        .phone = phone_parse(q, country_code, phone, &ignored) == STATUS_OK ? phone : NULL,
        .email = text_email(q, arena),
        .invoice_number = invoice,
    };
}

static enum status find_orders(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__FindOrdersRequest *request, Orders__V1__ListOrdersReply *reply,
                               struct error *err)
{
    (void)self;
    struct order_summary *orders;
    size_t count;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    const char *q = text_check(request->q, "q", 1, QUERY_MAX_CHARS, false, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    struct desk_search search = search_for(q, request->country_code, call->arena);
    enum db_outcome outcome = desk_store_find_orders(service_db(call), &search, &orders, &count, call->arena, err);
    if (outcome != DB_OK)
        return unreachable(outcome, err);
    reply->orders = ARENA_ARRAY(call->arena, Orders__V1__OrderSummary *, count);
    for (; reply->n_orders < count; reply->n_orders++)
        reply->orders[reply->n_orders] = order_view_summary(&orders[reply->n_orders], call->arena);
    return STATUS_OK;
}

RPC_HANDLER(get_desk, struct orders_service, Orders__V1__GetDeskRequest, Orders__V1__Desk, orders__v1__desk__init)
RPC_HANDLER(find_orders, struct orders_service, Orders__V1__FindOrdersRequest, Orders__V1__ListOrdersReply,
            orders__v1__list_orders_reply__init)

void desk_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->get_desk = get_desk_rpc;
    vtable->find_orders = find_orders_rpc;
    desk_refunds_serve(vtable);
}
