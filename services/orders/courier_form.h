/*
 * What staff send about webhooks and messages, checked field by field, and rows as messages. Pure.
 */
#ifndef ORDERS_COURIER_FORM_H
#define ORDERS_COURIER_FORM_H

#include "courier_store.h"
#include "cursor.h"
#include "orders.pb-c.h"

#define WEBHOOK_URL_MAX 2000
#define WEBHOOK_TOPICS_MAX 32

/* Fills url, description and topics of *endpoint, or adds violations. */
void courier_form_read(const char *url, const char *description, char **topics, size_t topic_count, struct arena *arena,
                       struct courier_endpoint *endpoint, struct error *err);

/* The topics that a webhook may have, in the arena. */
char **courier_form_topics(size_t *ret_count, struct arena *arena);

/* NULL for ""; a violation for what is no UUID. */
const char *courier_form_id(const char *text, const char *field, struct error *err);

/* `limit` of the page is one more than is shown. *ret_listing: what page tokens of it are bound to. */
enum status courier_form_page(const Orders__V1__ListMessagesRequest *request, const unsigned char key[CURSOR_KEY_SIZE],
                              struct arena *arena, struct courier_page *ret_page, const char **ret_listing,
                              struct error *err) MUST_CHECK;

const char *courier_form_token(const struct courier_message *last, const char *listing,
                               const unsigned char key[CURSOR_KEY_SIZE], struct arena *arena);

Orders__V1__Message *courier_form_message(const struct courier_message *row, struct arena *arena);

#endif
