/*
 * Who asks, and whether they may.
 *
 * A token comes in the Authorization header (programs) or in the cookie portal_access (browsers). A bad one in the header is
 * 401, whatever the address: whoever sends a token wants to be known. A cookie that is no good is exchanged by the refresh
 * cookie, or forgotten. A request that cookies alone make somebody's must come from the shop's own pages.
 */
#ifndef PORTAL_ACCESS_H
#define PORTAL_ACCESS_H

#include "exchange.h"

/* Sets x->caller, by calls to auth where needed, then runs `next`. */
void access_identify(struct exchange *x, void (*next)(struct exchange *x));

/* Whether the caller may call the exchange's row: UNAUTHENTICATED for nobody, PERMISSION_DENIED for somebody else. */
enum status access_check(const struct exchange *x, struct error *err) MUST_CHECK;

/* PERMISSION_DENIED when an unsafe request that a browser made by itself comes from another site. */
enum status access_check_origin(const struct exchange *x, struct error *err) MUST_CHECK;

/* The caller that a token stands for, in the exchange's arena. UNAUTHENTICATED with a sentence when it is no good. */
enum status access_verify(struct exchange *x, const char *token, const Rpc__V1__Caller **ret_caller,
                          struct error *err) MUST_CHECK;

#endif
