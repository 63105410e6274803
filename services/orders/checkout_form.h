/*
 * What a shopper fills in to order: checked field by field, cleaned.
 */
#ifndef ORDERS_CHECKOUT_FORM_H
#define ORDERS_CHECKOUT_FORM_H

#include "market.h"
#include "orders.pb-c.h"

/* Strings live in the arena or the request and are never NULL. */
struct checkout_form {
    const char *name;
    const char *phone;                      /* E.164 */
    const char *email;                      /* "": none */
    const char *note;
    const Types__V1__Address *address;
    const Types__V1__Market *market;        /* of the address' country */
    Types__V1__PaymentMethod payment_method;    /* one that the market offers */
    const char *paying_phone;               /* E.164, of whoever pays in advance */
};

/* INVALID_ARGUMENT with a violation for each field that is wrong. */
enum status checkout_form_check(const Orders__V1__PlaceOrderRequest *request, const struct markets *markets,
                                struct arena *arena, struct checkout_form *ret_form, struct error *err) MUST_CHECK;

#endif
