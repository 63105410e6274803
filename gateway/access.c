/* Finds the token, verifies it, compares what the caller is with what the row wants. */
#include "access.h"

#include <string.h>
#include <strings.h>

#include "clock.h"
#include "token.h"

#include "gateway.h"
#include "session.h"

/* What identification needs between its steps. */
struct identification {
    void (*next)(struct exchange *x);
    const char *token;
    const struct rpc_result *keys;
};

static const Rpc__V1__Caller *caller_of(const struct token_claims *claims, struct arena *arena)
{
    Rpc__V1__Caller *caller = ARENA_NEW(arena, Rpc__V1__Caller);
    rpc__v1__caller__init(caller);
    caller->subject = (char *)claims->subject;
    caller->kind = claims->kind;
    caller->n_roles = claims->role_count;
    caller->roles = claims->roles;
    caller->guest_subject = (char *)claims->guest_subject;
    caller->session_id = (char *)claims->session_id;
    return caller;
}

enum status access_verify(struct exchange *x, const char *token, const Rpc__V1__Caller **ret_caller, struct error *err)
{
    int64_t now_us = clock_now_us();
    const Rpc__V1__Caller *known = token_cache_get(x->gateway->tokens, token, now_us, x->arena);
    if (known) {
        *ret_caller = known;
        return STATUS_OK;
    }
    struct token_key keys[SIGNING_KEYS_MAX];
    struct token_verifier verifier = {TOKEN_ISSUER, TOKEN_AUDIENCE, keys, signing_keys_copy(x->gateway->keys, keys)};
    struct token_claims claims;
    enum status status = token_verify(&verifier, token, now_us, x->arena, &claims, err);
    if (status)
        return status;
    *ret_caller = caller_of(&claims, x->arena);
    token_cache_put(x->gateway->tokens, token, *ret_caller, claims.expires_at_us);
    return STATUS_OK;
}

/* Whether the token names a key that we do not have, and auth may be asked for newer ones. */
static bool needs_keys(struct exchange *x, const char *token)
{
    char kid[TOKEN_KID_SIZE];
    struct token_key keys[SIGNING_KEYS_MAX];
    size_t count = signing_keys_copy(x->gateway->keys, keys);
    if (!token_kid(token, kid))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].kid, kid) == 0)
            return false;
    }
    return signing_keys_may_ask(x->gateway->keys);
}

/* A token that is no good: programs are told, browsers get a new one or become nobody. */
static void token_failed(struct exchange *x, const struct error *err, void (*next)(struct exchange *x))
{
    if (x->by_cookie) {
        session_renew(x, next);
        return;
    }
    x->access_error = arena_strdup(x->arena, err->message);
    next(x);
}

/* Without keys nobody can say that a token is no good: programs ask again, browsers keep their cookies. */
static void token_not_judged(struct exchange *x, void (*next)(struct exchange *x))
{
    struct error err;
    if (x->by_cookie) {
        next(x);
        return;
    }
    error_clear(&err);
    err.retry_after_s = 1;
    error_set(&err, STATUS_UNAVAILABLE, "Access tokens cannot be checked just now. Try again.");
    exchange_problem(x, &err);
}

static void verify(struct exchange *x)
{
    struct identification *work = x->state;
    void (*next)(struct exchange *) = work->next;
    bool can_judge = signing_keys_are_loaded(x->gateway->keys);
    struct error err;
    error_clear(&err);
    x->state = NULL; /* no handler has run yet */
    if (access_verify(x, work->token, &x->caller, &err) == STATUS_OK)
        next(x);
    else if (can_judge)
        token_failed(x, &err, next);
    else
        token_not_judged(x, next);
}

static void keys_came(struct exchange *x)
{
    const struct identification *work = x->state;
    if (work->keys->reply)
        signing_keys_set(x->gateway->keys, (const Auth__V1__ListSigningKeysReply *)work->keys->reply);
    verify(x);
}

