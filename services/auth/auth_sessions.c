/* Sessions once they are there: guests, the tokens that people are given, refreshing and signing out. */
#include "auth_service.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "log.h"
#include "session.h"

static const char *sign_token(const struct auth_service *self, struct token_claims *claims, int64_t now_us,
                              int64_t lifetime_s, struct arena *arena)
{
    claims->issuer = TOKEN_ISSUER;
    claims->audience = TOKEN_AUDIENCE;
    claims->token_id = uuid_new(arena);
    claims->issued_at_us = now_us - now_us % US_PER_S;
    claims->expires_at_us = claims->issued_at_us + lifetime_s * US_PER_S;
    return token_sign(&self->signer, claims, arena);
}

void auth_sessions_reply(const struct auth_service *self, const struct auth_account *account,
                         const struct auth_session *session, const char *refresh_token, int64_t now_us, struct arena *arena,
                         Auth__V1__Session *reply)
{
    bool is_staff = strcmp(account->kind, AUTH_KIND_STAFF) == 0;
    struct token_claims claims = {
        .subject = account->id,
        .kind = is_staff ? RPC__V1__CALLER__KIND__KIND_STAFF : RPC__V1__CALLER__KIND__KIND_CUSTOMER,
        .roles = (char **)account->roles.values,
        .role_count = account->roles.count,
        .guest_subject = session->guest_subject ? session->guest_subject : "",
        .session_id = session->id,
    };
    reply->access_token = (char *)sign_token(self, &claims, now_us, self->settings->access_lifetime_s, arena);
    reply->access_expires_at = clock_to_timestamp(arena, claims.expires_at_us);
    reply->refresh_token = arena_strdup(arena, refresh_token);
    reply->refresh_expires_at = clock_to_timestamp(arena, session->expires_at_us);
    reply->profile = auth_profile_message(account, arena);
}

static enum status start_guest_session(struct auth_service *self, struct rpc_call *call,
                                       const Auth__V1__StartGuestSessionRequest *request, Auth__V1__Session *reply,
                                       struct error *err)
{
    (void)request;
    (void)err;
    struct token_claims claims = {
        .subject = uuid_new(call->arena),
        .kind = RPC__V1__CALLER__KIND__KIND_GUEST,
        .guest_subject = "",
        .session_id = "",
    };
    reply->access_token = (char *)sign_token(self, &claims, clock_now_us(), self->settings->guest_lifetime_s, call->arena);
    reply->access_expires_at = clock_to_timestamp(call->arena, claims.expires_at_us);
    return STATUS_OK;
}

struct refresh_work {
    const struct auth_service *self;
    struct arena *arena;
    Auth__V1__Session *reply; /* of refreshing */
    struct session_token presented;
    int64_t now_us;
    enum session_verdict verdict;
    struct auth_session session;
    struct auth_account account;
    char refresh_token[SESSION_TOKEN_SIZE]; /* "": the one they have stays good */
    unsigned char hash[SESSION_HASH_SIZE];  /* of that token */
};

static struct session_state state_of(const struct auth_session *session)
{
    return (struct session_state){session->current_hash.data, session->previous_hash.data, session->rotated_at_us,
                                  session->expires_at_us, session->revoked_at_us};
}

static enum status session_is_over(struct error *err)
{
    return error_set(err, STATUS_UNAUTHENTICATED, "You have been signed out; sign in again.");
}

static void rotate(struct db *db, struct refresh_work *work)
{
    session_token_make(work->session.id, work->refresh_token, work->hash);
    work->session.current_hash = (struct db_bytes){work->hash, sizeof(work->hash)};
    work->session.previous_hash = (struct db_bytes){work->presented.hash, sizeof(work->presented.hash)};
    work->session.rotated_at_us = work->now_us;
    work->session.expires_at_us = work->now_us + work->self->settings->refresh_lifetime_s * US_PER_S;
    auth_store_rotate_session(db, &work->session);
}

static enum status refresh_in_transaction(struct db *db, void *arg, struct error *err)
{
    struct refresh_work *work = arg;
    work->refresh_token[0] = '\0';
    enum db_outcome outcome =
        auth_store_find_session_for_update(db, work->presented.session_id, work->arena, &work->session, err);
    if (outcome != DB_OK)
        return outcome == DB_NONE ? session_is_over(err) : db_status(outcome);
    struct session_state state = state_of(&work->session);
    work->verdict = session_judge(&state, work->presented.hash, work->now_us);
    if (work->verdict == SESSION_REUSED || work->verdict == SESSION_ENDED)
        return session_is_over(err);
    if (work->verdict == SESSION_ROTATE)
        rotate(db, work);
    outcome = auth_store_find_account(db, work->session.account_id, work->arena, &work->account, err);
    if (outcome == DB_OK)
        auth_sessions_reply(work->self, &work->account, &work->session, work->refresh_token, work->now_us, work->arena,
                            work->reply);
    return db_status(outcome);
}

