/* The auth schema and its statements: what the database itself refuses, and what each statement changes. */
#include "check.h"

#include <string.h>

#include "auth_migrations.h"
#include "auth_sql.h"
#include "auth_store.h"
#include "clock.h"
#include "store_test.h"
#include "uuid.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define NOBODY "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50"

static struct arena *arena;
static struct db *db;
static struct error err;

static const unsigned char hash_a[32] = {0xA};
static const unsigned char hash_b[32] = {0xB};

static int set_up(void **state)
{
    (void)state;
    error_clear(&err);
    arena = arena_new(65536, 1 << 20);
    db = store_test_db(store_test_database(auth_migrations, auth_migrations_count));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    return 0;
}

/* Steps that many tests share */

static struct auth_account account_of(const char *email, const char *phone)
{
    return (struct auth_account){.id = uuid_new(arena),
                                 .kind = AUTH_KIND_CUSTOMER,
                                 .name = "Amina",
                                 .email = email,
                                 .phone = phone,
                                 .password_hash = "$argon2id$",
                                 .country_code = "KE",
                                 .created_at_us = NOW_US};
}

static struct auth_account inserted(const char *email)
{
    struct auth_account account = account_of(email, NULL);
    assert_int_equal(auth_store_insert_account(db, &account, &err), DB_OK);
    return account;
}

static struct auth_account found(const char *id)
{
    struct auth_account account = {0};
    assert_int_equal(auth_store_find_account(db, id, arena, &account, &err), DB_OK);
    return account;
}

/* Sends what the store only sends, as one transaction. */
static enum status send_session(struct db *in, void *arg, struct error *error)
{
    (void)error;
    auth_store_insert_session(in, arg);
    return STATUS_OK;
}

static struct auth_session session_of(const char *account_id, int64_t rotated_at_us)
{
    struct auth_session session = {.id = uuid_new(arena),
                                   .account_id = account_id,
                                   .current_hash = {hash_a, sizeof(hash_a)},
                                   .rotated_at_us = rotated_at_us,
                                   .expires_at_us = rotated_at_us + 3600 * US_PER_S};
    assert_int_equal(db_transact(db, send_session, &session, &err), STATUS_OK);
    return session;
}

struct session_probe {
    const char *id;
    struct auth_session session;
};

static enum status read_session(struct db *in, void *arg, struct error *error)
{
    struct session_probe *probe = arg;
    return db_status(auth_store_find_session_for_update(in, probe->id, arena, &probe->session, error));
}

static enum status session_now(const char *id, struct auth_session *ret_session)
{
    struct session_probe probe = {.id = id};
    enum status status = db_transact(db, read_session, &probe, &err);
    *ret_session = probe.session;
    return status;
}

/* Accounts */

static void test_every_statement_prepares(void **state)
{
    (void)state;
    size_t count = 0;
    for (; sql_auth_all[count]; count++)
        if (db_prepare(db, sql_auth_all[count], &err) != DB_OK)
            fail_msg("%s", sql_auth_all[count]->name);
    assert_true(count > 25);
}

static void test_an_account_comes_back_as_it_went(void **state)
{
    (void)state;
    static const char *const roles[] = {"owner", "support"};
    struct auth_account account = account_of("as-it-went@example.com", "+254712345678");
    account.kind = AUTH_KIND_STAFF;
    account.roles = (struct db_texts){roles, 2};
    assert_int_equal(auth_store_insert_account(db, &account, &err), DB_OK);
    static const char *const logins[] = {"as-it-went@example.com", "+254712345678"};
    for (size_t i = 0; i < 2; i++) {
        struct auth_account row = {0};
        assert_int_equal(auth_store_find_account_by_login(db, logins[i], arena, &row, &err), DB_OK);
        assert_string_equal(row.id, account.id);
        assert_string_equal(row.kind, "staff");
        assert_int_equal(row.roles.count, 2);
        assert_string_equal(row.roles.values[1], "support");
        assert_string_equal(row.name, "Amina");
        assert_string_equal(row.email, "as-it-went@example.com");
        assert_string_equal(row.phone, "+254712345678");
        assert_string_equal(row.password_hash, "$argon2id$");
        assert_string_equal(row.country_code, "KE");
        assert_int_equal(row.created_at_us, NOW_US);
    }
    struct auth_account none;
    assert_int_equal(auth_store_find_account_by_login(db, "nobody@example.com", arena, &none, &err), DB_NONE);
    assert_int_equal(auth_store_find_account(db, NOBODY, arena, &none, &err), DB_NONE);
}

