/*
 * The private HTTP port of every process: /healthz (the process answers), /readyz (it can do its work), /metrics.
 * Bound to one address of the operator's choice, never reachable from shoppers.
 */
#ifndef PORTAL_ADMIN_H
#define PORTAL_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct admin;

/* `is_ready` is asked on a thread of the port's and may block shortly; it puts the reason into `err` when it says no. */
enum status admin_start(const char *host, uint16_t port, bool (*is_ready)(void *arg, struct error *err), void *arg,
                        struct admin **ret_admin, struct error *err) MUST_CHECK;
void admin_stop(struct admin *admin);      /* accepts NULL */

#endif
