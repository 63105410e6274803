/* Flutterwave's adapter against its simulator, over TLS. */
#include "payments_stage.h"

#include <string.h>

static struct error err;

static const struct provider *flutterwave(void)
{
    error_clear(&err);
    return payments_provider("flutterwave");
}

static struct provider_charge pay(const char *currency_code, int64_t amount_minor)
{
    struct provider_action action;
    struct provider_charge charge = payments_charge(currency_code, amount_minor);
    assert_int_equal(provider_create(flutterwave(), payments_call(), &charge, &action, &err), STATUS_OK);
    payments_customer("flutterwave", charge.reference, "pay");
    charge.transaction_id = payments_await(flutterwave(), &charge, PROVIDER_SUCCEEDED).transaction_id;
    return charge;
}

static void a_page_is_paid_in_major_units(void **state)
{
    (void)state;
    struct provider_charge charge = pay("NGN", 123405);
    struct provider_result result = payments_await(flutterwave(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 123405);
    assert_string_equal(result.currency_code, "NGN");
    assert_string_equal(result.reference, charge.reference);
    const json_t *entry = json_array_get(json_object_get(payments_books(), "charges"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "minor")), 123405);
}

static void a_currency_without_decimals_is_paid(void **state)
{
    (void)state;
    struct provider_charge charge = pay("RWF", 7500);
    assert_int_equal(payments_await(flutterwave(), &charge, PROVIDER_SUCCEEDED).amount_minor, 7500);
}

static void before_anybody_paid_nothing_is_known(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    assert_int_equal(provider_create(flutterwave(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_int_equal(action.kind, PROVIDER_ACTION_REDIRECT);
    payments_await(flutterwave(), &charge, PROVIDER_UNKNOWN);
}

/* The shopper gets a page after all, and there is one charge. */
static void a_lost_page_is_opened_again(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    payments_switch("{\"flutterwave\": {\"times\": {\"drop\": 1}}}");
    assert_int_equal(provider_create(flutterwave(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    charge.is_repeat = true;
    assert_int_equal(provider_create(flutterwave(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_non_null(strstr(action.url, "/hosted/"));
    assert_int_equal(json_array_size(json_object_get(payments_books(), "charges")), 1);
}

static void another_currency_than_asked_is_seen(void **state)
{
    (void)state;
    payments_switch("{\"flutterwave\": {\"times\": {\"wrongCurrency\": 1}}}");
    struct provider_charge charge = pay("KES", 150000);
    assert_string_equal(payments_await(flutterwave(), &charge, PROVIDER_SUCCEEDED).currency_code, "USD");
}

static void a_failure_may_be_followed_by_money(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    assert_int_equal(provider_create(flutterwave(), payments_call(), &charge, &action, &err), STATUS_OK);
    payments_customer("flutterwave", charge.reference, "decline");
    assert_string_equal(payments_await(flutterwave(), &charge, PROVIDER_FAILED).reason, PROVIDER_REASON_DECLINED);
    payments_customer("flutterwave", charge.reference, "pay");
    payments_await(flutterwave(), &charge, PROVIDER_SUCCEEDED);
}

static void a_refund_whose_answer_was_lost_is_made_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_refund refund = payments_refund(&charge, 40050);
    payments_switch("{\"flutterwave\": {\"times\": {\"errorAfter\": [1, 1]}}}");
    assert_int_equal(provider_refund(flutterwave(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_refund(flutterwave(), payments_call(), &refund, &result, &err), STATUS_OK);
    refund.provider_ref = result.provider_ref;
    assert_int_equal(payments_await_refund(flutterwave(), &refund, PROVIDER_SUCCEEDED).amount_minor, 40050);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "refunds")), 1);
}

static void a_refund_that_fails_is_told(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_refund refund = payments_refund(&charge, 150000);
    payments_switch("{\"flutterwave\": {\"times\": {\"refundFails\": 1}}}");
    assert_int_equal(provider_refund(flutterwave(), payments_call(), &refund, &result, &err), STATUS_OK);
    payments_await_refund(flutterwave(), &refund, PROVIDER_FAILED);
}

static void a_notice_is_proved_by_the_hash(void **state)
{
    (void)state;
    struct provider_notice notice;
    struct provider_charge charge = pay("KES", 150050);
    struct provider_mail mail = payments_notice("flutterwave", "charge.completed");
    assert_int_equal(provider_parse_notice(flutterwave(), &mail, payments_arena(), &notice, &err), STATUS_OK);
    assert_string_equal(notice.reference, charge.reference);
    assert_int_equal(notice.claimed_minor, 150050);
    mail.header_count = 0;
    assert_int_equal(provider_parse_notice(flutterwave(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

static void a_forged_notice_is_refused(void **state)
{
    (void)state;
    struct provider_notice notice;
    payments_switch("{\"flutterwave\": {\"badSignature\": 1}}");
    pay("KES", 150000);
    struct provider_mail mail = payments_notice("flutterwave", "charge.completed");
    assert_int_equal(provider_parse_notice(flutterwave(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_is_paid_in_major_units),
        TEST(a_currency_without_decimals_is_paid),
        TEST(before_anybody_paid_nothing_is_known),
        TEST(a_lost_page_is_opened_again),
        TEST(another_currency_than_asked_is_seen),
        TEST(a_failure_may_be_followed_by_money),
        TEST(a_refund_whose_answer_was_lost_is_made_once),
        TEST(a_refund_that_fails_is_told),
        TEST(a_notice_is_proved_by_the_hash),
        TEST(a_forged_notice_is_refused),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
