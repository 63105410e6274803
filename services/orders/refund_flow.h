/*
 * A refund on its way: the provider is told of it and asked about it until it is over, by one worker at a time.
 */
#ifndef ORDERS_REFUND_FLOW_H
#define ORDERS_REFUND_FLOW_H

#include "provider.h"
#include "refunds.h"
#include "saga_step.h"

/*
 * The next word with the provider. OK: *ret_next_us (clock_now_us()) is when to have the one after that, 0: it is over, or
 * waits for staff. Otherwise to be repeated: nothing is sent twice.
 */
enum status refund_send(const struct saga_room *room, const char *refund_id, int64_t deadline_us, int64_t *ret_next_us,
                        struct error *err) MUST_CHECK;

/* What the provider said of it, however it said so; *ret_next_us as above. */
enum status refund_settle(struct db *db, struct arena *arena, const struct refund_record *refund,
                          const struct provider_result *result, int64_t *ret_next_us, struct error *err) MUST_CHECK;

#endif
