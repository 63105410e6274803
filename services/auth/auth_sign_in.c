/* Registering and signing in: who somebody is, proved by a password. */
#include "auth_service.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "events.pb-c.h"
#include "log.h"
#include "login.h"
#include "outbox.h"
#include "session.h"

#define SESSIONS_MAX 50 /* of one account; one more ends the one that was not used for longest */

/* A session about to be stored, with what its owner is given. */
struct sign_in {
    struct arena *arena;
    const struct auth_account *account;
    bool is_new_account;
    struct auth_session session;
    char refresh_token[SESSION_TOKEN_SIZE];
    unsigned char hash[SESSION_HASH_SIZE];
    int64_t now_us;
};

static void forget(char *secret)
{
    sodium_memzero(secret, strlen(secret));
}

/* The cart and the orders of a guest follow it into the account. */
static const char *guest_of(const struct rpc_call *call)
{
    const Rpc__V1__Caller *caller = call->meta.caller;
    return caller->kind == RPC__V1__CALLER__KIND__KIND_GUEST && uuid_is_valid(caller->subject) ? caller->subject : NULL;
}

static void prepare_sign_in(const struct auth_service *self, const struct rpc_call *call, const struct auth_account *account,
                            int64_t now_us, struct sign_in *sign_in)
{
    *sign_in = (struct sign_in){.arena = call->arena, .account = account, .now_us = now_us};
    sign_in->session = (struct auth_session){
        .id = uuid_new(call->arena),
        .account_id = account->id,
        .guest_subject = guest_of(call),
        .current_hash = {sign_in->hash, sizeof(sign_in->hash)},
        .rotated_at_us = now_us,
        .expires_at_us = now_us + self->settings->refresh_lifetime_s * US_PER_S,
    };
    session_token_make(sign_in->session.id, sign_in->refresh_token, sign_in->hash);
}

static enum status conflict(const struct db *db, struct error *err)
{
    if (!auth_store_login_is_taken(db))
        return error_set(err, STATUS_INTERNAL, "The account was refused by the database.");
    static const char sentence[] = "There is an account with this e-mail address or phone number; sign in instead.";
    error_field(err, "login", "taken", "%s", sentence);
    return error_set(err, STATUS_ALREADY_EXISTS, "%s", sentence);
}

static void tell_registered(struct db *db, const struct auth_account *account)
{
    Events__V1__CustomerEvent event = EVENTS__V1__CUSTOMER_EVENT__INIT;
    event.id = (char *)account->id;
    event.name = (char *)account->name;
    event.email = (char *)(account->email ? account->email : "");
    event.phone = (char *)(account->phone ? account->phone : "");
    event.country_code = (char *)account->country_code;
    outbox_send_message(db, "customer.registered", account->id, &event.base);
}

static enum status sign_in_in_transaction(struct db *db, void *arg, struct error *err)
{
    const struct sign_in *sign_in = arg;
    if (sign_in->is_new_account) {
        enum db_outcome outcome = auth_store_insert_account(db, sign_in->account, err);
        if (outcome != DB_OK)
            return outcome == DB_CONFLICT ? conflict(db, err) : db_status(outcome);
        tell_registered(db, sign_in->account);
    }
    auth_store_insert_session(db, &sign_in->session);
    auth_store_delete_surplus_sessions(db, sign_in->account->id, SESSIONS_MAX);
    auth_store_delete_expired_sessions(db, sign_in->now_us);
    return STATUS_OK;
}

static enum status sign_in_and_reply(const struct auth_service *self, struct rpc_call *call,
                                     const struct auth_account *account, bool is_new_account, int64_t now_us,
                                     Auth__V1__Session *reply, struct error *err)
{
    struct sign_in sign_in;
    prepare_sign_in(self, call, account, now_us, &sign_in);
    sign_in.is_new_account = is_new_account;
    enum status status = db_transact(service_db(call), sign_in_in_transaction, &sign_in, err);
    if (status == STATUS_OK) {
        log_info(LOG_EVENT(is_new_account ? "registered" : "signed_in"), LOG_STR("subject", account->id),
                 LOG_STR("kind", account->kind), LOG_STR("request_id", call->meta.request_id));
        auth_sessions_reply(self, account, &sign_in.session, sign_in.refresh_token, now_us, call->arena, reply);
    }
    sodium_memzero(sign_in.refresh_token, sizeof(sign_in.refresh_token));
    return status;
}

