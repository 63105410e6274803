/* Invoices read, and put on paper. */
#include "invoice_service.h"

#include "clock.h"
#include "invoice.h"
#include "invoice_content.h"
#include "invoice_store.h"
#include "money.h"
#include "paper.h"
#include "service.h"

_Static_assert((int)INVOICE_KIND_CREDIT_NOTE == ORDERS__V1__INVOICE__KIND__CREDIT_NOTE,
               "the numbers of invoice.h are those of proto/invoices.proto");

static enum status unreachable(enum db_outcome outcome, struct error *err)
{
    return error_set(err, db_status(outcome), "Invoices cannot be reached at the moment. Try again shortly.");
}

static enum status get_invoice(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__GetInvoiceRequest *request, Orders__V1__Invoice *reply, struct error *err)
{
    (void)self;
    struct order_record order;
    struct invoice_row row;
    Orders__V1__Invoice *invoice;
    const char *number = request->number[0] ? request->number : NULL;
    if (orders_load(call, request->order_id, &order, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = invoice_store_find(service_db(call), order.id, number, &row, call->arena, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND,
                         number ? "This order has no invoice of that number."
                                : "There is no invoice yet. It is made when the order is paid or leaves the shop.");
    if (outcome != DB_OK)
        return unreachable(outcome, err);
    enum status status = invoice_content_read(row.content, call->arena, &invoice, err);
    if (status == STATUS_OK)
        *reply = *invoice;
    return status;
}

static Orders__V1__InvoiceSummary *summary_of(const struct invoice_row *row, struct arena *arena)
{
    Orders__V1__InvoiceSummary *summary = ARENA_NEW(arena, Orders__V1__InvoiceSummary);
    orders__v1__invoice_summary__init(summary);
    summary->number = (char *)row->number;
    summary->kind = (Orders__V1__Invoice__Kind)invoice_kind_of(row->kind);
    summary->total = money_message(arena, row->total_minor, row->currency_code);
    summary->issued_at = clock_to_timestamp(arena, row->issued_at_us);
    return summary;
}

static enum status list_invoices(struct orders_service *self, struct rpc_call *call,
                                 const Orders__V1__ListInvoicesRequest *request, Orders__V1__ListInvoicesReply *reply,
                                 struct error *err)
{
    (void)self;
    struct order_record order;
    struct invoice_row *rows;
    size_t count;
    if (orders_load(call, request->order_id, &order, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = invoice_store_list(service_db(call), order.id, &rows, &count, call->arena, err);
    if (outcome != DB_OK)
        return unreachable(outcome, err);
    reply->invoices = ARENA_ARRAY(call->arena, Orders__V1__InvoiceSummary *, count);
    for (; reply->n_invoices < count; reply->n_invoices++)
        reply->invoices[reply->n_invoices] = summary_of(&rows[reply->n_invoices], call->arena);
    return STATUS_OK;
}

static enum status print_paper(struct orders_service *self, struct rpc_call *call,
                               const Orders__V1__PrintPaperRequest *request, Orders__V1__PrintPaperReply *reply,
                               struct error *err)
{
    struct paper paper;
    enum status status = paper_print(self->settings->paper_program, request->document, call->meta.deadline_us, call->arena,
                                     &paper, err);
    if (status != STATUS_OK)
        return status;
    reply->pdf.data = paper.pdf;
    reply->pdf.len = paper.size;
    return STATUS_OK;
}

RPC_HANDLER(get_invoice, struct orders_service, Orders__V1__GetInvoiceRequest, Orders__V1__Invoice,
            orders__v1__invoice__init)
RPC_HANDLER(list_invoices, struct orders_service, Orders__V1__ListInvoicesRequest, Orders__V1__ListInvoicesReply,
            orders__v1__list_invoices_reply__init)
RPC_HANDLER(print_paper, struct orders_service, Orders__V1__PrintPaperRequest, Orders__V1__PrintPaperReply,
            orders__v1__print_paper_reply__init)

void invoices_serve(Orders__V1__OrderService_Service *vtable)
{
    vtable->get_invoice = get_invoice_rpc;
    vtable->list_invoices = list_invoices_rpc;
    vtable->print_paper = print_paper_rpc;
}
