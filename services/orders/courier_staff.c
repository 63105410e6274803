/* Webhook endpoints and messages, for staff. */
#include "courier.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "courier_form.h"
#include "courier_notice.h"
#include "courier_store.h"
#include "idempotency.h"
#include "orders_state.h"
#include "service.h"
#include "uuid.h"
#include "webhook_signature.h"

#define PREVIOUS_SECRET_GOOD_US (24 * 3600 * US_PER_S)
#define PAGE_USUAL 20
#define PAGE_MAX 100

static enum status no_endpoint(struct error *err)
{
    return error_set(err, STATUS_NOT_FOUND, "There is no such webhook endpoint.");
}

static enum status not_reached(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Webhooks cannot be reached at the moment. Try again shortly.");
}

/* ---- as they are shown ---- */

static void show(const struct courier_endpoint *row, struct arena *arena, Orders__V1__WebhookEndpoint *message)
{
    int64_t now_us = clock_now_us();
    message->id = (char *)row->id;
    message->url = (char *)row->url;
    message->description = (char *)row->description;
    message->topics = (char **)(uintptr_t)row->topics.values;
    message->n_topics = row->topics.count;
    message->active = row->active;
    message->created_at = clock_to_timestamp(arena, row->created_at_us);
    message->failures = row->failures;
    message->waiting = row->waiting;
    message->failed = row->failed;
    if (row->previous_until_us > now_us)
        message->previous_secret_until = clock_to_timestamp(arena, row->previous_until_us);
    if (row->paused_until_us > now_us)
        message->paused_until = clock_to_timestamp(arena, row->paused_until_us);
}

static enum status show_one(struct rpc_call *call, const char *id, Orders__V1__WebhookEndpoint *reply, struct error *err)
{
    struct courier_endpoint *rows;
    size_t count;
    enum db_outcome outcome = courier_store_list_endpoints(service_db(call), id, &rows, &count, call->arena, err);
    if (outcome != DB_OK)
        return not_reached(outcome, err);
    if (count == 0)
        return no_endpoint(err);
    show(&rows[0], call->arena, reply);
    return STATUS_OK;
}

static enum status list_webhooks(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__ListWebhooksRequest *request, Orders__V1__ListWebhooksReply *reply,
                                 struct error *err)
{
    struct courier_endpoint *rows;
    size_t count;
    (void)self;
    (void)request;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = courier_store_list_endpoints(service_db(call), NULL, &rows, &count, call->arena, err);
    if (outcome != DB_OK)
        return not_reached(outcome, err);
    reply->endpoints = ARENA_ARRAY(call->arena, Orders__V1__WebhookEndpoint *, count);
    for (; reply->n_endpoints < count; reply->n_endpoints++) {
        Orders__V1__WebhookEndpoint *message = ARENA_NEW(call->arena, Orders__V1__WebhookEndpoint);
        orders__v1__webhook_endpoint__init(message);
        show(&rows[reply->n_endpoints], call->arena, message);
        reply->endpoints[reply->n_endpoints] = message;
    }
    reply->topics = courier_form_topics(&reply->n_topics, call->arena);
    return STATUS_OK;
}

/* ---- changing them ---- */

/* A new secret, sealed; its text goes to staff, this once. */
static struct db_bytes make_secret(const struct orders_service *self, struct arena *arena, char **ret_text)
{
    unsigned char secret[WEBHOOK_SECRET_SIZE];
    randombytes_buf(secret, sizeof(secret));
    *ret_text = (char *)webhook_secret_text(secret, sizeof(secret), arena);
    struct db_bytes sealed = courier_seal(courier_key(self->courier), secret, sizeof(secret), arena);
    sodium_memzero(secret, sizeof(secret));
    return sealed;
}

static enum status create_webhook(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__CreateWebhookRequest *request, Orders__V1__WebhookEndpoint *reply,
                                  struct error *err)
{
    struct courier_endpoint endpoint = {.id = uuid_new(call->arena)};
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    courier_form_read(request->url, request->description, request->topics, request->n_topics, call->arena, &endpoint, err);
    if (err->violation_count > 0)
        return err->status;
    struct db_bytes secret = make_secret(self, call->arena, &reply->secret);
    enum db_outcome outcome = courier_store_insert_endpoint(service_db(call), &endpoint, secret, err);
    return outcome == DB_OK ? show_one(call, endpoint.id, reply, err) : not_reached(outcome, err);
}

static enum status update_webhook(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__UpdateWebhookRequest *request, Orders__V1__WebhookEndpoint *reply,
                                  struct error *err)
{
    struct courier_endpoint endpoint = {.id = request->endpoint_id, .active = request->active};
    (void)self;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    courier_form_read(request->url, request->description, request->topics, request->n_topics, call->arena, &endpoint, err);
    if (err->violation_count > 0)
        return err->status;
    if (!uuid_is_valid(endpoint.id))
        return no_endpoint(err);
    enum db_outcome outcome = courier_store_update_endpoint(service_db(call), &endpoint, call->arena, err);
    if (outcome == DB_NONE)
        return no_endpoint(err);
    return outcome == DB_OK ? show_one(call, endpoint.id, reply, err) : not_reached(outcome, err);
}

static enum status delete_webhook(struct orders_service *self, struct rpc_call *call,
                                  const Orders__V1__DeleteWebhookRequest *request, Orders__V1__DeleteWebhookReply *reply,
                                  struct error *err)
{
    (void)self;
    (void)reply;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    if (!uuid_is_valid(request->endpoint_id))
        return no_endpoint(err);
    enum db_outcome outcome = courier_store_delete_endpoint(service_db(call), request->endpoint_id, err);
    if (outcome == DB_NONE)
        return no_endpoint(err);
    return outcome == DB_OK ? STATUS_OK : not_reached(outcome, err);
}

