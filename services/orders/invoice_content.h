/*
 * What an invoice says: made once, when it is issued, from the order and the market as they are then, and kept as JSON.
 * Messages live in the arena and point into the records they were made of.
 */
#ifndef ORDERS_INVOICE_CONTENT_H
#define ORDERS_INVOICE_CONTENT_H

#include "invoice.h"
#include "orders.pb-c.h"
#include "orders_store.h"

Orders__V1__Invoice *invoice_content_of_order(const struct order_record *order, const Types__V1__Market *market,
                                              const char *number, int64_t now_us, struct arena *arena);

/* A refund of `amount_minor` of which `vat_minor` is VAT. One of the whole invoice lists its lines again. */
struct invoice_credit_note {
    const char *number;
    int64_t amount_minor;
    int64_t vat_minor;
    const char *reason;
};
Orders__V1__Invoice *invoice_content_of_credit(const Orders__V1__Invoice *invoice, const struct invoice_credit_note *note,
                                               int64_t now_us, struct arena *arena);

/* To the text that is stored, and back. */
const char *invoice_content_write(const Orders__V1__Invoice *invoice, struct arena *arena);
enum status invoice_content_read(const char *text, struct arena *arena, Orders__V1__Invoice **ret_invoice,
                                 struct error *err) MUST_CHECK;

#endif
