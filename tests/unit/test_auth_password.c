/* Passwords: weak ones are not taken, good ones are kept so that nobody can read them. */
#include "check.h"

#include <string.h>
#include <sodium.h>

#include "password.h"

/* Small, so that the suite is quick under the sanitizers. */
static const struct password_cost cheap = {64, 1};

static void test_which_are_taken(void **state)
{
    (void)state;
    char longest[PASSWORD_CHARS_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    longest[PASSWORD_CHARS_MAX + 1] = '\0';
    char fits[PASSWORD_CHARS_MAX + 1];
    memset(fits, 'x', sizeof(fits));
    fits[PASSWORD_CHARS_MAX] = '\0';
    const struct { const char *password, *code; } rows[] = {
        {"", "required"},
        {"1234567", "too_short"},
        {"12345678", NULL},
        {"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", "too_short"},     /* seven letters in fourteen bytes */
        {" a b c  ", NULL},
        {"correct horse battery staple", NULL},
        {"\xE1\x88\x9A\xE1\x88\xB5\xE1\x8C\xA5\xE1\x88\xAD\xE1\x88\x9A\xE1\x88\xB5\xE1\x8C\xA5\xE1\x88\xAD", NULL},
        {"\xC3\x28\xC3\x28\xC3\x28\xC3\x28", "malformed"},
        {fits, NULL},
        {longest, "too_long"},
        {"amina@example.com", "too_weak"},
        {"AMINA@example.com", "too_weak"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        error_clear(&err);
        password_check(rows[i].password, "amina@example.com", "password", &err);
        if (!rows[i].code) {
            assert_int_equal(err.status, STATUS_OK);
            continue;
        }
        assert_int_equal(err.violation_count, 1);
        assert_string_equal(err.violations[0].field, "password");
        assert_string_equal(err.violations[0].code, rows[i].code);
    }
}

static void test_only_the_same_password_matches(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_SIZE];
    char again[PASSWORD_HASH_SIZE];
    struct error err;
    error_clear(&err);
    assert_int_equal(password_hash(&cheap, "correct horse", hash, &err), STATUS_OK);
    assert_int_equal(password_hash(&cheap, "correct horse", again, &err), STATUS_OK);
    assert_string_not_equal(hash, again);
    assert_null(strstr(hash, "correct"));
    assert_true(password_matches(hash, "correct horse"));
    assert_true(password_matches(again, "correct horse"));
    assert_false(password_matches(hash, "correct horse "));
    assert_false(password_matches(hash, "Correct horse"));
    assert_false(password_matches(hash, ""));
    assert_false(password_matches("", "correct horse"));
}

/* Made by another implementation of argon2id (OpenSSL's, through Python's cryptography). */
static void test_reads_what_others_hash(void **state)
{
    (void)state;
    static const char hash[] = "$argon2id$v=19$m=64,t=2,p=1$c2FsdCBvZiAxNiBieXRlcw$t/etGDt4EKdp4xMwf2qux3e98xZUFU6JvIaXx59BG/g";
    assert_true(password_matches(hash, "correct horse battery"));
    assert_false(password_matches(hash, "correct horse batterz"));
}

static void test_the_cost_is_in_the_hash(void **state)
{
    (void)state;
    const struct password_cost dearer = {128, 1};
    const struct password_cost longer = {64, 2};
    char hash[PASSWORD_HASH_SIZE];
    struct error err;
    error_clear(&err);
    assert_int_equal(password_hash(&cheap, "correct horse", hash, &err), STATUS_OK);
    assert_ptr_equal(strstr(hash, "$argon2id$v=19$m=64,t=1,p=1$"), hash);
    assert_false(password_is_outdated(hash, &cheap));
    assert_true(password_is_outdated(hash, &dearer));
    assert_true(password_is_outdated(hash, &longer));
}

static void test_generated_ones_can_be_read_aloud(void **state)
{
    (void)state;
    char password[PASSWORD_GENERATED_SIZE];
    char other[PASSWORD_GENERATED_SIZE];
    struct error err;
    error_clear(&err);
    password_generate(password);
    password_generate(other);
    assert_string_not_equal(password, other);
    assert_int_equal(strlen(password), 23);
    assert_int_equal(strspn(password, "23456789abcdefghjkmnpqrstuvwxyz-"), 23);
    password_check(password, "owner@shop.example", "password", &err);
    assert_int_equal(err.status, STATUS_OK);
}

static int set_up(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_are_taken),
        cmocka_unit_test(test_only_the_same_password_matches),
        cmocka_unit_test(test_reads_what_others_hash),
        cmocka_unit_test(test_the_cost_is_in_the_hash),
        cmocka_unit_test(test_generated_ones_can_be_read_aloud),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
