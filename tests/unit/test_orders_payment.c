/* Payments: what a provider says is booked once, as what it is, and never for more than the order costs. */
#include "check.h"

#include <string.h>

#include "clock.h"
#include "payment.h"

#define NOW_US (INT64_C(1795466000) * US_PER_S)
#define DUE 125000

/* An order of KES 1250.00 that waits, and an attempt of which nothing is known yet. */
static struct payment_case waiting(void)
{
    return (struct payment_case){.order = ORDER_PENDING_PAYMENT,
                                 .due_minor = DUE,
                                 .state = ATTEMPT_PENDING,
                                 .currency_code = "KES",
                                 .reference = "KE-7F3K-9Q2M-ABCDE",
                                 .deadline_at_us = NOW_US + 60 * US_PER_S,
                                 .now_us = NOW_US};
}

static struct provider_result said(enum provider_state state, int64_t amount_minor)
{
    return (struct provider_result){.state = state,
                                    .amount_minor = amount_minor,
                                    .currency_code = "KES",
                                    .reference = "KE-7F3K-9Q2M-ABCDE",
                                    .provider_ref = "",
                                    .transaction_id = "",
                                    .refunded_minor = PROVIDER_AMOUNT_UNTOLD,
                                    .reason = "",
                                    .detail = ""};
}

static void check(const struct payment_verdict *verdict, enum attempt_state state, int64_t captured, int64_t counted,
                  int64_t unallocated, int64_t back)
{
    assert_int_equal(verdict->state, state);
    assert_int_equal(verdict->captured_minor, captured);
    assert_int_equal(verdict->counted_minor, counted);
    assert_int_equal(verdict->unallocated_minor, unallocated);
    assert_int_equal(verdict->return_minor, back);
    assert_int_equal(verdict->captured_minor, verdict->counted_minor + verdict->unallocated_minor);
}

static void test_the_right_sum_pays_the_order(void **state)
{
    (void)state;
    const struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, DUE, DUE, 0, 0);
    assert_true(verdict.is_final);
}

/* 1250.00 asked, 1300.00 paid: 50.00 go back. */
static void test_what_is_too_much_goes_back(void **state)
{
    (void)state;
    const struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, 130000);
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, 130000, DUE, 5000, 5000);
}

static void test_too_little_waits_for_staff(void **state)
{
    (void)state;
    const struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, DUE - 1);
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_REVIEW, DUE - 1, 0, DUE - 1, 0);
}

static void test_another_currency_waits_for_staff(void **state)
{
    (void)state;
    const struct payment_case payment = waiting();
    struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    result.currency_code = "UGX";
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_REVIEW, DUE, 0, DUE, 0);
    assert_string_equal(verdict.currency_code, "UGX");
}

/* Too little, or another currency, was left to staff; then the order ended: 400.00 and what came later go back, once. */
static void test_what_waits_for_staff_goes_back_when_the_order_ends(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, 40000);
    payment.state = ATTEMPT_REVIEW;
    payment.captured_minor = 40000;
    payment.captured_currency = "UGX";
    struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_REVIEW, 0, 0, 0, 0);
    payment.order = ORDER_CANCELLED;
    verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, 0, 0, 0, 40000);
    assert_string_equal(verdict.currency_code, "UGX");
    payment.state = ATTEMPT_SUCCEEDED;
    payment.refunds_minor = 40000;
    verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, 0, 0, 0, 0);
    payment.state = ATTEMPT_REVIEW;     /* staff gave it back, then something else put it in doubt */
    verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_REVIEW, 0, 0, 0, 0);
}

/* In whatever currency it came. */
static void test_money_in_another_currency_goes_back_when_the_order_had_ended(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    result.currency_code = "UGX";
    payment.order = ORDER_CANCELLED;
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, DUE, 0, DUE, DUE);
    assert_string_equal(verdict.currency_code, "UGX");
}

/* An answer about somebody else's payment is no money for this order. */
static void test_another_reference_is_not_booked(void **state)
{
    (void)state;
    const struct payment_case payment = waiting();
    struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    result.reference = "KE-7F3K-9Q2M-OTHER";
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_REVIEW, 0, 0, 0, 0);
}

static void test_money_for_an_order_that_ended_goes_back(void **state)
{
    (void)state;
    static const enum attempt_state states[] = {ATTEMPT_PENDING, ATTEMPT_EXPIRED, ATTEMPT_CANCELLED};
    for (size_t i = 0; i < 3; i++) {
        struct payment_case payment = waiting();
        const struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
        payment.order = ORDER_CANCELLED;
        payment.state = states[i];
        const struct payment_verdict verdict = payment_judge(&payment, &result);
        check(&verdict, ATTEMPT_SUCCEEDED, DUE, 0, DUE, DUE);
    }
}

static void test_the_second_payment_goes_back(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    payment.order = ORDER_PAID;
    payment.is_paid_by_other = true;
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, DUE, 0, DUE, DUE);
}

static void test_what_is_booked_is_not_booked_again(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    payment.order = ORDER_PAID;
    payment.state = ATTEMPT_SUCCEEDED;
    payment.captured_minor = DUE;
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, 0, 0, 0, 0);
    assert_int_equal(verdict.reversed_minor, 0);
}

/* The customer pays once more on a page that is still open: the second 1250.00 belong to nobody. */
static void test_more_on_the_same_attempt_goes_back(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_SUCCEEDED, 2 * DUE);
    payment.order = ORDER_CONFIRMED;
    payment.state = ATTEMPT_SUCCEEDED;
    payment.captured_minor = DUE;
    const struct payment_verdict verdict = payment_judge(&payment, &result);
    check(&verdict, ATTEMPT_SUCCEEDED, DUE, 0, DUE, DUE);
}

