/*
 * The auth service of a test: over inproc, on a schema of its own, with callers as the gateway makes them from tokens.
 */
#ifndef PORTAL_AUTH_SHOP_H
#define PORTAL_AUTH_SHOP_H

#include "check.h"

#include "auth.pb-c.h"
#include "auth_service.h"
#include "uuid.h"

#define PASSWORD "correct horse battery"
#define GUEST "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50"

struct auth_shop {
    struct auth_settings settings;      /* of the service, which looks at them at each call */
    struct auth_service *service;
    struct rpc_server *server;
    struct rpc_client *client;
    struct db *db;
    struct arena *arena;                /* whatever a test is answered lives to its end */
    Rpc__V1__Caller caller;             /* of the next call */
    const char *key;                    /* idempotency key of the next calls; NULL: none */
    struct error err;                   /* of the last call */
};

extern struct auth_shop shop;

/* For cmocka_run_group_tests(). */
int auth_shop_open(void **state);
int auth_shop_close(void **state);

/* A second service on the same schema, as a replica is. */
enum status auth_shop_replica(struct auth_service **ret_service);

void as_nobody(void);
void as_guest(void);
void as_holder_of(const Auth__V1__Session *session);

/* What the gateway would read from the token; the test fails when it is not good. */
struct token_claims read_token(const char *token);

/* CALL(get_profile, &request, &reply): by a stub of RPC_STUB, as the present caller. */
#define CALL(stub, request, ret_reply)                                                                                      \
    stub(shop.client, auth_shop_meta(), shop.arena, (request), (ret_reply), &shop.err)
const struct rpc_meta *auth_shop_meta(void);

/* Steps of many stories. The ones without try_ fail the test when they do not succeed. */
enum status try_register(const char *name, const Auth__V1__Session **ret_session);
enum status try_login(const char *name, const char *password, const Auth__V1__Session **ret_session);
enum status try_refresh(const char *refresh_token, const Auth__V1__Session **ret_session);
const Auth__V1__Session *registered(const char *name);
const Auth__V1__Session *refreshed(const char *refresh_token);
void assert_signed_out(const char *refresh_token);

/* Whether the last call was refused for that field, with that code. */
bool has_violation(const char *field, const char *code);

#endif
