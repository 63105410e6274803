/*
 * An invoice as PDF: the template web/templates/paper/invoice.mustache makes a document of it, as pages are made, and the orders
 * service has it printed by a program that knows fonts.
 */
#include "page_row.h"

#include <stdlib.h>

#include "log.h"
#include "orders.pb-c.h"
#include "pbjson.h"

struct printing {
    const Orders__V1__Invoice *invoice;
    const struct rpc_result *printed;
};

static void reply_pdf(struct exchange *x)
{
    const struct printing *printing = x->state;
    if (exchange_failed(x, printing->printed))
        return;
    const Orders__V1__PrintPaperReply *reply = (const Orders__V1__PrintPaperReply *)printing->printed->reply;
    exchange_set_header(x, "Content-Disposition",
                        arena_printf(x->arena, "inline; filename=\"%s.pdf\"", printing->invoice->number));
    exchange_reply(x, 200, "application/pdf", (const char *)reply->pdf.data, reply->pdf.len);
}

/* The document in the arena; NULL when the template does not work. */
static char *write_document(struct exchange *x, const ProtobufCMessage *invoice, const struct page_market *market,
                            struct error *err)
{
    struct mustache_output output = {0};
    json_t *json = pbjson_encode(invoice);
    decorate(json, invoice->descriptor, &market->decorator);
    json_t *view = json_pack("{s:o}", "invoice", json);
    enum status status = page_render(market, "paper/invoice", view, &output, err);
    char *document = status ? NULL : arena_strndup(x->arena, output.data, output.size);
    free(output.data);
    json_decref(view);
    return document;
}

void page_paper_answer_invoice(struct exchange *x, const ProtobufCMessage *invoice)
{
    struct printing *printing = ARENA_NEW(x->arena, struct printing);
    struct error err;
    error_clear(&err);
    printing->invoice = (const Orders__V1__Invoice *)invoice;
    const Types__V1__Market *market = markets_find(page_site()->options.markets, printing->invoice->country_code);
    char *document = write_document(x, invoice, page_site_market(market ? market : x->market), &err);
    if (!document) {
        log_error(LOG_EVENT("paper_failed"), LOG_STR("message", err.message));
        exchange_problem(x, &err);
        return;
    }
    Orders__V1__PrintPaperRequest *request = ARENA_NEW(x->arena, Orders__V1__PrintPaperRequest);
    orders__v1__print_paper_request__init(request);
    request->document = document;
    x->state = printing;
    printing->printed = exchange_call(x, &orders__v1__order_service__descriptor, "PrintPaper", &request->base);
    exchange_wait(x, reply_pdf);
}
