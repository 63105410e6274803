/* Opens the service, makes callers, and takes the steps that many stories share. */
#include "auth_shop.h"

#include <string.h>
#include <sodium.h>

#include "auth_migrations.h"
#include "clock.h"
#include "store_test.h"

RPC_STUB(register_customer, auth__v1__auth_service__register_customer, Auth__V1__RegisterCustomerRequest, Auth__V1__Session)
RPC_STUB(login, auth__v1__auth_service__login, Auth__V1__LoginRequest, Auth__V1__Session)
RPC_STUB(refresh, auth__v1__auth_service__refresh, Auth__V1__RefreshRequest, Auth__V1__Session)

struct auth_shop shop;

/* The shop under test */

static void *worker_new(void *arg)
{
    (void)arg;
    return service_db_new(&shop.settings.base, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

static enum status open_service(struct auth_service **ret_service, ProtobufCService **ret_vtable)
{
    void *state = NULL;
    error_clear(&shop.err);
    enum status status = auth_service_open(&shop.settings, &state, ret_vtable, &shop.err);
    *ret_service = state;
    return status;
}

int auth_shop_open(void **state)
{
    (void)state;
    assert_return_code(sodium_init(), 0);
    const char *conninfo = store_test_database(auth_migrations, auth_migrations_count);
    shop.arena = arena_new(65536, 1 << 24);
    shop.db = store_test_db(conninfo);
    shop.settings = (struct auth_settings){
        .base = {.database_url = conninfo, .statement_timeout_ms = 5000},
        .master_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        .access_lifetime_s = 600,
        .refresh_lifetime_s = 2592000,
        .guest_lifetime_s = 7776000,
        .password_cost = {64, 1},
    };
    ProtobufCService *vtable;
    assert_int_equal(open_service(&shop.service, &vtable), STATUS_OK);
    const struct rpc_lane lanes[] = {{"main", 2, 64, NULL}, auth_service_password_lane};
    const struct rpc_server_options server = {
        .address = "inproc://auth",
        .service = vtable,
        .lanes = lanes,
        .lane_count = 2,
        .lane_of = auth_service_lane_of,
        .worker_new = worker_new,
        .worker_free = worker_free,
    };
    assert_int_equal(rpc_server_start(&server, &shop.server, &shop.err), STATUS_OK);
    const struct rpc_client_options client = {"inproc://auth", &auth__v1__auth_service__descriptor, 128};
    assert_int_equal(rpc_client_open(&client, &shop.client, &shop.err), STATUS_OK);
    return 0;
}

int auth_shop_close(void **state)
{
    (void)state;
    rpc_client_close(shop.client);
    rpc_server_stop(shop.server, 1000);
    auth_service_close(shop.service);
    arena_free(shop.arena);
    db_free(shop.db);
    return 0;
}

enum status auth_shop_replica(struct auth_service **ret_service)
{
    ProtobufCService *vtable = NULL;
    return open_service(ret_service, &vtable);
}

/* Who calls */

void as_nobody(void)
{
    shop.caller = RPC_NOBODY;
}

void as_guest(void)
{
    shop.caller = RPC_NOBODY;
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_GUEST;
    shop.caller.subject = (char *)GUEST;
}

/* As the gateway does it: what the token says, once it is found good. */
struct token_claims read_token(const char *token)
{
    struct token_claims claims = {0};
    const struct token_verifier verifier = {TOKEN_ISSUER, TOKEN_AUDIENCE, &shop.service->signer.key, 1};
    error_clear(&shop.err);
    assert_int_equal(token_verify(&verifier, token, clock_now_us(), shop.arena, &claims, &shop.err), STATUS_OK);
    return claims;
}

void as_holder_of(const Auth__V1__Session *session)
{
    struct token_claims claims = read_token(session->access_token);
    shop.caller = RPC_NOBODY;
    shop.caller.kind = claims.kind;
    shop.caller.subject = (char *)claims.subject;
    shop.caller.session_id = (char *)claims.session_id;
}

const struct rpc_meta *auth_shop_meta(void)
{
    struct rpc_meta *made = ARENA_NEW(shop.arena, struct rpc_meta);
    *made = (struct rpc_meta){.caller = &shop.caller,
                               .request_id = "test",
                               .traceparent = "",
                               .idempotency_key = shop.key ? shop.key : "",
                               .deadline_us = clock_monotonic_us() + 20 * US_PER_S};
    error_clear(&shop.err);
    return made;
}

/* Steps that many stories share */

enum status try_register(const char *name, const Auth__V1__Session **ret_session)
{
    Auth__V1__RegisterCustomerRequest request = AUTH__V1__REGISTER_CUSTOMER_REQUEST__INIT;
    request.login = (char *)name;
    request.password = arena_strdup(shop.arena, PASSWORD);
    request.name = (char *)"Amina Otieno";
    request.country_code = (char *)"KE";
    return CALL(register_customer, &request, ret_session);
}

const Auth__V1__Session *registered(const char *name)
{
    const Auth__V1__Session *session = NULL;
    as_nobody();
    assert_int_equal(try_register(name, &session), STATUS_OK);
    return session;
}

enum status try_login(const char *name, const char *password, const Auth__V1__Session **ret_session)
{
    Auth__V1__LoginRequest request = AUTH__V1__LOGIN_REQUEST__INIT;
    request.login = (char *)name;
    request.password = arena_strdup(shop.arena, password);
    return CALL(login, &request, ret_session);
}

enum status try_refresh(const char *refresh_token, const Auth__V1__Session **ret_session)
{
    Auth__V1__RefreshRequest request = AUTH__V1__REFRESH_REQUEST__INIT;
    request.refresh_token = (char *)refresh_token;
    as_nobody();
    return CALL(refresh, &request, ret_session);
}

const Auth__V1__Session *refreshed(const char *refresh_token)
{
    const Auth__V1__Session *session = NULL;
    assert_int_equal(try_refresh(refresh_token, &session), STATUS_OK);
    return session;
}

void assert_signed_out(const char *refresh_token)
{
    const Auth__V1__Session *session = NULL;
    assert_int_equal(try_refresh(refresh_token, &session), STATUS_UNAUTHENTICATED);
}

bool has_violation(const char *field, const char *code)
{
    for (size_t i = 0; i < shop.err.violation_count; i++)
        if (strcmp(shop.err.violations[i].field, field) == 0)
            return strcmp(shop.err.violations[i].code, code) == 0;
    return false;
}
