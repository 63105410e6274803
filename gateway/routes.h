/*
 * THE table: every address of the API, what it calls, who may call it, how long its answer may be kept.
 *
 * A new endpoint is one rpc in a .proto, one row here, one handler in a service.
 */
#ifndef PORTAL_ROUTES_H
#define PORTAL_ROUTES_H

#include "route.h"

extern const struct route routes[];
extern const size_t routes_count;

/* RPCs that only services call; every other one has a row. Both lists together are complete, and a test says so. */
struct internal_rpc {
    const ProtobufCServiceDescriptor *service;
    const char *rpc;
};
extern const struct internal_rpc routes_internal[];
extern const size_t routes_internal_count;

#endif