/* Of 1250.00 we gave back 250.00; the provider says that 1000.00 are gone: it took 750.00 on its own. */
static void test_what_a_provider_takes_back_is_a_reversal(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    struct provider_result result = said(PROVIDER_SUCCEEDED, DUE);
    payment.order = ORDER_SHIPPED;
    payment.state = ATTEMPT_SUCCEEDED;
    payment.is_counted = true;
    payment.captured_minor = DUE;
    payment.captured_currency = "KES";
    payment.refunds_minor = 25000;
    result.refunded_minor = 25000;
    struct payment_verdict verdict = payment_judge(&payment, &result);
    assert_int_equal(verdict.reversed_minor, 0);
    result.refunded_minor = 100000;
    verdict = payment_judge(&payment, &result);
    assert_int_equal(verdict.state, ATTEMPT_REVIEW);
    assert_int_equal(verdict.reversed_minor, 75000);
    payment.reversed_minor = 75000;
    payment.state = ATTEMPT_REVIEW;
    verdict = payment_judge(&payment, &result);
    assert_int_equal(verdict.reversed_minor, 0);
}

static void test_no_money_ends_the_attempt_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        enum provider_state said;
        enum attempt_state then;
        bool is_final;
    } rows[] = {
        {PROVIDER_FAILED, ATTEMPT_FAILED, true},      {PROVIDER_CANCELLED, ATTEMPT_CANCELLED, true},
        {PROVIDER_PENDING, ATTEMPT_PENDING, false},   {PROVIDER_UNKNOWN, ATTEMPT_PENDING, false},
        {PROVIDER_AUTHORISED, ATTEMPT_PENDING, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct payment_case payment = waiting();
        const struct provider_result result = said(rows[i].said, PROVIDER_AMOUNT_UNTOLD);
        const struct payment_verdict verdict = payment_judge(&payment, &result);
        check(&verdict, rows[i].then, 0, 0, 0, 0);
        assert_int_equal(verdict.is_final, rows[i].is_final);
    }
}

/* Until the customer can be told what to do the attempt stays `created`, so that the provider is told again. */
static void test_what_was_not_begun_is_not_pending(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result result = said(PROVIDER_UNKNOWN, PROVIDER_AMOUNT_UNTOLD);
    payment.state = ATTEMPT_CREATED;
    assert_int_equal(payment_judge(&payment, &result).state, ATTEMPT_CREATED);
    const struct provider_result pending = said(PROVIDER_PENDING, PROVIDER_AMOUNT_UNTOLD);
    assert_int_equal(payment_judge(&payment, &pending).state, ATTEMPT_CREATED);
    payment.now_us = payment.deadline_at_us;
    assert_int_equal(payment_judge(&payment, &result).state, ATTEMPT_EXPIRED);
}

static void test_money_that_is_booked_does_not_fail(void **state)
{
    (void)state;
    struct payment_case payment = waiting();
    const struct provider_result failed = said(PROVIDER_FAILED, PROVIDER_AMOUNT_UNTOLD);
    const struct provider_result pending = said(PROVIDER_PENDING, PROVIDER_AMOUNT_UNTOLD);
    payment.order = ORDER_PAID;
    payment.state = ATTEMPT_SUCCEEDED;
    payment.captured_minor = DUE;
    assert_int_equal(payment_judge(&payment, &pending).state, ATTEMPT_SUCCEEDED);
    assert_int_equal(payment_judge(&payment, &failed).state, ATTEMPT_REVIEW);
}

/* Soon at first, ever less often, at the deadline for sure, then by the hour for three days. */
static void test_when_it_is_asked_again(void **state)
{
    (void)state;
    const int64_t end = NOW_US + 1800 * US_PER_S, hour = 3600 * US_PER_S;
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, NOW_US), NOW_US + 3 * US_PER_S);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, NOW_US + 40 * US_PER_S), NOW_US + 50 * US_PER_S);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, NOW_US + 1000 * US_PER_S), NOW_US + 1060 * US_PER_S);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, end - US_PER_S), end);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, end), end + hour);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, end + 71 * hour), end + 72 * hour);
    assert_int_equal(payment_next_ask_us(NOW_US, end, 3600, 259200, end + 72 * hour), 0);
}

static void test_names_go_there_and_back(void **state)
{
    (void)state;
    for (int s = ATTEMPT_CREATED; s <= ATTEMPT_REVIEW; s++)
        assert_int_equal(attempt_state_of(attempt_state_name((enum attempt_state)s)), s);
    assert_int_equal(attempt_state_of("lost"), ATTEMPT_NONE);
    assert_int_equal(attempt_state_of(""), ATTEMPT_NONE);
}

#define TEST(test) cmocka_unit_test(test)
RUN_TESTS(TEST(test_the_right_sum_pays_the_order), TEST(test_what_is_too_much_goes_back),
          TEST(test_too_little_waits_for_staff), TEST(test_another_currency_waits_for_staff),
          TEST(test_what_waits_for_staff_goes_back_when_the_order_ends),
          TEST(test_money_in_another_currency_goes_back_when_the_order_had_ended),
          TEST(test_another_reference_is_not_booked), TEST(test_money_for_an_order_that_ended_goes_back),
          TEST(test_the_second_payment_goes_back), TEST(test_what_is_booked_is_not_booked_again),
          TEST(test_more_on_the_same_attempt_goes_back), TEST(test_what_a_provider_takes_back_is_a_reversal),
          TEST(test_no_money_ends_the_attempt_and_nothing_else), TEST(test_what_was_not_begun_is_not_pending),
          TEST(test_money_that_is_booked_does_not_fail), TEST(test_when_it_is_asked_again),
          TEST(test_names_go_there_and_back))
