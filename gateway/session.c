/* Cookies in, cookies out, and the two calls of auth that make sessions for browsers by themselves. */
#include "session.h"

#include <string.h>

#include "clock.h"

#include "access.h"

/* What a call to auth needs until it is answered; the handler's own state is put aside meanwhile. */
struct session_work {
    void (*next)(struct exchange *x);
    void *state;
    const struct rpc_result *result;
};

static int64_t seconds_until(const Google__Protobuf__Timestamp *time)
{
    int64_t left_us = clock_from_timestamp(time) - clock_now_us();
    return left_us > 0 ? left_us / US_PER_S : 0;
}

const char *session_refresh_token(const struct exchange *x)
{
    const char *token = params_get(&x->cookies, SESSION_REFRESH_COOKIE);
    return token ? token : "";
}

enum status session_begin(struct exchange *x, const Auth__V1__Session *session, struct error *err)
{
    enum status status = access_verify(x, session->access_token, &x->caller, err);
    if (status)
        return status;
    x->by_cookie = true;
    exchange_set_cookie(x, SESSION_ACCESS_COOKIE, session->access_token, seconds_until(session->access_expires_at), true);
    if (*session->refresh_token)
        exchange_set_cookie(x, SESSION_REFRESH_COOKIE, session->refresh_token, seconds_until(session->refresh_expires_at),
                            true);
    return STATUS_OK;
}

/* A cookie that the browser does not have need not be deleted. */
static void delete_cookie(struct exchange *x, const char *name)
{
    if (params_get(&x->cookies, name))
        exchange_set_cookie(x, name, "", 0, true);
}

void session_end(struct exchange *x)
{
    x->caller = &RPC_NOBODY;
    delete_cookie(x, SESSION_ACCESS_COOKIE);
    delete_cookie(x, SESSION_REFRESH_COOKIE);
}

/* With a key of its own, which is nobody else's: auth may be asked again by another replica and gives the same tokens. */
static void call_auth(struct exchange *x, const char *method, const ProtobufCMessage *request,
                      void (*next)(struct exchange *x), void (*answered)(struct exchange *x))
{
    struct session_work *work = ARENA_NEW(x->arena, struct session_work);
    work->next = next;
    work->state = x->state;
    x->state = work;
    work->result = exchange_call(x, &auth__v1__auth_service__descriptor, method, request);
    x->idempotency_key = uuid_new(x->arena);
    exchange_wait(x, answered);
}

/* Only auth's own word ends a session; when auth cannot be reached the cookies stay for the next request. */
static void renewed(struct exchange *x)
{
    const struct session_work *work = x->state;
    const struct rpc_result *result = work->result;
    struct error err;
    error_clear(&err);
    x->state = work->state;
    x->idempotency_key = "";
    if (!result->reply && result->err.status == STATUS_UNAUTHENTICATED)
        session_end(x);
    else if (!result->reply || session_begin(x, (const Auth__V1__Session *)result->reply, &err))
        x->caller = &RPC_NOBODY;
    work->next(x);
}

void session_renew(struct exchange *x, void (*next)(struct exchange *x))
{
    Auth__V1__RefreshRequest request = AUTH__V1__REFRESH_REQUEST__INIT;
    request.refresh_token = (char *)session_refresh_token(x);
    x->caller = &RPC_NOBODY;
    if (*request.refresh_token) {
        call_auth(x, "Refresh", &request.base, next, renewed);
        return;
    }
    session_end(x);
    next(x);
}

static void guest_started(struct exchange *x)
{
    const struct session_work *work = x->state;
    struct error err;
    error_clear(&err);
    x->state = work->state;
    x->idempotency_key = "";
    if (exchange_failed(x, work->result))
        return;
    if (session_begin(x, (const Auth__V1__Session *)work->result->reply, &err))
        exchange_problem(x, &err);
    else
        work->next(x);
}

void session_ensure_shopper(struct exchange *x, void (*next)(struct exchange *x))
{
    static const Auth__V1__StartGuestSessionRequest request = AUTH__V1__START_GUEST_SESSION_REQUEST__INIT;
    if (x->caller->kind == RPC__V1__CALLER__KIND__KIND_NOBODY)
        call_auth(x, "StartGuestSession", &request.base, next, guest_started);
    else
        next(x);
}
