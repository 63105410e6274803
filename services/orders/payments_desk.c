/* What staff ask about money: the books of an order, payments and refunds that wait, the dead letters of the saga. */
#include <string.h>

#include "clock.h"
#include "idempotency.h"
#include "ledger.h"
#include "money.h"
#include "orders_state.h"
#include "payment_flow.h"
#include "payment_view.h"
#include "payments_service.h"
#include "refunds.h"
#include "saga_step.h"
#include "service.h"
#include "text.h"
#include "uuid.h"

#define PAGE_USUAL 50
#define PAGE_MAX 200
#define NOTE_MAX_CHARS 500

static enum status unreachable(enum db_outcome outcome, struct error *err)
{
    return outcome == DB_OK ? STATUS_OK
                            : error_set(err, db_status(outcome), "Payments cannot be reached at the moment. Try again shortly.");
}

static int64_t limit_of(int32_t page_size)
{
    return page_size < 1 ? PAGE_USUAL : page_size > PAGE_MAX ? PAGE_MAX : page_size;
}

static enum status check_id(const char *id, const char *field, struct error *err)
{
    return uuid_is_valid(id) ? STATUS_OK : error_field(err, field, "malformed", "This is no id.");
}

/* ---- the books of an order ---- */

static Orders__V1__LedgerEntry *entry_of(const struct ledger_line *line, struct arena *arena)
{
    Orders__V1__LedgerEntry *entry = ARENA_NEW(arena, Orders__V1__LedgerEntry);
    orders__v1__ledger_entry__init(entry);
    entry->kind = (char *)line->kind;
    entry->account = (char *)line->account;
    entry->amount = money_message(arena, line->amount_minor, line->currency_code);
    entry->at = clock_to_timestamp(arena, line->at_us);
    return entry;
}

static enum status show_payments(struct rpc_call *call, const char *order_id, Orders__V1__OrderPayments *reply,
                                 struct error *err)
{
    struct order_record order;
    struct order_attempt *attempts;
    struct ledger_line *lines;
    size_t attempt_count, line_count;
    struct db *db = service_db(call);
    if (orders_load(call, order_id, &order, err) != STATUS_OK ||
        unreachable(payments_store_list(db, order.id, &attempts, &attempt_count, call->arena, err), err) != STATUS_OK ||
        unreachable(ledger_list(db, order.id, &lines, &line_count, call->arena, err), err) != STATUS_OK)
        return err->status;
    reply->order_id = (char *)order.id;
    reply->attempts = ARENA_ARRAY(call->arena, Orders__V1__PaymentAttempt *, attempt_count);
    for (; reply->n_attempts < attempt_count; reply->n_attempts++)
        reply->attempts[reply->n_attempts] =
            payment_view(&attempts[reply->n_attempts], order.currency_code, ORDER_BY_STAFF, call->arena);
    reply->entries = ARENA_ARRAY(call->arena, Orders__V1__LedgerEntry *, line_count);
    for (; reply->n_entries < line_count; reply->n_entries++)
        reply->entries[reply->n_entries] = entry_of(&lines[reply->n_entries], call->arena);
    return STATUS_OK;
}

static enum status get_order_payments(struct orders_service *self, struct rpc_call *call,
                                      const Orders__V1__GetOrderPaymentsRequest *request, Orders__V1__OrderPayments *reply,
                                      struct error *err)
{
    (void)self;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    return show_payments(call, request->order_id, reply, err);
}

/* ---- payments and refunds that wait ---- */

