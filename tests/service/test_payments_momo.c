/* MTN MoMo's adapter against its simulator, over TLS. */
#include "payments_stage.h"

#include <string.h>

static struct error err;

static const struct provider *momo(void)
{
    error_clear(&err);
    return payments_provider("mtn_momo");
}

static struct provider_charge ask(int64_t amount_minor)
{
    struct provider_action action;
    struct provider_charge charge = payments_charge("UGX", amount_minor);
    assert_int_equal(provider_create(momo(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_int_equal(action.kind, PROVIDER_ACTION_PROMPT);
    charge.provider_ref = action.provider_ref;
    return charge;
}

static size_t entries(const char *list)
{
    return json_array_size(json_object_get(payments_books(), list));
}

static void a_request_is_paid(void **state)
{
    (void)state;
    struct provider_charge charge = ask(55000);
    payments_await(momo(), &charge, PROVIDER_PENDING);
    struct provider_result result = payments_await(momo(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 55000);
    assert_string_equal(result.currency_code, "UGX");
    assert_string_equal(result.reference, charge.reference);
}

static void only_the_environment_s_currency_is_taken(void **state)
{
    (void)state;
    assert_true(provider_takes(momo(), "UGX", 55000));
    assert_false(provider_takes(momo(), "KES", 55000));
}

/* The UUID of the request keeps the second prompt from the phone; libcurl itself has repeated it once by then. */
static void a_request_whose_answer_was_lost_is_made_once(void **state)
{
    (void)state;
    struct provider_action action;
    ask(1000);                      /* from now on there is a token */
    struct provider_charge charge = payments_charge("UGX", 55000);
    payments_switch("{\"mtn_momo\": {\"times\": {\"drop\": 2}}}");
    assert_int_equal(provider_create(momo(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    charge.is_repeat = true;
    assert_int_equal(provider_create(momo(), payments_call(), &charge, &action, &err), STATUS_OK);
    payments_await(momo(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(entries("charges"), 2);
}

static void a_request_that_did_not_arrive_is_unknown(void **state)
{
    (void)state;
    struct provider_charge charge = payments_charge("UGX", 55000);
    payments_await(momo(), &charge, PROVIDER_UNKNOWN);
}

static void the_customer_s_no_is_told(void **state)
{
    (void)state;
    payments_switch("{\"mtn_momo\": {\"times\": {\"cancel\": 1}}}");
    struct provider_charge charge = ask(55000);
    assert_string_equal(payments_await(momo(), &charge, PROVIDER_CANCELLED).reason, PROVIDER_REASON_CANCELLED);
}

static void a_token_that_ended_is_fetched_anew(void **state)
{
    (void)state;
    ask(55000);
    payments_switch("{\"mtn_momo\": {\"times\": {\"tokenExpired\": 1}}}");
    ask(55000);
    assert_int_equal(entries("charges"), 2);
}

static void another_sum_than_asked_is_seen(void **state)
{
    (void)state;
    payments_switch("{\"mtn_momo\": {\"times\": {\"wrongAmount\": 1}}}");
    struct provider_charge charge = ask(55000);
    assert_int_not_equal(payments_await(momo(), &charge, PROVIDER_SUCCEEDED).amount_minor, 55000);
}

static void a_refund_is_made_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = ask(55000);
    payments_await(momo(), &charge, PROVIDER_SUCCEEDED);
    struct provider_refund refund = payments_refund(&charge, 20000);
    payments_await_refund(momo(), &refund, PROVIDER_UNKNOWN);
    payments_switch("{\"mtn_momo\": {\"times\": {\"drop\": 2}}}");
    assert_int_equal(provider_refund(momo(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_refund(momo(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(payments_await_refund(momo(), &refund, PROVIDER_SUCCEEDED).amount_minor, 20000);
    assert_int_equal(entries("refunds"), 1);
}

static void a_refund_that_is_too_much_is_refused_unasked(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = payments_charge("UGX", 55000);
    struct provider_refund refund = payments_refund(&charge, 55001);
    assert_int_equal(provider_refund(momo(), payments_call(), &refund, &result, &err), STATUS_INVALID_ARGUMENT);
}

static void a_notice_is_proved_by_its_address(void **state)
{
    (void)state;
    struct provider_notice notice;
    struct provider_charge charge = ask(55000);
    struct provider_mail mail = payments_notice("mtn_momo", "requesttopay");
    assert_int_equal(provider_parse_notice(momo(), &mail, payments_arena(), &notice, &err), STATUS_OK);
    assert_string_equal(notice.subject_id, charge.id);
    assert_string_equal(notice.reference, charge.reference);
    assert_int_equal(notice.claimed_minor, 55000);
    mail.token = "";
    assert_int_equal(provider_parse_notice(momo(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_paid),
        TEST(only_the_environment_s_currency_is_taken),
        TEST(a_request_whose_answer_was_lost_is_made_once),
        TEST(a_request_that_did_not_arrive_is_unknown),
        TEST(the_customer_s_no_is_told),
        TEST(a_token_that_ended_is_fetched_anew),
        TEST(another_sum_than_asked_is_seen),
        TEST(a_refund_is_made_once),
        TEST(a_refund_that_is_too_much_is_refused_unasked),
        TEST(a_notice_is_proved_by_its_address),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
