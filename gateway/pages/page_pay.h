/*
 * The page on which an order is paid, /orders/{id}/pay, beyond what its row says. It works without script for all providers but
 * Stripe, whose own script is loaded on this page alone, and only while an intent of theirs is open.
 */
#ifndef PORTAL_PAGE_PAY_H
#define PORTAL_PAGE_PAY_H

#include "page_row.h"

/* Pay page: what the order's country offers, which is known when the order is. Checkout: what the cart's does. */
void page_pay_ask_methods(struct exchange *x, struct page_run *run);
void page_pay_ask_checkout_methods(struct exchange *x, struct page_run *run);

/*
 * view.ways: the methods that are offered (decorated); of the pay page without cash, with the last attempt's marked `isChosen`.
 * view.wait: {seconds, next} while the page looks again by itself; view.go: where the browser is sent on at once.
 * view.stripe: {key, script, secret, back}, and the page's security policy then lets that script in.
 */
void page_pay_add(struct exchange *x, struct page_run *run);
void page_pay_add_checkout(struct exchange *x, struct page_run *run);

/* After PlaceOrder: an order that waits for its payment leads to its pay page, any other where the row says. */
void page_pay_leave_checkout(struct exchange *x);

#endif