static enum status list_payment_reviews(struct orders_service *self, struct rpc_call *call,
                                        const Orders__V1__ListPaymentReviewsRequest *request,
                                        Orders__V1__ListPaymentReviewsReply *reply, struct error *err)
{
    (void)self;
    struct attempt_review *reviews;
    size_t count;
    if (orders_check_staff(call, err) != STATUS_OK ||
        unreachable(payments_store_reviews(service_db(call), limit_of(request->page_size), &reviews, &count, call->arena, err),
                    err) != STATUS_OK)
        return err->status;
    reply->reviews = ARENA_ARRAY(call->arena, Orders__V1__PaymentReview *, count);
    for (size_t i = 0; i < count; i++) {
        Orders__V1__PaymentReview *review = reply->reviews[reply->n_reviews++] =
            ARENA_NEW(call->arena, Orders__V1__PaymentReview);
        orders__v1__payment_review__init(review);
        review->order_id = (char *)reviews[i].order_id;
        review->order_number = (char *)reviews[i].order_number;
        review->attempt =
            payment_view(&reviews[i].attempt, reviews[i].attempt.currency_code, ORDER_BY_STAFF, call->arena);
    }
    return STATUS_OK;
}

static enum status resolve_payment(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__ResolvePaymentRequest *request, Orders__V1__OrderPayments *reply,
                                   struct error *err)
{
    (void)self;
    struct attempt_record attempt;
    const char *note = text_check(request->note, "note", 1, NOTE_MAX_CHARS, true, call->arena, err);
    (void)check_id(request->attempt_id, "attemptId", err);
    if (err->violation_count > 0)
        return err->status;
    if (payment_resolve(service_db(call), call->arena, request->attempt_id, (enum payment_decision)request->decision, note,
                        call->meta.caller->subject, err) != STATUS_OK)
        return err->status;
    if (unreachable(payments_store_find(service_db(call), request->attempt_id, &attempt, call->arena, err), err) != STATUS_OK)
        return err->status;
    return show_payments(call, attempt.order_id, reply, err);
}

struct refund_again {
    const struct refund_record *refund;
    int64_t now_us;
};

static enum status send_again(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct refund_again *again = arg;
    const struct saga_plan plan = saga_plan_of("send_refund", again->now_us);
    task_store_send_wake(db, again->refund->order_id, again->refund->id, &plan);
    return STATUS_OK;
}

static enum status decide_refund(struct db *db, const struct refund_record *refund,
                                 const Orders__V1__ResolveRefundRequest *request, const char *note, struct arena *arena,
                                 struct error *err)
{
    struct refund_again again = {refund, clock_now_us()};
    switch (request->decision) {
    case ORDERS__V1__RESOLVE_REFUND_REQUEST__DECISION__TRY_AGAIN:
        if (!refund->attempt_id)
            return error_set(err, STATUS_FAILED_PRECONDITION, "This was paid in cash: it goes back by hand.");
        return db_transact(db, send_again, &again, err);
    case ORDERS__V1__RESOLVE_REFUND_REQUEST__DECISION__DONE_BY_HAND:
        return refunds_succeed(db, refund, "cash:office", "", arena, err);
    case ORDERS__V1__RESOLVE_REFUND_REQUEST__DECISION__KEEP:
        return refunds_fail(db, refund, note, arena, err);
    default:
        return error_field(err, "decision", "required", "Say what becomes of the refund.");
    }
}

static enum status resolve_refund(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__ResolveRefundRequest *request, Orders__V1__OrderPayments *reply,
                                  struct error *err)
{
    (void)self;
    struct refund_record refund;
    const char *note = text_check(request->note, "note", 1, NOTE_MAX_CHARS, true, call->arena, err);
    (void)check_id(request->refund_id, "refundId", err);
    if (err->violation_count > 0)
        return err->status;
    enum db_outcome outcome = refunds_find(service_db(call), request->refund_id, &refund, call->arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "There is no such refund.");
    if (unreachable(outcome, err) != STATUS_OK)
        return err->status;
    if (strcmp(refund.state, "review") != 0)
        return error_set(err, STATUS_FAILED_PRECONDITION, "This refund does not wait for a decision (any more).");
    if (decide_refund(service_db(call), &refund, request, note, call->arena, err) != STATUS_OK)
        return err->status;
    return show_payments(call, refund.order_id, reply, err);
}

/* ---- dead letters ---- */

/* What UndoTask does, in a word for the button. */
static const char *undo_of(const char *step)
{
    static const char *const words[] = {[SAGA_KEEP_TRYING] = "",
                                        [SAGA_FORGET] = "forget",
                                        [SAGA_CANCEL_ORDER] = "cancel_order",
                                        [SAGA_KEEP_MONEY] = "keep_money"};
    const struct saga_step *found = saga_step_find(step);
    return words[found ? found->give_up : SAGA_FORGET];
}

