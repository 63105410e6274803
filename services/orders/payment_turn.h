/*
 * What a provider said about an attempt, put into effect in one transaction: the attempt, the books, the order, what goes back,
 * what follows. For payment_flow.c.
 */
#ifndef ORDERS_PAYMENT_TURN_H
#define ORDERS_PAYMENT_TURN_H

#include "payment.h"
#include "payments_store.h"

struct payment_turn {
    struct attempt_record attempt;
    struct order_record order;
    struct provider_result result;
    const struct provider_action *action;   /* of what was just told to the provider; else NULL */
    struct payment_verdict verdict;
    int64_t now_us;
    struct arena *arena;
};

/* Judges `result` on attempt and order as they are. */
void payment_turn_judge(struct payment_turn *turn);

/* Nothing would change. */
bool payment_turn_is_empty(const struct payment_turn *turn);

/* For db_transact(); `arg` is a struct payment_turn. ABORTED, or a conflict that orders_store_is_beaten() tells, when attempt or
 * order changed since they were loaded. */
enum status payment_turn_send(struct db *db, void *arg, struct error *err) MUST_CHECK;

/* Inside db_transact(): the order is paid, with `counted_minor` of this attempt. `made_by` NULL: by the provider's word. */
void payment_turn_send_paid(struct db *db, const struct payment_turn *turn, int64_t counted_minor, const char *note,
                            const char *made_by);

/* Inside db_transact(): the order ends, since nobody paid it. */
void payment_turn_send_expiry(struct db *db, const struct payment_turn *turn);

#endif
