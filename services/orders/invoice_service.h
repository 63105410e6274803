/*
 * The RPCs of proto/invoices.proto. Whoever may see an order may see its invoice and its credit notes.
 */
#ifndef ORDERS_INVOICE_SERVICE_H
#define ORDERS_INVOICE_SERVICE_H

#include "orders_state.h"

void invoices_serve(Orders__V1__OrderService_Service *vtable);

#endif
