/* What shoppers ask about paying: which ways there are, and another try. */
#include "payments_service.h"

#include <string.h>

#include "clock.h"
#include "idempotency.h"
#include "orders_state.h"
#include "payment.h"
#include "payment_begin.h"
#include "payment_flow.h"
#include "phone.h"
#include "service.h"

#define SPARE_US (2 * US_PER_S)     /* of the call's time, for a new attempt after the old one was asked about */
#define LAST_MINUTE_US (60 * US_PER_S)
#define PROMPT_PATIENCE_S 20
#define PROMPT_LIFE_US (180 * US_PER_S) /* no phone asks for longer */

/* ---- which ways ---- */

static Orders__V1__PaymentOption *option_of(const struct orders_service *self, Types__V1__PaymentMethod method,
                                            struct arena *arena)
{
    Orders__V1__PaymentOption *option = ARENA_NEW(arena, Orders__V1__PaymentOption);
    const struct provider *provider = providers_find(self->providers, order_method_name(method));
    orders__v1__payment_option__init(option);
    option->method = method;
    option->label = (char *)(provider ? provider_class_of(provider)->label : "Cash on delivery");
    option->needs_phone = provider && provider_class_of(provider)->needs_phone;
    if (method == TYPES__V1__PAYMENT_METHOD__STRIPE) {
        option->public_key = (char *)providers_stripe_publishable_key(self->providers);
        option->script_url = (char *)providers_stripe_script_url(self->providers);
    }
    return option;
}

static enum status list_payment_methods(struct orders_service *self, struct rpc_call *call,
                                        const Orders__V1__ListPaymentMethodsRequest *request,
                                        Orders__V1__ListPaymentMethodsReply *reply, struct error *err)
{
    const Types__V1__Market *market = markets_check(self->markets, request->country_code, "countryCode", err);
    if (!market)
        return err->status;
    if (request->total_minor < 0)
        return error_field(err, "totalMinor", "out_of_range", "A total is not negative.");
    reply->methods = ARENA_ARRAY(call->arena, Orders__V1__PaymentOption *, market->n_payment_methods);
    for (size_t i = 0; i < market->n_payment_methods; i++)
        if (payment_begin_offers(&self->shop, market, market->payment_methods[i], request->total_minor))
            reply->methods[reply->n_methods++] = option_of(self, market->payment_methods[i], call->arena);
    return STATUS_OK;
}

/* ---- another try ---- */

struct pay {
    struct orders_service *self;
    struct rpc_call *call;
    struct idempotency key;
    struct order_record order;
    const char *method;
    const char *phone;
    struct attempt_record open;     /* id NULL: none */
    struct attempt_draft draft;
    Orders__V1__Order *answer;
    bool is_stored;                 /* with the key */
};

static enum status refuse(struct error *err, const char *why)
{
    return error_set(err, STATUS_FAILED_PRECONDITION, "%s", why);
}

static enum status check_order(const struct pay *pay, struct error *err)
{
    const enum order_status status = order_status_of(pay->order.status);
    if (status != ORDER_PENDING_PAYMENT)
        return refuse(err, order_payment_of(pay->order.payment_status) == ORDER_PAYMENT_PAID
                               ? "This order is paid."
                               : "This order does not wait for a payment.");
    if (clock_now_us() > pay->order.pay_until_us - LAST_MINUTE_US)
        return refuse(err, "The time to pay this order is over. Order again; your goods go back on the shelf.");
    return STATUS_OK;
}

static enum status check_phone(struct pay *pay, const char *phone, struct error *err)
{
    char e164[PHONE_E164_SIZE];
    const struct order_attempt *last = &pay->order.attempt;
    struct error why;
    error_clear(&why);
    pay->phone = last->id && last->phone[0] != '\0' ? last->phone : pay->order.contact_phone;
    if (phone[0] == '\0')
        return STATUS_OK;
    if (phone_parse(phone, pay->order.country_code, e164, &why) != STATUS_OK)
        return error_field(err, "phone", "malformed", "%s", why.message);
    pay->phone = arena_strdup(pay->call->arena, e164);
    return STATUS_OK;
}

static enum status check_way(struct pay *pay, const Orders__V1__PayOrderRequest *request, struct error *err)
{
    const Types__V1__Market *market = markets_find(pay->self->markets, pay->order.country_code);
    const Types__V1__PaymentMethod method = request->method == TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED
                                                ? order_method_of(pay->order.payment_method)
                                                : request->method;
    pay->method = order_method_name(method);
    if (!market || method == TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY ||
        !payment_begin_offers(&pay->self->shop, market, method, pay->order.payment_minor))
        return error_field(err, "method", "not_offered", "This order cannot be paid like this. Choose another way.");
    return check_phone(pay, request->phone, err);
}

static enum status load_open(struct pay *pay, struct error *err)
{
    const char *id;
    enum db_outcome outcome = payments_store_find_open(service_db(pay->call), pay->order.id, &id, pay->call->arena, err);
    pay->open.id = NULL;
    if (outcome == DB_OK)
        outcome = payments_store_find(service_db(pay->call), id, &pay->open, pay->call->arena, err);
    return outcome == DB_OK || outcome == DB_NONE
               ? STATUS_OK
               : error_set(err, db_status(outcome), "Payments cannot be reached at the moment. Try again shortly.");
}

