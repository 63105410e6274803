/*
 * The shop as HTML: each page is what the API itself answers, decorated for people (money, times, words of a language) and put
 * through a Mustache template of web/templates. Which calls feed which template is the table in pages.c.
 *
 * Started once before the first request, read by any thread after that.
 */
#ifndef PORTAL_PAGE_H
#define PORTAL_PAGE_H

#include <stddef.h>

#include "error.h"
#include "market.h"

#include "../exchange.h"
#include "../http_status.h"

struct page_options {
    const char *shop_name;          /* "Soko Safi" */
    const char *public_url;         /* where people reach the shop, without a slash at the end: "https://shop.example" */
    const struct markets *markets;  /* must live until page_stop() */
};

/*
 * Compiles every template in every language and checks the table. web_init() must have been called. A template or text that is
 * wrong is named in `err`, and the gateway must not start with it.
 */
enum status page_start(const struct page_options *options, struct error *err) MUST_CHECK;
void page_stop(void);               /* no request may be running; harmless when not started */

/* The rows for the router, known without page_start(); they live for ever. */
const struct route *page_routes(size_t *ret_count);

/* Finishes with an orders.v1.Invoice as PDF, in the language and formats of its market. For rows whose answer it is. */
void page_paper_answer_invoice(struct exchange *x, const ProtobufCMessage *invoice);

/* Shows what went wrong as a page, with the status of the problem. It finishes the exchange and cannot fail. */
void page_problem(struct exchange *x, const struct http_problem *problem, const struct error *err);

#endif