static enum status rotate_webhook_secret(struct orders_service *self, struct rpc_call *call,
                                         const Orders__V1__RotateWebhookSecretRequest *request,
                                         Orders__V1__WebhookEndpoint *reply, struct error *err)
{
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    if (!uuid_is_valid(request->endpoint_id))
        return no_endpoint(err);
    struct db_bytes secret = make_secret(self, call->arena, &reply->secret);
    enum db_outcome outcome = courier_store_rotate_secret(service_db(call), request->endpoint_id, secret,
                                                          clock_now_us() + PREVIOUS_SECRET_GOOD_US, err);
    if (outcome == DB_NONE)
        return no_endpoint(err);
    return outcome == DB_OK ? show_one(call, request->endpoint_id, reply, err) : not_reached(outcome, err);
}

/* ---- messages ---- */

static enum status list_messages(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__ListMessagesRequest *request, Orders__V1__ListMessagesReply *reply,
                                 struct error *err)
{
    struct courier_page page;
    struct courier_message *rows;
    const char *listing;
    size_t count;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    if (courier_form_page(request, self->cursor_key, call->arena, &page, &listing, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = courier_store_list_messages(service_db(call), &page, &rows, &count, call->arena, err);
    if (outcome != DB_OK)
        return not_reached(outcome, err);
    size_t shown = count < (size_t)page.limit ? count : (size_t)page.limit - 1;
    reply->messages = ARENA_ARRAY(call->arena, Orders__V1__Message *, shown);
    for (; reply->n_messages < shown; reply->n_messages++)
        reply->messages[reply->n_messages] = courier_form_message(&rows[reply->n_messages], call->arena);
    if (count > shown)
        reply->next_page_token = (char *)courier_form_token(&rows[shown - 1], listing, self->cursor_key, call->arena);
    return STATUS_OK;
}

static enum status replay_messages(struct orders_service *self, struct rpc_call *call,
                                   const Orders__V1__ReplayMessagesRequest *request, Orders__V1__ReplayMessagesReply *reply,
                                   struct error *err)
{
    (void)self;
    if (orders_check_staff(call, err) != STATUS_OK)
        return err->status;
    const char *message_id = courier_form_id(request->message_id, "messageId", err);
    const char *endpoint_id = courier_form_id(request->endpoint_id, "endpointId", err);
    if (err->violation_count > 0)
        return err->status;
    enum db_outcome outcome =
        courier_store_replay(service_db(call), message_id, endpoint_id, &reply->count, call->arena, err);
    if (outcome != DB_OK)
        return not_reached(outcome, err);
    if (message_id && reply->count == 0)
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "There is no such message, it is being sent, or it held a code and cannot be sent again.");
    return STATUS_OK;
}

/* The answer of these two holds a secret: it is kept sealed. */
IDEMPOTENCY_KEYED_BY(create_webhook, struct orders_service, Orders__V1__CreateWebhookRequest, Orders__V1__WebhookEndpoint,
                     courier_key(self->courier))
IDEMPOTENCY_KEYED_BY(rotate_webhook_secret, struct orders_service, Orders__V1__RotateWebhookSecretRequest,
                     Orders__V1__WebhookEndpoint, courier_key(self->courier))
IDEMPOTENCY_KEYED(update_webhook, struct orders_service, Orders__V1__UpdateWebhookRequest, Orders__V1__WebhookEndpoint)
IDEMPOTENCY_KEYED(delete_webhook, struct orders_service, Orders__V1__DeleteWebhookRequest, Orders__V1__DeleteWebhookReply)
IDEMPOTENCY_KEYED(replay_messages, struct orders_service, Orders__V1__ReplayMessagesRequest, Orders__V1__ReplayMessagesReply)

RPC_HANDLER(list_webhooks, struct orders_service, Orders__V1__ListWebhooksRequest, Orders__V1__ListWebhooksReply,
            orders__v1__list_webhooks_reply__init)
RPC_HANDLER(create_webhook_keyed, struct orders_service, Orders__V1__CreateWebhookRequest, Orders__V1__WebhookEndpoint,
            orders__v1__webhook_endpoint__init)
RPC_HANDLER(update_webhook_keyed, struct orders_service, Orders__V1__UpdateWebhookRequest, Orders__V1__WebhookEndpoint,
            orders__v1__webhook_endpoint__init)
RPC_HANDLER(delete_webhook_keyed, struct orders_service, Orders__V1__DeleteWebhookRequest, Orders__V1__DeleteWebhookReply,
            orders__v1__delete_webhook_reply__init)
RPC_HANDLER(rotate_webhook_secret_keyed, struct orders_service, Orders__V1__RotateWebhookSecretRequest,
            Orders__V1__WebhookEndpoint, orders__v1__webhook_endpoint__init)
RPC_HANDLER(list_messages, struct orders_service, Orders__V1__ListMessagesRequest, Orders__V1__ListMessagesReply,
            orders__v1__list_messages_reply__init)
RPC_HANDLER(replay_messages_keyed, struct orders_service, Orders__V1__ReplayMessagesRequest, Orders__V1__ReplayMessagesReply,
            orders__v1__replay_messages_reply__init)

void courier_staff_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->list_webhooks = list_webhooks_rpc;
    vtable->create_webhook = create_webhook_keyed_rpc;
    vtable->update_webhook = update_webhook_keyed_rpc;
    vtable->delete_webhook = delete_webhook_keyed_rpc;
    vtable->rotate_webhook_secret = rotate_webhook_secret_keyed_rpc;
    vtable->list_messages = list_messages_rpc;
    vtable->replay_messages = replay_messages_keyed_rpc;
}