/* The provider is asked how the old attempt stands before there is a new one: nobody pays twice for asking twice. */
static enum status ask_about_open(struct pay *pay, struct error *err)
{
    const struct saga_room room = {&pay->self->shop, service_db(pay->call), pay->call->arena};
    int64_t next_us;
    struct error why;
    error_clear(&why);
    if (load_open(pay, err) != STATUS_OK || !pay->open.id)
        return err->status;
    if (payment_ask(&room, pay->open.id, pay->call->meta.deadline_us - SPARE_US, &next_us, &why) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE,
                         "The payment provider does not answer at the moment. Try again in a minute.");
    if (orders_load(pay->call, pay->order.id, &pay->order, err) != STATUS_OK)
        return err->status;
    return load_open(pay, err);
}

/*
 * What is still open: a page of a provider can be gone back to, or left for another way (should it be paid nevertheless, that
 * money goes back). A question on a phone may be answered at any moment, so it is waited for while phones ask.
 */
static enum status check_open(struct pay *pay, bool *ret_same, struct error *err)
{
    const struct order_attempt *shown = &pay->order.attempt;
    *ret_same = false;
    if (!pay->open.id)
        return STATUS_OK;
    bool is_page = shown->id && (strcmp(shown->action_kind, "redirect") == 0 || strcmp(shown->action_kind, "client") == 0);
    *ret_same = is_page && strcmp(pay->open.method, pay->method) == 0;
    if (is_page || clock_now_us() - pay->open.created_at_us > PROMPT_LIFE_US)
        return STATUS_OK;
    err->retry_after_s = PROMPT_PATIENCE_S;
    return refuse(err, "A payment is on its way. Answer the question on your phone, or wait a minute before you try again.");
}

static enum status send_attempt(struct db *db, void *arg, struct error *err)
{
    struct pay *pay = arg;
    idempotency_send(&pay->key, db, &pay->answer->base, pay->call->arena);
    if (pay->open.id && payment_set_aside(db, &pay->open, pay->draft.now_us, err) != STATUS_OK)
        return err->status;
    payments_store_send_attempt(db, &pay->draft);
    return STATUS_OK;
}

static enum status save_failed(const struct pay *pay, enum status status, struct error *err)
{
    if (status == STATUS_ABORTED || (status == STATUS_ALREADY_EXISTS && payments_store_is_open(service_db(pay->call))))
        return error_set(err, STATUS_ABORTED, "Another payment of this order is being made. Look at it again.");
    return error_set(err, status == STATUS_UNKNOWN ? STATUS_UNKNOWN : STATUS_UNAVAILABLE,
                     "The payment could not be begun. Try again shortly.");
}

static enum status begin_attempt(struct pay *pay, struct error *err)
{
    struct order_record shown = pay->order;
    pay->draft =
        payment_begin_draft(&pay->order, pay->method,
                            payment_begin_needs_phone(&pay->self->shop, pay->method) ? pay->phone : "", clock_now_us(),
                            pay->call->arena);
    shown.payment_method = pay->method;
    shown.attempt = payment_begin_shown(&pay->draft);
    orders__v1__order__init(pay->answer);       /* it shows the order as it was before */
    orders_show(&shown, pay->call, pay->answer);
    error_clear(err);
    enum status status = db_transact(service_db(pay->call), send_attempt, pay, err);
    if (status != STATUS_OK)
        return save_failed(pay, status, err);
    pay->is_stored = true;
    payment_begin_now(&pay->self->shop, pay->self->saga, pay->call, &pay->draft);
    return STATUS_OK;
}

static enum status pay_now(struct pay *pay, const Orders__V1__PayOrderRequest *request, struct error *err)
{
    bool is_same;
    pay->answer = ARENA_NEW(pay->call->arena, Orders__V1__Order);
    orders__v1__order__init(pay->answer);
    if (orders_load(pay->call, request->order_id, &pay->order, err) != STATUS_OK ||
        check_order(pay, err) != STATUS_OK || check_way(pay, request, err) != STATUS_OK ||
        ask_about_open(pay, err) != STATUS_OK)
        return err->status;
    orders_show(&pay->order, pay->call, pay->answer);
    if (order_payment_of(pay->order.payment_status) == ORDER_PAYMENT_PAID)
        return STATUS_OK;
    if (check_order(pay, err) != STATUS_OK || check_open(pay, &is_same, err) != STATUS_OK)
        return err->status;
    return is_same ? STATUS_OK : begin_attempt(pay, err);
}

static enum status pay_order(struct orders_service *self, struct rpc_call *call, const Orders__V1__PayOrderRequest *request,
                             Orders__V1__Order *reply, struct error *err)
{
    struct pay pay = {.self = self, .call = call};
    ProtobufCMessage *stored = NULL;
    if (idempotency_check(call, "PayOrder", &request->base, &pay.key, err) != STATUS_OK ||
        idempotency_begin(&pay.key, service_db(call), call, &orders__v1__order__descriptor, &stored, err) != STATUS_OK)
        return err->status;
    if (stored) {
        *reply = *(Orders__V1__Order *)stored;
        payment_begin_refresh(call, reply);
        return STATUS_OK;
    }
    enum status status = pay_now(&pay, request, err);
    if (status != STATUS_UNKNOWN && !pay.is_stored)
        idempotency_abandon(&pay.key, service_db(call));
    if (status != STATUS_OK)
        return status;
    *reply = *pay.answer;
    payment_begin_refresh(call, reply);
    return STATUS_OK;
}

RPC_HANDLER(list_payment_methods, struct orders_service, Orders__V1__ListPaymentMethodsRequest,
            Orders__V1__ListPaymentMethodsReply, orders__v1__list_payment_methods_reply__init)
RPC_HANDLER(pay_order, struct orders_service, Orders__V1__PayOrderRequest, Orders__V1__Order, orders__v1__order__init)

void payments_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->list_payment_methods = list_payment_methods_rpc;
    vtable->pay_order = pay_order_rpc;
}
