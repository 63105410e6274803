/* Rows <-> structs of the auth schema. */
#include "auth_store.h"

#include <string.h>

#include "auth_sql.h"

/* Accounts */

static const struct db_column account_columns[] = {
    DB_COLUMN(struct auth_account, id),
    DB_COLUMN(struct auth_account, kind),
    DB_COLUMN(struct auth_account, roles),
    DB_COLUMN(struct auth_account, name),
    DB_COLUMN(struct auth_account, email),
    DB_COLUMN(struct auth_account, phone),
    DB_COLUMN(struct auth_account, password_hash),
    DB_COLUMN(struct auth_account, country_code),
    DB_COLUMN(struct auth_account, created_at_us),
};
static const struct db_shape account_shape = DB_SHAPE(struct auth_account, account_columns);

enum db_outcome auth_store_insert_account(struct db *db, const struct auth_account *account, struct error *err)
{
    return db_exec(db, &sql_auth_insert_account,
                   DB_ARGS(DB_ARG(account->id), DB_ARG(account->kind), DB_ARG(account->roles), DB_ARG(account->name),
                           DB_ARG(account->email), DB_ARG(account->phone), DB_ARG(account->password_hash),
                           DB_ARG(account->country_code), DB_ARG(account->created_at_us)),
                   NULL, err);
}

bool auth_store_login_is_taken(const struct db *db)
{
    const char *constraint = db_constraint(db);
    return strcmp(constraint, "account_email_key") == 0 || strcmp(constraint, "account_phone_key") == 0;
}

enum db_outcome auth_store_find_account(struct db *db, const char *id, struct arena *arena, struct auth_account *ret_account,
                                        struct error *err)
{
    return db_one(db, &sql_auth_find_account, DB_ARGS(DB_ARG(id)), &account_shape, ret_account, arena, err);
}

enum db_outcome auth_store_find_account_by_login(struct db *db, const char *login, struct arena *arena,
                                                 struct auth_account *ret_account, struct error *err)
{
    return db_one(db, &sql_auth_find_account_by_login, DB_ARGS(DB_ARG(login)), &account_shape, ret_account, arena, err);
}

enum db_outcome auth_store_list_staff(struct db *db, struct arena *arena, struct auth_account **ret_accounts,
                                      size_t *ret_count, struct error *err)
{
    return db_all(db, &sql_auth_list_staff, DB_NO_ARGS, &account_shape, (void **)ret_accounts, ret_count, arena, err);
}

enum db_outcome auth_store_update_profile(struct db *db, const char *id, const char *name, const char *country_code,
                                          struct arena *arena, struct auth_account *ret_account, struct error *err)
{
    return db_one(db, &sql_auth_update_profile, DB_ARGS(DB_ARG(id), DB_ARG(name), DB_ARG(country_code)), &account_shape,
                  ret_account, arena, err);
}

enum db_outcome auth_store_renew_password_hash(struct db *db, const char *id, const char *old_hash, const char *new_hash,
                                               struct error *err)
{
    return db_exec(db, &sql_auth_renew_password_hash, DB_ARGS(DB_ARG(id), DB_ARG(old_hash), DB_ARG(new_hash)), NULL, err);
}

void auth_store_reset_staff(struct db *db, const struct auth_account *account)
{
    db_send(db, &sql_auth_reset_staff,
            DB_ARGS(DB_ARG(account->id), DB_ARG(account->password_hash), DB_ARG(account->roles), DB_ARG(account->name)));
}

