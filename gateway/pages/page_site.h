/*
 * What all pages share and no request changes: templates and texts by language, formats and facts by market. Made once at start.
 */
#ifndef PORTAL_PAGE_SITE_H
#define PORTAL_PAGE_SITE_H

#include <jansson.h>

#include "../policy.h"

#include "decorate.h"
#include "mustache.h"
#include "page.h"

/* A language that the shop speaks: web/locales/<code>.json. */
struct page_language {
    const char *code;               /* "en" */
    json_t *texts;
    json_t *context;                /* lowest on the stack of every template */
    struct mustache *templates;
};

struct page_market {
    const Types__V1__Market *market;
    const struct page_language *language;
    struct format *format;
    struct decorator decorator;
    json_t *context;                /* above the language's */
};

struct page_site {
    struct page_options options;
    char style_source[POLICY_SOURCE_SIZE];
    struct page_language *languages;
    size_t language_count;
    struct page_market *markets;
    size_t market_count;
};

/* NULL before page_start(). */
const struct page_site *page_site(void);

/* What the pages know about a market; the first one of the shop for a market that is NULL or unknown. */
const struct page_market *page_site_market(const Types__V1__Market *market);

/* Text by its dotted path, "checkout.title"; NULL when the language has none. */
const char *page_text(const struct page_language *language, const char *path);

/* Renders a template for a market, over a view of the request. The output is malloc()ed. */
enum status page_render(const struct page_market *market, const char *template, const json_t *view,
                        struct mustache_output *output, struct error *err) MUST_CHECK;

#endif