static enum status revoke_in_transaction(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct refresh_work *work = arg;
    auth_store_revoke_session(db, work->session.id, work->now_us);
    return STATUS_OK;
}

/* A refusal undoes its transaction: the end of a session whose token was stolen is one of its own. */
static enum status end_reused(struct rpc_call *call, struct refresh_work *work, struct error *err)
{
    log_warn(LOG_EVENT("refresh_token_reused"), LOG_STR("subject", work->session.account_id),
             LOG_STR("request_id", call->meta.request_id));
    error_clear(err);
    enum status status = db_transact(service_db(call), revoke_in_transaction, work, err);
    return status ? status : session_is_over(err);
}

static enum status refresh(struct auth_service *self, struct rpc_call *call, const Auth__V1__RefreshRequest *request,
                           Auth__V1__Session *reply, struct error *err)
{
    struct refresh_work work = {.self = self,
                                .arena = call->arena,
                                .reply = reply,
                                .now_us = clock_now_us(),
                                .verdict = SESSION_ENDED};
    const struct idempotency_work once = {
        "refresh", &request->base, &reply->base, refresh_in_transaction, &work, self->seal};
    if (!*request->refresh_token)
        return error_field(err, "refreshToken", "required", "The refresh token is missing.");
    if (!session_token_parse(request->refresh_token, &work.presented))
        return session_is_over(err);
    enum status status = idempotency_transact(call, &once, err);
    sodium_memzero(work.refresh_token, sizeof(work.refresh_token));
    return work.verdict == SESSION_REUSED ? end_reused(call, &work, err) : status;
}

static enum status logout_in_transaction(struct db *db, void *arg, struct error *err)
{
    struct refresh_work *work = arg;
    enum db_outcome outcome =
        auth_store_find_session_for_update(db, work->presented.session_id, work->arena, &work->session, err);
    if (outcome != DB_OK)
        return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
    struct session_state state = state_of(&work->session);
    if (session_is_held_by(&state, work->presented.hash))
        auth_store_revoke_session(db, work->session.id, work->now_us);
    return STATUS_OK;
}

/* Without a refresh token: the session that the access token came from. */
static enum status logout_caller(struct rpc_call *call, struct error *err)
{
    const char *account_id;
    enum status status = auth_service_account(call, &account_id, err);
    if (status)
        return status;
    if (!uuid_is_valid(call->meta.caller->session_id))
        return error_field(err, "refreshToken", "required", "The refresh token of the session to end is missing.");
    enum db_outcome outcome =
        auth_store_revoke_own_session(service_db(call), call->meta.caller->session_id, account_id, clock_now_us(), err);
    return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
}

/* Whoever is signed out already has what was asked for. */
static enum status logout(struct auth_service *self, struct rpc_call *call, const Auth__V1__LogoutRequest *request,
                          Auth__V1__LogoutReply *reply, struct error *err)
{
    (void)reply;
    struct refresh_work work = {.self = self, .arena = call->arena, .now_us = clock_now_us()};
    if (!*request->refresh_token)
        return logout_caller(call, err);
    if (!session_token_parse(request->refresh_token, &work.presented))
        return STATUS_OK;
    return db_transact(service_db(call), logout_in_transaction, &work, err);
}

IDEMPOTENCY_KEYED_BY(start_guest_session, struct auth_service, Auth__V1__StartGuestSessionRequest, Auth__V1__Session,
                     self->seal)
IDEMPOTENCY_KEYED_BY(logout, struct auth_service, Auth__V1__LogoutRequest, Auth__V1__LogoutReply, self->seal)

RPC_HANDLER(start_guest_session_keyed, struct auth_service, Auth__V1__StartGuestSessionRequest, Auth__V1__Session,
            auth__v1__session__init)
RPC_HANDLER(refresh, struct auth_service, Auth__V1__RefreshRequest, Auth__V1__Session, auth__v1__session__init)
RPC_HANDLER(logout_keyed, struct auth_service, Auth__V1__LogoutRequest, Auth__V1__LogoutReply, auth__v1__logout_reply__init)

void auth_sessions_serve(Auth__V1__AuthService_Service *vtable)
{
    vtable->start_guest_session = start_guest_session_keyed_rpc;
    vtable->refresh = refresh_rpc;
    vtable->logout = logout_keyed_rpc;
}
