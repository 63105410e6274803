/* After the sale: nobody is sent more than was sold, nobody gets back more or less than was paid. */
#include "check.h"

#include <string.h>

#include "after_credit.h"
#include "after_return.h"
#include "after_units.h"
#include "clock.h"

#define SHIRT "0190a000-0000-7000-8000-000000000001"
#define SHOES "0190a000-0000-7000-8000-000000000002"

static struct error err;
static int64_t taken[2];

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    return 0;
}

/* ---- units ---- */

/* Of 10 shirts 6 were shipped (4 of them arrived), 1 was dropped, 1 refunded without coming back, 2 are in a return. */
static const struct after_line lines[] = {
    {1, SHIRT, 1000, 10, 6, 4, 1, 1, 2},
    {2, SHOES, 5000, 1, 0, 0, 0, 0, 0},
};

static void test_what_is_left_of_a_line(void **state)
{
    (void)state;
    assert_int_equal(after_units_left(&lines[0], AFTER_SHIP), 3);   /* 10 - 6 - 1 */
    assert_int_equal(after_units_left(&lines[0], AFTER_CREDIT), 6); /* 3, and 6 - 1 - 2 */
    assert_int_equal(after_units_left(&lines[0], AFTER_RETURN), 2); /* 4 arrived, 2 are claimed */
    assert_int_equal(after_units_left(&lines[1], AFTER_SHIP), 1);
    assert_int_equal(after_units_left(&lines[1], AFTER_RETURN), 0);
}

static enum status take(const char *variant_id, int64_t quantity, enum after_use use)
{
    const struct after_units named = {variant_id, quantity};
    error_clear(&err);
    return after_units_take(lines, 2, &named, 1, use, taken, &err);
}

static void test_no_more_than_is_left_is_taken(void **state)
{
    (void)state;
    assert_int_equal(take(SHIRT, 3, AFTER_SHIP), STATUS_OK);
    assert_int_equal(taken[0], 3);
    assert_int_equal(taken[1], 0);
    assert_int_equal(take(SHIRT, 4, AFTER_SHIP), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].field, "lines[0].quantity");
    assert_string_equal(err.violations[0].code, "too_many");
    assert_string_equal(err.message, "Only 3 of these are left to be shipped.");
    assert_int_equal(take(SHIRT, 7, AFTER_CREDIT), STATUS_FAILED_PRECONDITION);
    assert_int_equal(take(SHIRT, INT64_MAX, AFTER_RETURN), STATUS_FAILED_PRECONDITION);
}

static void test_units_are_named_properly(void **state)
{
    (void)state;
    const struct after_units twice[] = {{SHIRT, 1}, {SHIRT, 2}};
    assert_int_equal(take(SHIRT, 0, AFTER_SHIP), STATUS_INVALID_ARGUMENT);
    assert_int_equal(take(SHIRT, -1, AFTER_SHIP), STATUS_INVALID_ARGUMENT);
    assert_int_equal(take("0190a000-0000-7000-8000-000000000003", 1, AFTER_SHIP), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].code, "unknown");
    error_clear(&err);
    assert_int_equal(after_units_take(lines, 2, twice, 2, AFTER_SHIP, taken, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "lines[1].variantId");
    assert_string_equal(err.violations[0].code, "duplicate");
}

static void test_all_that_is_left_is_all_or_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(after_units_take_all(lines, 2, AFTER_SHIP, taken, &err), STATUS_OK);
    assert_int_equal(taken[0], 3);
    assert_int_equal(taken[1], 1);
    assert_int_equal(after_units_unshipped(lines, 2, taken, NULL), 0);
    assert_int_equal(after_units_unshipped(lines, 2, NULL, NULL), 4);
    const struct after_line done = {1, SHIRT, 1000, 2, 1, 1, 1, 0, 0};
    assert_int_equal(after_units_take_all(&done, 1, AFTER_SHIP, taken, &err), STATUS_FAILED_PRECONDITION);
}

static void test_units_not_yet_shipped_are_refunded_first(void **state)
{
    (void)state;
    assert_int_equal(after_units_dropped(&lines[0], 2), 2);
    assert_int_equal(after_units_dropped(&lines[0], 5), 3); /* and 2 of those shipped */
}

/* ---- money ---- */

