/*
 * An attempt to be paid on its way: the provider is told of it, asked about it, and what it says is put into effect, by
 * whoever is at it, a request or a worker. No transaction is open while a provider is asked.
 */
#ifndef ORDERS_PAYMENT_FLOW_H
#define ORDERS_PAYMENT_FLOW_H

#include "payments_store.h"
#include "saga_step.h"

/*
 * Tells the provider of an attempt that is `created`. OK: there is nothing more to start (it was told, it refused for certain,
 * or the order has ended); otherwise to be repeated. `deadline_us` is of clock_monotonic_us().
 */
enum status payment_start(const struct saga_room *room, const char *attempt_id, int64_t deadline_us,
                          struct error *err) MUST_CHECK;

/*
 * Asks the provider how it stands and puts that into effect: the order is paid, the attempt came to nothing, money goes back.
 * An attempt that the order does not want any more is cancelled at the provider where that can be. `*ret_next_us`
 * (clock_now_us()): when it is to be asked again; 0: never.
 */
enum status payment_ask(const struct saga_room *room, const char *attempt_id, int64_t deadline_us, int64_t *ret_next_us,
                        struct error *err) MUST_CHECK;

/* The time to pay is over: asks once more, then ends the order, unless it is paid. */
enum status payment_expire(const struct saga_room *room, const char *order_id, int64_t deadline_us,
                           struct error *err) MUST_CHECK;

/*
 * An attempt that the customer turns away from and whose provider cannot cancel it: it counts as cancelled, and is watched for
 * money that comes nevertheless. ABORTED when it changed meanwhile. Inside db_transact().
 */
enum status payment_set_aside(struct db *db, const struct attempt_record *attempt, int64_t now_us,
                              struct error *err) MUST_CHECK;

/* Staff decide about an attempt in review: its money becomes the order's, goes back, or was seen to elsewhere. */
enum payment_decision { PAYMENT_ACCEPT = 1, PAYMENT_GIVE_BACK = 2, PAYMENT_SETTLED = 3 };
enum status payment_resolve(struct db *db, struct arena *arena, const char *attempt_id, enum payment_decision decision,
                            const char *note, const char *made_by, struct error *err) MUST_CHECK;

#endif
