/*
 * Hands the events of a service to orders, whose courier tells merchants and people: a relay and the client that it calls.
 * service_main() opens one for every service that has an EVENTS_URL, orders included.
 */
#ifndef PORTAL_OUTBOX_POST_H
#define PORTAL_OUTBOX_POST_H

#include "service.h"

struct outbox_post;

/* With no address in the settings (NULL or "") there is none: events are kept. */
enum status outbox_post_open(const struct service_settings *settings, struct outbox_post **ret_post,
                             struct error *err) MUST_CHECK;
void outbox_post_close(struct outbox_post *post);       /* accepts NULL */

#endif
