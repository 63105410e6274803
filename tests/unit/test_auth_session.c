/* Refresh tokens: a lost answer does not sign anybody out, a stolen token does. */
#include "check.h"

#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "session.h"

#define ID "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50"
#define ROTATED_S INT64_C(1795466000)
#define EXPIRES_S INT64_C(1798058000)       /* thirty days later */

static const unsigned char newest[SESSION_HASH_SIZE] = {1};
static const unsigned char before[SESSION_HASH_SIZE] = {2};
static const unsigned char other[SESSION_HASH_SIZE] = {3};
static const unsigned char zeros[SESSION_HASH_SIZE] = {0};

/* The table of services/auth/README.md, with its edges. */
static void test_the_rule(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const unsigned char *presented, *previous;
        int64_t now_s, revoked_at_us;
        enum session_verdict verdict;
    } rows[] = {
        {"the newest at once", newest, before, ROTATED_S, 0, SESSION_ROTATE},
        {"the newest of a new session", newest, NULL, ROTATED_S + 600, 0, SESSION_ROTATE},
        {"the newest on the last day", newest, before, EXPIRES_S - 1, 0, SESSION_ROTATE},
        {"the newest too late", newest, before, EXPIRES_S, 0, SESSION_ENDED},
        {"the newest after signing out", newest, before, ROTATED_S + 600, 1, SESSION_ENDED},
        {"another tab at the same time", before, before, ROTATED_S, 0, SESSION_KEEP},
        {"another tab a minute later", before, before, ROTATED_S + 60, 0, SESSION_KEEP},
        {"the new one never arrived", before, before, ROTATED_S + 61, 0, SESSION_ROTATE},
        {"the new one never arrived, weeks later", before, before, EXPIRES_S - 1, 0, SESSION_ROTATE},
        {"the one before, too late", before, before, EXPIRES_S, 0, SESSION_ENDED},
        {"the one before, after signing out", before, before, ROTATED_S + 1, 1, SESSION_ENDED},
        {"one of long ago", other, before, ROTATED_S, 0, SESSION_REUSED},
        {"one of long ago, later", other, before, ROTATED_S + 600, 0, SESSION_REUSED},
        {"a wrong one for a new session", other, NULL, ROTATED_S, 0, SESSION_REUSED},
        {"zeros are not an absent one before", zeros, NULL, ROTATED_S, 0, SESSION_REUSED},
        {"one of long ago for a session that is over", other, before, ROTATED_S, 1, SESSION_ENDED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct session_state session = {newest, rows[i].previous, ROTATED_S * US_PER_S, EXPIRES_S * US_PER_S,
                                              rows[i].revoked_at_us};
        if (session_judge(&session, rows[i].presented, rows[i].now_s * US_PER_S) != rows[i].verdict)
            fail_msg("%s", rows[i].what);
    }
}

static void test_only_its_holders_may_end_a_session(void **state)
{
    (void)state;
    const struct session_state session = {newest, before, 0, 0, 0};
    const struct session_state fresh = {newest, NULL, 0, 0, 0};
    assert_true(session_is_held_by(&session, newest));
    assert_true(session_is_held_by(&session, before));
    assert_false(session_is_held_by(&session, other));
    assert_false(session_is_held_by(&fresh, zeros));
}

static void test_a_token_names_its_session_and_its_secret(void **state)
{
    (void)state;
    char text[SESSION_TOKEN_SIZE];
    char again[SESSION_TOKEN_SIZE];
    unsigned char hash[SESSION_HASH_SIZE];
    unsigned char hash_again[SESSION_HASH_SIZE];
    struct session_token token;
    session_token_make(ID, text, hash);
    session_token_make(ID, again, hash_again);
    assert_int_equal(strlen(text), 64);
    assert_string_not_equal(text, again);
    assert_memory_not_equal(hash, hash_again, sizeof(hash));
    assert_true(session_token_parse(text, &token));
    assert_string_equal(token.session_id, ID);
    assert_memory_equal(token.hash, hash, sizeof(hash));
}

/* The layout, computed apart with Python: base64url of 16 + 32 bytes, BLAKE2b-256 of the 32. */
static void test_the_layout_stays(void **state)
{
    (void)state;
    static const char text[] = "AZNaO3wRfT6PAFscLT5PUAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    static const char expected[] = "cb2f5160fc1f7e05a55ef49d340b48da2e5a78099d53393351cd579dd42503d6";
    char hash[2 * SESSION_HASH_SIZE + 1];
    struct session_token token;
    assert_true(session_token_parse(text, &token));
    assert_string_equal(token.session_id, ID);
    assert_string_equal(sodium_bin2hex(hash, sizeof(hash), token.hash, sizeof(token.hash)), expected);
}

static void test_what_is_no_token_is_refused(void **state)
{
    (void)state;
    struct session_token token;
    char text[SESSION_TOKEN_SIZE + 8];
    unsigned char hash[SESSION_HASH_SIZE];
    session_token_make(ID, text, hash);
    static const char *const tails[] = {"", "=", "A", "AAAA", ".", " "};
    for (size_t i = 1; i < sizeof(tails) / sizeof(tails[0]); i++) {
        strcpy(text + 64, tails[i]);
        assert_false(session_token_parse(text, &token));
    }
    text[63] = '\0';
    assert_false(session_token_parse(text, &token));
    text[63] = '+';
    text[64] = '\0';
    assert_false(session_token_parse(text, &token));
    assert_false(session_token_parse("", &token));
}

static int set_up(void **state)
{
    (void)state;
    return sodium_init() < 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rule),
        cmocka_unit_test(test_only_its_holders_may_end_a_session),
        cmocka_unit_test(test_a_token_names_its_session_and_its_secret),
        cmocka_unit_test(test_the_layout_stays),
        cmocka_unit_test(test_what_is_no_token_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
