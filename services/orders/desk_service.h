/*
 * The RPCs of proto/desk.proto, for staff.
 */
#ifndef ORDERS_DESK_SERVICE_H
#define ORDERS_DESK_SERVICE_H

#include "orders_state.h"

/* desk_refunds.c: refunds that staff decide on; called by desk_serve(). */
void desk_refunds_serve(Orders__V1__OrderService_Service *vtable);

void desk_serve(Orders__V1__OrderService_Service *vtable);

#endif
