/*
 * The rules of being paid by a provider: what its answer about an attempt means for the attempt, the order and the books.
 * Values in, values out.
 *
 * What is certain here: an order is paid by one attempt, with the right currency and at least what it costs. All other money
 * that comes (too late, twice, too much) belongs to nobody (`unallocated`) and goes back by itself; money that is too little
 * or of another currency waits for staff.
 */
#ifndef ORDERS_PAYMENT_H
#define ORDERS_PAYMENT_H

#include "order.h"
#include "provider.h"

enum attempt_state {
    ATTEMPT_NONE = 0,
    ATTEMPT_CREATED = 1,
    ATTEMPT_PENDING = 2,
    ATTEMPT_SUCCEEDED = 3,
    ATTEMPT_FAILED = 4,
    ATTEMPT_CANCELLED = 5,
    ATTEMPT_EXPIRED = 6,
    ATTEMPT_REVIEW = 7,
};

/* "pending"; an unknown name is ATTEMPT_NONE. */
const char *attempt_state_name(enum attempt_state state);
enum attempt_state attempt_state_of(const char *name);

/* Whether the customer is or may be asked for money. */
bool attempt_is_open(enum attempt_state state);

/* What is known of an attempt and its order when the provider answers. */
struct payment_case {
    enum order_status order;
    int64_t due_minor;              /* what the order costs */
    bool is_paid_by_other;          /* another attempt counts */
    enum attempt_state state;
    const char *currency_code;
    const char *reference;
    int64_t captured_minor;         /* booked so far */
    const char *captured_currency;  /* of that */
    bool is_counted;                /* it is what the order was paid with */
    int64_t reversed_minor;
    int64_t refunds_minor;          /* our refunds of this attempt that are not given up */
    int64_t deadline_at_us;
    int64_t now_us;
};

/* What is to be done about it. Amounts are of the captured currency; 0: nothing. */
struct payment_verdict {
    enum attempt_state state;       /* the new one */
    const char *reason;             /* a sentence for people, or "" */
    const char *currency_code;      /* of what came */
    int64_t captured_minor;         /* more than before */
    int64_t counted_minor;          /* of this, the order's: it is paid now */
    int64_t unallocated_minor;      /* of this, nobody's */
    int64_t return_minor;           /* of this, to go back by itself */
    int64_t reversed_minor;         /* taken back by the provider */
    bool is_final;                  /* the provider will say nothing new */
};

struct payment_verdict payment_judge(const struct payment_case *payment, const struct provider_result *result);

/*
 * When the provider is asked next about an attempt on which it may have news: soon while the customer pays, ever less often
 * until the deadline, then every `late_s` seconds for `grace_s` seconds. 0: no more.
 */
int64_t payment_next_ask_us(int64_t created_at_us, int64_t deadline_at_us, int64_t late_s, int64_t grace_s, int64_t now_us);

#endif