enum db_outcome auth_store_lock_account(struct db *db, const char *id, struct arena *arena, struct error *err)
{
    struct row {
        const char *id;
    } row;
    static const struct db_column columns[] = {DB_COLUMN(struct row, id)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    return db_one(db, &sql_auth_lock_account, DB_ARGS(DB_ARG(id)), &shape, &row, arena, err);
}

/* Sessions */

static const struct db_column session_columns[] = {
    DB_COLUMN(struct auth_session, id),
    DB_COLUMN(struct auth_session, account_id),
    DB_COLUMN(struct auth_session, guest_subject),
    DB_COLUMN(struct auth_session, current_hash),
    DB_COLUMN(struct auth_session, previous_hash),
    DB_COLUMN(struct auth_session, rotated_at_us),
    DB_COLUMN(struct auth_session, expires_at_us),
    DB_COLUMN(struct auth_session, revoked_at_us),
};
static const struct db_shape session_shape = DB_SHAPE(struct auth_session, session_columns);

void auth_store_insert_session(struct db *db, const struct auth_session *session)
{
    db_send(db, &sql_auth_insert_session,
            DB_ARGS(DB_ARG(session->id), DB_ARG(session->account_id), DB_ARG(session->guest_subject),
                    DB_ARG(session->current_hash), DB_ARG(session->rotated_at_us), DB_ARG(session->expires_at_us)));
}

enum db_outcome auth_store_find_session_for_update(struct db *db, const char *id, struct arena *arena,
                                                   struct auth_session *ret_session, struct error *err)
{
    return db_one(db, &sql_auth_find_session_for_update, DB_ARGS(DB_ARG(id)), &session_shape, ret_session, arena, err);
}

void auth_store_rotate_session(struct db *db, const struct auth_session *session)
{
    db_send(db, &sql_auth_rotate_session,
            DB_ARGS(DB_ARG(session->id), DB_ARG(session->current_hash), DB_ARG(session->previous_hash),
                    DB_ARG(session->rotated_at_us), DB_ARG(session->expires_at_us)));
}

void auth_store_revoke_session(struct db *db, const char *id, int64_t now_us)
{
    db_send(db, &sql_auth_revoke_session, DB_ARGS(DB_ARG(id), DB_ARG(now_us)));
}

void auth_store_revoke_account_sessions(struct db *db, const char *account_id, int64_t now_us)
{
    db_send(db, &sql_auth_revoke_account_sessions, DB_ARGS(DB_ARG(account_id), DB_ARG(now_us)));
}

void auth_store_delete_surplus_sessions(struct db *db, const char *account_id, int64_t keep)
{
    db_send(db, &sql_auth_delete_surplus_sessions, DB_ARGS(DB_ARG(account_id), DB_ARG(keep)));
}

void auth_store_delete_expired_sessions(struct db *db, int64_t now_us)
{
    db_send(db, &sql_auth_delete_expired_sessions, DB_ARGS(DB_ARG(now_us)));
}

enum db_outcome auth_store_revoke_own_session(struct db *db, const char *id, const char *account_id, int64_t now_us,
                                              struct error *err)
{
    return db_exec(db, &sql_auth_revoke_own_session, DB_ARGS(DB_ARG(id), DB_ARG(account_id), DB_ARG(now_us)), NULL, err);
}

/* Addresses */

static const struct db_column address_columns[] = {
    DB_COLUMN(struct auth_address, id),          DB_COLUMN(struct auth_address, recipient),
    DB_COLUMN(struct auth_address, phone),       DB_COLUMN(struct auth_address, line1),
    DB_COLUMN(struct auth_address, line2),       DB_COLUMN(struct auth_address, landmark),
    DB_COLUMN(struct auth_address, city),        DB_COLUMN(struct auth_address, region),
    DB_COLUMN(struct auth_address, postal_code), DB_COLUMN(struct auth_address, country_code),
    DB_COLUMN(struct auth_address, is_default),
};
static const struct db_shape address_shape = DB_SHAPE(struct auth_address, address_columns);

/* The nine fields that a person writes, in the order of the statements. */
#define ADDRESS_FIELDS(address)                                                                                             \
    DB_ARG((address)->recipient), DB_ARG((address)->phone), DB_ARG((address)->line1), DB_ARG((address)->line2),             \
        DB_ARG((address)->landmark), DB_ARG((address)->city), DB_ARG((address)->region), DB_ARG((address)->postal_code),    \
        DB_ARG((address)->country_code)

enum db_outcome auth_store_list_addresses(struct db *db, const char *account_id, struct arena *arena,
                                          struct auth_address **ret_addresses, size_t *ret_count, struct error *err)
{
    return db_all(db, &sql_auth_list_addresses, DB_ARGS(DB_ARG(account_id)), &address_shape, (void **)ret_addresses,
                  ret_count, arena, err);
}

enum db_outcome auth_store_find_address(struct db *db, const char *account_id, const char *id, struct arena *arena,
                                        struct auth_address *ret_address, struct error *err)
{
    return db_one(db, &sql_auth_find_address, DB_ARGS(DB_ARG(account_id), DB_ARG(id)), &address_shape, ret_address, arena,
                  err);
}

enum db_outcome auth_store_find_equal_address(struct db *db, const char *account_id, const struct auth_address *address,
                                              struct arena *arena, struct auth_address *ret_address, struct error *err)
{
    return db_one(db, &sql_auth_find_equal_address, DB_ARGS(DB_ARG(account_id), ADDRESS_FIELDS(address)), &address_shape,
                  ret_address, arena, err);
}

enum db_outcome auth_store_count_addresses(struct db *db, const char *account_id, struct arena *arena, int64_t *ret_count,
                                           struct error *err)
{
    struct row {
        int64_t count;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN(struct row, count)};
    static const struct db_shape shape = DB_SHAPE(struct row, columns);
    enum db_outcome outcome = db_one(db, &sql_auth_count_addresses, DB_ARGS(DB_ARG(account_id)), &shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_count = row.count;
    return outcome;
}

void auth_store_insert_address(struct db *db, const char *account_id, const struct auth_address *address, int64_t now_us)
{
    db_send(db, &sql_auth_insert_address,
            DB_ARGS(DB_ARG(account_id), DB_ARG(address->id), ADDRESS_FIELDS(address), DB_ARG(now_us)));
}

enum db_outcome auth_store_update_address(struct db *db, const char *account_id, const struct auth_address *address,
                                          struct error *err)
{
    return db_exec(db, &sql_auth_update_address, DB_ARGS(DB_ARG(account_id), DB_ARG(address->id), ADDRESS_FIELDS(address)),
                   NULL, err);
}

enum db_outcome auth_store_delete_address(struct db *db, const char *account_id, const char *id, struct error *err)
{
    return db_exec(db, &sql_auth_delete_address, DB_ARGS(DB_ARG(account_id), DB_ARG(id)), NULL, err);
}

void auth_store_clear_default_address(struct db *db, const char *account_id)
{
    db_send(db, &sql_auth_clear_default_address, DB_ARGS(DB_ARG(account_id)));
}

void auth_store_unset_default_address(struct db *db, const char *account_id, const char *id)
{
    db_send(db, &sql_auth_unset_default_address, DB_ARGS(DB_ARG(account_id), DB_ARG(id)));
}

void auth_store_set_default_address(struct db *db, const char *account_id, const char *id)
{
    db_send(db, &sql_auth_set_default_address, DB_ARGS(DB_ARG(account_id), DB_ARG(id)));
}

void auth_store_elect_default_address(struct db *db, const char *account_id, const char *last_choice_id)
{
    db_send(db, &sql_auth_elect_default_address, DB_ARGS(DB_ARG(account_id), DB_ARG(last_choice_id)));
}

/* Signing keys */

static const struct db_column signing_key_columns[] = {
    DB_COLUMN(struct auth_signing_key, kid),
    DB_COLUMN(struct auth_signing_key, public_key),
    DB_COLUMN(struct auth_signing_key, sealed_seed),
};
static const struct db_shape signing_key_shape = DB_SHAPE(struct auth_signing_key, signing_key_columns);

enum db_outcome auth_store_insert_first_signing_key(struct db *db, const struct auth_signing_key *key, int64_t now_us,
                                                    struct error *err)
{
    return db_exec(db, &sql_auth_insert_first_signing_key,
                   DB_ARGS(DB_ARG(key->kid), DB_ARG(key->public_key), DB_ARG(key->sealed_seed), DB_ARG(now_us)), NULL, err);
}

enum db_outcome auth_store_find_current_signing_key(struct db *db, struct arena *arena, struct auth_signing_key *ret_key,
                                                    struct error *err)
{
    return db_one(db, &sql_auth_find_current_signing_key, DB_NO_ARGS, &signing_key_shape, ret_key, arena, err);
}

enum db_outcome auth_store_list_signing_keys(struct db *db, int64_t now_us, struct arena *arena,
                                             struct auth_signing_key **ret_keys, size_t *ret_count, struct error *err)
{
    return db_all(db, &sql_auth_list_signing_keys, DB_ARGS(DB_ARG(now_us)), &signing_key_shape, (void **)ret_keys, ret_count,
                  arena, err);
}
