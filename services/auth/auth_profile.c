/* What an account says about its owner: shown, and changed by the owner alone. */
#include "auth_service.h"

#include <ctype.h>
#include <string.h>

#include "clock.h"
#include "text.h"

#define NAME_CHARS_MAX 100

static char *text_or_empty(const char *text)
{
    return (char *)(text ? text : "");
}

Auth__V1__Profile *auth_profile_message(const struct auth_account *account, struct arena *arena)
{
    Auth__V1__Profile *profile = ARENA_NEW(arena, Auth__V1__Profile);
    auth__v1__profile__init(profile);
    profile->id = (char *)account->id;
    profile->name = (char *)account->name;
    profile->email = text_or_empty(account->email);
    profile->phone = text_or_empty(account->phone);
    profile->country_code = (char *)account->country_code;
    profile->is_staff = strcmp(account->kind, AUTH_KIND_STAFF) == 0;
    profile->created_at = clock_to_timestamp(arena, account->created_at_us);
    return profile;
}

static const char *check_country(const char *text, struct arena *arena, struct error *err)
{
    if (strlen(text) != 2 || !isalpha((unsigned char)text[0]) || !isalpha((unsigned char)text[1])) {
        error_field(err, "countryCode", "malformed", "A country is given as two letters, like KE.");
        return "";
    }
    char *code = arena_strdup(arena, text);
    code[0] = (char)toupper((unsigned char)code[0]);
    code[1] = (char)toupper((unsigned char)code[1]);
    return code;
}

void auth_profile_check(const char *name, const char *country_code, bool is_new, struct arena *arena,
                        struct auth_account *account, struct error *err)
{
    account->name = is_new || *name ? text_check(name, "name", 1, NAME_CHARS_MAX, false, arena, err) : NULL;
    account->country_code = *country_code ? check_country(country_code, arena, err) : is_new ? "" : NULL;
}

static enum status reply_profile(enum db_outcome outcome, const struct auth_account *account, struct arena *arena,
                                 Auth__V1__Profile *reply, struct error *err)
{
    if (outcome == DB_NONE)
        return auth_service_account_is_gone(err);
    if (outcome != DB_OK)
        return db_status(outcome);
    *reply = *auth_profile_message(account, arena);
    return STATUS_OK;
}

static enum status get_profile(struct auth_service *self, struct rpc_call *call, const Auth__V1__GetProfileRequest *request,
                               Auth__V1__Profile *reply, struct error *err)
{
    (void)self;
    (void)request;
    const char *account_id;
    enum status status = auth_service_account(call, &account_id, err);
    if (status)
        return status;
    struct auth_account account;
    enum db_outcome outcome = auth_store_find_account(service_db(call), account_id, call->arena, &account, err);
    return reply_profile(outcome, &account, call->arena, reply, err);
}

static enum status update_profile(struct auth_service *self, struct rpc_call *call,
                                  const Auth__V1__UpdateProfileRequest *request, Auth__V1__Profile *reply, struct error *err)
{
    (void)self;
    const char *account_id;
    struct auth_account account;
    enum status status = auth_service_account(call, &account_id, err);
    if (status)
        return status;
    auth_profile_check(request->name, request->country_code, false, call->arena, &account, err);
    if (err->status)
        return err->status;
    enum db_outcome outcome = auth_store_update_profile(service_db(call), account_id, account.name, account.country_code,
                                                        call->arena, &account, err);
    return reply_profile(outcome, &account, call->arena, reply, err);
}

RPC_HANDLER(get_profile, struct auth_service, Auth__V1__GetProfileRequest, Auth__V1__Profile, auth__v1__profile__init)
IDEMPOTENCY_KEYED_BY(update_profile, struct auth_service, Auth__V1__UpdateProfileRequest, Auth__V1__Profile, self->seal)
RPC_HANDLER(update_profile_keyed, struct auth_service, Auth__V1__UpdateProfileRequest, Auth__V1__Profile, auth__v1__profile__init)

void auth_profile_serve(Auth__V1__AuthService_Service *vtable)
{
    vtable->get_profile = get_profile_rpc;
    vtable->update_profile = update_profile_keyed_rpc;
}
