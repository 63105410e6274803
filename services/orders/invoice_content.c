/* Fills the message of an invoice. */
#include "invoice_content.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "money.h"
#include "order.h"
#include "pbjson.h"

static Orders__V1__InvoiceBuyer *buyer_of(const struct order_record *order, struct arena *arena)
{
    Orders__V1__InvoiceBuyer *buyer = ARENA_NEW(arena, Orders__V1__InvoiceBuyer);
    Types__V1__Address *address = ARENA_NEW(arena, Types__V1__Address);
    orders__v1__invoice_buyer__init(buyer);
    types__v1__address__init(address);
    buyer->name = (char *)order->contact_name;
    buyer->phone = (char *)order->contact_phone;
    buyer->email = (char *)order->contact_email;
    buyer->address = address;
    address->recipient = (char *)order->recipient;
    address->phone = (char *)order->recipient_phone;
    address->line1 = (char *)order->line1;
    address->line2 = (char *)order->line2;
    address->landmark = (char *)order->landmark;
    address->city = (char *)order->city;
    address->region = (char *)order->region;
    address->postal_code = (char *)order->postal_code;
    address->country_code = (char *)order->country_code;
    return buyer;
}

static Orders__V1__InvoiceLine *line_of(const struct order_line *line, const char *currency_code, struct arena *arena)
{
    Orders__V1__InvoiceLine *message = ARENA_NEW(arena, Orders__V1__InvoiceLine);
    orders__v1__invoice_line__init(message);
    message->title = (char *)line->product_title;
    message->variant = (char *)line->variant_title;
    message->sku = (char *)line->sku;
    message->unit_price = money_message(arena, line->unit_price_minor, currency_code);
    message->quantity = line->quantity;
    message->total = money_message(arena, line->line_total_minor, currency_code);
    return message;
}

static void set_sums(Orders__V1__Invoice *invoice, int32_t rate, int64_t total_minor, int64_t vat_minor,
                     const char *currency_code, struct arena *arena)
{
    invoice->total = money_message(arena, total_minor, currency_code);
    invoice->vat_total = money_message(arena, vat_minor, currency_code);
    if (rate == 0)
        return;
    Orders__V1__InvoiceVat *vat = ARENA_NEW(arena, Orders__V1__InvoiceVat);
    orders__v1__invoice_vat__init(vat);
    vat->rate_basis_points = rate;
    vat->net = money_message(arena, total_minor - vat_minor, currency_code);
    vat->vat = invoice->vat_total;
    vat->gross = invoice->total;
    invoice->vat = ARENA_NEW(arena, Orders__V1__InvoiceVat *);
    invoice->vat[invoice->n_vat++] = vat;
}

Orders__V1__Invoice *invoice_content_of_order(const struct order_record *order, const Types__V1__Market *market,
                                              const char *number, int64_t now_us, struct arena *arena)
{
    Orders__V1__Invoice *invoice = ARENA_NEW(arena, Orders__V1__Invoice);
    orders__v1__invoice__init(invoice);
    invoice->number = (char *)number;
    invoice->kind = ORDERS__V1__INVOICE__KIND__INVOICE;
    invoice->country_code = (char *)order->country_code;
    invoice->issued_at = clock_to_timestamp(arena, now_us);
    invoice->order_id = (char *)order->id;
    invoice->order_number = (char *)order->number;
    invoice->ordered_at = clock_to_timestamp(arena, order->placed_at_us);
    invoice->seller = market->seller;
    invoice->buyer = buyer_of(order, arena);
    invoice->lines = ARENA_ARRAY(arena, Orders__V1__InvoiceLine *, order->line_count);
    for (; invoice->n_lines < order->line_count; invoice->n_lines++)
        invoice->lines[invoice->n_lines] = line_of(&order->lines[invoice->n_lines], order->currency_code, arena);
    invoice->subtotal = money_message(arena, order->subtotal_minor, order->currency_code);
    invoice->delivery = money_message(arena, order->delivery_minor, order->currency_code);
    set_sums(invoice, (int32_t)order->vat_basis_points, order->total_minor, order->vat_minor, order->currency_code, arena);
    invoice->vat_included = order->vat_included;
    invoice->payment_method = order_method_of(order->payment_method);
    return invoice;
}

Orders__V1__Invoice *invoice_content_of_credit(const Orders__V1__Invoice *invoice, const struct invoice_credit_note *note,
                                               int64_t now_us, struct arena *arena)
{
    Orders__V1__Invoice *credit = arena_memdup(arena, invoice, sizeof(*invoice));
    int32_t rate = invoice->n_vat > 0 ? invoice->vat[0]->rate_basis_points : 0;
    bool is_whole = note->amount_minor == invoice->total->amount_minor;
    credit->number = (char *)note->number;
    credit->kind = ORDERS__V1__INVOICE__KIND__CREDIT_NOTE;
    credit->issued_at = clock_to_timestamp(arena, now_us);
    credit->corrects = invoice->number;
    credit->reason = (char *)note->reason;
    credit->n_vat = 0;
    if (!is_whole) {
        credit->n_lines = 0;
        credit->subtotal = NULL;
        credit->delivery = NULL;
    }
    set_sums(credit, rate, note->amount_minor, note->vat_minor, invoice->total->currency_code, arena);
    return credit;
}

const char *invoice_content_write(const Orders__V1__Invoice *invoice, struct arena *arena)
{
    json_t *json = pbjson_encode(&invoice->base);
    char *text = json_dumps(json, JSON_COMPACT);
    if (!text)
        abort(); /* out of memory: the message itself can always be written */
    const char *kept = arena_strdup(arena, text);
    free(text);
    json_decref(json);
    return kept;
}

enum status invoice_content_read(const char *text, struct arena *arena, Orders__V1__Invoice **ret_invoice, struct error *err)
{
    ProtobufCMessage *message;
    enum status status = pbjson_parse(&orders__v1__invoice__descriptor, text, strlen(text), arena, &message, err);
    if (status == STATUS_OK)
        *ret_invoice = (Orders__V1__Invoice *)message;
    return status;
}
