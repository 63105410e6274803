/* Paystack's adapter against its simulator, over TLS: what a shopper pays and gets back, and what a broken line must not do. */
#include "payments_stage.h"

#include <string.h>

static struct error err;

static const struct provider *paystack(void)
{
    error_clear(&err);
    return payments_provider("paystack");
}

static struct provider_action open_page(const struct provider_charge *charge)
{
    struct provider_action action;
    assert_int_equal(provider_create(paystack(), payments_call(), charge, &action, &err), STATUS_OK);
    return action;
}

static struct provider_charge pay(const char *currency_code, int64_t amount_minor)
{
    struct provider_charge charge = payments_charge(currency_code, amount_minor);
    open_page(&charge);
    payments_customer("paystack", charge.reference, "pay");
    charge.transaction_id = payments_await(paystack(), &charge, PROVIDER_SUCCEEDED).transaction_id;
    return charge;
}

static void a_page_is_paid(void **state)
{
    (void)state;
    struct provider_charge charge = payments_charge("KES", 150050);
    struct provider_action action = open_page(&charge);
    assert_int_equal(action.kind, PROVIDER_ACTION_REDIRECT);
    assert_non_null(strstr(action.url, "/paystack/checkout/"));
    payments_await(paystack(), &charge, PROVIDER_PENDING);
    payments_customer("paystack", charge.reference, "pay");
    struct provider_result result = payments_await(paystack(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 150050);
    assert_string_equal(result.currency_code, "KES");
    assert_string_equal(result.reference, charge.reference);
}

/* 2500 francs are sent as 250000. */
static void francs_are_sent_in_hundredths(void **state)
{
    (void)state;
    struct provider_charge charge = pay("XOF", 2500);
    struct provider_result result = payments_await(paystack(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 2500);
    const json_t *entry = json_array_get(json_object_get(payments_books(), "charges"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "minor")), 2500);
}

static void a_sum_below_the_least_is_refused_unasked(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("NGN", 4999);
    assert_int_equal(provider_create(paystack(), payments_call(), &charge, &action, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "amount");
    assert_int_equal(json_array_size(json_object_get(payments_books(), "charges")), 0);
}

static void a_decline_is_told(void **state)
{
    (void)state;
    struct provider_charge charge = payments_charge("KES", 150000);
    open_page(&charge);
    payments_customer("paystack", charge.reference, "decline");
    struct provider_result result = payments_await(paystack(), &charge, PROVIDER_FAILED);
    assert_string_equal(result.reason, PROVIDER_REASON_DECLINED);
    assert_int_equal(result.amount_minor, PROVIDER_AMOUNT_UNTOLD);
}

static void what_it_never_heard_of_is_unknown(void **state)
{
    (void)state;
    struct provider_charge charge = payments_charge("KES", 150000);
    payments_await(paystack(), &charge, PROVIDER_UNKNOWN);
}

/* The page's address is lost with the answer, so nobody can pay on it: a clear refusal, and no second charge. */
static void a_lost_page_is_refused_when_asked_again(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    payments_switch("{\"paystack\": {\"times\": {\"drop\": 1}}}");
    assert_int_equal(provider_create(paystack(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    charge.is_repeat = true;
    assert_int_equal(provider_create(paystack(), payments_call(), &charge, &action, &err), STATUS_FAILED_PRECONDITION);
    assert_int_equal(payments_count("charges", "paystack", "open"), 1);
}

static void an_error_before_acting_can_be_repeated(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    payments_switch("{\"paystack\": {\"times\": {\"errorBefore\": 1}}}");
    assert_int_equal(provider_create(paystack(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    open_page(&charge);
}

static void another_sum_than_asked_is_seen(void **state)
{
    (void)state;
    payments_switch("{\"paystack\": {\"times\": {\"wrongAmount\": 1}}}");
    struct provider_charge charge = pay("KES", 150000);
    assert_int_not_equal(payments_await(paystack(), &charge, PROVIDER_SUCCEEDED).amount_minor, 150000);
}

static void money_goes_back_in_part_and_in_whole(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_refund part = payments_refund(&charge, 40000), rest = payments_refund(&charge, 110000);
    assert_int_equal(provider_refund(paystack(), payments_call(), &part, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_PENDING);
    part.provider_ref = result.provider_ref;
    assert_int_equal(payments_await_refund(paystack(), &part, PROVIDER_SUCCEEDED).amount_minor, 40000);
    assert_int_equal(provider_refund(paystack(), payments_call(), &rest, &result, &err), STATUS_OK);
    payments_await_refund(paystack(), &rest, PROVIDER_SUCCEEDED);
    result = payments_await(paystack(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.refunded_minor, 150000);
}

/* Paystack has no key for refunds: the note finds the first one. */
static void a_refund_whose_answer_was_lost_is_made_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_refund refund = payments_refund(&charge, 40000);
    /* The first answer is the list of refunds, the second one is lost. */
    payments_switch("{\"paystack\": {\"times\": {\"drop\": [1, 1]}}}");
    assert_int_equal(provider_refund(paystack(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "refunds")), 1);
    assert_int_equal(provider_refund(paystack(), payments_call(), &refund, &result, &err), STATUS_OK);
    payments_await_refund(paystack(), &refund, PROVIDER_SUCCEEDED);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "refunds")), 1);
}

static void a_refund_that_is_refused_says_why(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_refund refund = payments_refund(&charge, 40000);
    payments_switch("{\"paystack\": {\"times\": {\"refundRefused\": 1}}}");
    assert_int_equal(provider_refund(paystack(), payments_call(), &refund, &result, &err), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(err.message, "Insufficient balance"));
}

static void a_notice_is_proved_by_its_signature(void **state)
{
    (void)state;
    struct provider_notice notice;
    struct provider_charge charge = pay("KES", 150000);
    struct provider_mail mail = payments_notice("paystack", "charge.success");
    assert_int_equal(provider_parse_notice(paystack(), &mail, payments_arena(), &notice, &err), STATUS_OK);
    assert_int_equal(notice.kind, PROVIDER_NOTICE_CHARGE);
    assert_string_equal(notice.reference, charge.reference);
    assert_int_equal(notice.claimed_minor, 150000);
    ((char *)mail.body)[mail.body_length - 1] ^= 1;
    assert_int_equal(provider_parse_notice(paystack(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

static void a_forged_notice_is_refused(void **state)
{
    (void)state;
    struct provider_notice notice;
    payments_switch("{\"paystack\": {\"badSignature\": 1}}");
    pay("KES", 150000);
    struct provider_mail mail = payments_notice("paystack", "charge.success");
    assert_int_equal(provider_parse_notice(paystack(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_is_paid),
        TEST(francs_are_sent_in_hundredths),
        TEST(a_sum_below_the_least_is_refused_unasked),
        TEST(a_decline_is_told),
        TEST(what_it_never_heard_of_is_unknown),
        TEST(a_lost_page_is_refused_when_asked_again),
        TEST(an_error_before_acting_can_be_repeated),
        TEST(another_sum_than_asked_is_seen),
        TEST(money_goes_back_in_part_and_in_whole),
        TEST(a_refund_whose_answer_was_lost_is_made_once),
        TEST(a_refund_that_is_refused_says_why),
        TEST(a_notice_is_proved_by_its_signature),
        TEST(a_forged_notice_is_refused),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
