/*
 * Money that goes back to customers: the books of it, and the row that the step send_refund (saga.c) works off. Whether the
 * shop ought to give it back is the business of whoever asks; that never more goes back than came is the database's.
 *
 * requested -> sending -> pending -> succeeded; review: by hand, by staff (cash, and what a provider refuses);
 * failed: given up, the money stays the shop's.
 */
#ifndef ORDERS_REFUNDS_H
#define ORDERS_REFUNDS_H

#include "db.h"

struct refund_request {
    const char *id;                 /* UUID: a second request with it is refused as a conflict */
    const char *order_id;
    int64_t amount_minor;
    const char *currency_code;
    const char *reason;             /* one line, without personal data: the provider gets it */
    const char *made_by;            /* UUID; NULL: the shop itself */
    int64_t now_us;
};

/*
 * Inside db_transact(): gives back some of what the order was paid with: row, books, task. Wake the saga after the commit.
 * More than was paid ends the transaction as a conflict that refunds_is_too_much() tells.
 */
void refunds_send_request(struct db *db, const struct refund_request *request);

/* The same with money of an attempt that no order wanted. */
void refunds_send_return(struct db *db, const char *attempt_id, const struct refund_request *request);

bool refunds_is_too_much(const struct db *db);

struct refund_record {
    const char *id;
    const char *order_id;
    const char *attempt_id;         /* NULL: cash */
    const char *method;
    const char *booked_as;
    int64_t amount_minor;
    const char *currency_code;
    const char *state;
    const char *reason;
    const char *provider_ref;
    const char *detail;
    int64_t made_at_us;
    const char *charge_reference;   /* of the attempt; "" for cash */
    const char *charge_provider_ref;
    const char *charge_transaction_id;
    int64_t charge_minor;
    const char *charge_phone;
};
enum db_outcome refunds_find(struct db *db, const char *id, struct refund_record *ret_refund, struct arena *arena,
                             struct error *err) MUST_CHECK;

/* What became of a refund; each does nothing when it is over already. `detail` is for staff. */
enum status refunds_mark_sending(struct db *db, const char *id, int64_t now_us, struct error *err) MUST_CHECK;
enum status refunds_mark_pending(struct db *db, const char *id, const char *provider_ref, int64_t now_us,
                                 struct error *err) MUST_CHECK;
enum status refunds_mark_review(struct db *db, const char *id, const char *detail, int64_t now_us,
                                struct error *err) MUST_CHECK;

/* The end, with books and event: the money is gone (from `account`: the provider's, or cash:office by hand); or it stays. */
enum status refunds_succeed(struct db *db, const struct refund_record *refund, const char *account, const char *provider_ref,
                            struct arena *arena, struct error *err) MUST_CHECK;
enum status refunds_fail(struct db *db, const struct refund_record *refund, const char *detail, struct arena *arena,
                         struct error *err) MUST_CHECK;

#endif
