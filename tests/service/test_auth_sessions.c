/* Signed in people stay signed in over bad lines, until they sign out or a token is stolen. */
#include "auth_shop.h"

#include <semaphore.h>
#include <string.h>

RPC_STUB(logout, auth__v1__auth_service__logout, Auth__V1__LogoutRequest, Auth__V1__LogoutReply)

/* Lets time pass for the sessions of an account. */
static void age_sessions(const char *account_id, int64_t seconds)
{
    static const struct sql sql = {"test.age_sessions",
                                   "UPDATE session SET rotated_at = rotated_at - $2::int8 * interval '1 second', "
                                   "expires_at = expires_at - $2::int8 * interval '1 second' WHERE account_id = $1"};
    assert_int_equal(db_exec(shop.db, &sql, DB_ARGS(DB_ARG(account_id), DB_ARG(seconds)), NULL, &shop.err), DB_OK);
}

/* Refreshing */

static void tab_done(void *arg)
{
    sem_post(arg);
}

static void test_a_refresh_gives_the_next_token(void **state)
{
    (void)state;
    const Auth__V1__Session *first = registered("refresh@example.com");
    const Auth__V1__Session *second = refreshed(first->refresh_token);
    const Auth__V1__Session *third = refreshed(second->refresh_token);
    assert_string_not_equal(second->refresh_token, first->refresh_token);
    assert_string_not_equal(third->refresh_token, second->refresh_token);
    assert_string_equal(third->profile->id, first->profile->id);
    struct token_claims before = read_token(first->access_token);
    struct token_claims after = read_token(third->access_token);
    assert_string_equal(after.session_id, before.session_id);
    assert_string_equal(after.subject, before.subject);
    assert_string_not_equal(after.token_id, before.token_id);
}

static void test_use_makes_a_session_last(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("sliding@example.com");
    age_sessions(session->profile->id, 29 * 24 * 3600);
    session = refreshed(session->refresh_token);
    age_sessions(session->profile->id, 29 * 24 * 3600);
    session = refreshed(session->refresh_token);
    age_sessions(session->profile->id, 31 * 24 * 3600);
    assert_signed_out(session->refresh_token);
}

static void test_two_tabs_may_refresh_at_once(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("tabs@example.com");
    const Auth__V1__Session *winner = refreshed(session->refresh_token);
    const Auth__V1__Session *other = refreshed(session->refresh_token);
    assert_string_equal(other->refresh_token, "");
    assert_string_equal(read_token(other->access_token).subject, session->profile->id);
    assert_string_not_equal(refreshed(winner->refresh_token)->refresh_token, "");
}

/* A browser that restores its tabs: one of them gets the next token, all of them go on. */
static void test_many_tabs_get_one_next_token(void **state)
{
    (void)state;
    enum { TABS = 8 };
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(&auth__v1__auth_service__descriptor, "Refresh");
    Auth__V1__RefreshRequest request = AUTH__V1__REFRESH_REQUEST__INIT;
    struct rpc_result results[TABS];
    struct arena *arenas[TABS];
    const char *next = "";
    int next_count = 0;
    sem_t done;
    sem_init(&done, 0, 0);
    request.refresh_token = registered("restored@example.com")->refresh_token;
    for (size_t i = 0; i < TABS; i++) {
        arenas[i] = arena_new(4096, 1 << 20);
        rpc_client_start(shop.client, method, auth_shop_meta(), &request.base, arenas[i], &results[i], tab_done, &done);
    }
    for (size_t i = 0; i < TABS; i++)
        sem_wait(&done);
    for (size_t i = 0; i < TABS; i++) {
        assert_int_equal(results[i].err.status, STATUS_OK);
        const Auth__V1__Session *session = (const Auth__V1__Session *)results[i].reply;
        assert_string_not_equal(session->access_token, "");
        if (*session->refresh_token) {
            next = arena_strdup(shop.arena, session->refresh_token);
            next_count++;
        }
        arena_free(arenas[i]);
    }
    assert_int_equal(next_count, 1);
    refreshed(next);
    sem_destroy(&done);
}

