/*
 * Makes invoices and credit notes: number, content and row in one transaction. Both functions may be repeated, also by several
 * replicas at once: what is made for the same source already is left as it is and is no error.
 */
#ifndef ORDERS_INVOICE_ISSUE_H
#define ORDERS_INVOICE_ISSUE_H

#include "db.h"
#include "market.h"

/*
 * The order's invoice, as order and market are now. NOT_FOUND: there is no such order. FAILED_PRECONDITION: the market has no
 * seller, and an invoice without one is none.
 */
enum status invoice_issue(struct db *db, const struct markets *markets, const char *order_id, struct arena *arena,
                          struct error *err) MUST_CHECK;

struct invoice_credit {
    const char *order_id;
    const char *source_id;          /* the refund's id; the order's when it comes back without having been paid */
    int64_t amount_minor;           /* 0: all that was not given back yet */
    const char *reason;
};

/* A credit note for the order's invoice. NOT_FOUND: there is no invoice. Nothing left to give back makes none. */
enum status invoice_issue_credit(struct db *db, const struct invoice_credit *credit, struct arena *arena,
                                 struct error *err) MUST_CHECK;

#endif
