/*
 * How an order is shown: rows of the database as the messages that shoppers and staff get.
 */
#ifndef ORDER_VIEW_H
#define ORDER_VIEW_H

#include "order.h"
#include "orders.pb-c.h"
#include "orders_store.h"

/* `who` sees it. What the reply points to lives in the arena or in the record. */
void order_view(const struct order_record *order, enum order_actor who, struct arena *arena, Orders__V1__Order *reply);

Orders__V1__OrderSummary *order_view_summary(const struct order_summary *order, struct arena *arena);

#endif
