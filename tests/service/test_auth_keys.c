/* Registering, signing in and refreshing once, however often it is sent, and nothing that a thief of the database could use. */
#include "auth_shop.h"

#include <string.h>

#include "clock.h"
#include "store_test.h"

RPC_STUB(start_guest, auth__v1__auth_service__start_guest_session, Auth__V1__StartGuestSessionRequest, Auth__V1__Session)

#define KEY "01935a3b-7c11-7d3e-8f00-5b1c2d3e4f5"

static int begin(void **state)
{
    (void)state;
    shop.key = NULL;
    as_nobody();
    return 0;
}

static const char *value(const char *query)
{
    return store_test_value(shop.settings.base.database_url, query);
}

static void test_a_guest_is_made_once(void **state)
{
    (void)state;
    const Auth__V1__StartGuestSessionRequest request = AUTH__V1__START_GUEST_SESSION_REQUEST__INIT;
    const Auth__V1__Session *one, *two;
    shop.key = KEY "0";
    assert_int_equal(CALL(start_guest, &request, &one), STATUS_OK);
    assert_int_equal(CALL(start_guest, &request, &two), STATUS_OK);
    assert_string_equal(one->access_token, two->access_token);
    shop.key = "1";
    assert_int_equal(CALL(start_guest, &request, &two), STATUS_INVALID_ARGUMENT); /* two strangers could choose that */
    assert_true(has_violation("Idempotency-Key", "too_short"));
}

static void test_an_account_is_made_once_and_the_copy_is_signed_in(void **state)
{
    (void)state;
    const Auth__V1__Session *one, *two;
    shop.key = KEY "1";
    assert_int_equal(try_register("keyed@example.com", &one), STATUS_OK);
    assert_int_equal(try_register("keyed@example.com", &two), STATUS_OK);
    assert_string_equal(one->refresh_token, two->refresh_token);
    assert_int_equal(try_register("other@example.com", &two), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("Idempotency-Key", "idempotency_key_reused"));
    shop.key = KEY "2";
    assert_int_equal(try_register("keyed@example.com", &two), STATUS_ALREADY_EXISTS);
    assert_true(has_violation("login", "taken"));
}

static void test_signing_in_is_one_session(void **state)
{
    (void)state;
    const Auth__V1__Session *one, *two;
    registered("once@example.com");
    as_nobody();
    shop.key = KEY "3";
    assert_int_equal(try_login("once@example.com", "not the password", &one), STATUS_UNAUTHENTICATED);
    assert_int_equal(try_login("once@example.com", PASSWORD, &one), STATUS_OK); /* a refusal uses no key up */
    assert_int_equal(try_login("once@example.com", PASSWORD, &two), STATUS_OK);
    assert_string_equal(one->refresh_token, two->refresh_token);
    assert_string_equal(value("SELECT count(*) FROM session s JOIN account a ON a.id = s.account_id "
                              "WHERE a.email = 'once@example.com'"),
                        "2");
}

/* Shown again with its key, a token gives the successor that got lost on the way. */
static void test_a_refresh_whose_answer_was_lost_gives_the_same_successor(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("lost@example.com");
    const Auth__V1__Session *one, *two;
    as_nobody();
    shop.key = KEY "4";
    assert_int_equal(try_refresh(session->refresh_token, &one), STATUS_OK);
    assert_int_equal(try_refresh(session->refresh_token, &two), STATUS_OK);
    assert_true(strlen(one->refresh_token) > 0);
    assert_string_equal(one->refresh_token, two->refresh_token);
    shop.key = NULL;
    assert_true(strlen(refreshed(one->refresh_token)->refresh_token) > 0);
}

static void test_reuse_ends_the_session_with_a_key_too(void **state)
{
    (void)state;
    const Auth__V1__Session *first = registered("thief@example.com");
    const Auth__V1__Session *second = refreshed(first->refresh_token);
    const Auth__V1__Session *third = refreshed(second->refresh_token);
    const Auth__V1__Session *stolen;
    as_nobody();
    shop.key = KEY "5";
    assert_int_equal(try_refresh(first->refresh_token, &stolen), STATUS_UNAUTHENTICATED);
    shop.key = NULL;
    assert_signed_out(third->refresh_token);
}

static void test_stored_answers_tell_a_thief_nothing(void **state)
{
    (void)state;
    const Auth__V1__Session *session;
    shop.key = KEY "6";
    assert_int_equal(try_register("sealed@example.com", &session), STATUS_OK);
    assert_string_equal(value("SELECT count(*) FROM idempotency_key WHERE method = 'register_customer' "
                              "AND key LIKE '%6' AND answer IS NOT NULL"),
                        "1");
    assert_string_equal(value("SELECT count(*) FROM idempotency_key "
                              "WHERE position('sealed@example.com'::bytea IN answer) > 0 OR position('eyJ'::bytea IN answer) > 0"),
                        "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_guest_is_made_once, begin),
        cmocka_unit_test_setup(test_an_account_is_made_once_and_the_copy_is_signed_in, begin),
        cmocka_unit_test_setup(test_signing_in_is_one_session, begin),
        cmocka_unit_test_setup(test_a_refresh_whose_answer_was_lost_gives_the_same_successor, begin),
        cmocka_unit_test_setup(test_reuse_ends_the_session_with_a_key_too, begin),
        cmocka_unit_test_setup(test_stored_answers_tell_a_thief_nothing, begin),
    };
    return cmocka_run_group_tests(tests, auth_shop_open, auth_shop_close);
}
