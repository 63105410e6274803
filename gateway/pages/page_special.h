/*
 * What a few pages and forms do beyond their rows: the exceptions of the table in pages.c, each with its reason.
 */
#ifndef PORTAL_PAGE_SPECIAL_H
#define PORTAL_PAGE_SPECIAL_H

#include "page_row.h"

/* Home and the list of categories: the flat list as view.roots: [{..., children: [...]}]. */
void page_special_add_tree(struct exchange *x, struct page_run *run);

/* Home: some products of each of the first categories, which are known only when the tree is. view.shelves: [{category, products}] */
void page_special_ask_shelves(struct exchange *x, struct page_run *run);
void page_special_add_home(struct exchange *x, struct page_run *run);

/* Search: view.didYouMeanEscaped, for the link. */
void page_special_add_search(struct exchange *x, struct page_run *run);

/* Category: view.jsonLd with its breadcrumbs. */
void page_special_add_breadcrumbs(struct exchange *x, struct page_run *run);

/* Product: which variant is chosen, the first picture apart from the rest, schema.org's JSON-LD. */
void page_special_add_product(struct exchange *x, struct page_run *run);

/* Invoice: it speaks the language of its own market, wherever its reader shops. */
void page_special_use_invoice_market(struct exchange *x, struct page_run *run);

/* Cart: each warning at its item. Keeps the count of units in its cookie, as the forms that change the cart do. */
void page_special_add_cart(struct exchange *x, struct page_run *run);
enum status page_special_keep_cart_count(struct exchange *x, struct page_run *run, struct error *err);
enum status page_special_forget_cart_count(struct exchange *x, struct page_run *run, struct error *err);

/* Market switch: a cookie, and the country of the cart if there is one. */
enum status page_special_choose_market(struct exchange *x, struct page_run *run, struct error *err);
void page_special_move_cart(struct exchange *x);

/* Checkout: what the shop knows of a customer is filled in; ?address=<id> fills in that saved address. */
void page_special_add_checkout(struct exchange *x, struct page_run *run);

/* Address form: filled with the saved address that the path names; 404 is shown as an empty form. */
void page_special_add_address(struct exchange *x, struct page_run *run);

/* Sign-in and registration: view.next and view.nextEscaped, where people wanted to go, when it is a path of ours. */
void page_special_add_next(struct exchange *x, struct page_run *run);

/* Signing in and out: the cookies of the session, and the units in the cart that the visitor has now. */
enum status page_special_begin_session(struct exchange *x, struct page_run *run, struct error *err);
void page_special_count_cart(struct exchange *x);
enum status page_special_end_session(struct exchange *x, struct page_run *run, struct error *err);

#endif
