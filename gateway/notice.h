/*
 * The door of payment providers: /v1/payments/notices/<provider> and /v1/payments/notices/<provider>/<token>. The raw body
 * and the headers that prove it go to orders as they came; whoever sends something else learns only that it was refused.
 */
#ifndef PORTAL_NOTICE_H
#define PORTAL_NOTICE_H

#include "exchange.h"

void notice_receive(struct exchange *x);

#endif
