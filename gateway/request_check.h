/*
 * Refuses requests that two servers could read in two ways, and those that are too large, before anything else looks at them
 * (RFC 9112). What libmicrohttpd's parser lets pass without telling cannot be seen from here.
 */
#ifndef PORTAL_REQUEST_CHECK_H
#define PORTAL_REQUEST_CHECK_H

#include "edge.h"

/* Checks version, header fields and framing; on a fault refuses the edge and makes it close the connection. */
void request_check(struct edge *edge, const char *version);

/*
 * Reads the target: origin-form, absolute-form (its authority is dropped), or '*' for OPTIONS. Sets path part and query of
 * the exchange; on a fault refuses the edge.
 */
void request_check_target(struct edge *edge);

/* Content-Length of the request; -1 when it has none. */
int64_t request_length(const struct exchange *x);

#endif
