/*
 * After the sale, for tests over trade_shop.h: the calls about parcels, refunds and returns, with keys.
 */
#ifndef PORTAL_TRADE_AFTER_H
#define PORTAL_TRADE_AFTER_H

#include "trade_shop.h"

#include <stdio.h>
#include <stdlib.h>

#include "store_test.h"

RPC_STUB(create_shipment, orders__v1__order_service__create_shipment, Orders__V1__CreateShipmentRequest,
         Orders__V1__Shipment)
RPC_STUB(deliver_shipment, orders__v1__order_service__deliver_shipment, Orders__V1__DeliverShipmentRequest,
         Orders__V1__Shipment)
RPC_STUB(refund_order, orders__v1__order_service__refund_order, Orders__V1__RefundOrderRequest, Orders__V1__Refund)
RPC_STUB(request_return, orders__v1__order_service__request_return, Orders__V1__RequestReturnRequest, Orders__V1__Return)
RPC_STUB(withdraw_return, orders__v1__order_service__withdraw_return, Orders__V1__WithdrawReturnRequest, Orders__V1__Return)
RPC_STUB(advance_return, orders__v1__order_service__advance_return, Orders__V1__AdvanceReturnRequest, Orders__V1__Return)
RPC_STUB(receive_return, orders__v1__order_service__receive_return, Orders__V1__ReceiveReturnRequest, Orders__V1__Return)
RPC_STUB(refund_return, orders__v1__order_service__refund_return, Orders__V1__RefundReturnRequest, Orders__V1__Refund)
RPC_STUB(list_returns, orders__v1__order_service__list_returns, Orders__V1__ListReturnsRequest, Orders__V1__ListReturnsReply)

#define AFTER_CALL(stub, person, key, request, ret_reply)                                                                   \
    stub(trade_orders_client(), person_meta((person), (key)), (person)->arena, (request), (ret_reply), &(person)->err)

static inline const char *after_key(struct person *person)
{
    return uuid_new(person->arena);
}

/* Where after_refund_units() puts units back; "": where they were taken from. */
static const char *after_location = "";

/* `quantity` 0: all that is left. */
static inline enum status after_ship(struct person *staff, const char *key, const char *order_id,
                                     const struct product *product, int64_t quantity, const Orders__V1__Shipment **ret)
{
    Orders__V1__CreateShipmentRequest request = ORDERS__V1__CREATE_SHIPMENT_REQUEST__INIT;
    Orders__V1__Units line = ORDERS__V1__UNITS__INIT;
    request.order_id = (char *)order_id;
    request.carrier = (char *)"G4S";
    request.tracking_number = (char *)"G4S-77";
    request.tracking_url = (char *)"https://track.example/G4S-77";
    line.variant_id = (char *)product->variant_id;
    line.quantity = quantity;
    request.line = quantity ? &line : NULL;
    return AFTER_CALL(create_shipment, staff, key, &request, ret);
}

static inline enum status after_deliver(struct person *staff, const char *order_id, const char *shipment_id)
{
    const Orders__V1__Shipment *shipment;
    Orders__V1__DeliverShipmentRequest request = ORDERS__V1__DELIVER_SHIPMENT_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.shipment_id = (char *)shipment_id;
    return AFTER_CALL(deliver_shipment, staff, after_key(staff), &request, &shipment);
}

static inline enum status after_refund_units(struct person *staff, const char *key, const char *order_id,
                                             const struct product *product, int64_t quantity, bool restock,
                                             const Orders__V1__Refund **ret)
{
    Orders__V1__RefundOrderRequest request = ORDERS__V1__REFUND_ORDER_REQUEST__INIT;
    Orders__V1__RefundUnits line = ORDERS__V1__REFUND_UNITS__INIT;
    request.order_id = (char *)order_id;
    request.reason = (char *)"One was damaged.";
    line.variant_id = (char *)product->variant_id;
    line.quantity = quantity;
    line.restock = restock;
    request.line = &line;
    request.location_code = (char *)after_location;
    return AFTER_CALL(refund_order, staff, key, &request, ret);
}

static inline enum status after_refund_amount(struct person *staff, const char *key, const char *order_id,
                                              int64_t amount_minor, bool with_delivery, const Orders__V1__Refund **ret)
{
    Orders__V1__RefundOrderRequest request = ORDERS__V1__REFUND_ORDER_REQUEST__INIT;
    Types__V1__Money amount = TYPES__V1__MONEY__INIT;
    request.order_id = (char *)order_id;
    amount.amount_minor = amount_minor;
    amount.currency_code = (char *)"KES";
    request.amount = amount_minor ? &amount : NULL;
    request.with_delivery = with_delivery;
    return AFTER_CALL(refund_order, staff, key, &request, ret);
}

static inline enum status after_refund_everything(struct person *staff, const char *key, const char *order_id,
                                                  const Orders__V1__Refund **ret)
{
    Orders__V1__RefundOrderRequest request = ORDERS__V1__REFUND_ORDER_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.everything = true;
    request.restock = true;
    return AFTER_CALL(refund_order, staff, key, &request, ret);
}

