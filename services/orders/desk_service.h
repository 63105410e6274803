/*
 * The RPCs of proto/desk.proto, for staff.
 */
#ifndef ORDERS_DESK_SERVICE_H
#define ORDERS_DESK_SERVICE_H

#include "orders_state.h"

void desk_serve(Orders__V1__OrderService_Service *vtable);

#endif
