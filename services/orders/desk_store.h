/*
 * What staff see of orders that no shopper asks for.
 */
#ifndef ORDERS_DESK_STORE_H
#define ORDERS_DESK_STORE_H

#include "orders_store.h"

/* Orders and things of theirs that wait for a person. */
struct desk_work {
    int64_t placed;
    int64_t paid;
    int64_t confirmed;
    int64_t partly_shipped;
    int64_t shipped;
    int64_t pending_payment;
    int64_t returns_requested;
    int64_t failed_tasks;
    int64_t payments_in_review;
    int64_t refunds_in_review;
    int64_t failed_messages;
};
enum db_outcome desk_store_count_work(struct db *db, struct desk_work *ret_work, struct arena *arena,
                                      struct error *err) MUST_CHECK;

/* A refund that staff decide on. */
struct desk_refund {
    const char *refund_id;
    const char *order_id;
    const char *order_number;
    const char *method;
    int64_t amount_minor;
    const char *currency_code;
    const char *reason;
    const char *detail;
    int64_t changed_at_us;
};
enum db_outcome desk_store_list_refund_reviews(struct db *db, int64_t limit, struct desk_refund **ret_refunds,
                                               size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

/* What somebody typed, as each of these; NULL where it cannot be one. */
struct desk_search {
    const char *order_number;
    const char *phone;              /* E.164 */
    const char *email;              /* lower case */
    const char *invoice_number;
};
enum db_outcome desk_store_find_orders(struct db *db, const struct desk_search *search, struct order_summary **ret_orders,
                                       size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

#endif
