/*
 * When a message is sent again, and when no more. Pure.
 */
#ifndef ORDERS_COURIER_RETRY_H
#define ORDERS_COURIER_RETRY_H

#include <stdint.h>

#define COURIER_ATTEMPTS_MAX 11     /* with the pauses below: over three days */

/*
 * The pause after that attempt (1 is the first): 5 s, 20 s, 80 s ... times four up to a day, each by chance up to a fifth
 * shorter or longer, so that what failed together does not come back together. `chance` is any random number.
 */
int64_t courier_retry_pause_us(int64_t attempts, uint32_t chance);

/* How long an endpoint is left alone after that many failures in a row: not at all below 5, then 30 s, 1 min ... 1 h. */
int64_t courier_retry_rest_us(int64_t failures, uint32_t chance);

#endif
