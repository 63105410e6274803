/*
 * What a few of the staff's pages add to what the API says.
 */
#ifndef PORTAL_PAGE_DESK_H
#define PORTAL_PAGE_DESK_H

#include "page_row.h"

/* view.statuses: all states of an order as choices [{value, text, isChosen}], chosen by the query's `status`. */
void page_desk_add_statuses(struct exchange *x, struct page_run *run);

/* The same for returns: view.states, chosen by the query's `state`. */
void page_desk_add_return_states(struct exchange *x, struct page_run *run);

/* An order: order.canShip, order.canRefund: whether anything is left to be shipped, to be given back. */
void page_desk_add_order(struct exchange *x, struct page_run *run);

/* Stock: view.places, the locations as choices, chosen by the query's `at`; whether there are several; view.variantPath. */
void page_desk_add_places(struct exchange *x, struct page_run *run);

/* Webhooks: instead of a redirect, which could not carry it, the page with the secret that was made: view.made. */
void page_desk_show_secret(struct exchange *x);
void page_desk_add_secret(struct exchange *x, struct page_run *run);

#endif
