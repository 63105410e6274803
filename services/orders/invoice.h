/*
 * The rules of invoices: when an order gets one, how they are numbered, and how much of the VAT a refund takes back. Pure.
 */
#ifndef ORDERS_INVOICE_H
#define ORDERS_INVOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum invoice_kind { INVOICE_KIND_INVOICE = 1, INVOICE_KIND_CREDIT_NOTE = 2 };     /* as in proto/invoices.proto */

/* "invoice", "credit_note". */
const char *invoice_kind_name(enum invoice_kind kind);
enum invoice_kind invoice_kind_of(const char *name);

/* Whether an order that came to these states gets an invoice: it was paid, or left the shop. */
bool invoice_is_due(const char *const *statuses, size_t count);

#define INVOICE_NUMBER_SIZE 32

/* "KE-INV-000042", "KE-CRN-000007": more digits when a million is passed. */
void invoice_number_format(enum invoice_kind kind, const char country_code[2], int64_t sequence,
                           char out[INVOICE_NUMBER_SIZE]);

/* What has been given back of an invoice so far, VAT within. */
struct invoice_credited {
    int64_t total_minor;
    int64_t vat_minor;
};

/*
 * The VAT within a refund of `amount_minor`: its share by amount, rounded so that the credit notes together take back exactly
 * the invoice's VAT once all of it is refunded.
 */
int64_t invoice_credit_vat(int64_t total_minor, int64_t vat_minor, struct invoice_credited before, int64_t amount_minor);

#endif
