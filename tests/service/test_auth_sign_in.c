/* People come in: as guests, by registering, by signing in; and a crowd at the door holds up nobody inside. */
#include "auth_shop.h"

#include <semaphore.h>
#include <string.h>

#include "clock.h"

RPC_STUB(start_guest, auth__v1__auth_service__start_guest_session, Auth__V1__StartGuestSessionRequest, Auth__V1__Session)
RPC_STUB(register_customer, auth__v1__auth_service__register_customer, Auth__V1__RegisterCustomerRequest, Auth__V1__Session)

/* Guests */

static void test_a_guest_is_a_token_and_nothing_else(void **state)
{
    (void)state;
    const Auth__V1__StartGuestSessionRequest request = AUTH__V1__START_GUEST_SESSION_REQUEST__INIT;
    const Auth__V1__Session *one = NULL;
    const Auth__V1__Session *two = NULL;
    as_nobody();
    assert_int_equal(CALL(start_guest, &request, &one), STATUS_OK);
    assert_int_equal(CALL(start_guest, &request, &two), STATUS_OK);
    struct token_claims claims = read_token(one->access_token);
    assert_int_equal(claims.kind, RPC__V1__CALLER__KIND__KIND_GUEST);
    assert_string_equal(claims.session_id, "");
    assert_int_equal(claims.expires_at_us - claims.issued_at_us, INT64_C(90) * 24 * 3600 * US_PER_S);
    assert_int_equal(clock_from_timestamp(one->access_expires_at), claims.expires_at_us);
    assert_string_equal(one->refresh_token, "");
    assert_null(one->refresh_expires_at);
    assert_null(one->profile);
    assert_string_not_equal(claims.subject, read_token(two->access_token).subject);
}

/* Registering and signing in */

static void test_registering_signs_in(void **state)
{
    (void)state;
    int64_t now_us = clock_now_us();
    const Auth__V1__Session *session = registered("Amina@Example.com");
    struct token_claims claims = read_token(session->access_token);
    assert_int_equal(claims.kind, RPC__V1__CALLER__KIND__KIND_CUSTOMER);
    assert_string_equal(claims.subject, session->profile->id);
    assert_true(uuid_is_valid(claims.session_id));
    assert_string_equal(claims.guest_subject, "");
    assert_int_equal(claims.role_count, 0);
    assert_int_equal(claims.expires_at_us - claims.issued_at_us, 600 * US_PER_S);
    assert_in_range(clock_from_timestamp(session->refresh_expires_at) - now_us, INT64_C(2592000) * US_PER_S,
                    INT64_C(2592020) * US_PER_S);
    assert_string_equal(session->profile->email, "amina@example.com");
    assert_string_equal(session->profile->phone, "");
    assert_string_equal(session->profile->name, "Amina Otieno");
    assert_string_equal(session->profile->country_code, "KE");
    assert_false(session->profile->is_staff);
    assert_in_range(clock_from_timestamp(session->profile->created_at), now_us, now_us + 20 * US_PER_S);
}

static void test_a_phone_number_is_one_login_however_written(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("0712 345 678");
    assert_string_equal(session->profile->phone, "+254712345678");
    assert_string_equal(session->profile->email, "");
    assert_int_equal(try_login("+254 (712) 345-678", PASSWORD, &session), STATUS_OK);
    assert_string_equal(session->profile->phone, "+254712345678");
}

static void test_all_that_is_wrong_is_told_at_once(void **state)
{
    (void)state;
    Auth__V1__RegisterCustomerRequest request = AUTH__V1__REGISTER_CUSTOMER_REQUEST__INIT;
    const Auth__V1__Session *session = NULL;
    request.login = (char *)"nobody";
    request.password = arena_strdup(shop.arena, "short");
    request.country_code = (char *)"Kenya";
    as_nobody();
    assert_int_equal(CALL(register_customer, &request, &session), STATUS_INVALID_ARGUMENT);
    assert_int_equal(shop.err.violation_count, 4);
    assert_true(has_violation("login", "malformed"));
    assert_true(has_violation("password", "too_short"));
    assert_true(has_violation("name", "required"));
    assert_true(has_violation("countryCode", "malformed"));
}

static void test_a_login_is_taken_once(void **state)
{
    (void)state;
    const Auth__V1__Session *session = NULL;
    registered("twice@example.com");
    assert_int_equal(try_register("TWICE@example.com", &session), STATUS_ALREADY_EXISTS);
    assert_true(has_violation("login", "taken"));
}

static void test_wrong_and_unknown_look_the_same(void **state)
{
    (void)state;
    const Auth__V1__Session *session = NULL;
    registered("known@example.com");
    assert_int_equal(try_login("known@example.com", PASSWORD "!", &session), STATUS_UNAUTHENTICATED);
    struct error wrong = shop.err;
    assert_int_equal(try_login("unknown@example.com", PASSWORD, &session), STATUS_UNAUTHENTICATED);
    assert_string_equal(shop.err.message, wrong.message);
    assert_int_equal(shop.err.violation_count, wrong.violation_count);
}

