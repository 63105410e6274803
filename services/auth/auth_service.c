/* Opens the auth service with its signing key, and answers what concerns no one account. */
#include "auth_service.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "signing_key.h"

const struct rpc_lane auth_service_password_lane = {"password", 1, 24, NULL};

size_t auth_service_lane_of(const char *method_name)
{
    return strcmp(method_name, "Login") == 0 || strcmp(method_name, "RegisterCustomer") == 0 ? 1 : 0;
}

enum status auth_service_account(const struct rpc_call *call, const char **ret_account_id, struct error *err)
{
    const Rpc__V1__Caller *caller = call->meta.caller;
    if (caller->kind == RPC__V1__CALLER__KIND__KIND_NOBODY)
        return error_set(err, STATUS_UNAUTHENTICATED, "Sign in first.");
    if ((caller->kind != RPC__V1__CALLER__KIND__KIND_CUSTOMER && caller->kind != RPC__V1__CALLER__KIND__KIND_STAFF) ||
        !uuid_is_valid(caller->subject))
        return error_set(err, STATUS_PERMISSION_DENIED, "This is for people with an account; sign in or register first.");
    *ret_account_id = caller->subject;
    return STATUS_OK;
}

enum status auth_service_account_is_gone(struct error *err)
{
    return error_set(err, STATUS_UNAUTHENTICATED, "This account no longer exists; sign in again.");
}

static enum status list_signing_keys(struct auth_service *self, struct rpc_call *call,
                                     const Auth__V1__ListSigningKeysRequest *request, Auth__V1__ListSigningKeysReply *reply,
                                     struct error *err)
{
    (void)self;
    (void)request;
    struct auth_signing_key *keys;
    size_t count;
    enum db_outcome outcome =
        auth_store_list_signing_keys(service_db(call), clock_now_us(), call->arena, &keys, &count, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    reply->n_keys = count;
    reply->keys = ARENA_ARRAY(call->arena, Auth__V1__SigningKey *, count);
    for (size_t i = 0; i < count; i++) {
        struct token_key key;
        memcpy(key.public_key, keys[i].public_key.data, sizeof(key.public_key));
        Auth__V1__SigningKey *message = reply->keys[i] = ARENA_NEW(call->arena, Auth__V1__SigningKey);
        auth__v1__signing_key__init(message);
        message->kty = (char *)"OKP";
        message->crv = (char *)"Ed25519";
        message->alg = (char *)"EdDSA";
        message->use = (char *)"sig";
        message->kid = (char *)keys[i].kid;
        message->x = arena_alloc(call->arena, TOKEN_X_SIZE);
        token_key_x(&key, message->x);
    }
    return STATUS_OK;
}

RPC_HANDLER(list_signing_keys, struct auth_service, Auth__V1__ListSigningKeysRequest, Auth__V1__ListSigningKeysReply,
            auth__v1__list_signing_keys_reply__init)

/* Makes the first key of this installation, unless another replica was faster or it is there already. */
static enum db_outcome ensure_signing_key(struct db *db, const unsigned char master[SIGNING_KEY_MASTER_SIZE],
                                          struct arena *arena, struct auth_signing_key *row, struct error *err)
{
    enum db_outcome outcome = auth_store_find_current_signing_key(db, arena, row, err);
    if (outcome != DB_NONE)
        return outcome;
    struct signing_key made;
    signing_key_make(master, &made);
    const struct auth_signing_key first = {
        made.key.kid, {made.key.public_key, sizeof(made.key.public_key)}, {made.sealed_seed, sizeof(made.sealed_seed)}};
    outcome = auth_store_insert_first_signing_key(db, &first, clock_now_us(), err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return outcome;
    if (outcome == DB_OK)
        log_info(LOG_EVENT("signing_key_made"), LOG_STR("kid", made.key.kid));
    return auth_store_find_current_signing_key(db, arena, row, err);
}

static enum status load_signer(struct auth_service *self, struct db *db, const unsigned char master[SIGNING_KEY_MASTER_SIZE],
                               struct arena *arena, struct error *err)
{
    struct auth_signing_key row;
    enum db_outcome outcome = ensure_signing_key(db, master, arena, &row, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    struct signing_key key = {0};
    if (strlen(row.kid) >= sizeof(key.key.kid) || row.sealed_seed.size != sizeof(key.sealed_seed))
        return error_set(err, STATUS_DATA_LOSS, "The signing key in the database is not in a form that this program knows.");
    strcpy(key.key.kid, row.kid);
    memcpy(key.sealed_seed, row.sealed_seed.data, sizeof(key.sealed_seed));
    return signing_key_open(&key, master, &self->signer, err);
}

/* Everything that can fail, with nothing to give back but what the caller made. */
static enum status prepare(struct auth_service *self, struct db *db, struct arena *arena, struct error *err)
{
    unsigned char master[SIGNING_KEY_MASTER_SIZE];
    char password[PASSWORD_GENERATED_SIZE];
    enum status status = signing_key_master(self->settings->master_key, master, err);
    if (status == STATUS_OK)
        crypto_kdf_derive_from_key(self->seal, sizeof(self->seal), 1, "idemkeys", master);
    if (status == STATUS_OK)
        status = load_signer(self, db, master, arena, err);
    password_generate(password);
    if (status == STATUS_OK)
        status = password_hash(&self->settings->password_cost, password, self->absent_hash, err);
    sodium_memzero(master, sizeof(master));
    sodium_memzero(password, sizeof(password));
    return status;
}

enum status auth_service_open(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err)
{
    struct auth_service *self = calloc(1, sizeof(*self));
    if (!self)
        abort();
    *ret_state = self;
    *ret_service = &self->base.base;
    self->settings = settings;
    auth__v1__auth_service__init(&self->base, NULL);
    self->base.list_signing_keys = list_signing_keys_rpc;
    auth_sign_in_serve(&self->base);
    auth_sessions_serve(&self->base);
    auth_profile_serve(&self->base);
    auth_addresses_serve(&self->base);

    struct db *db = service_db_new(&self->settings->base, "portal-auth start");
    struct arena *arena = arena_new(4096, 1 << 20);
    enum status status = prepare(self, db, arena, err);
    arena_free(arena);
    db_free(db);
    return status;
}

void auth_service_close(void *state)
{
    if (!state)
        return;
    sodium_memzero(state, sizeof(struct auth_service));
    free(state);
}
