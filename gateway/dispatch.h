/*
 * The order in which a request is looked at: its row, who asks, whether they may, and then the row's handler.
 */
#ifndef PORTAL_DISPATCH_H
#define PORTAL_DISPATCH_H

#include "edge.h"

/* Finds the row of method and path; refuses the edge when there is none. */
void dispatch_route(struct edge *edge);

/* Answers the request, whose body is there: its refusal, or what its row says. */
void dispatch(struct edge *edge);

/* Answers its refusal at once, in the plainest way. */
void dispatch_refuse_plainly(struct edge *edge);

#endif
