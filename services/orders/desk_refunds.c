/* Refunds that wait for staff: cash, which somebody hands out, and what a provider refused. */
#include "desk_service.h"

#include "clock.h"
#include "desk_store.h"
#include "money.h"
#include "service.h"

#define REVIEWS_MAX 100

static enum status unreachable(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Refunds cannot be reached at the moment. Try again shortly.");
}

static Orders__V1__RefundReview *review_of(const struct desk_refund *refund, struct arena *arena)
{
    Orders__V1__RefundReview *review = ARENA_NEW(arena, Orders__V1__RefundReview);
    orders__v1__refund_review__init(review);
    review->refund_id = (char *)refund->refund_id;
    review->order_id = (char *)refund->order_id;
    review->order_number = (char *)refund->order_number;
    review->method = order_method_of(refund->method);
    review->amount = money_message(arena, refund->amount_minor, refund->currency_code);
    review->reason = (char *)refund->reason;
    review->detail = (char *)refund->detail;
    review->changed_at = clock_to_timestamp(arena, refund->changed_at_us);
    return review;
}

static enum status list_refund_reviews(struct orders_service *self, struct rpc_call *call,
                                       const Orders__V1__ListRefundReviewsRequest *request,
                                       Orders__V1__ListRefundReviewsReply *reply, struct error *err)
{
    (void)self;
    struct desk_refund *refunds;
    size_t count;
    int64_t limit = request->page_size > 0 && request->page_size < REVIEWS_MAX ? request->page_size : REVIEWS_MAX;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = desk_store_list_refund_reviews(service_db(call), limit, &refunds, &count, call->arena, err);
    if (outcome != DB_OK)
        return unreachable(outcome, err);
    reply->reviews = ARENA_ARRAY(call->arena, Orders__V1__RefundReview *, count);
    for (; reply->n_reviews < count; reply->n_reviews++)
        reply->reviews[reply->n_reviews] = review_of(&refunds[reply->n_reviews], call->arena);
    return STATUS_OK;
}

RPC_HANDLER(list_refund_reviews, struct orders_service, Orders__V1__ListRefundReviewsRequest,
            Orders__V1__ListRefundReviewsReply, orders__v1__list_refund_reviews_reply__init)

void desk_refunds_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->list_refund_reviews = list_refund_reviews_rpc;
}