static Orders__V1__SagaTask *task_of(const struct failed_task *task, struct arena *arena)
{
    Orders__V1__SagaTask *message = ARENA_NEW(arena, Orders__V1__SagaTask);
    orders__v1__saga_task__init(message);
    message->order_id = (char *)task->order_id;
    message->order_number = (char *)task->order_number;
    message->step = (char *)task->step;
    message->subject_id = (char *)task->subject_id;
    message->attempts = task->attempts;
    message->last_error = (char *)task->last_error;
    message->failed_at = clock_to_timestamp(arena, task->failed_at_us);
    message->undo = (char *)undo_of(task->step);
    return message;
}

static enum status show_tasks(struct rpc_call *call, int64_t limit, Orders__V1__ListTasksReply *reply, struct error *err)
{
    struct failed_task *tasks;
    size_t count;
    if (unreachable(task_store_list_failed(service_db(call), limit, &tasks, &count, call->arena, err), err) != STATUS_OK)
        return err->status;
    reply->tasks = ARENA_ARRAY(call->arena, Orders__V1__SagaTask *, count);
    for (; reply->n_tasks < count; reply->n_tasks++)
        reply->tasks[reply->n_tasks] = task_of(&tasks[reply->n_tasks], call->arena);
    return STATUS_OK;
}

static enum status list_tasks(struct orders_service *self, struct rpc_call *call, const Orders__V1__ListTasksRequest *request,
                              Orders__V1__ListTasksReply *reply, struct error *err)
{
    (void)self;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    return show_tasks(call, limit_of(request->page_size), reply, err);
}

static enum status check_task(const Orders__V1__TaskRequest *request, struct error *err)
{
    (void)check_id(request->order_id, "orderId", err);
    (void)check_id(request->subject_id, "subjectId", err);
    if (!saga_step_find(request->step))
        (void)error_field(err, "step", "unknown", "There is no such step.");
    return err->status;
}

static enum status gone(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "This step does not wait for anybody any more.");
}

static enum status retry_task(struct orders_service *self, struct rpc_call *call, const Orders__V1__TaskRequest *request,
                              Orders__V1__ListTasksReply *reply, struct error *err)
{
    (void)self;
    if (check_task(request, err) != STATUS_OK)
        return err->status;
    const int64_t now_us = clock_now_us();
    struct saga_plan plan = saga_plan_of(request->step, now_us);
    plan.due_at_us = now_us;
    enum db_outcome outcome = task_store_retry(service_db(call), request->order_id, request->subject_id, &plan, err);
    if (outcome == DB_NONE)
        return gone(err);
    if (unreachable(outcome, err) != STATUS_OK)
        return err->status;
    return show_tasks(call, PAGE_USUAL, reply, err);
}

static enum status cancel_whole_order(struct orders_service *self, struct rpc_call *call,
                                      const Orders__V1__TaskRequest *request, const char *note, struct error *err)
{
    Orders__V1__Order shown = ORDERS__V1__ORDER__INIT;
    const struct orders_ask ask = {"UndoTask", &request->base, request->order_id, ORDER_CANCEL, ORDER_BY_STAFF, note};
    struct rpc_call within = *call; /* whose key is that of the whole */
    within.meta.idempotency_key = "";
    return orders_advance(self, &within, &ask, &shown, err);
}

static enum status keep_money(struct rpc_call *call, const char *refund_id, const char *note, struct error *err)
{
    struct refund_record refund;
    enum db_outcome outcome = refunds_find(service_db(call), refund_id, &refund, call->arena, err);
    if (unreachable(outcome, err) != STATUS_OK)
        return err->status;
    return refunds_fail(service_db(call), &refund, note, call->arena, err);
}

