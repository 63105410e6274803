/*
 * A row of the pages' table: a route, and either a page to show (a template and the calls that feed it) or a form to act on (a
 * call, and where to go afterwards). How to write one is told in README.md.
 */
#ifndef PORTAL_PAGE_ROW_H
#define PORTAL_PAGE_ROW_H

#include <stdbool.h>
#include <jansson.h>

#include "page_site.h"

#include "../exchange.h"

#define PAGE_FEEDS_MAX 6

/* Where the value of a request's field comes from. One that is absent or empty there is left out of the request. */
enum page_source {
    PAGE_CONSTANT,      /* `name` itself */
    PAGE_CAPTURE,       /* the path's capture of that name */
    PAGE_QUERY,
    PAGE_FORM,
    PAGE_FORM_MINOR,    /* the form's decimal amount of that name, in minor units of the form's `currency` */
    PAGE_FORM_CURRENCY, /* the form's `currency`, when it has an amount of that name */
    PAGE_MARKET,        /* the country code of the visitor's market; `name` is not used */
    PAGE_REFRESH_TOKEN, /* of the visitor's sign-in; `name` is not used */
};

struct page_field {
    const char *field;              /* path in the request message: "country_code", "deliveryAddress.line1"; NULL ends the list */
    enum page_source source;
    const char *name;
};

struct page_call {
    const ProtobufCServiceDescriptor *service;
    const char *rpc;
    const struct page_field *fields;    /* ends with a row of NULL; may be NULL */
};

enum page_audience {
    PAGE_FOR_ALL,
    PAGE_FOR_SHOPPERS,  /* guests, customers and staff: visitors that the shop can tell apart */
    PAGE_FOR_CUSTOMERS, /* people who signed in */
};

/* A call whose answer the template knows by `name`. Visitors outside the audience get the page without it. */
struct page_feed {
    const char *name;
    struct page_call call;
    enum page_audience audience;
    bool optional;                  /* the page is shown without it when the call fails */
};

struct page_row;

/* A page on its way. */
struct page_run {
    const struct page_row *page;    /* the page that is shown: the route's own, or the one that a refused form goes back to */
    const struct page_row *action;  /* the form that was sent; NULL on a GET */
    const struct page_market *market;
    const struct rpc_result *results[PAGE_FEEDS_MAX];   /* of the page's feeds; NULL: not asked */
    const struct rpc_result *acted; /* of the action's call */
    const struct rpc_result *extra[EXCHANGE_CALLS_MAX]; /* of calls that `ask_more` made */
    size_t extra_count;
    const struct error *refused;    /* why the form is shown again; NULL: it is not */
    json_t *view;                   /* while it is built; owned */
};

struct page_row {
    struct route route;             /* `handle` is filled in: rows with a template are shown, the others acted on */
    const char *template;           /* "product" */
    struct page_feed feeds[PAGE_FEEDS_MAX];

    /* Exceptions, where what the API says is not all that the page needs. May be NULL. */
    void (*ask_more)(struct exchange *x, struct page_run *run);  /* queues calls that follow from the feeds' answers */
    void (*add)(struct exchange *x, struct page_run *run);       /* adds to run->view, feeds included */

    /* Instead of a template: finishes the exchange with the answer of the first feed. */
    void (*answer)(struct exchange *x, const ProtobufCMessage *reply);

    /* Forms. */
    struct page_call call;          /* `service` NULL: no call */
    bool may_fail;                  /* a call that fails is as good as one that was answered */
    const char *again;              /* pattern of the page that shows a refused form again; NULL: the row's own */
    const char *next;               /* where success leads: "/orders/{id}/placed"; names are fields of the reply or captures */
    bool next_from_form;            /* the form's field `next` decides, when it is a path of ours */
    /* After success, before the redirect; a failure is shown like one of the call. May be NULL. */
    enum status (*done)(struct exchange *x, struct page_run *run, struct error *err);
    void (*finish)(struct exchange *x);     /* instead of the redirect; calls page_form_leave() in the end. May be NULL */
};

/* How the tables are written. */
#define FIELDS(...) ((const struct page_field[]){__VA_ARGS__, {0}})
#define FROM_MARKET {"country_code", PAGE_MARKET, NULL}

#define SHOW(path, who, seconds) .route = {.method = ROUTE_GET, .pattern = path, .kind = ROUTE_PAGE, .handle = page_show, .access = who, .cache_s = seconds}
#define ACT(path, who) .route = {.method = ROUTE_POST, .pattern = path, .kind = ROUTE_PAGE, .handle = page_form_act, .access = who}

/* The tables, in pages.c and pages_desk.c, as one. */
const struct page_row *page_rows(size_t *ret_count);
const struct page_row *page_desk_rows(size_t *ret_count);       /* those of the staff alone */

/* The row of the exchange's route; the GET row of a pattern, NULL when there is none. */
const struct page_row *page_row_of(const struct exchange *x);
const struct page_row *page_row_find(const char *pattern);

/* Queues a call of the row with its fields filled. A value that does not fit its field is told in `err`. */
enum status page_call_queue(struct exchange *x, const struct page_call *call, const struct rpc_result **ret_result,
                            struct error *err) MUST_CHECK;

/* The two handlers of routes. */
void page_show(struct exchange *x);         /* page.c */
void page_form_act(struct exchange *x);     /* page_form.c */

/* Asks for the feeds of run->page, then shows it. x->state is the run. */
void page_run_start(struct exchange *x, struct page_run *run);

/* Redirects to where success of x's form leads. */
void page_form_leave(struct exchange *x);

/* "/orders/{id}/placed" with {id} from the reply (NULL: none) or else from the captures, escaped; in the arena. */
const char *page_form_expand(struct exchange *x, const char *pattern, const ProtobufCMessage *reply);

/* True for a path of ours that may be redirected to: "/cart?a=b". Never another site's address, however it is disguised. */
bool page_form_is_own_path(const char *path);

#endif