static inline enum status after_ask_return(struct person *shopper, const char *key, const char *order_id,
                                           const struct product *product, int64_t quantity, const Orders__V1__Return **ret)
{
    Orders__V1__RequestReturnRequest request = ORDERS__V1__REQUEST_RETURN_REQUEST__INIT;
    Orders__V1__Units line = ORDERS__V1__UNITS__INIT;
    request.order_id = (char *)order_id;
    request.reason = ORDERS__V1__RETURN__REASON__DOES_NOT_FIT;
    request.note = (char *)"Too small.";
    line.variant_id = (char *)product->variant_id;
    line.quantity = quantity;
    request.line = &line;
    return AFTER_CALL(request_return, shopper, key, &request, ret);
}

static inline enum status after_withdraw(struct person *shopper, const char *order_id, const char *return_id)
{
    const Orders__V1__Return *shown;
    Orders__V1__WithdrawReturnRequest request = ORDERS__V1__WITHDRAW_RETURN_REQUEST__INIT;
    request.order_id = (char *)order_id;
    request.return_id = (char *)return_id;
    return AFTER_CALL(withdraw_return, shopper, after_key(shopper), &request, &shown);
}

static inline enum status after_answer(struct person *staff, const char *return_id,
                                       Orders__V1__AdvanceReturnRequest__Event event, const char *answer)
{
    const Orders__V1__Return *shown;
    Orders__V1__AdvanceReturnRequest request = ORDERS__V1__ADVANCE_RETURN_REQUEST__INIT;
    request.return_id = (char *)return_id;
    request.event = event;
    request.answer = (char *)answer;
    return AFTER_CALL(advance_return, staff, after_key(staff), &request, &shown);
}

static inline enum status after_receive(struct person *staff, const char *return_id, const struct product *product,
                                        int64_t received, int64_t restocked)
{
    const Orders__V1__Return *shown;
    Orders__V1__ReceiveReturnRequest request = ORDERS__V1__RECEIVE_RETURN_REQUEST__INIT;
    Orders__V1__ReceivedUnits line = ORDERS__V1__RECEIVED_UNITS__INIT;
    request.return_id = (char *)return_id;
    line.variant_id = (char *)product->variant_id;
    line.received = received;
    line.restocked = restocked;
    line.condition = ORDERS__V1__RETURN__CONDITION__USED;
    request.line = &line;
    return AFTER_CALL(receive_return, staff, after_key(staff), &request, &shown);
}

static inline enum status after_refund_return(struct person *staff, const char *key, const char *return_id,
                                              int64_t amount_minor, const Orders__V1__Refund **ret)
{
    Orders__V1__RefundReturnRequest request = ORDERS__V1__REFUND_RETURN_REQUEST__INIT;
    Types__V1__Money amount = TYPES__V1__MONEY__INIT;
    request.return_id = (char *)return_id;
    amount.amount_minor = amount_minor;
    amount.currency_code = (char *)"KES";
    request.amount = amount_minor ? &amount : NULL;
    return AFTER_CALL(refund_return, staff, key, &request, ret);
}

static inline enum status after_list_returns(struct person *staff, Orders__V1__Return__State state,
                                             const Orders__V1__ListReturnsReply **ret)
{
    Orders__V1__ListReturnsRequest request = ORDERS__V1__LIST_RETURNS_REQUEST__INIT;
    request.page_size = 100;
    request.state = state;
    return AFTER_CALL(list_returns, staff, "", &request, ret);
}

/* The order as it stands when a provider's payment came: what the worker of payments writes then, for orders placed here. */
static inline void after_was_paid(const char *order_id)
{
    char sql[1500];
    snprintf(
        sql, sizeof(sql),
        "UPDATE orders SET status = 'paid' WHERE id = '%s';"
        "UPDATE payment SET method = 'paystack', status = 'paid' WHERE order_id = '%s';"
        "INSERT INTO payment_attempt (id, order_id, method, reference, state, amount_minor, currency_code, phone, "
        "captured_minor, captured_currency, is_counted, deadline_at, created_at, changed_at) "
        "SELECT id, id, 'paystack', number, 'succeeded', total_minor, currency_code, '', total_minor, currency_code, true, "
        "now(), now(), now() FROM orders WHERE id = '%s'",
        order_id, order_id, order_id);
    store_test_run(trade_orders_db, sql);
}

/*
 * Events leave the outbox as soon as they are delivered: what they said is written down from here on, for after_told(): the
 * topics about an order in the order of their telling, "order.confirmed order.shipped".
 */
static inline void after_take_notes(void)
{
    store_test_run(
        trade_orders_db,
        "CREATE TABLE IF NOT EXISTS told (seq bigint, topic text, key text, payload json);"
        "CREATE OR REPLACE FUNCTION note_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO told VALUES (new.seq, new.topic, new.key, new.payload::json); RETURN new; END $$;"
        "CREATE OR REPLACE TRIGGER note_down AFTER INSERT ON outbox_event FOR EACH ROW EXECUTE FUNCTION note_down()");
}

static inline const char *after_told(const char *order_id)
{
    char sql[300];
    snprintf(sql, sizeof(sql),
             "SELECT string_agg(topic, ' ' ORDER BY seq) FROM told WHERE key = '%s' AND topic NOT IN ('order.placed', "
             "'order.paid')",
             order_id);
    return store_test_value(trade_orders_db, sql);
}

/* Money of the order that is gone or on its way back. */
static inline int64_t after_refunded(const char *order_id)
{
    char sql[200];
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(sum(amount_minor), 0) FROM refund WHERE order_id = '%s' AND state <> 'failed'", order_id);
    return strtoll(store_test_value(trade_orders_db, sql), NULL, 10);
}

#endif
