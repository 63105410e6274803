/* What providers send: a hint that there is something to ask about. */
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "orders_state.h"
#include "payments_service.h"
#include "payments_store.h"
#include "refund_flow.h"
#include "service.h"

#define DIGEST_SIZE 32

/* One notice being taken in. */
struct taking {
    const char *method;
    struct provider_notice notice;
    struct noticed subject;
    unsigned char digest[DIGEST_SIZE];
    int64_t now_us;
};

static const char *or_null(const char *id)
{
    return id[0] == '\0' ? NULL : id;
}

/* Its copies do nothing. The task is woken in the same transaction, so that a notice is never put down and forgotten. */
static enum status send_taken(struct db *db, void *arg, struct error *err)
{
    const struct taking *taking = arg;
    const struct provider_notice *notice = &taking->notice;
    const struct noticed *subject = &taking->subject;
    enum db_outcome outcome = payments_store_note(db, taking->method, notice->event_id,
                                                  (struct db_bytes){taking->digest, DIGEST_SIZE}, taking->now_us, err);
    if (outcome == DB_NONE)
        return STATUS_OK;
    if (outcome != DB_OK)
        return db_status(outcome);
    if (notice->kind == PROVIDER_NOTICE_REFUND) {
        const struct saga_plan plan = saga_plan_of("send_refund", taking->now_us);
        task_store_send_wake(db, subject->order_id, subject->id, &plan);
        return STATUS_OK;
    }
    payments_store_send_learn(db, subject->id, notice->provider_ref, notice->transaction_id);
    payments_store_send_ask(db, subject->order_id, subject->id, taking->now_us, taking->now_us);
    return STATUS_OK;
}

/* The refund, or the attempt. A refund that is none of ours was made at the provider: the attempt is to be looked at. */
static enum db_outcome find_subject(struct db *db, struct taking *taking, struct arena *arena, struct error *err)
{
    struct provider_notice *notice = &taking->notice;
    enum db_outcome outcome = DB_NONE;
    if (notice->kind == PROVIDER_NOTICE_REFUND)
        outcome = payments_store_find_noticed_refund(db, taking->method, or_null(notice->subject_id), notice->provider_ref,
                                                     &taking->subject, arena, err);
    if (outcome != DB_NONE)
        return outcome;
    notice->kind = PROVIDER_NOTICE_CHARGE;
    return payments_store_find_noticed(db, taking->method, or_null(notice->subject_id), notice->reference,
                                       notice->provider_ref, &taking->subject, arena, err);
}

/* M-Pesa answers a refund by a notice only, at an address that it alone knows. */
static enum status take_answer(struct db *db, const struct taking *taking, struct arena *arena, struct error *err)
{
    struct refund_record refund;
    int64_t next_us;
    enum db_outcome outcome = refunds_find(db, taking->subject.id, &refund, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    return refund_settle(db, arena, &refund, taking->notice.answer, &next_us, err);
}

static enum status take(struct orders_service *self, struct rpc_call *call, struct taking *taking, struct error *err)
{
    struct db *db = service_db(call);
    enum db_outcome outcome = find_subject(db, taking, call->arena, err);
    if (outcome == DB_NONE) {
        log_warn(LOG_EVENT("payment_notice_unknown"), LOG_STR("provider", taking->method),
                 LOG_STR("reference", taking->notice.reference), LOG_STR("request_id", call->meta.request_id));
        return STATUS_OK;
    }
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "The notice could not be taken in. Send it again.");
    if (taking->notice.kind == PROVIDER_NOTICE_REFUND && taking->notice.answer &&
        take_answer(db, taking, call->arena, err) != STATUS_OK)
        return err->status;
    enum status status = db_transact(db, send_taken, taking, err);
    if (status != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "The notice could not be taken in. Send it again.");
    saga_wake(self->saga);
    return STATUS_OK;
}

static struct provider_mail mail_of(const Orders__V1__ReceiveNoticeRequest *request, struct arena *arena)
{
    struct provider_header *headers = ARENA_ARRAY(arena, struct provider_header, request->n_headers);
    for (size_t i = 0; i < request->n_headers; i++)
        headers[i] = (struct provider_header){request->headers[i]->name, request->headers[i]->value};
    return (struct provider_mail){.headers = headers,
                                  .header_count = request->n_headers,
                                  .token = request->token,
                                  .body = request->body.data,
                                  .body_length = request->body.len,
                                  .now_us = clock_now_us()};
}

static enum status receive_notice(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__ReceiveNoticeRequest *request, Orders__V1__ReceiveNoticeReply *reply,
                                  struct error *err)
{
    (void)reply;
    const struct provider *provider = providers_find(self->providers, request->provider);
    const struct provider_mail mail = mail_of(request, call->arena);
    struct taking taking = {.method = request->provider, .now_us = mail.now_us};
    if (!provider)
        return error_set(err, STATUS_NOT_FOUND, "There is no such payment provider.");
    if (provider_parse_notice(provider, &mail, call->arena, &taking.notice, err) != STATUS_OK)
        return err->status;
    if (taking.notice.kind == PROVIDER_NOTICE_IGNORED)
        return STATUS_OK;
    crypto_generichash(taking.digest, sizeof(taking.digest), request->body.data, request->body.len, NULL, 0);
    return take(self, call, &taking, err);
}

RPC_HANDLER(receive_notice, struct orders_service, Orders__V1__ReceiveNoticeRequest, Orders__V1__ReceiveNoticeReply,
            orders__v1__receive_notice_reply__init)

void payments_notice_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->receive_notice = receive_notice_rpc;
}
