/*
 * Invoices and credit notes as rows. What makes one runs inside db_transact(): the number is given by the transaction that
 * makes the invoice, under a lock on its series, so that series have no gaps whatever fails.
 */
#ifndef ORDERS_INVOICE_STORE_H
#define ORDERS_INVOICE_STORE_H

#include "db.h"

struct invoice_row {
    const char *kind;               /* "invoice", "credit_note" */
    const char *number;
    const char *currency_code;
    int64_t total_minor;
    int64_t vat_minor;
    const char *content;            /* an orders.v1.Invoice as JSON */
    int64_t issued_at_us;
};

/* What a new one says besides. */
struct invoice_place {
    const char *id;
    const char *country_code;
    int64_t sequence;
    const char *order_id;
    const char *source_id;          /* the order's id, or the refund's */
};

/* Inside db_transact(). */
enum db_outcome invoice_store_is_made(struct db *db, const char *kind, const char *source_id, bool *ret_is_made,
                                      struct arena *arena, struct error *err) MUST_CHECK;
enum db_outcome invoice_store_next_number(struct db *db, const char *kind, const char *country_code, int64_t *ret_sequence,
                                          struct arena *arena, struct error *err) MUST_CHECK;
void invoice_store_send_lock_order(struct db *db, const char *order_id);
void invoice_store_send(struct db *db, const struct invoice_place *place, const struct invoice_row *row);

/* What the credit notes of an order come to. */
enum db_outcome invoice_store_sum_credits(struct db *db, const char *order_id, int64_t *ret_total_minor,
                                          int64_t *ret_vat_minor, struct arena *arena, struct error *err) MUST_CHECK;

/* What was given back of an order and has no credit note yet. */
struct invoice_uncredited {
    const char *source_id;
    int64_t amount_minor;
    const char *reason;
};
enum db_outcome invoice_store_list_uncredited(struct db *db, const char *order_id, struct invoice_uncredited **ret_rows,
                                              size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

/* After a conflict: another transaction made the same invoice first. */
bool invoice_store_is_beaten(const struct db *db);

/* `number` NULL: the order's invoice. */
enum db_outcome invoice_store_find(struct db *db, const char *order_id, const char *number, struct invoice_row *ret_row,
                                   struct arena *arena, struct error *err) MUST_CHECK;

/* All of an order, oldest first. */
enum db_outcome invoice_store_list(struct db *db, const char *order_id, struct invoice_row **ret_rows, size_t *ret_count,
                                   struct arena *arena, struct error *err) MUST_CHECK;

#endif
