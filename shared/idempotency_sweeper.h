/*
 * Sweeps a service's idempotency keys when they are old enough, on a thread with a connection of its own that is closed while
 * there is nothing to do: it sleeps until the oldest key comes due, or a day when there is none. A database that pauses when
 * nobody asks it anything is left alone.
 */
#ifndef PORTAL_IDEMPOTENCY_SWEEPER_H
#define PORTAL_IDEMPOTENCY_SWEEPER_H

#include "service.h"

struct idempotency_sweeper;

enum status idempotency_sweeper_start(const struct service_settings *settings, struct idempotency_sweeper **ret_self,
                                      struct error *err) MUST_CHECK;

/* Accepts NULL. */
void idempotency_sweeper_stop(struct idempotency_sweeper *self);

#endif