static void identify_by(struct exchange *x, const char *token, void (*next)(struct exchange *x))
{
    struct identification *work = ARENA_NEW(x->arena, struct identification);
    work->next = next;
    work->token = token;
    x->state = work;
    if (!needs_keys(x, token)) {
        verify(x);
        return;
    }
    static const Auth__V1__ListSigningKeysRequest request = AUTH__V1__LIST_SIGNING_KEYS_REQUEST__INIT;
    work->keys = exchange_call(x, &auth__v1__auth_service__descriptor, "ListSigningKeys", &request.base);
    exchange_wait(x, keys_came);
}

/* The token of "Bearer <token>"; "" for another scheme, which no key opens. */
static const char *bearer_token(const char *header)
{
    if (strncasecmp(header, "Bearer ", 7) != 0)
        return "";
    header += 7;
    return header + strspn(header, " ");
}

void access_identify(struct exchange *x, void (*next)(struct exchange *x))
{
    const char *header = exchange_header(x, "Authorization");
    const char *cookie = params_get(&x->cookies, SESSION_ACCESS_COOKIE);
    bool is_for_everybody = x->route->kind == ROUTE_RPC && x->route->access == ACCESS_PUBLIC;
    if (header) {
        identify_by(x, bearer_token(header), next);
        return;
    }
    x->by_cookie = cookie != NULL || *session_refresh_token(x) != '\0';
    if (cookie)
        identify_by(x, cookie, next);
    else if (x->by_cookie && !is_for_everybody)
        session_renew(x, next);
    else
        next(x);
}

/* "https://shop.example/cart" belongs to the origin "https://shop.example", or to the host that was asked. */
static bool is_own(const struct exchange *x, const char *url)
{
    size_t length = strlen(x->gateway->origin);
    if (strncmp(url, x->gateway->origin, length) == 0 && (url[length] == '\0' || url[length] == '/'))
        return true;
    const char *host = exchange_header(x, "Host");
    const char *authority = strstr(url, "://");
    if (!host || !authority)
        return false;
    authority += 3;
    size_t size = strcspn(authority, "/");
    return size == strlen(host) && strncasecmp(authority, host, size) == 0;
}

/* Browsers that are too old for Sec-Fetch-Site and Origin (KaiOS 2) still say where a form stood by Referer. */
static bool comes_from_own_page(const struct exchange *x)
{
    const char *site = exchange_header(x, "Sec-Fetch-Site");
    if (site)
        return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    const char *origin = exchange_header(x, "Origin");
    if (!origin)
        origin = exchange_header(x, "Referer");
    return origin && is_own(x, origin);
}

enum status access_check_origin(const struct exchange *x, struct error *err)
{
    bool is_by_browser = x->by_cookie || x->route->kind == ROUTE_PAGE;
    if (x->method == ROUTE_GET || !is_by_browser || comes_from_own_page(x))
        return STATUS_OK;
    return error_set(err, STATUS_PERMISSION_DENIED,
                     "This was not sent from a page of the shop; open the shop and do it there.");
}

static enum route_access rank_of(const Rpc__V1__Caller *caller)
{
    static const enum route_access ranks[] = {
        [RPC__V1__CALLER__KIND__KIND_NOBODY] = ACCESS_PUBLIC,     [RPC__V1__CALLER__KIND__KIND_GUEST] = ACCESS_SHOPPER,
        [RPC__V1__CALLER__KIND__KIND_CUSTOMER] = ACCESS_CUSTOMER, [RPC__V1__CALLER__KIND__KIND_STAFF] = ACCESS_STAFF,
        [RPC__V1__CALLER__KIND__KIND_SERVICE] = ACCESS_PUBLIC,
    };
    return ranks[caller->kind];
}

enum status access_check(const struct exchange *x, struct error *err)
{
    enum route_access rank = rank_of(x->caller);
    bool is_page = x->route->kind == ROUTE_PAGE;
    if (x->access_error)
        return error_set(err, STATUS_UNAUTHENTICATED, "%s", x->access_error);
    enum status status = access_check_origin(x, err);
    if (status || rank >= x->route->access)
        return status;
    if (rank == ACCESS_PUBLIC || (is_page && rank == ACCESS_SHOPPER))
        return error_set(err, STATUS_UNAUTHENTICATED, "Sign in first: send Authorization: Bearer and an access token.");
    return error_set(err, STATUS_PERMISSION_DENIED, "This is for %s.",
                     x->route->access == ACCESS_STAFF ? "staff" : "customers");
}
