/*
 * The auth service: its state, and what the files that hold its handlers share.
 *
 * auth_service.c    opening and closing, who the caller is, the public keys
 * auth_sign_in.c    registering and signing in
 * auth_sessions.c   guests, refreshing, signing out
 * auth_profile.c    what an account says about its owner
 * auth_addresses.c  the address book
 */
#ifndef PORTAL_AUTH_SERVICE_H
#define PORTAL_AUTH_SERVICE_H

#include "auth.pb-c.h"
#include "auth_settings.h"
#include "auth_store.h"
#include "idempotency.h"
#include "token.h"
#include "uuid.h"

struct auth_service {
    Auth__V1__AuthService_Service base;
    const struct auth_settings *settings;
    struct token_signer signer;
    unsigned char seal[IDEMPOTENCY_SEAL_SIZE]; /* of stored answers: they hold tokens and addresses */
    char absent_hash[PASSWORD_HASH_SIZE]; /* checked when there is no such account, so that both answers take as long */
};

/* For struct service_spec. Opening makes the signing key when there is none; the settings must outlive the service. */
enum status auth_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err);
void auth_service_close(void *state);

/* Methods that hash a password run in lane 1, which is this. */
extern const struct rpc_lane auth_service_password_lane;
size_t auth_service_lane_of(const char *method_name);

/* Each puts the handlers of its file into the vtable. */
void auth_sign_in_serve(Auth__V1__AuthService_Service *vtable);
void auth_sessions_serve(Auth__V1__AuthService_Service *vtable);
void auth_profile_serve(Auth__V1__AuthService_Service *vtable);
void auth_addresses_serve(Auth__V1__AuthService_Service *vtable);

/* The account that the call is made for: UNAUTHENTICATED for nobody, PERMISSION_DENIED for guests and services. */
enum status auth_service_account(const struct rpc_call *call, const char **ret_account_id, struct error *err) MUST_CHECK;

/* An account that was deleted while its access token was still good: UNAUTHENTICATED. */
enum status auth_service_account_is_gone(struct error *err);

/* Signs an access token for the session and fills the reply. An empty refresh token tells the client to keep what it has. */
void auth_sessions_reply(const struct auth_service *self, const struct auth_account *account,
                         const struct auth_session *session, const char *refresh_token, int64_t now_us, struct arena *arena,
                         Auth__V1__Session *reply);

/* The form in which clients see an account; in the arena, sharing the account's strings. */
Auth__V1__Profile *auth_profile_message(const struct auth_account *account, struct arena *arena);

/*
 * Checks name and country as they came and puts them into the account, cleaned; adds a violation for each that is wrong.
 * An empty one is NULL ("leave it as it is"), but for a new account a name is required and the country becomes "".
 */
void auth_profile_check(const char *name, const char *country_code, bool is_new, struct arena *arena,
                        struct auth_account *account, struct error *err);

#endif
