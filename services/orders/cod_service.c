/* Codes sent, typed and told. */
#include "cod_service.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "code_store.h"
#include "idempotency.h"
#include "order_events.h"
#include "service.h"

#define SEND_PAUSE_S 60 /* between two codes to one phone */

void cod_key_derive(const unsigned char secret[CURSOR_KEY_SIZE], unsigned char ret_key[COD_KEY_SIZE])
{
    _Static_assert(CURSOR_KEY_SIZE == crypto_kdf_KEYBYTES, "the secret is a master key of libsodium's");
    crypto_kdf_derive_from_key(ret_key, COD_KEY_SIZE, 1, "ordcodes", secret);
}

static enum status unavailable(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Codes cannot be checked at the moment. Try again shortly.");
}

/* ---- checking one ---- */

/* Takes a guess for what was typed. */
static enum status guess(const struct orders_service *self, struct rpc_call *call, const char *order_id, enum cod_code kind,
                         const char *typed, struct error *err)
{
    char code[COD_CODE_SIZE];
    unsigned char digest[COD_DIGEST_SIZE];
    struct code_guess row;
    if (!cod_code_read(typed, code))
        return error_field(err, "code", "malformed", "Type the six digits that were sent by SMS.");
    enum db_outcome outcome = code_store_guess(service_db(call), order_id, kind, &row, call->arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "Too many wrong codes were typed, or none was sent. Ask for a new one.");
    if (outcome != DB_OK)
        return unavailable(outcome, err);
    cod_code_digest(self->code_key, order_id, kind, code, digest);
    if (row.digest.size == sizeof(digest) && sodium_memcmp(row.digest.data, digest, sizeof(digest)) == 0)
        return STATUS_OK;
    return error_field(err, "code", "wrong", "This is not the code. It can be tried %d more times.", (int)row.guesses_left);
}

enum status cod_check_delivery(struct orders_service *self, struct rpc_call *call, const struct order_record *order,
                               const char *typed, const char *note, struct error *err)
{
    struct code_state state;
    enum db_outcome outcome = code_store_find(service_db(call), order->id, COD_CODE_DELIVERY, &state, call->arena, err);
    if (outcome == DB_NONE) {
        error_clear(err);
        return STATUS_OK;
    }
    if (outcome != DB_OK)
        return unavailable(outcome, err);
    if (typed[0] != '\0')
        return guess(self, call, order->id, COD_CODE_DELIVERY, typed, err);
    if (note[0] != '\0')
        return STATUS_OK;
    return error_field(err, "code", "required", "Type the shopper's delivery code, or say in the note why there is none.");
}

/* ---- sending one ---- */

void cod_send_code(struct db *db, const unsigned char key[COD_KEY_SIZE], const struct order_record *order,
                   enum cod_code kind, int64_t now_us)
{
    static const char *const topics[] = {"order.confirm_code", "order.delivery_code"};
    char code[COD_CODE_SIZE];
    unsigned char digest[COD_DIGEST_SIZE];
    uint64_t random;
    randombytes_buf(&random, sizeof(random));
    cod_code_make(random, code);
    cod_code_digest(key, order->id, kind, code, digest);
    code_store_send_put(db, order->id, kind, digest, now_us);
    order_events_send_code(db, topics[kind], order, code);
    sodium_memzero(code, sizeof(code));
}

void cod_send_shipped(struct db *db, const struct orders_service *self, const struct order_record *order, int64_t now_us)
{
    const Types__V1__Market *market = markets_find(self->markets, order->country_code);
    if (market && market->cash_on_delivery && market->cash_on_delivery->delivery_code &&
        order_method_of(order->payment_method) == TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY)
        cod_send_code(db, self->code_key, order, COD_CODE_DELIVERY, now_us);
}