static void test_a_login_belongs_to_one_account(void **state)
{
    (void)state;
    struct auth_account first = account_of("one@example.com", "+254712000001");
    struct auth_account same_email = account_of("one@example.com", NULL);
    struct auth_account same_phone = account_of("another@example.com", "+254712000001");
    assert_int_equal(auth_store_insert_account(db, &first, &err), DB_OK);
    assert_int_equal(auth_store_insert_account(db, &same_email, &err), DB_CONFLICT);
    assert_true(auth_store_login_is_taken(db));
    assert_int_equal(auth_store_insert_account(db, &same_phone, &err), DB_CONFLICT);
    assert_true(auth_store_login_is_taken(db));
}

/* Whatever the program does: these would be holes. */
static void test_the_database_refuses_what_cannot_be(void **state)
{
    (void)state;
    static const char *const roles[] = {"owner"};
    struct auth_account rows[] = {account_of(NULL, NULL), account_of("Upper@example.com", NULL), account_of("no-at", NULL),
                                  account_of(NULL, "0712345678"), account_of("role@example.com", NULL),
                                  account_of("kind@example.com", NULL)};
    rows[4].roles = (struct db_texts){roles, 1};
    rows[5].kind = "root";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(auth_store_insert_account(db, &rows[i], &err), DB_CONFLICT);
        assert_false(auth_store_login_is_taken(db));
    }
}

static void test_a_profile_changes_where_it_is_told_to(void **state)
{
    (void)state;
    const char *id = inserted("profile@example.com").id;
    struct auth_account row;
    assert_int_equal(auth_store_update_profile(db, id, "Otieno", NULL, arena, &row, &err), DB_OK);
    assert_string_equal(row.name, "Otieno");
    assert_string_equal(row.country_code, "KE");
    assert_int_equal(auth_store_update_profile(db, id, NULL, "NG", arena, &row, &err), DB_OK);
    assert_string_equal(row.name, "Otieno");
    assert_string_equal(found(id).country_code, "NG");
    assert_int_equal(auth_store_update_profile(db, NOBODY, "X", NULL, arena, &row, &err), DB_NONE);
}

static void test_a_renewed_hash_never_undoes_a_new_password(void **state)
{
    (void)state;
    const char *id = inserted("renew@example.com").id;
    assert_int_equal(auth_store_renew_password_hash(db, id, "$argon2id$", "dearer", &err), DB_OK);
    assert_int_equal(auth_store_renew_password_hash(db, id, "$argon2id$", "late", &err), DB_NONE);
    assert_string_equal(found(id).password_hash, "dearer");
}

/* Sessions */

static enum status rotate(struct db *in, void *arg, struct error *error)
{
    (void)error;
    auth_store_rotate_session(in, arg);
    return STATUS_OK;
}

static void test_a_session_turns_over(void **state)
{
    (void)state;
    struct auth_session session = session_of(inserted("turn@example.com").id, NOW_US);
    struct auth_session row;
    assert_int_equal(session_now(session.id, &row), STATUS_OK);
    assert_null(row.previous_hash.data);
    assert_null(row.guest_subject);
    assert_int_equal(row.revoked_at_us, 0);
    session.current_hash.data = hash_b;
    session.previous_hash = (struct db_bytes){hash_a, sizeof(hash_a)};
    session.rotated_at_us = NOW_US + 5;
    session.expires_at_us = NOW_US + 7;
    assert_int_equal(db_transact(db, rotate, &session, &err), STATUS_OK);
    assert_int_equal(session_now(session.id, &row), STATUS_OK);
    assert_memory_equal(row.current_hash.data, hash_b, 32);
    assert_memory_equal(row.previous_hash.data, hash_a, 32);
    assert_int_equal(row.rotated_at_us, NOW_US + 5);
    assert_int_equal(row.expires_at_us, NOW_US + 7);
}