static void test_what_is_no_password_is_not_hashed(void **state)
{
    (void)state;
    const Auth__V1__Session *session = NULL;
    char *endless = arena_alloc(shop.arena, 100001);
    memset(endless, 'x', 100000);
    assert_int_equal(try_login("known@example.com", "", &session), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("password", "required"));
    assert_int_equal(try_login("known@example.com", endless, &session), STATUS_INVALID_ARGUMENT);
    assert_true(has_violation("password", "too_long"));
}

/* Otherwise the cart would be lost by signing in. */
static void test_the_guest_is_remembered(void **state)
{
    (void)state;
    const Auth__V1__Session *session = NULL;
    as_guest();
    assert_int_equal(try_register("was-a-guest@example.com", &session), STATUS_OK);
    assert_string_equal(read_token(session->access_token).guest_subject, GUEST);
    as_guest();
    assert_int_equal(try_login("was-a-guest@example.com", PASSWORD, &session), STATUS_OK);
    assert_string_equal(read_token(session->access_token).guest_subject, GUEST);
    session = refreshed(session->refresh_token);
    assert_string_equal(read_token(session->access_token).guest_subject, GUEST);
}

static void test_dearer_settings_renew_the_hash_at_sign_in(void **state)
{
    (void)state;
    const Auth__V1__Session *session = registered("rehash@example.com");
    struct auth_account account;
    const char *id = session->profile->id;
    shop.settings.password_cost.passes = 3;
    assert_int_equal(try_login("rehash@example.com", "not the password", &session), STATUS_UNAUTHENTICATED);
    assert_int_equal(auth_store_find_account(shop.db, id, shop.arena, &account, &shop.err), DB_OK);
    assert_non_null(strstr(account.password_hash, "m=64,t=1,p=1"));
    assert_int_equal(try_login("rehash@example.com", PASSWORD, &session), STATUS_OK);
    assert_int_equal(auth_store_find_account(shop.db, id, shop.arena, &account, &shop.err), DB_OK);
    assert_non_null(strstr(account.password_hash, "m=64,t=3,p=1"));
    assert_int_equal(try_login("rehash@example.com", PASSWORD, &session), STATUS_OK);
    shop.settings.password_cost.passes = 1;
}

/* A storm of sign-ins */

enum { STORM = 60 };

struct storm {
    struct arena *arena;
    struct rpc_result result;
    sem_t *done;
};

static void storm_done(void *arg)
{
    sem_post(((struct storm *)arg)->done);
}

/* Hashing is slow on purpose: what does not fit its queue is refused at once, and everything else goes on. */
static void test_a_storm_of_sign_ins_holds_up_nobody_else(void **state)
{
    (void)state;
    struct storm storms[STORM];
    sem_t done;
    const Auth__V1__Session *session = NULL;
    shop.settings.password_cost = (struct password_cost){19456, 2};
    session = registered("storm@example.com");
    Auth__V1__LoginRequest request = AUTH__V1__LOGIN_REQUEST__INIT;
    request.login = (char *)"storm@example.com";
    request.password = (char *)PASSWORD;
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(&auth__v1__auth_service__descriptor, "Login");
    sem_init(&done, 0, 0);
    as_nobody();
    for (size_t i = 0; i < STORM; i++) {
        storms[i].arena = arena_new(4096, 1 << 20);
        storms[i].done = &done;
        rpc_client_start(shop.client, method, auth_shop_meta(), &request.base, storms[i].arena, &storms[i].result,
                         storm_done, &storms[i]);
    }
    refreshed(session->refresh_token);
    int waited = 0;
    sem_getvalue(&done, &waited);
    assert_true(waited < STORM); /* the refresh overtook sign-ins that were there before it */
    size_t good = 0;
    size_t refused = 0;
    for (size_t i = 0; i < STORM; i++)
        sem_wait(&done);
    for (size_t i = 0; i < STORM; i++) {
        good += storms[i].result.err.status == STATUS_OK;
        refused += storms[i].result.err.status == STATUS_UNAVAILABLE && storms[i].result.err.retry_after_s > 0;
        arena_free(storms[i].arena);
    }
    assert_int_equal(good + refused, STORM);
    assert_in_range(good, (size_t)auth_service_password_lane.queue_max, STORM - 1);
    sem_destroy(&done);
    shop.settings.password_cost = (struct password_cost){64, 1};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_guest_is_a_token_and_nothing_else),
        cmocka_unit_test(test_registering_signs_in),
        cmocka_unit_test(test_a_phone_number_is_one_login_however_written),
        cmocka_unit_test(test_all_that_is_wrong_is_told_at_once),
        cmocka_unit_test(test_a_login_is_taken_once),
        cmocka_unit_test(test_wrong_and_unknown_look_the_same),
        cmocka_unit_test(test_what_is_no_password_is_not_hashed),
        cmocka_unit_test(test_the_guest_is_remembered),
        cmocka_unit_test(test_dearer_settings_renew_the_hash_at_sign_in),
        cmocka_unit_test(test_a_storm_of_sign_ins_holds_up_nobody_else),
    };
    return cmocka_run_group_tests(tests, auth_shop_open, auth_shop_close);
}
