/*
 * Shipments, returns and credits (what is taken off an order) as rows. The figures of lines follow by triggers, and
 * constraints hold them: a transaction that would ship, credit or return a unit twice fails with a conflict, which
 * after_store_is_over() tells. The `send` functions are for use inside db_transact().
 *
 * Everything is written in one transaction with orders_store_send_change() on the version that it was decided on, so that
 * two decisions on the same state are one.
 */
#ifndef ORDERS_AFTER_STORE_H
#define ORDERS_AFTER_STORE_H

#include "after_units.h"
#include "db.h"

/* What happened to an order, as order_step.what; "" is a change of status. */
#define AFTER_STEP_SHIPMENT "shipment"
#define AFTER_STEP_PARCEL_DELIVERED "parcel_delivered"
#define AFTER_STEP_REFUND "refund"
#define AFTER_STEP_TAKEN_OFF "taken_off"
#define AFTER_STEP_RETURN "return_" /* and the new state of the return */

/* Columns of numbers by line; elements of one line have one index. Positions are those of order_line. */
struct after_parts {
    struct db_ints positions;
    struct db_ints quantities;
};

struct after_shipment {
    const char *id;
    const char *order_id;
    int64_t number;
    const char *carrier;
    const char *tracking_number;
    const char *tracking_url;
    const char *note;
    int64_t shipped_at_us;
    const char *shipped_by;
    int64_t delivered_at_us; /* 0: not yet */
    struct after_parts parts;
};

struct after_credit {
    const char *id;
    const char *order_id;
    const char *return_id; /* NULL or "": it is for none */
    bool is_refund;
    const char *refund_state; /* read only; "": it is no refund */
    int64_t amount_minor;
    int64_t vat_minor;
    int64_t base_minor;
    const char *currency_code;
    bool with_delivery;
    const char *reason;
    const char *location_code;
    int64_t made_at_us;
    const char *made_by; /* NULL or "": the shop itself */
    struct db_ints positions;
    struct db_ints dropped;
    struct db_ints credited;
    struct db_ints returned;
    struct db_ints amounts_minor;
    struct db_ints restocked;
};

struct after_return {
    const char *id;
    const char *order_id;
    int64_t number;
    const char *state;
    const char *reason;
    const char *note;
    const char *answer;
    const char *location_code;
    int64_t requested_at_us;
    const char *requested_by;
    int64_t received_at_us;   /* 0: not yet */
    const char *credit_id;    /* read only; "": none */
    struct after_parts parts; /* as asked for */
    struct db_ints received;  /* 0 before it came */
    struct db_ints restocked;
    struct db_texts conditions;
};

/* The words of a line. */
struct after_words {
    const char *product_title;
    const char *variant_title;
    const char *sku;
};

/* An order after its sale. Lines by position; the others in the order in which they were made. */
struct after_state {
    struct after_line *lines;
    struct after_words *words; /* of the line with the same index */
    size_t line_count;
    struct after_shipment *shipments;
    size_t shipment_count;
    struct after_credit *credits;
    size_t credit_count;
    struct after_return *returns;
    size_t return_count;
};

/* Load the order first: what is read here may be newer, and then its version is beaten. */
enum db_outcome after_store_load(struct db *db, const char *order_id, struct after_state *ret_state, struct arena *arena,
                                 struct error *err) MUST_CHECK;

void after_store_send_shipment(struct db *db, const struct after_shipment *shipment);
/* shipment_id NULL: every parcel of the order that is not delivered yet. */
void after_store_send_delivered(struct db *db, const char *order_id, const char *shipment_id, int64_t now_us);
void after_store_send_credit(struct db *db, const struct after_credit *credit);
/* Less is to be collected at the door. */
void after_store_send_take_off(struct db *db, const char *order_id, int64_t amount_minor, int64_t now_us);

void after_store_send_return(struct db *db, const struct after_return *asked, int64_t now_us);
void after_store_send_return_state(struct db *db, const char *return_id, const char *state, const char *answer,
                                   int64_t now_us);
/* What came of a return: parts.positions, received, restocked, conditions, location_code and answer of `came`. */
void after_store_send_received(struct db *db, const struct after_return *came, int64_t now_us);

/* An order's money, in its currency. */
struct after_money {
    int64_t paid_minor;
    int64_t refunded_minor; /* gone or on its way back */
    int64_t to_collect_minor;
};
enum db_outcome after_store_find_money(struct db *db, const char *order_id, struct after_money *ret_money,
                                       struct arena *arena, struct error *err) MUST_CHECK;

/* After a conflict: a unit would have been shipped, credited or returned twice, or a return refunded twice. */
bool after_store_is_over(const struct db *db);

/* The order of a return; DB_NONE when there is no such return. */
enum db_outcome after_store_order_of_return(struct db *db, const char *return_id, const char **ret_order_id,
                                            struct arena *arena, struct error *err) MUST_CHECK;

/* A return in a list of staff's, without its lines. */
struct after_return_summary {
    const char *id;
    const char *order_id;
    const char *order_number;
    int64_t number;
    const char *state;
    const char *reason;
    const char *note;
    int64_t requested_at_us;
};

/* Newest first, with an id below `before_id`; `state` NULL: all. */
enum db_outcome after_store_list_returns(struct db *db, const char *state, const char *before_id, int64_t limit,
                                         struct after_return_summary **ret_returns, size_t *ret_count, struct arena *arena,
                                         struct error *err) MUST_CHECK;

/* What a return or a credit gives back to the stock, for the task restock_return: its id is that of the return or credit. */
struct after_restock {
    const char *order_id;
    const char *location_code;
    struct db_texts variant_ids;
    struct db_ints restocked;
    struct db_ints discarded; /* given back, and lost */
};
enum db_outcome after_store_find_restock(struct db *db, const char *subject_id, struct after_restock *ret_restock,
                                         struct arena *arena, struct error *err) MUST_CHECK;

#endif
