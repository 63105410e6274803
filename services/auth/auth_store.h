/*
 * Rows <-> structs of the auth schema: one function for each statement of auth.sql, of the same name.
 *
 * Strings of rows that are read live in the arena. What each outcome means is told in db.h.
 */
#ifndef PORTAL_AUTH_STORE_H
#define PORTAL_AUTH_STORE_H

#include "db.h"

#define AUTH_KIND_CUSTOMER "customer"
#define AUTH_KIND_STAFF "staff"

struct auth_account {
    const char *id;
    const char *kind;      /* AUTH_KIND_ */
    struct db_texts roles; /* of staff */
    const char *name;
    const char *email; /* lower case; NULL: none */
    const char *phone; /* E.164; NULL: none */
    const char *password_hash;
    const char *country_code; /* "": not told */
    int64_t created_at_us;
};

/* DB_CONFLICT also for what cannot be; auth_store_login_is_taken() tells the two apart. */
enum db_outcome auth_store_insert_account(struct db *db, const struct auth_account *account, struct error *err) MUST_CHECK;
bool auth_store_login_is_taken(const struct db *db);
enum db_outcome auth_store_find_account(struct db *db, const char *id, struct arena *arena, struct auth_account *ret_account,
                                        struct error *err) MUST_CHECK;
enum db_outcome auth_store_find_account_by_login(struct db *db, const char *login, struct arena *arena,
                                                 struct auth_account *ret_account, struct error *err) MUST_CHECK;
enum db_outcome auth_store_list_staff(struct db *db, struct arena *arena, struct auth_account **ret_accounts,
                                      size_t *ret_count, struct error *err) MUST_CHECK;
/* `name`, `country_code`: NULL leaves it as it is. */
enum db_outcome auth_store_update_profile(struct db *db, const char *id, const char *name, const char *country_code,
                                          struct arena *arena, struct auth_account *ret_account,
                                          struct error *err) MUST_CHECK;
enum db_outcome auth_store_renew_password_hash(struct db *db, const char *id, const char *old_hash, const char *new_hash,
                                               struct error *err) MUST_CHECK;
/* In a transaction. */
void auth_store_reset_staff(struct db *db, const struct auth_account *account);
enum db_outcome auth_store_lock_account(struct db *db, const char *id, struct arena *arena, struct error *err) MUST_CHECK;

struct auth_session {
    const char *id;
    const char *account_id;
    const char *guest_subject; /* NULL: none */
    struct db_bytes current_hash;
    struct db_bytes previous_hash;
    int64_t rotated_at_us;
    int64_t expires_at_us;
    int64_t revoked_at_us; /* 0: it was not */
};

/* These are for transactions. A new session's previous_hash and revoked_at_us are not looked at. */
void auth_store_insert_session(struct db *db, const struct auth_session *session);
enum db_outcome auth_store_find_session_for_update(struct db *db, const char *id, struct arena *arena,
                                                   struct auth_session *ret_session, struct error *err) MUST_CHECK;
void auth_store_rotate_session(struct db *db, const struct auth_session *session);
void auth_store_revoke_session(struct db *db, const char *id, int64_t now_us);
void auth_store_revoke_account_sessions(struct db *db, const char *account_id, int64_t now_us);
void auth_store_delete_surplus_sessions(struct db *db, const char *account_id, int64_t keep);
void auth_store_delete_expired_sessions(struct db *db, int64_t now_us);

/* DB_NONE when it is not that account's, or was revoked before. */
enum db_outcome auth_store_revoke_own_session(struct db *db, const char *id, const char *account_id, int64_t now_us,
                                              struct error *err) MUST_CHECK;

struct auth_address {
    const char *id;
    const char *recipient, *phone;
    const char *line1, *line2, *landmark;
    const char *city, *region, *postal_code, *country_code;
    bool is_default;
};

enum db_outcome auth_store_list_addresses(struct db *db, const char *account_id, struct arena *arena,
                                          struct auth_address **ret_addresses, size_t *ret_count,
                                          struct error *err) MUST_CHECK;
enum db_outcome auth_store_find_address(struct db *db, const char *account_id, const char *id, struct arena *arena,
                                        struct auth_address *ret_address, struct error *err) MUST_CHECK;
/* One that says the same, whatever its id. */
enum db_outcome auth_store_find_equal_address(struct db *db, const char *account_id, const struct auth_address *address,
                                              struct arena *arena, struct auth_address *ret_address,
                                              struct error *err) MUST_CHECK;
enum db_outcome auth_store_count_addresses(struct db *db, const char *account_id, struct arena *arena, int64_t *ret_count,
                                           struct error *err) MUST_CHECK;

/* In a transaction that holds the account's lock; is_default is set by the four at the end only. */
void auth_store_insert_address(struct db *db, const char *account_id, const struct auth_address *address, int64_t now_us);
enum db_outcome auth_store_update_address(struct db *db, const char *account_id, const struct auth_address *address,
                                          struct error *err) MUST_CHECK;
enum db_outcome auth_store_delete_address(struct db *db, const char *account_id, const char *id,
                                          struct error *err) MUST_CHECK;
void auth_store_clear_default_address(struct db *db, const char *account_id);
void auth_store_unset_default_address(struct db *db, const char *account_id, const char *id);
void auth_store_set_default_address(struct db *db, const char *account_id, const char *id);
void auth_store_elect_default_address(struct db *db, const char *account_id, const char *last_choice_id);

struct auth_signing_key {
    const char *kid;
    struct db_bytes public_key;
    struct db_bytes sealed_seed;
};

/* DB_NONE when there is a current key already. */
enum db_outcome auth_store_insert_first_signing_key(struct db *db, const struct auth_signing_key *key, int64_t now_us,
                                                    struct error *err) MUST_CHECK;
enum db_outcome auth_store_find_current_signing_key(struct db *db, struct arena *arena, struct auth_signing_key *ret_key,
                                                    struct error *err) MUST_CHECK;
enum db_outcome auth_store_list_signing_keys(struct db *db, int64_t now_us, struct arena *arena,
                                             struct auth_signing_key **ret_keys, size_t *ret_count,
                                             struct error *err) MUST_CHECK;

#endif