static void test_only_the_owner_ends_a_session(void **state)
{
    (void)state;
    const char *owner = inserted("owner@example.com").id;
    const char *other = inserted("other@example.com").id;
    struct auth_session session = session_of(owner, NOW_US);
    struct auth_session row;
    assert_int_equal(auth_store_revoke_own_session(db, session.id, other, NOW_US + 1, &err), DB_NONE);
    assert_int_equal(auth_store_revoke_own_session(db, session.id, owner, NOW_US + 2, &err), DB_OK);
    assert_int_equal(auth_store_revoke_own_session(db, session.id, owner, NOW_US + 3, &err), DB_NONE);
    assert_int_equal(session_now(session.id, &row), STATUS_OK);
    assert_int_equal(row.revoked_at_us, NOW_US + 2);
}

static enum status tidy(struct db *in, void *arg, struct error *error)
{
    (void)error;
    auth_store_delete_surplus_sessions(in, arg, 2);
    auth_store_delete_expired_sessions(in, NOW_US);
    return STATUS_OK;
}

static void test_old_sessions_make_room(void **state)
{
    (void)state;
    const char *owner = inserted("room@example.com").id;
    const char *other = inserted("room-other@example.com").id;
    struct auth_session oldest = session_of(owner, NOW_US);
    struct auth_session middle = session_of(owner, NOW_US + 1);
    struct auth_session newest = session_of(owner, NOW_US + 2);
    struct auth_session kept = session_of(other, NOW_US);
    struct auth_session expired = session_of(other, NOW_US - 3601 * US_PER_S);
    struct auth_session row;
    assert_int_equal(db_transact(db, tidy, (void *)owner, &err), STATUS_OK);
    assert_int_equal(session_now(oldest.id, &row), STATUS_NOT_FOUND);
    assert_int_equal(session_now(middle.id, &row), STATUS_OK);
    assert_int_equal(session_now(newest.id, &row), STATUS_OK);
    assert_int_equal(session_now(kept.id, &row), STATUS_OK);
    assert_int_equal(session_now(expired.id, &row), STATUS_NOT_FOUND);
}

/* Addresses */

struct address_step {
    const char *account_id;
    struct auth_address address;
    int64_t now_us;
};

static enum status insert_address(struct db *in, void *arg, struct error *error)
{
    (void)error;
    struct address_step *step = arg;
    auth_store_insert_address(in, step->account_id, &step->address, step->now_us);
    auth_store_elect_default_address(in, step->account_id, step->address.id);
    return STATUS_OK;
}

static const char *saved(const char *account_id, const char *line1, int64_t now_us)
{
    struct address_step step = {account_id,
                                {.id = uuid_new(arena), .recipient = "Amina", .phone = "+254712345678", .line1 = line1,
                                 .line2 = "", .landmark = "", .city = "Nairobi", .region = "", .postal_code = "",
                                 .country_code = "KE"},
                                now_us};
    assert_int_equal(db_transact(db, insert_address, &step, &err), STATUS_OK);
    return step.address.id;
}

static void test_addresses_are_listed_with_the_default_first(void **state)
{
    (void)state;
    const char *id = inserted("list@example.com").id;
    const char *first = saved(id, "A", NOW_US);
    const char *second = saved(id, "B", NOW_US + 1);
    const char *third = saved(id, "C", NOW_US + 2);
    struct auth_address *rows;
    size_t count;
    int64_t counted = 0;
    assert_int_equal(auth_store_list_addresses(db, id, arena, &rows, &count, &err), DB_OK);
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].id, first);
    assert_true(rows[0].is_default);
    assert_string_equal(rows[1].id, third);
    assert_false(rows[1].is_default);
    assert_string_equal(rows[2].id, second);
    assert_int_equal(auth_store_count_addresses(db, id, arena, &counted, &err), DB_OK);
    assert_int_equal(counted, 3);
}

static enum status second_default(struct db *in, void *arg, struct error *error)
{
    struct address_step *step = arg;
    auth_store_set_default_address(in, step->account_id, step->address.id);
    return db_status(db_flush(in, error));
}

