/* A new attempt to be paid. */
#include "payment_begin.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "order.h"
#include "order_view.h"
#include "payment.h"
#include "payment_flow.h"
#include "service.h"
#include "uuid.h"

#define SPARE_US (1500 * INT64_C(1000))   /* of the call's time, for what comes after the provider */
#define PATIENCE_US (6 * US_PER_S)        /* of a shopper who waits for the provider's page */
#define WORTH_US (500 * INT64_C(1000))    /* less than this is not worth beginning */
#define RETRY_S 2

static bool is_listed(const Types__V1__Market *market, Types__V1__PaymentMethod method)
{
    for (size_t i = 0; i < market->n_payment_methods; i++)
        if (market->payment_methods[i] == method)
            return true;
    return false;
}

bool payment_begin_offers(const struct saga_shop *shop, const Types__V1__Market *market, Types__V1__PaymentMethod method,
                          int64_t total_minor)
{
    if (!is_listed(market, method))
        return false;
    const Types__V1__CashOnDelivery *rules = market->cash_on_delivery;
    if (method == TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY)
        return !rules || !rules->max_total || total_minor <= rules->max_total->amount_minor;
    const struct provider *provider = providers_find(shop->providers, order_method_name(method));
    return provider && (total_minor == 0 || provider_takes(provider, market->currency_code, total_minor));
}

enum status payment_begin_check(const struct saga_shop *shop, const char *method, const char *currency_code,
                                int64_t total_minor, struct error *err)
{
    const struct provider *provider = providers_find(shop->providers, method);
    if (provider && provider_takes(provider, currency_code, total_minor))
        return STATUS_OK;
    (void)error_field(err, "paymentMethod", "not_offered", "This order cannot be paid like this.");
    return error_set(err, STATUS_FAILED_PRECONDITION, "Choose another way of paying.");
}

bool payment_begin_needs_phone(const struct saga_shop *shop, const char *method)
{
    const struct provider *provider = providers_find(shop->providers, method);
    return provider && provider_class_of(provider)->needs_phone;
}

/* The order's number with five random letters behind: what people see begins with what they know. */
static const char *reference_of(const struct order_record *order, struct arena *arena)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    char tail[6] = "";
    for (size_t i = 0; i + 1 < sizeof(tail); i++)
        tail[i] = letters[randombytes_uniform(sizeof(letters) - 1)];
    return arena_printf(arena, "%s-%s", order->number, tail);
}

struct attempt_draft payment_begin_draft(const struct order_record *order, const char *method, const char *phone,
                                         int64_t now_us, struct arena *arena)
{
    return (struct attempt_draft){.id = uuid_new(arena),
                                  .order_id = order->id,
                                  .method = method,
                                  .reference = reference_of(order, arena),
                                  .amount_minor = order->payment_minor,
                                  .currency_code = order->currency_code,
                                  .phone = phone,
                                  .deadline_at_us = order->pay_until_us,
                                  .now_us = now_us,
                                  .lease = uuid_new(arena)};
}

struct order_attempt payment_begin_shown(const struct attempt_draft *draft)
{
    return (struct order_attempt){.id = draft->id,
                                  .method = draft->method,
                                  .state = attempt_state_name(ATTEMPT_CREATED),
                                  .reference = draft->reference,
                                  .amount_minor = draft->amount_minor,
                                  .currency_code = draft->currency_code,
                                  .captured_currency = "",
                                  .phone = draft->phone,
                                  .action_kind = "",
                                  .action_url = "",
                                  .action_text = "",
                                  .reason = "",
                                  .provider_ref = "",
                                  .created_at_us = draft->now_us,
                                  .deadline_at_us = draft->deadline_at_us};
}

static int64_t deadline_us(const struct rpc_call *call)
{
    int64_t patience_us = clock_monotonic_us() + PATIENCE_US;
    return call->meta.deadline_us - SPARE_US < patience_us ? call->meta.deadline_us - SPARE_US : patience_us;
}

/* The task that was put down with the attempt: done, or left to a worker. */
static enum db_outcome hand_on(struct rpc_call *call, const struct attempt_draft *draft, enum status status,
                               struct error *why)
{
    struct db *db = service_db(call);
    struct error err;
    const struct task task = {
        .order_id = draft->order_id, .step = "start_payment", .subject_id = draft->id, .lease = draft->lease};
    const struct task *const tasks[] = {&task};
    const struct task_delay delay = {.due_at_us = clock_now_us() + RETRY_S * US_PER_S, .why = why->message};
    error_clear(&err);
    return status == STATUS_OK ? task_store_finish(db, tasks, 1, clock_now_us(), call->arena, &err)
                               : task_store_postpone(db, &task, &delay, clock_now_us(), &err);
}

void payment_begin_now(const struct saga_shop *shop, struct saga *saga, struct rpc_call *call,
                       const struct attempt_draft *draft)
{
    const struct saga_room room = {.shop = shop, .db = service_db(call), .arena = call->arena};
    const int64_t until_us = deadline_us(call);
    struct error err;
    enum status status = STATUS_DEADLINE_EXCEEDED;
    error_clear(&err);
    if (until_us - clock_monotonic_us() > WORTH_US && saga_may_wait(saga)) {
        status = payment_start(&room, draft->id, until_us, &err);
        saga_waited(saga);
    }
    if (hand_on(call, draft, status, &err) != DB_OK || status != STATUS_OK)
        log_warn(LOG_EVENT("payment_left_to_worker"), LOG_STR("attempt_id", draft->id),
                 LOG_STR("method", draft->method), LOG_STR("status", status_name(status)), LOG_STR("why", err.message),
                 LOG_STR("request_id", call->meta.request_id));
    saga_wake(saga);
}

void payment_begin_refresh(struct rpc_call *call, Orders__V1__Order *reply)
{
    struct order_record order;
    struct error err;
    Orders__V1__Order now = ORDERS__V1__ORDER__INIT;
    error_clear(&err);
    if (!reply->payment || !reply->payment->pay_until ||
        orders_store_find(service_db(call), reply->id, NULL, NULL, &order, call->arena, &err) != DB_OK)
        return;
    order_view(&order, ORDER_BY_CUSTOMER, call->arena, &now);
    reply->payment = now.payment;
}
