/*
 * Beginning to be paid: which ways are offered, a new attempt, and the first word to the provider on the calling thread, so
 * that the shopper is sent on at once. What does not work out in the time of the call is left to the saga.
 */
#ifndef ORDERS_PAYMENT_BEGIN_H
#define ORDERS_PAYMENT_BEGIN_H

#include "orders.pb-c.h"
#include "payments_store.h"
#include "rpc_server.h"
#include "saga.h"

/* Whether orders of `total_minor` (0: any) may be paid like this; of providers: configured, and of that currency and sum. */
bool payment_begin_offers(const struct saga_shop *shop, const Types__V1__Market *market, Types__V1__PaymentMethod method,
                          int64_t total_minor);

/* FAILED_PRECONDITION with a violation for "paymentMethod" (not_offered) when the provider cannot be paid this sum. */
enum status payment_begin_check(const struct saga_shop *shop, const char *method, const char *currency_code,
                                int64_t total_minor, struct error *err) MUST_CHECK;

/* Whether the provider of that name asks for a phone number. */
bool payment_begin_needs_phone(const struct saga_shop *shop, const char *method);

/* An attempt whose start_payment the caller has: payments_store_send_attempt() it, then payment_begin_now(). */
struct attempt_draft payment_begin_draft(const struct order_record *order, const char *method, const char *phone,
                                         int64_t now_us, struct arena *arena);

/* As it is shown before the provider was told. */
struct order_attempt payment_begin_shown(const struct attempt_draft *draft);

/* After the commit. Does not fail: what it cannot do in time, a worker does. */
void payment_begin_now(const struct saga_shop *shop, struct saga *saga, struct rpc_call *call,
                       const struct attempt_draft *draft);

/* The payment in `reply` as it is now: an answer that was stored with its key, or made before, is older than that. */
void payment_begin_refresh(struct rpc_call *call, Orders__V1__Order *reply);

#endif
