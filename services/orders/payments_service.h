/*
 * Payments as calls of orders.proto, whose messages are in payments.proto.
 *
 * payments_service.c   what shoppers ask
 * payments_desk.c      what staff ask: reviews, refunds that wait, the dead letters of the saga
 * payments_notice.c    what providers send
 */
#ifndef ORDERS_PAYMENTS_SERVICE_H
#define ORDERS_PAYMENTS_SERVICE_H

#include "orders.pb-c.h"

/* Each puts the handlers of its file into the vtable. */
void payments_serve(Orders__V1__OrderService_Service *vtable);
void payments_desk_serve(Orders__V1__OrderService_Service *vtable);
void payments_notice_serve(Orders__V1__OrderService_Service *vtable);

#endif
