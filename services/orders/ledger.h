/*
 * The books: double entry, only ever added to. The database refuses a transaction whose entries do not sum up to zero in
 * each currency, a second one of the same kind about the same thing, and any change of what is written.
 *
 * Assets are positive. Accounts:
 *   provider:<method>    money that a provider holds for the shop
 *   cash:courier         cash that couriers collected
 *   cash:office          cash and transfers that staff paid out by hand
 *   sales                what orders were paid with (negative), less what is given back
 *   refunds_payable      promised to customers, not yet gone (negative)
 *   unallocated          money that came for no order that wants it (negative)
 *   receivable           money that a provider took back: the customer owes it again
 */
#ifndef ORDERS_LEDGER_H
#define ORDERS_LEDGER_H

#include "db.h"

#define LEDGER_ENTRIES_MAX 4

struct ledger_posting {
    const char *kind;               /* "paid", "collected", "unallocated", "allocated", "reversed", "refund_requested" ... */
    const char *source_id;
    const char *order_id;
    const char *currency_code;
    int64_t now_us;
    size_t count;
    const char *accounts[LEDGER_ENTRIES_MAX];
    int64_t amounts_minor[LEDGER_ENTRIES_MAX];
};

/* Adds an entry; one of nothing is left out. */
void ledger_add(struct ledger_posting *posting, const char *account, int64_t amount_minor);

/* Inside db_transact(). A posting without entries is not sent. */
void ledger_send(struct db *db, const struct ledger_posting *posting);

struct ledger_line {
    const char *kind;
    const char *account;
    const char *currency_code;
    int64_t amount_minor;
    int64_t at_us;
};
enum db_outcome ledger_list(struct db *db, const char *order_id, struct ledger_line **ret_lines, size_t *ret_count,
                            struct arena *arena, struct error *err) MUST_CHECK;

#endif