static enum status undo_task(struct orders_service *self, struct rpc_call *call, const Orders__V1__TaskRequest *request,
                             Orders__V1__ListTasksReply *reply, struct error *err)
{
    if (check_task(request, err) != STATUS_OK)
        return err->status;
    const char *note = text_check(request->note, "note", 1, NOTE_MAX_CHARS, true, call->arena, err);
    if (err->violation_count > 0)
        return err->status;
    const enum saga_give_up way = saga_step_find(request->step)->give_up;
    if (way == SAGA_KEEP_TRYING)
        return error_set(err, STATUS_FAILED_PRECONDITION, "This step cannot be undone, only tried again.");
    if (way == SAGA_CANCEL_ORDER && cancel_whole_order(self, call, request, note, err) != STATUS_OK)
        return err->status;
    if (way == SAGA_KEEP_MONEY && keep_money(call, request->subject_id, note, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome =
        task_store_give_up(service_db(call), request->order_id, request->step, request->subject_id, err);
    if (outcome == DB_NONE && way == SAGA_FORGET)
        return gone(err);
    if (outcome != DB_NONE && unreachable(outcome, err) != STATUS_OK)
        return err->status;
    return show_tasks(call, PAGE_USUAL, reply, err);
}

/* Changes are for staff, which is looked at before a key is; and the workers learn of them after the commit. */
#define STAFF_CHANGE(handler, Request, Reply)                                                                            \
    IDEMPOTENCY_KEYED(handler, struct orders_service, Request, Reply)                                                    \
    static enum status handler##_staff(struct orders_service *self, struct rpc_call *call, const Request *request,       \
                                       Reply *reply, struct error *err)                                                  \
    {                                                                                                                    \
        if (orders_check_staff(call, err) != STATUS_OK || handler##_keyed(self, call, request, reply, err) != STATUS_OK) \
            return err->status;                                                                                          \
        saga_wake(self->saga);                                                                                           \
        return STATUS_OK;                                                                                                \
    }
STAFF_CHANGE(resolve_payment, Orders__V1__ResolvePaymentRequest, Orders__V1__OrderPayments)
STAFF_CHANGE(resolve_refund, Orders__V1__ResolveRefundRequest, Orders__V1__OrderPayments)
STAFF_CHANGE(retry_task, Orders__V1__TaskRequest, Orders__V1__ListTasksReply)
STAFF_CHANGE(undo_task, Orders__V1__TaskRequest, Orders__V1__ListTasksReply)

RPC_HANDLER(get_order_payments, struct orders_service, Orders__V1__GetOrderPaymentsRequest, Orders__V1__OrderPayments,
            orders__v1__order_payments__init)
RPC_HANDLER(list_payment_reviews, struct orders_service, Orders__V1__ListPaymentReviewsRequest,
            Orders__V1__ListPaymentReviewsReply, orders__v1__list_payment_reviews_reply__init)
RPC_HANDLER(resolve_payment_staff, struct orders_service, Orders__V1__ResolvePaymentRequest, Orders__V1__OrderPayments,
            orders__v1__order_payments__init)
RPC_HANDLER(resolve_refund_staff, struct orders_service, Orders__V1__ResolveRefundRequest, Orders__V1__OrderPayments,
            orders__v1__order_payments__init)
RPC_HANDLER(list_tasks, struct orders_service, Orders__V1__ListTasksRequest, Orders__V1__ListTasksReply,
            orders__v1__list_tasks_reply__init)
RPC_HANDLER(retry_task_staff, struct orders_service, Orders__V1__TaskRequest, Orders__V1__ListTasksReply,
            orders__v1__list_tasks_reply__init)
RPC_HANDLER(undo_task_staff, struct orders_service, Orders__V1__TaskRequest, Orders__V1__ListTasksReply,
            orders__v1__list_tasks_reply__init)

void payments_desk_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->get_order_payments = get_order_payments_rpc;
    vtable->list_payment_reviews = list_payment_reviews_rpc;
    vtable->resolve_payment = resolve_payment_staff_rpc;
    vtable->resolve_refund = resolve_refund_staff_rpc;
    vtable->list_tasks = list_tasks_rpc;
    vtable->retry_task = retry_task_staff_rpc;
    vtable->undo_task = undo_task_staff_rpc;
}
