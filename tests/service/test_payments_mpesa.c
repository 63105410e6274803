/* M-Pesa's adapter against its simulator, over TLS: one prompt for one attempt, and money back by the ways that Daraja has. */
#include "payments_stage.h"

#include <string.h>

static struct error err;

static const struct provider *mpesa(void)
{
    error_clear(&err);
    return payments_provider("mpesa");
}

static struct provider_charge push(int64_t amount_minor)
{
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", amount_minor);
    assert_int_equal(provider_create(mpesa(), payments_call(), &charge, &action, &err), STATUS_OK);
    assert_int_equal(action.kind, PROVIDER_ACTION_PROMPT);
    charge.provider_ref = action.provider_ref;
    return charge;
}

static struct provider_notice read_notice(const char *event)
{
    struct provider_notice notice;
    struct provider_mail mail = payments_notice("mpesa", event);
    assert_int_equal(provider_parse_notice(mpesa(), &mail, payments_arena(), &notice, &err), STATUS_OK);
    return notice;
}

/* With the receipt, which only the notice tells. */
static struct provider_charge pay(int64_t amount_minor)
{
    struct provider_charge charge = push(amount_minor);
    payments_await(mpesa(), &charge, PROVIDER_SUCCEEDED);
    charge.transaction_id = read_notice("stkCallback").transaction_id;
    return charge;
}

static size_t charges(void)
{
    return json_array_size(json_object_get(payments_books(), "charges"));
}

static void a_push_is_paid(void **state)
{
    (void)state;
    struct provider_charge charge = push(150000);
    payments_await(mpesa(), &charge, PROVIDER_PENDING);
    struct provider_result result = payments_await(mpesa(), &charge, PROVIDER_SUCCEEDED);
    assert_int_equal(result.amount_minor, 150000);
    assert_string_equal(result.currency_code, "KES");
    const json_t *entry = json_array_get(json_object_get(payments_books(), "charges"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "minor")), 150000);
    assert_string_equal(json_string_value(json_object_get(entry, "reference")), "KE-7F3K-9Q2M");
}

static void what_does_not_fit_is_refused_unasked(void **state)
{
    (void)state;
    assert_true(provider_takes(mpesa(), "KES", 25000000));
    assert_false(provider_takes(mpesa(), "KES", 25000100));
    assert_false(provider_takes(mpesa(), "KES", 150050));
    assert_false(provider_takes(mpesa(), "NGN", 150000));
    assert_int_equal(charges(), 0);
}

static void another_country_s_phone_is_refused_unasked(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_charge charge = payments_charge("KES", 150000);
    charge.phone = "+233241234567";
    assert_int_equal(provider_create(mpesa(), payments_call(), &charge, &action, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "phone");
    assert_int_equal(charges(), 0);
}

static void the_customer_s_no_is_told(void **state)
{
    (void)state;
    payments_switch("{\"mpesa\": {\"times\": {\"cancel\": 1}}}");
    struct provider_charge charge = push(150000);
    assert_string_equal(payments_await(mpesa(), &charge, PROVIDER_CANCELLED).reason, PROVIDER_REASON_CANCELLED);
    payments_switch("{\"mpesa\": {\"times\": {\"decline\": 1}}}");
    charge = push(150000);
    assert_string_equal(payments_await(mpesa(), &charge, PROVIDER_FAILED).reason, PROVIDER_REASON_PIN);
}

/* Nobody is asked for a PIN twice; the notice, whose address names the attempt, tells what became of it. */
static void a_push_whose_answer_was_lost_is_not_sent_again(void **state)
{
    (void)state;
    struct provider_action action;
    struct provider_result result;
    struct provider_charge charge = payments_charge("KES", 150000);
    push(100);                      /* from now on there is a token */
    payments_switch("{\"mpesa\": {\"times\": {\"drop\": 1}}}");
    assert_int_equal(provider_create(mpesa(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    size_t sent = charges();
    charge.is_repeat = true;
    assert_int_equal(provider_create(mpesa(), payments_call(), &charge, &action, &err), STATUS_UNKNOWN);
    assert_int_equal(charges(), sent);
    assert_int_equal(provider_query(mpesa(), payments_call(), &charge, &result, &err), STATUS_FAILED_PRECONDITION);
    payments_await(mpesa(), &(struct provider_charge){.id = charge.id,
                                                      .reference = charge.reference,
                                                      .amount_minor = 150000,
                                                      .currency_code = "KES",
                                                      .transaction_id = "",
                                                      .provider_ref = read_notice("stkCallback").provider_ref},
                   PROVIDER_SUCCEEDED);
}

static void a_token_that_ended_is_fetched_anew(void **state)
{
    (void)state;
    push(150000);
    payments_switch("{\"mpesa\": {\"times\": {\"tokenExpired\": 1}}}");
    push(150000);
    assert_int_equal(charges(), 2);
}

static void a_notice_names_the_attempt_and_the_receipt(void **state)
{
    (void)state;
    struct provider_charge charge = push(150000);
    payments_await(mpesa(), &charge, PROVIDER_SUCCEEDED);
    struct provider_notice notice = read_notice("stkCallback");
    assert_int_equal(notice.kind, PROVIDER_NOTICE_CHARGE);
    assert_string_equal(notice.subject_id, charge.id);
    assert_string_equal(notice.provider_ref, charge.provider_ref);
    assert_int_equal(notice.claimed_minor, 150000);
    assert_true(notice.transaction_id[0] != '\0');
    assert_null(notice.answer);
}

static void a_notice_to_a_guessed_address_is_refused(void **state)
{
    (void)state;
    struct provider_notice notice;
    payments_switch("{\"mpesa\": {\"badSignature\": 1}}");
    push(150000);
    struct provider_mail mail = payments_notice("mpesa", "stkCallback");
    assert_int_equal(provider_parse_notice(mpesa(), &mail, payments_arena(), &notice, &err), STATUS_UNAUTHENTICATED);
}

static void a_whole_payment_is_reversed_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 150000);
    payments_switch("{\"mpesa\": {\"times\": {\"drop\": 1}}}");
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(read_notice("result").answer->state, PROVIDER_SUCCEEDED);
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(payments_count("refunds", "mpesa", "done"), 1);
    assert_int_equal(payments_count("refunds", "mpesa", "pending"), 0);
}

/* The second reversal is told "reversed before", which is as good. */
static void a_second_reversal_succeeds_without_effect(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 150000);
    payments_switch("{\"mpesa\": {\"times\": {\"noticeLost\": 1}, \"refundMs\": 1}}");
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    struct provider_notice notice = read_notice("result");
    assert_string_equal(notice.subject_id, refund.id);
    assert_int_equal(notice.answer->state, PROVIDER_SUCCEEDED);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "refunds")), 1);
}

