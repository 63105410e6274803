/*
 * The words that the templates of messages may use: the members of an event's payload, and with them amounts as the people of
 * the market write them, the shop, and the link to the order.
 */
#ifndef ORDERS_COURIER_WORDS_H
#define ORDERS_COURIER_WORDS_H

#include <jansson.h>

#include "market.h"

struct courier_words_options {
    const Types__V1__Market *market;    /* NULL: amounts are left out */
    const char *shop;
    const char *public_url;             /* "": no link */
};

/* A new object, the caller's (json_decref); `payload` is read only. */
json_t *courier_words(const json_t *payload, const struct courier_words_options *options);

#endif
