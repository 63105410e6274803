/*
 * Placing an order: check, load the cart, reserve the stock, decide, save, and set the rest of the saga going.
 *
 * One idempotency key has one order. What is refused leaves nothing behind: units that were reserved go back, the key may be
 * used again.
 */
#ifndef ORDERS_CHECKOUT_H
#define ORDERS_CHECKOUT_H

#include "market.h"
#include "orders.pb-c.h"
#include "rpc_server.h"
#include "saga.h"

struct checkout_shop {
    const struct saga_shop *shop;
    const struct markets *markets;
    struct saga *saga;
    const unsigned char *code_key;      /* COD_KEY_SIZE bytes */
};

/* The RPC PlaceOrder. */
enum status checkout_place(const struct checkout_shop *shop, struct rpc_call *call,
                           const Orders__V1__PlaceOrderRequest *request, Orders__V1__Order *reply,
                           struct error *err) MUST_CHECK;

#endif