static void a_part_is_paid_out_to_the_phone_once(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 40000);
    payments_switch("{\"mpesa\": {\"times\": {\"drop\": 1}}}");
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_UNKNOWN);
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_PENDING);
    assert_int_equal(read_notice("result").answer->state, PROVIDER_SUCCEEDED);
    assert_int_equal(json_array_size(json_object_get(payments_books(), "refunds")), 1);
}

/* The result never came: it is asked for, and the answer comes as a notice. */
static void a_lost_result_is_asked_for(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 40000);
    payments_switch("{\"mpesa\": {\"times\": {\"noticeLost\": 1}, \"refundMs\": 1}}");
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    refund.provider_ref = result.provider_ref;
    assert_int_equal(provider_query_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(result.state, PROVIDER_PENDING);
    struct provider_notice notice = read_notice("result");
    assert_string_equal(notice.subject_id, refund.id);
    assert_int_equal(notice.answer->state, PROVIDER_SUCCEEDED);
}

static void a_refund_that_fails_is_told(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 150000);
    payments_switch("{\"mpesa\": {\"times\": {\"refundFails\": 1}}}");
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_OK);
    assert_int_equal(read_notice("result").answer->state, PROVIDER_FAILED);
}

static void cents_are_given_back_by_hand(void **state)
{
    (void)state;
    struct provider_result result;
    struct provider_charge charge = pay(150000);
    struct provider_refund refund = payments_refund(&charge, 40050);
    assert_int_equal(provider_refund(mpesa(), payments_call(), &refund, &result, &err), STATUS_FAILED_PRECONDITION);
}

#define TEST(name) cmocka_unit_test_setup(name, payments_stage_reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_push_is_paid),
        TEST(what_does_not_fit_is_refused_unasked),
        TEST(another_country_s_phone_is_refused_unasked),
        TEST(the_customer_s_no_is_told),
        TEST(a_push_whose_answer_was_lost_is_not_sent_again),
        TEST(a_token_that_ended_is_fetched_anew),
        TEST(a_notice_names_the_attempt_and_the_receipt),
        TEST(a_notice_to_a_guessed_address_is_refused),
        TEST(a_whole_payment_is_reversed_once),
        TEST(a_second_reversal_succeeds_without_effect),
        TEST(a_part_is_paid_out_to_the_phone_once),
        TEST(a_lost_result_is_asked_for),
        TEST(a_refund_that_fails_is_told),
        TEST(cents_are_given_back_by_hand),
    };
    return cmocka_run_group_tests(tests, payments_stage_open, payments_stage_close);
}