static enum status register_customer(struct auth_service *self, struct rpc_call *call,
                                     const Auth__V1__RegisterCustomerRequest *request, Auth__V1__Session *reply,
                                     struct error *err)
{
    int64_t now_us = clock_now_us();
    char hash[PASSWORD_HASH_SIZE];
    struct login login = {NULL, NULL};
    struct auth_account account = {
        .id = uuid_new(call->arena), .kind = AUTH_KIND_CUSTOMER, .password_hash = hash, .created_at_us = now_us};
    (void)login_parse(request->login, request->country_code, "login", call->arena, &login, err);
    password_check(request->password, request->login, "password", err);
    auth_profile_check(request->name, request->country_code, true, call->arena, &account, err);
    enum status status = err->status;
    if (status == STATUS_OK)
        status = password_hash(&self->settings->password_cost, request->password, hash, err);
    if (status)
        return status;
    account.email = login.email;
    account.phone = login.phone;
    return sign_in_and_reply(self, call, &account, true, now_us, reply, err);
}

static enum status refuse_sign_in(const struct rpc_call *call, const char *subject, struct error *err)
{
    log_warn(LOG_EVENT("sign_in_failed"), LOG_STR("subject", subject), LOG_STR("request_id", call->meta.request_id));
    return error_set(err, STATUS_UNAUTHENTICATED, "The e-mail address, phone number or password is not right.");
}

/* A hash of another cost than is wanted now is replaced while the password is at hand; if that fails, next time will do. */
static void renew_hash(const struct auth_service *self, struct rpc_call *call, const struct auth_account *account,
                       const char *password)
{
    char hash[PASSWORD_HASH_SIZE];
    struct error ignored;
    error_clear(&ignored);
    if (!password_is_outdated(account->password_hash, &self->settings->password_cost))
        return;
    if (password_hash(&self->settings->password_cost, password, hash, &ignored) == STATUS_OK &&
        auth_store_renew_password_hash(service_db(call), account->id, account->password_hash, hash, &ignored) == DB_OK)
        log_info(LOG_EVENT("password_hash_renewed"), LOG_STR("subject", account->id));
}

static enum status check_password(const struct auth_service *self, struct rpc_call *call, const char *login,
                                  const char *password, struct auth_account *ret_account, struct error *err)
{
    enum db_outcome outcome = auth_store_find_account_by_login(service_db(call), login, call->arena, ret_account, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    bool matches = password_matches(outcome == DB_OK ? ret_account->password_hash : self->absent_hash, password);
    if (!matches || outcome == DB_NONE)
        return refuse_sign_in(call, outcome == DB_OK ? ret_account->id : NULL, err);
    renew_hash(self, call, ret_account, password);
    return STATUS_OK;
}

static enum status login(struct auth_service *self, struct rpc_call *call, const Auth__V1__LoginRequest *request,
                         Auth__V1__Session *reply, struct error *err)
{
    struct login name = {NULL, NULL};
    struct auth_account account;
    (void)login_parse(request->login, request->country_code, "login", call->arena, &name, err);
    if (!*request->password)
        error_field(err, "password", "required", "Type the password.");
    else if (strlen(request->password) > PASSWORD_BYTES_MAX)
        error_field(err, "password", "too_long", "A password has at most %d characters.", PASSWORD_CHARS_MAX);
    enum status status = err->status;
    if (status == STATUS_OK)
        status = check_password(self, call, login_text(&name), request->password, &account, err);
    return status ? status : sign_in_and_reply(self, call, &account, false, clock_now_us(), reply, err);
}

IDEMPOTENCY_KEYED_BY(register_customer, struct auth_service, Auth__V1__RegisterCustomerRequest, Auth__V1__Session, self->seal)
IDEMPOTENCY_KEYED_BY(login, struct auth_service, Auth__V1__LoginRequest, Auth__V1__Session, self->seal)

/* The password is needed as long as the transaction may have to be run again. */
static enum status register_and_forget(struct auth_service *self, struct rpc_call *call,
                                       const Auth__V1__RegisterCustomerRequest *request, Auth__V1__Session *reply,
                                       struct error *err)
{
    enum status status = register_customer_keyed(self, call, request, reply, err);
    forget(request->password);
    return status;
}

static enum status login_and_forget(struct auth_service *self, struct rpc_call *call, const Auth__V1__LoginRequest *request,
                                    Auth__V1__Session *reply, struct error *err)
{
    enum status status = login_keyed(self, call, request, reply, err);
    forget(request->password);
    return status;
}

RPC_HANDLER(register_and_forget, struct auth_service, Auth__V1__RegisterCustomerRequest, Auth__V1__Session,
            auth__v1__session__init)
RPC_HANDLER(login_and_forget, struct auth_service, Auth__V1__LoginRequest, Auth__V1__Session, auth__v1__session__init)

void auth_sign_in_serve(Auth__V1__AuthService_Service *vtable)
{
    vtable->register_customer = register_and_forget_rpc;
    vtable->login = login_and_forget_rpc;
}
