/*
 * Sign-ins of people with a browser: tokens kept in two HttpOnly cookies, portal_access and portal_refresh.
 *
 * access.c reads them before a handler runs and exchanges an expired access token for a new one by itself. The functions
 * here are for pages: they change who the exchange's caller is and set the cookies that its answer carries.
 */
#ifndef PORTAL_SESSION_H
#define PORTAL_SESSION_H

#include "auth.pb-c.h"

#include "exchange.h"

#define SESSION_ACCESS_COOKIE "portal_access"
#define SESSION_REFRESH_COOKIE "portal_refresh"

/* Runs `next` as a shopper: at once for a guest, a customer or staff, else after a guest session was started. When that
 * fails the problem is answered. Rows with ACCESS_SHOPPER have had this done. */
void session_ensure_shopper(struct exchange *x, void (*next)(struct exchange *x));

/* From now on the caller is the one of the session (the reply of Login, RegisterCustomer ...), for later calls of this
 * exchange and by cookies for later requests. */
enum status session_begin(struct exchange *x, const Auth__V1__Session *session, struct error *err) MUST_CHECK;

/* Deletes the cookies; the caller is nobody from now on. Call Logout with session_refresh_token() before. */
void session_end(struct exchange *x);

/* For access.c: asks auth for a new session by the refresh cookie, then runs `next`, as nobody when there is no such cookie
 * or it is no good any more. */
void session_renew(struct exchange *x, void (*next)(struct exchange *x));

/* What the portal_refresh cookie holds; "" without one. */
const char *session_refresh_token(const struct exchange *x);

#endif
