/*
 * From what a handler answered to what libmicrohttpd sends: caching and coding, conditional requests, the headers that every
 * answer has.
 */
#ifndef PORTAL_ANSWER_H
#define PORTAL_ANSWER_H

#include "exchange.h"

/* Makes the edge's response from the exchange's answer. On any thread. */
void answer_prepare(struct exchange *x);

#endif