static enum status check_waits(const struct orders_service *self, const struct order_record *order, struct error *err)
{
    const Types__V1__Market *market = markets_find(self->markets, order->country_code);
    bool waits = order_status_of(order->status) == ORDER_PLACED && market && cod_needs_code(market) &&
                 order_method_of(order->payment_method) == TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY;
    return waits ? STATUS_OK : error_set(err, STATUS_FAILED_PRECONDITION, "This order waits for no code.");
}

static enum status check_pause(struct rpc_call *call, const char *order_id, int64_t now_us, struct error *err)
{
    struct code_state state;
    enum db_outcome outcome = code_store_find(service_db(call), order_id, COD_CODE_CONFIRM, &state, call->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return unavailable(outcome, err);
    error_clear(err);
    int64_t wait_us = outcome == DB_OK ? state.made_at_us + SEND_PAUSE_S * US_PER_S - now_us : 0;
    if (wait_us <= 0)
        return STATUS_OK;
    err->retry_after_s = (uint32_t)(wait_us / US_PER_S + 1);
    return error_set(err, STATUS_RESOURCE_EXHAUSTED, "A code is on its way. Another one can be sent in %d seconds.",
                     (int)err->retry_after_s);
}

struct sending {
    const struct orders_service *self;
    const struct order_record *order;
    int64_t now_us;
};

static enum status send_again(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct sending *sending = arg;
    cod_send_code(db, sending->self->code_key, sending->order, COD_CODE_CONFIRM, sending->now_us);
    return STATUS_OK;
}

static enum status send_confirm_code(struct orders_service *self, struct rpc_call *call,
                                     const Orders__V1__SendConfirmCodeRequest *request,
                                     Orders__V1__SendConfirmCodeReply *reply, struct error *err)
{
    struct order_record order;
    struct sending sending = {self, &order, clock_now_us()};
    if (orders_load(call, request->order_id, &order, err) != STATUS_OK || check_waits(self, &order, err) != STATUS_OK ||
        check_pause(call, order.id, sending.now_us, err) != STATUS_OK)
        return err->status;
    enum status status = db_transact(service_db(call), send_again, &sending, err);
    if (status == STATUS_ALREADY_EXISTS && code_store_is_sent_too_often(service_db(call)))
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "Codes were sent %d times. Call the shop, which can confirm the order too.", COD_CODE_SENDS);
    if (status != STATUS_OK)
        return error_set(err, status, "No code could be sent. Try again shortly.");
    reply->next_at = clock_to_timestamp(call->arena, sending.now_us + SEND_PAUSE_S * US_PER_S);
    return STATUS_OK;
}

/* A guess counts even when the confirming fails; confirming twice does no harm. */
static enum status confirm_order(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__ConfirmOrderRequest *request, Orders__V1__Order *reply, struct error *err)
{
    struct order_record order;
    if (orders_load(call, request->order_id, &order, err) != STATUS_OK)
        return err->status;
    if (order_status_of(order.status) != ORDER_CONFIRMED &&
        (check_waits(self, &order, err) != STATUS_OK ||
         guess(self, call, order.id, COD_CODE_CONFIRM, request->code, err) != STATUS_OK))
        return err->status;
    const struct orders_ask ask = {
        "ConfirmOrder", &request->base, order.id, ORDER_CONFIRM, ORDER_BY_SHOP, "by the code sent to the phone"};
    return orders_advance(self, call, &ask, reply, err);
}

IDEMPOTENCY_KEYED(send_confirm_code, struct orders_service, Orders__V1__SendConfirmCodeRequest,
                  Orders__V1__SendConfirmCodeReply)
RPC_HANDLER(send_confirm_code_keyed, struct orders_service, Orders__V1__SendConfirmCodeRequest, Orders__V1__SendConfirmCodeReply,
            orders__v1__send_confirm_code_reply__init)
RPC_HANDLER(confirm_order, struct orders_service, Orders__V1__ConfirmOrderRequest, Orders__V1__Order,
            orders__v1__order__init)

void cod_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->send_confirm_code = send_confirm_code_keyed_rpc;
    vtable->confirm_order = confirm_order_rpc;
}
