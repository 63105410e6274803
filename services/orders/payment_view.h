/*
 * How attempts to be paid are shown.
 */
#ifndef ORDERS_PAYMENT_VIEW_H
#define ORDERS_PAYMENT_VIEW_H

#include "order.h"
#include "orders.pb-c.h"
#include "orders_store.h"

/* `who` sees it; the provider's own reference is for staff. */
Orders__V1__PaymentAttempt *payment_view(const struct order_attempt *attempt, const char *currency_code,
                                         enum order_actor who, struct arena *arena);

#endif
