/*
 * The orders service for tests of its courier, over inproc on a schema of its own, and beside it a merchant's server
 * (receiver.mjs) that webhooks go to.
 */
#ifndef PORTAL_COURIER_SHOP_H
#define PORTAL_COURIER_SHOP_H

#include "check.h"

#include <jansson.h>

#include "orders.pb-c.h"
#include "orders_service.h"

extern const char *courier_db;                  /* conninfo of the schema */
extern struct orders_settings courier_settings; /* may be changed before courier_orders_start() */

/* Group set-up and tear-down: the receiver runs, the service too. */
int courier_shop_open(void **state);
int courier_shop_close(void **state);

/* The service ends in good order, and starts again. */
void courier_orders_stop(void);
void courier_orders_start(void);

/* Calls go to a service at that nng address from here on, once it listens; courier_orders_stop() was called before. "": to none. */
void courier_orders_at(const char *address);

/* An address of the receiver: "https://localhost:PORT/sms". Lives until the next reset. */
const char *courier_url(const char *path);

/* A test's set-up: no endpoints, no messages, nothing received. */
int courier_shop_reset(void **state);

/* Calls as staff, or as a service; the replies live until the next reset. NULL: it was refused, see courier_error(). */
const Orders__V1__WebhookEndpoint *courier_endpoint(const char *path, const char *topic);   /* topic NULL: all */
const Orders__V1__WebhookEndpoint *courier_endpoint_at(const char *url);
const Orders__V1__WebhookEndpoint *courier_rotate(const char *endpoint_id);
const Orders__V1__WebhookEndpoint *courier_show(const char *endpoint_id);
const Orders__V1__ListMessagesReply *courier_list(const char *endpoint_id, int32_t size, const char *token);
int64_t courier_replay(const char *message_id, const char *endpoint_id);    /* -1: refused */
const struct error *courier_error(void);

/* Hands an event over; gives back its refusal, NULL: it was taken. `id` NULL: a new one. */
const char *courier_deliver(const char *id, const char *topic, const char *payload);

/* What the receiver got at that path, oldest first, as JSON objects {id, timestamp, signature, body ...}. */
const json_t *courier_received(const char *path);

/* A text of the i-th of them, until the next reset; it must be there. */
const char *courier_member(const char *path, size_t i, const char *name);

/* Waits until it got that many, or the time is over; how many it got. */
size_t courier_awaits(const char *path, size_t count, int64_t within_ms);

/* Waits until the query on courier_db gives that text; false when it does not within the time. */
bool courier_becomes(const char *query, const char *value, int64_t within_ms);

#endif