static void test_a_lost_answer_signs_nobody_out(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("lost@example.com");
    const char *kept = session->refresh_token;
    const char *lost = refreshed(kept)->refresh_token;
    age_sessions(session->profile->id, 61);
    const Auth__V1__Session *again = refreshed(kept);
    assert_string_not_equal(again->refresh_token, "");
    age_sessions(session->profile->id, 61);
    const char *newest = refreshed(again->refresh_token)->refresh_token;
    assert_signed_out(lost);
    assert_signed_out(newest);
}

static void test_a_stolen_token_ends_the_session_for_both(void **state)
{
    (void)state;
    const char *stolen = registered("stolen@example.com")->refresh_token;
    const Auth__V1__Session *other_device = NULL;
    assert_int_equal(try_login("stolen@example.com", PASSWORD, &other_device), STATUS_OK);
    const char *newest = refreshed(refreshed(stolen)->refresh_token)->refresh_token;
    assert_signed_out(stolen);
    assert_signed_out(newest);
    refreshed(other_device->refresh_token);
}

static void test_what_is_no_refresh_token_is_refused(void **state)
{
    (void)state;
    const Auth__V1__Session *session = NULL;
    const char *good = registered("forged@example.com")->refresh_token;
    char *forged = arena_strdup(shop.arena, good);
    memset(forged, 'A', 22);
    assert_signed_out("AAAA");
    assert_signed_out(forged);
    refreshed(good);
    assert_int_equal(try_refresh("", &session), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("refreshToken", "required"));
}

/* Signing out */

static enum status try_logout(const char *refresh_token)
{
    Auth__V1__LogoutRequest request = AUTH__V1__LOGOUT_REQUEST__INIT;
    const Auth__V1__LogoutReply *reply = NULL;
    request.refresh_token = (char *)refresh_token;
    return CALL(logout, &request, &reply);
}

static void test_signing_out_ends_this_session_only(void **state)
{
    (void)state;
    const Auth__V1__Session *phone = registered("logout@example.com");
    const Auth__V1__Session *laptop = NULL;
    assert_int_equal(try_login("logout@example.com", PASSWORD, &laptop), STATUS_OK);
    assert_int_equal(try_logout(phone->refresh_token), STATUS_OK);
    assert_signed_out(phone->refresh_token);
    assert_int_equal(try_logout(phone->refresh_token), STATUS_OK);
    laptop = refreshed(laptop->refresh_token);
    as_holder_of(laptop);
    assert_int_equal(try_logout(""), STATUS_OK);
    assert_signed_out(laptop->refresh_token);
}

static void test_nobody_signs_others_out(void **state)
{
    (void)state;
    const Auth__V1__Session *victim = registered("victim@example.com");
    const Auth__V1__Session *other = registered("other@example.com");
    char *forged = arena_strdup(shop.arena, victim->refresh_token);
    memcpy(forged + 22, other->refresh_token + 22, 42);
    as_nobody();
    assert_int_equal(try_logout(forged), STATUS_OK);
    assert_int_equal(try_logout(""), STATUS_UNAUTHENTICATED);
    as_holder_of(other);
    shop.caller.session_id = (char *)read_token(victim->access_token).session_id;
    assert_int_equal(try_logout(""), STATUS_OK);
    refreshed(victim->refresh_token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refresh_gives_the_next_token),
        cmocka_unit_test(test_use_makes_a_session_last),
        cmocka_unit_test(test_two_tabs_may_refresh_at_once),
        cmocka_unit_test(test_many_tabs_get_one_next_token),
        cmocka_unit_test(test_a_lost_answer_signs_nobody_out),
        cmocka_unit_test(test_a_stolen_token_ends_the_session_for_both),
        cmocka_unit_test(test_what_is_no_refresh_token_is_refused),
        cmocka_unit_test(test_signing_out_ends_this_session_only),
        cmocka_unit_test(test_nobody_signs_others_out),
    };
    return cmocka_run_group_tests(tests, auth_shop_open, auth_shop_close);
}