static void test_two_defaults_cannot_be(void **state)
{
    (void)state;
    const char *id = inserted("two@example.com").id;
    saved(id, "A", NOW_US);
    struct address_step step = {.account_id = id, .address.id = saved(id, "B", NOW_US + 1)};
    assert_int_equal(db_transact(db, second_default, &step, &err), STATUS_ALREADY_EXISTS);
    assert_string_equal(db_constraint(db), "address_one_default");
}

static void test_addresses_are_found_for_their_owner_only(void **state)
{
    (void)state;
    const char *owner = inserted("finder@example.com").id;
    const char *other = inserted("not-finder@example.com").id;
    const char *id = saved(owner, "A", NOW_US);
    struct auth_address row = {0};
    struct auth_address equal = {0};
    assert_int_equal(auth_store_find_address(db, owner, id, arena, &row, &err), DB_OK);
    assert_string_equal(row.line1, "A");
    assert_int_equal(auth_store_find_equal_address(db, owner, &row, arena, &equal, &err), DB_OK);
    assert_string_equal(equal.id, id);
    assert_int_equal(auth_store_find_address(db, other, id, arena, &row, &err), DB_NONE);
    assert_int_equal(auth_store_find_equal_address(db, other, &row, arena, &equal, &err), DB_NONE);
    assert_int_equal(auth_store_update_address(db, other, &row, &err), DB_NONE);
    assert_int_equal(auth_store_delete_address(db, other, id, &err), DB_NONE);
    row.landmark = "next to the mosque";
    assert_int_equal(auth_store_find_equal_address(db, owner, &row, arena, &equal, &err), DB_NONE);
    assert_int_equal(auth_store_update_address(db, owner, &row, &err), DB_OK);
    assert_int_equal(auth_store_find_equal_address(db, owner, &row, arena, &equal, &err), DB_OK);
    assert_int_equal(auth_store_delete_address(db, owner, id, &err), DB_OK);
    assert_int_equal(auth_store_delete_address(db, owner, id, &err), DB_NONE);
}

/* Keys */

static void test_one_key_signs_however_many_start(void **state)
{
    (void)state;
    static const unsigned char sealed[72] = {7};
    const struct auth_signing_key one = {"one", {hash_a, 32}, {sealed, sizeof(sealed)}};
    const struct auth_signing_key two = {"two", {hash_b, 32}, {sealed, sizeof(sealed)}};
    struct auth_signing_key row;
    struct auth_signing_key *rows;
    size_t count;
    assert_int_equal(auth_store_find_current_signing_key(db, arena, &row, &err), DB_NONE);
    assert_int_equal(auth_store_insert_first_signing_key(db, &one, NOW_US, &err), DB_OK);
    assert_int_equal(auth_store_insert_first_signing_key(db, &two, NOW_US, &err), DB_NONE);
    assert_int_equal(auth_store_find_current_signing_key(db, arena, &row, &err), DB_OK);
    assert_string_equal(row.kid, "one");
    assert_int_equal(row.sealed_seed.size, sizeof(sealed));
    assert_memory_equal(row.sealed_seed.data, sealed, sizeof(sealed));
    assert_int_equal(auth_store_list_signing_keys(db, NOW_US, arena, &rows, &count, &err), DB_OK);
    assert_int_equal(count, 1);
    assert_memory_equal(rows[0].public_key.data, hash_a, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_prepares),
        cmocka_unit_test(test_an_account_comes_back_as_it_went),
        cmocka_unit_test(test_a_login_belongs_to_one_account),
        cmocka_unit_test(test_the_database_refuses_what_cannot_be),
        cmocka_unit_test(test_a_profile_changes_where_it_is_told_to),
        cmocka_unit_test(test_a_renewed_hash_never_undoes_a_new_password),
        cmocka_unit_test(test_a_session_turns_over),
        cmocka_unit_test(test_only_the_owner_ends_a_session),
        cmocka_unit_test(test_old_sessions_make_room),
        cmocka_unit_test(test_addresses_are_listed_with_the_default_first),
        cmocka_unit_test(test_two_defaults_cannot_be),
        cmocka_unit_test(test_addresses_are_found_for_their_owner_only),
        cmocka_unit_test(test_one_key_signs_however_many_start),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