/* Three units at 3.33 without tax, 16 %: 9.99 + 1.60 = 11.59. A third of it is 3.863. */
static const struct after_sums untaxed = {.base_minor = 999, .vat_minor = 160, .total_minor = 1159};

static void test_one_by_one_comes_to_the_same_as_all_at_once(void **state)
{
    (void)state;
    static const int64_t wanted[] = {386, 387, 386}; /* 3.86, 7.73, 11.59 so far */
    struct after_sums sums = untaxed;
    assert_int_equal(after_credit_worth(&sums, 999), 1159);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(after_credit_worth(&sums, 333), wanted[i]);
        sums.credited_base_minor += 333;
    }
}

static void test_the_tax_given_back_adds_up_to_the_tax_paid(void **state)
{
    (void)state;
    /* 1.60 of 11.59 by 3.86: 0.5329 0.5341 0.5329 -> so far 0.53, 1.07, 1.60 */
    static const int64_t amounts[] = {386, 387, 386};
    static const int64_t wanted[] = {53, 54, 53};
    struct after_sums sums = untaxed;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(after_credit_vat(&sums, amounts[i]), wanted[i]);
        sums.credited_minor += amounts[i];
    }
}

static void test_prices_with_tax_are_given_back_as_they_are(void **state)
{
    (void)state;
    /* 2 x 1250.00 and 3000.00, delivery 250.00; the tax within is 793.10. */
    const struct after_sums sums = {
        .base_minor = 575000, .delivery_minor = 25000, .vat_minor = 79310, .total_minor = 575000};
    assert_int_equal(after_credit_worth(&sums, 125000), 125000);
    assert_int_equal(after_credit_vat(&sums, 125000), 17241); /* 1250.00 * 16 / 116 = 172.413... */
    assert_int_equal(after_credit_vat(&sums, 575000), 79310);
}

static void test_nothing_overflows_and_nothing_is_divided_by_zero(void **state)
{
    (void)state;
    const int64_t most = INT64_C(1000000000000000);
    const struct after_sums large = {.base_minor = most, .vat_minor = most / 10, .total_minor = most};
    const struct after_sums gift = {.base_minor = 0};
    assert_int_equal(after_credit_worth(&large, most), most);
    assert_int_equal(after_credit_vat(&large, most / 2), most / 20);
    assert_int_equal(after_credit_worth(&gift, 0), 0);
    assert_int_equal(after_credit_vat(&gift, 0), 0);
}

static enum status amount(int64_t asked, int64_t worth, bool has_parts, int64_t left, int64_t *ret)
{
    error_clear(&err);
    return after_credit_amount(asked, worth, has_parts, left, "KES", ret, &err);
}

static void test_never_more_than_was_paid(void **state)
{
    (void)state;
    int64_t minor = -1;
    assert_int_equal(amount(0, 125000, true, 575000, &minor), STATUS_OK);
    assert_int_equal(minor, 125000);
    assert_int_equal(amount(100000, 125000, true, 575000, &minor), STATUS_OK);
    assert_int_equal(minor, 100000); /* less than it was worth: it came back used */
    assert_int_equal(amount(575000, 0, false, 575000, &minor), STATUS_OK);
    minor = -1;
    assert_int_equal(amount(575001, 0, false, 575000, &minor), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].code, "too_much");
    assert_non_null(strstr(err.message, "KES 5750.00"));
    assert_int_equal(amount(0, 125000, true, 124999, &minor), STATUS_FAILED_PRECONDITION);
    assert_int_equal(amount(125001, 125000, true, 575000, &minor), STATUS_INVALID_ARGUMENT);
    assert_int_equal(amount(0, 0, false, 575000, &minor), STATUS_INVALID_ARGUMENT);
    assert_int_equal(amount(-1, 125000, true, 575000, &minor), STATUS_INVALID_ARGUMENT);
    assert_int_equal(minor, -1);
}

/* ---- returns ---- */

