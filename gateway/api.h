/*
 * Answers the rows that are plain calls: JSON in, one RPC, JSON out.
 */
#ifndef PORTAL_API_H
#define PORTAL_API_H

#include "exchange.h"

#define API_KEY_MAX 255 /* characters of an Idempotency-Key */

void api_handle(struct exchange *x);

#endif
