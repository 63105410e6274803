/*
 * Paying, for tests over trade_shop.h and payments_stage.h: the calls about payments, and what the books say.
 */
#ifndef PORTAL_TRADE_PAY_H
#define PORTAL_TRADE_PAY_H

#include "payments_stage.h"
#include "trade_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "store_test.h"

RPC_STUB(pay_order, orders__v1__order_service__pay_order, Orders__V1__PayOrderRequest, Orders__V1__Order)
RPC_STUB(receive_notice, orders__v1__order_service__receive_notice, Orders__V1__ReceiveNoticeRequest,
         Orders__V1__ReceiveNoticeReply)

#define PAY_CALL(stub, person, key, request, ret_reply)                                                                     \
    stub(trade_orders_client(), person_meta((person), (key)), (person)->arena, (request), (ret_reply), &(person)->err)

/* Within 12 s. */
static inline bool pay_becomes(const char *query, const char *wanted)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    int64_t give_up_us = clock_monotonic_us() + 12 * US_PER_S;
    while (strcmp(store_test_value(trade_orders_db, query), wanted) != 0) {
        if (clock_monotonic_us() > give_up_us) {
            printf("%s: %s, wanted %s\n", query, store_test_value(trade_orders_db, query), wanted);
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

static inline enum status pay_again(struct person *person, const char *key, Types__V1__PaymentMethod method)
{
    Orders__V1__PayOrderRequest request = ORDERS__V1__PAY_ORDER_REQUEST__INIT;
    request.order_id = person->order->id;
    request.method = method;
    return PAY_CALL(pay_order, person, key, &request, &person->order);
}

/* The provider's last notice of that event reaches the shop. */
static inline enum status pay_notice(struct person *person, const char *provider, const char *event)
{
    const struct provider_mail mail = payments_notice(provider, event);
    Orders__V1__ReceiveNoticeRequest request = ORDERS__V1__RECEIVE_NOTICE_REQUEST__INIT;
    Orders__V1__ReceiveNoticeRequest__Header *headers = calloc(mail.header_count + 1, sizeof(*headers));
    const Orders__V1__ReceiveNoticeReply *reply;
    request.headers = ARENA_ARRAY(person->arena, Orders__V1__ReceiveNoticeRequest__Header *, mail.header_count + 1);
    for (; request.n_headers < mail.header_count; request.n_headers++) {
        Orders__V1__ReceiveNoticeRequest__Header *header = request.headers[request.n_headers] = &headers[request.n_headers];
        orders__v1__receive_notice_request__header__init(header);
        header->name = (char *)(uintptr_t)mail.headers[request.n_headers].name;
        header->value = (char *)(uintptr_t)mail.headers[request.n_headers].value;
    }
    request.provider = (char *)(uintptr_t)provider;
    request.token = (char *)(uintptr_t)mail.token;
    request.body = (ProtobufCBinaryData){.len = mail.body_length, .data = (uint8_t *)(uintptr_t)mail.body};
    enum status status = PAY_CALL(receive_notice, person, "", &request, &reply);
    free(headers);
    return status;
}

/* ---- an order of a guest ---- */

#define CASH TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY
#define MPESA TYPES__V1__PAYMENT_METHOD__MPESA
#define PAYSTACK TYPES__V1__PAYMENT_METHOD__PAYSTACK
#define FLUTTERWAVE TYPES__V1__PAYMENT_METHOD__FLUTTERWAVE
#define STRIPE TYPES__V1__PAYMENT_METHOD__STRIPE
#define TOTAL "275000" /* 2 shirts at 1250.00, delivery 250.00 */

static struct person guest;
static struct person staff;
static struct product shirt;
static struct order_form form;

static inline int open_all(void **state)
{
    return payments_stage_open(state) || trade_shop_open(state);
}

static inline int close_all(void **state)
{
    return trade_shop_close(state) || payments_stage_close(state);
}

static inline int begin(void **state)
{
    payments_stage_reset(state);
    product_init(&shirt, 125000, 10);
    shopper_init(&guest, &shirt, 2);
    staff_init(&staff);
    order_form_init(&form);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    person_done(&guest);
    person_done(&staff);
    return 0;
}

static inline const char *of_order(const char *format)
{
    static char queries[2][512];
    static int turn;
    turn = !turn;
    snprintf(queries[turn], sizeof(queries[turn]), format, guest.order->id);
    return queries[turn];
}

static inline const char *value(const char *format)
{
    return store_test_value(trade_orders_db, of_order(format));
}

static inline bool order_becomes(const char *status)
{
    return pay_becomes(of_order("SELECT status FROM orders WHERE id = '%s'"), status);
}

static inline void assert_balance(const char *account, const char *wanted)
{
    char query[512];
    snprintf(query, sizeof(query),
             "SELECT COALESCE(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id "
             "WHERE t.order_id = '%s' AND e.account = '%s'",
             guest.order->id, account);
    assert_string_equal(store_test_value(trade_orders_db, query), wanted);
}

static inline const char *reference(void)
{
    return guest.order->payment->attempt->reference;
}

static inline void place(Types__V1__PaymentMethod method)
{
    form.request.payment_method = method;
    if (order_place(&guest, "order", &form) != STATUS_OK)
        fail_msg("PlaceOrder: %s", guest.err.message);
    assert_int_equal(guest.order->status, ORDERS__V1__ORDER_STATUS__PENDING_PAYMENT);
}

static const char *const ATTEMPTS = "SELECT string_agg(state, ' ' ORDER BY created_at) FROM payment_attempt WHERE order_id = '%s'";
static const char *const REFUNDS = "SELECT string_agg(booked_as || ' ' || state, ', ' ORDER BY made_at) FROM refund "
                                   "WHERE order_id = '%s'";

#endif
