/*
 * The life of a return: asked for by the shopper within the market's time, answered and received by the shop, refunded.
 * Values in, values out.
 */
#ifndef ORDERS_AFTER_RETURN_H
#define ORDERS_AFTER_RETURN_H

#include <stdbool.h>
#include <stdint.h>

#include "order.h"

/* Numbers as in proto/fulfilment.proto. */
enum return_state {
    RETURN_NONE = 0,
    RETURN_REQUESTED = 1,
    RETURN_APPROVED = 2,
    RETURN_REFUSED = 3,
    RETURN_WITHDRAWN = 4,
    RETURN_RECEIVED = 5,
    RETURN_REFUNDED = 6,
    RETURN_CLOSED = 7,
};

enum return_event {
    RETURN_APPROVE = 1,
    RETURN_REFUSE = 2,
    RETURN_CLOSE = 3,
    RETURN_WITHDRAW,
    RETURN_RECEIVE,
    RETURN_REFUND,
};

struct return_transition {
    enum return_state from;
    enum return_event event;
    enum return_state to;
    unsigned who; /* enum order_actor */
};

/* As order_decide(): *ret_transition is NULL when the return is already where the event leads. */
enum status after_return_decide(enum return_state from, enum return_event event, enum order_actor who,
                                const struct return_transition **ret_transition, struct error *err) MUST_CHECK;

/* "requested"; an unknown name is RETURN_NONE. The same for reasons and conditions, by the numbers of the .proto; 0: none.
 */
const char *after_return_state_name(enum return_state state);
enum return_state after_return_state_of(const char *name);
const char *after_return_reason_name(int reason);
int after_return_reason_of(const char *name);
const char *after_return_condition_name(int condition);
int after_return_condition_of(const char *name);

/*
 * Until when units may be sent back: `return_days` after the last parcel was delivered, so that nobody loses time over a
 * parcel that came late; the instant itself is outside. 0: nothing was delivered, or the market takes nothing back.
 */
int64_t after_return_until_us(int64_t last_delivered_at_us, int32_t return_days);

/* FAILED_PRECONDITION with a sentence when it is too late or too early. */
enum status after_return_check_time(int64_t until_us, int64_t now_us, struct error *err) MUST_CHECK;

#endif
