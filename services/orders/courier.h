/*
 * The courier: takes events from the services, once each, makes a message for everybody who is to be told (courier_notice.h,
 * webhook_endpoint), and sends the messages, never on the path of a request.
 *
 * Each message has a state of its own. It is marked `sending` right before it is sent, by whoever sends it, for two minutes;
 * so a sender that dies leaves that one in doubt and no other. Then a webhook or a mail is sent again (receivers know a copy by
 * its webhook-id or Message-ID), an SMS waits for staff (in_doubt).
 *
 * Four threads call webhooks, each another endpoint; one sends mail, one SMS. They sleep until a message comes due or NOTIFY
 * says that there is a new one.
 */
#ifndef ORDERS_COURIER_H
#define ORDERS_COURIER_H

#include "courier_seal.h"
#include "orders.pb-c.h"
#include "orders_service.h"
#include "market.h"

struct courier;

/* `markets` must outlive it. */
enum status courier_open(const struct orders_settings *settings, const struct markets *markets, struct courier **ret_courier,
                         struct error *err) MUST_CHECK;
void courier_close(struct courier *courier);    /* accepts NULL; waits for what is being sent */

const unsigned char *courier_key(const struct courier *courier);

/* Whether this shop can send SMS: without it no code can reach a phone. */
bool courier_sends_sms(const struct courier *courier);

/*
 * The row that an event becomes, and which notices it makes; everything lives in the arena. INVALID_ARGUMENT when it will never
 * be taken: an unknown topic, a malformed payload.
 */
struct courier_event;
enum status courier_read_event(const struct courier *courier, const Orders__V1__Event *event, struct arena *arena,
                               struct courier_event *ret_event, struct error *err) MUST_CHECK;

/* For orders_service_open(): the RPCs of proto/courier.proto. */
void courier_serve(Orders__V1__OrderService_Service *vtable);
void courier_staff_serve(Orders__V1__OrderService_Service *vtable);

/* For struct service_command: "messages [replay]". */
int courier_command(void *settings, int argc, char **argv);

#endif
