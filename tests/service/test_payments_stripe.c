/* Stripe's adapter against its simulator, over TLS. */
#include "payments_stage.h"

#include <string.h>

#include "clock.h"

static struct error err;

static const struct provider *stripe(void)
{
    error_clear(&err);
    return payments_provider("stripe");
}

static struct provider_charge begin(const char *currency_code, int64_t amount_minor, bool capture_later)
{
    struct provider_action action;
    struct provider_charge charge = payments_charge(currency_code, amount_minor);
    charge.capture_later = capture_later;
    assert_int_equal(provider_create(stripe(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_int_equal(action.kind, PROVIDER_ACTION_CLIENT);
    assert_non_null(strstr(action.text, "_secret_"));
    charge.provider_ref = action.provider_ref;
    return charge;
}

static struct provider_charge pay(const char *currency_code, int64_t amount_minor)
{
    struct provider_charge charge = begin(currency_code, amount_minor, false);
    payments_customer("stripe", charge.reference, "pay");
    charge.transaction_id = payments_await(stripe(), &charge, PROVIDER_SUCCEEDED).transaction_id;
    return charge;
}

static size_t entries(const char *list)
{
    return json_array_size(json_object_get(payments_books(), list));
}

static void an_intent_is_paid(void **state)
{
    (void)state;
    struct provider_charge charge = begin("USD", 12345, false);
    payments_await(stripe(), &charge, PROVIDER_PENDING);
    payments_customer("stripe", charge.reference, "pay");
    struct provider_result result = payments_await(stripe(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 12345);
    assert_string_equal(result.currency_code, "USD");
    assert_string_equal(result.reference, charge.reference);
    assert_int_equal(result.refunded_minor, 0);
}

/* 5000 shillings of Uganda are sent as 500000, 5000 francs of Rwanda as 5000. */
static void currencies_without_decimals_follow_their_rules(void **state)
{
    (void)state;
    struct provider_charge ugx = pay("UGX", 5000), rwf = pay("RWF", 5000);
    assert_int_equal(payments_await(stripe(), &ugx, PROVIDER_SUCCEEDED).amount_minor, 5000);
    assert_int_equal(payments_await(stripe(), &rwf, PROVIDER_SUCCEEDED).amount_minor, 5000);
    const json_t *charges = json_object_get(payments_books(), "charges");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(charges, 0), "minor")), 5000);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(charges, 1), "minor")), 5000);
}

static void a_third_decimal_must_be_nought(void **state)
{
    (void)state;
    assert_true(provider_takes(stripe(), "TND", 12340));
    assert_false(provider_takes(stripe(), "TND", 12345));
}

static void an_intent_whose_answer_was_lost_is_made_once(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("USD", 12345);
    payments_switch("{\"stripe\": {\"times\": {\"drop\": 2}}}");
    assert_int_equal(provider_create(stripe(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    payments_await(stripe(), &charge, PROVIDER_PENDING);        /* found by our reference */
    assert_int_equal(provider_create(stripe(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_int_equal(entries("charges"), 1);
}

/* Stripe repeats a 500 to every copy of its key for a day: the shopper need not wait that long. */
static void a_key_that_is_spent_on_an_error_is_left(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("USD", 12345);
    payments_switch("{\"stripe\": {\"times\": {\"errorBefore\": 1}}}");
    assert_int_equal(provider_create(stripe(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_create(stripe(), payments_call(), &charge, &action, &err), STATUS_OK);
}

static void a_refund_behind_an_error_is_made_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("USD", 12345);
    struct provider_refund refund = payments_refund(&charge, 2345);
    payments_switch("{\"stripe\": {\"times\": {\"errorAfter\": 1}}}");
    assert_int_equal(provider_refund(stripe(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_refund(stripe(), payments_call(), &refund, &result, &err), STATUS_OK);
    refund.provider_ref = result.provider_ref;
    assert_int_equal(payments_await_refund(stripe(), &refund, PROVIDER_SUCCEEDED).amount_minor, 2345);
    assert_int_equal(entries("refunds"), 1);
    assert_int_equal(payments_await(stripe(), &charge, PROVIDER_SUCCEEDED).refunded_minor, 2345);
}

static void a_refund_before_which_it_broke_down_is_made(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("USD", 12345);
    struct provider_refund refund = payments_refund(&charge, 12345);
    payments_switch("{\"stripe\": {\"times\": {\"errorBefore\": 1}}}");
    assert_int_equal(provider_refund(stripe(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_refund(stripe(), payments_call(), &refund, &result, &err), STATUS_OK);
    payments_await_refund(stripe(), &refund, PROVIDER_SUCCEEDED);
    assert_int_equal(entries("refunds"), 1);
}

static void a_cancelled_intent_takes_no_money(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = begin("USD", 12345, false);
    assert_int_equal(provider_cancel(stripe(), payments_call(), &charge, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_CANCELLED);
    payments_await(stripe(), &charge, PROVIDER_CANCELLED);
}

static void what_was_paid_before_the_cancel_is_told(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("USD", 12345);
    assert_int_equal(provider_cancel(stripe(), payments_call(), &charge, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 12345);
}

static void money_that_is_held_is_captured(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = begin("USD", 12345, true);
    payments_customer("stripe", charge.reference, "pay");
    assert_int_equal(payments_await(stripe(), &charge, PROVIDER_AUTHORISED).amount_minor, 12345);
    assert_int_equal(provider_capture(stripe(), payments_call(), &charge, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_SUCCEEDED);
    assert_int_equal(payments_count("charges", "stripe", "paid"), 1);
}

static void a_notice_is_proved_by_its_signature_and_time(void **state)
{
    (void)state;
    struct provider_notice notice;
    struct provider_charge charge = pay("USD", 12345);
    struct provider_mail mail = payments_notice("stripe", "payment_intent.succeeded");
    assert_int_equal(provider_parse_notice(stripe(), &mail, payments_arena(), &notice, &err), STATUS_OK);
    assert_string_equal(notice.reference, charge.reference);
    assert_string_equal(notice.provider_ref, charge.provider_ref);
    assert_int_equal(notice.claimed_minor, 12345);
    mail.now_us += 400 * US_PER_S;
    assert_int_equal(provider_parse_notice(stripe(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

static void old_and_forged_notices_are_refused(void **state)
{
    (void)state;
    struct provider_notice notice;
    payments_switch("{\"stripe\": {\"times\": {\"staleTimestamp\": 1}}}");
    pay("USD", 12345);
    struct provider_mail mail = payments_notice("stripe", "payment_intent.succeeded");
    assert_int_equal(provider_parse_notice(stripe(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
    payments_stage_reset(NULL);
    payments_switch("{\"stripe\": {\"times\": {\"badSignature\": 1}}}");
    pay("USD", 12345);
    mail = payments_notice("stripe", "payment_intent.succeeded");
    assert_int_equal(provider_parse_notice(stripe(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_intent_is_paid),
        TEST(currencies_without_decimals_follow_their_rules),
        TEST(a_third_decimal_must_be_nought),
        TEST(an_intent_whose_answer_was_lost_is_made_once),
        TEST(a_key_that_is_spent_on_an_error_is_left),
        TEST(a_refund_behind_an_error_is_made_once),
        TEST(a_refund_before_which_it_broke_down_is_made),
        TEST(a_cancelled_intent_takes_no_money),
        TEST(what_was_paid_before_the_cancel_is_told),
        TEST(money_that_is_held_is_captured),
        TEST(a_notice_is_proved_by_its_signature_and_time),
        TEST(old_and_forged_notices_are_refused),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
