/*
 * Taking something off an order: units, the delivery fee, an amount. Paid orders get a refund (refunds.h), orders that are
 * to be paid at the door have less to be collected.
 */
#ifndef ORDERS_AFTER_REFUNDS_H
#define ORDERS_AFTER_REFUNDS_H

#include "after.h"
#include "after_credit.h"

/* What is to be taken off; arrays have a number for each line of the order. */
struct after_take_off {
    const char *return_id; /* of a return: `taken` came back by it. NULL: for none */
    const int64_t *taken;
    const int64_t *restocked; /* of those */
    bool with_delivery;
    bool everything;     /* all that was paid and not refunded, whatever the units are worth */
    int64_t asked_minor; /* 0: what units and delivery are worth */
    const char *reason;
    const char *location_code;
};

/*
 * Inside the transaction, after the turn was sent: decides the amount and sends credit, refund or deduction, the restocking
 * of units that are not a return's, and the event. *ret_id: of the credit.
 */
enum status after_refunds_send(struct db *db, struct after_job *job, const struct after_take_off *what, const char **ret_id,
                               struct error *err) MUST_CHECK;

/* The money a form asks for: 0 when it is absent. INVALID_ARGUMENT for one that is not positive, or of another currency. */
enum status after_refunds_asked(const struct after_job *job, const Types__V1__Money *amount, int64_t *ret_minor,
                                struct error *err) MUST_CHECK;

/* FAILED_PRECONDITION, from a conflict that says so: more than was paid. Other statuses as they are. */
enum status after_refunds_status(const struct after_job *job, enum status status, struct error *err) MUST_CHECK;

#endif
