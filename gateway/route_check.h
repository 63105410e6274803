/*
 * What a row of a route table must fulfil by itself, whatever the other rows are.
 */
#ifndef PORTAL_ROUTE_CHECK_H
#define PORTAL_ROUTE_CHECK_H

#include "error.h"

#include "route.h"

/* FAILED_PRECONDITION with a sentence that names the row and what is wrong with it. */
enum status route_check(const struct route *row, struct error *err) MUST_CHECK;

/* The method of an RPC row. */
const ProtobufCMethodDescriptor *route_rpc(const struct route *row);

#endif