#define X 0 /* refused */
/* clang-format off: rows of a table */
/* Drawn up by hand; an event that led here may be repeated. */
static const int outcomes[7][6] = {
    /*                approve           refuse          close          withdraw          receive          refund */
    /* requested */ {RETURN_APPROVED, RETURN_REFUSED, X, RETURN_WITHDRAWN, X, X},
    /* approved */ {RETURN_APPROVED, RETURN_REFUSED, X, RETURN_WITHDRAWN, RETURN_RECEIVED, X},
    /* refused */ {X, RETURN_REFUSED, X, X, X, X},
    /* withdrawn */ {X, X, X, RETURN_WITHDRAWN, X, X},
    /* received */ {X, X, RETURN_CLOSED, X, RETURN_RECEIVED, RETURN_REFUNDED},
    /* refunded */ {X, X, X, X, X, RETURN_REFUNDED},
    /* closed */ {X, X, RETURN_CLOSED, X, X, X},
};
/* clang-format on */

static void test_every_event_in_every_state_of_a_return(void **state)
{
    (void)state;
    for (int s = RETURN_REQUESTED; s <= RETURN_CLOSED; s++) {
        for (int e = RETURN_APPROVE; e <= RETURN_REFUND; e++) {
            const struct return_transition *transition = NULL;
            enum order_actor who = e == RETURN_WITHDRAW ? ORDER_BY_CUSTOMER : ORDER_BY_STAFF;
            enum order_actor other = e == RETURN_WITHDRAW ? ORDER_BY_STAFF : ORDER_BY_CUSTOMER;
            int wanted = outcomes[s - 1][e - 1];
            error_clear(&err);
            enum status status = after_return_decide((enum return_state)s, (enum return_event)e, who, &transition, &err);
            assert_int_equal(status, wanted == X ? STATUS_FAILED_PRECONDITION : STATUS_OK);
            if (status == STATUS_OK)
                assert_int_equal(transition ? (int)transition->to : s, wanted);
            assert_int_equal(after_return_decide((enum return_state)s, (enum return_event)e, other, &transition, &err),
                             STATUS_PERMISSION_DENIED);
        }
    }
    const struct return_transition *none = NULL;
    assert_int_equal(after_return_decide(RETURN_REQUESTED, (enum return_event)0, ORDER_BY_STAFF, &none, &err),
                     STATUS_INVALID_ARGUMENT);
}

static void test_the_time_to_send_back(void **state)
{
    (void)state;
    const int64_t day = INT64_C(86400) * US_PER_S;
    const int64_t delivered = INT64_C(1795466000) * US_PER_S;
    assert_int_equal(after_return_until_us(delivered, 14), delivered + 14 * day);
    assert_int_equal(after_return_until_us(0, 14), 0);
    assert_int_equal(after_return_until_us(delivered, 0), 0);
    assert_int_equal(after_return_check_time(delivered + 7 * day, delivered + 7 * day - 1, &err), STATUS_OK);
    assert_int_equal(after_return_check_time(delivered + 7 * day, delivered + 7 * day, &err), STATUS_FAILED_PRECONDITION);
    assert_int_equal(after_return_check_time(0, delivered, &err), STATUS_FAILED_PRECONDITION);
}

static void test_names_are_those_of_the_database(void **state)
{
    (void)state;
    for (int s = RETURN_REQUESTED; s <= RETURN_CLOSED; s++)
        assert_int_equal(after_return_state_of(after_return_state_name((enum return_state)s)), s);
    assert_string_equal(after_return_reason_name(4), "does_not_fit");
    assert_int_equal(after_return_reason_of("other"), 6);
    assert_string_equal(after_return_reason_name(7), "");
    assert_string_equal(after_return_condition_name(-1), "");
    assert_int_equal(after_return_condition_of("broken"), 3);
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
RUN_TESTS(TEST(test_what_is_left_of_a_line), TEST(test_no_more_than_is_left_is_taken), TEST(test_units_are_named_properly),
          TEST(test_all_that_is_left_is_all_or_a_refusal), TEST(test_units_not_yet_shipped_are_refunded_first),
          TEST(test_one_by_one_comes_to_the_same_as_all_at_once), TEST(test_the_tax_given_back_adds_up_to_the_tax_paid),
          TEST(test_prices_with_tax_are_given_back_as_they_are), TEST(test_nothing_overflows_and_nothing_is_divided_by_zero),
          TEST(test_never_more_than_was_paid), TEST(test_every_event_in_every_state_of_a_return),
          TEST(test_the_time_to_send_back), TEST(test_names_are_those_of_the_database))
