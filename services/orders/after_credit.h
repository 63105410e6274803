/*
 * What units, the delivery fee and the tax on them are worth when they are taken off an order. Values in, values out.
 *
 * The rounding rule is "the sum so far": a share is never rounded by itself. What all credits so far and this one are worth
 * together is rounded (half away from zero), and what the credits so far were worth is subtracted. So one credit of
 * everything and many credits of one unit each come to the same minor unit, and all together to exactly the order's total
 * and its tax.
 */
#ifndef ORDERS_AFTER_CREDIT_H
#define ORDERS_AFTER_CREDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* An order's sums, and what was taken off it. */
struct after_sums {
    int64_t base_minor;          /* prices of the lines and the delivery fee, as priced */
    int64_t delivery_minor;      /* of those */
    int64_t vat_minor;           /* within the total */
    int64_t total_minor;         /* base_minor, and the tax when prices are without */
    int64_t credited_base_minor; /* lines and delivery credited so far, as priced */
    int64_t credited_minor;      /* all credits so far, as the shopper paid */
    bool delivery_is_credited;
};

/* What the shopper paid for lines and delivery that are priced `base_minor`. */
int64_t after_credit_worth(const struct after_sums *sums, int64_t base_minor);

/* The tax within `amount_minor` that is given back. */
int64_t after_credit_vat(const struct after_sums *sums, int64_t amount_minor);

/*
 * How much is given back: `asked_minor` (0: what lines and delivery are worth). `left_minor` is what was paid and not
 * refunded, or what is still to be collected. INVALID_ARGUMENT when nothing is asked for, or more than the lines are worth;
 * FAILED_PRECONDITION with the code "too_much" when it is more than `left_minor`.
 */
enum status after_credit_amount(int64_t asked_minor, int64_t worth_minor, bool has_parts, int64_t left_minor,
                                const char *currency_code, int64_t *ret_amount_minor, struct error *err) MUST_CHECK;

#endif
