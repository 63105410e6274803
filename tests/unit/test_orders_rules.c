/* Orders: none goes where it may not, none is called like another, and none costs what was not said. */
#include "check.h"

#include <string.h>

#include "market.h"
#include "order.h"

static struct error err;

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    return 0;
}

#define X 0 /* refused */
#define STATUSES 9
#define EVENTS 8
static const int statuses[STATUSES] = {ORDER_PENDING_PAYMENT, ORDER_PLACED,         ORDER_PAID,
                                       ORDER_CONFIRMED,       ORDER_PARTLY_SHIPPED, ORDER_SHIPPED,
                                       ORDER_DELIVERED,       ORDER_CANCELLED,      ORDER_RETURNED};
static const int events[EVENTS] = {ORDER_PAY,  ORDER_EXPIRE,  ORDER_CONFIRM, ORDER_SHIP_PART,
                                   ORDER_SHIP, ORDER_DELIVER, ORDER_CANCEL,  ORDER_RETURN};

/* clang-format off: rows of a table */
/* What each event makes of each state, drawn up by hand from the design; an event that led here may be repeated. */
static const int after[STATUSES][EVENTS] = {
    /*             pay  expire  confirm  ship_part  ship  deliver  cancel  return */
    /* pending */ {ORDER_PAID, ORDER_CANCELLED, X, X, X, X, ORDER_CANCELLED, X},
    /* placed */ {X, ORDER_CANCELLED, ORDER_CONFIRMED, X, X, X, ORDER_CANCELLED, X},
    /* paid */ {ORDER_PAID, X, ORDER_CONFIRMED, ORDER_PARTLY_SHIPPED, ORDER_SHIPPED, X, ORDER_CANCELLED, X},
    /* confirmed */ {X, X, ORDER_CONFIRMED, ORDER_PARTLY_SHIPPED, ORDER_SHIPPED, X, ORDER_CANCELLED, X},
    /* partly */ {X, X, X, ORDER_PARTLY_SHIPPED, ORDER_SHIPPED, X, X, X},
    /* shipped */ {X, X, X, X, ORDER_SHIPPED, ORDER_DELIVERED, X, ORDER_RETURNED},
    /* delivered */ {X, X, X, X, X, ORDER_DELIVERED, X, X},
    /* cancelled */ {X, ORDER_CANCELLED, X, X, X, X, ORDER_CANCELLED, X},
    /* returned */ {X, X, X, X, X, X, X, ORDER_RETURNED},
};
/* clang-format on */

/* Whose word an event takes. */
static enum order_actor actor_for(int event)
{
    return event == ORDER_PAY || event == ORDER_EXPIRE ? ORDER_BY_SHOP : ORDER_BY_STAFF;
}

static void test_every_event_in_every_state(void **state)
{
    (void)state;
    for (size_t s = 0; s < STATUSES; s++) {
        for (size_t e = 0; e < EVENTS; e++) {
            const struct order_transition *transition = NULL;
            enum order_status from = (enum order_status)statuses[s];
            error_clear(&err);
            enum status status = order_decide(from, (enum order_event)events[e], actor_for(events[e]), &transition, &err);
            assert_int_equal(status, after[s][e] == X ? STATUS_FAILED_PRECONDITION : STATUS_OK);
            if (status == STATUS_OK)
                assert_int_equal(transition ? transition->to : from, after[s][e]);
            else
                assert_non_null(strstr(err.message, "This order is "));
        }
    }
}

static void test_customers_may_cancel_and_nothing_else(void **state)
{
    (void)state;
    for (size_t s = 0; s < STATUSES; s++) {
        for (size_t e = 0; e < EVENTS; e++) {
            const struct order_transition *transition = NULL;
            error_clear(&err);
            enum status status = order_decide((enum order_status)statuses[s], (enum order_event)events[e], ORDER_BY_CUSTOMER,
                                              &transition, &err);
            if (events[e] != ORDER_CANCEL)
                assert_int_equal(status, STATUS_PERMISSION_DENIED);
        }
        bool open = statuses[s] == ORDER_PENDING_PAYMENT || statuses[s] == ORDER_PLACED || statuses[s] == ORDER_PAID ||
                    statuses[s] == ORDER_CONFIRMED;
        assert_int_equal(order_can_cancel((enum order_status)statuses[s], ORDER_BY_CUSTOMER), open);
    }
}

static void test_stock_and_money_follow_the_order(void **state)
{
    (void)state;
    static const struct {
        enum order_status from;
        enum order_event event;
        bool stock;
        enum order_payment payment;
    } rows[] = {
        {ORDER_PLACED, ORDER_CONFIRM, false, ORDER_PAYMENT_AS_IT_IS},
        {ORDER_CONFIRMED, ORDER_SHIP, false, ORDER_PAYMENT_AS_IT_IS},
        {ORDER_SHIPPED, ORDER_DELIVER, false, ORDER_PAYMENT_COLLECTED},
        {ORDER_PLACED, ORDER_CANCEL, true, ORDER_PAYMENT_VOID},
        {ORDER_CONFIRMED, ORDER_CANCEL, true, ORDER_PAYMENT_VOID},
        {ORDER_SHIPPED, ORDER_RETURN, true, ORDER_PAYMENT_VOID},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct order_transition *transition = NULL;
        assert_int_equal(order_decide(rows[i].from, rows[i].event, ORDER_BY_STAFF, &transition, &err), STATUS_OK);
        assert_non_null(transition);
        assert_int_equal(transition->returns_stock, rows[i].stock);
        assert_int_equal(transition->payment, rows[i].payment);
    }
}

static void test_staff_cannot_say_that_money_came(void **state)
{
    (void)state;
    const struct order_transition *transition;
    assert_int_equal(order_decide(ORDER_PENDING_PAYMENT, ORDER_PAY, ORDER_BY_STAFF, &transition, &err),
                     STATUS_PERMISSION_DENIED);
    error_clear(&err);
    assert_int_equal(order_decide(ORDER_PENDING_PAYMENT, ORDER_EXPIRE, ORDER_BY_CUSTOMER, &transition, &err),
                     STATUS_PERMISSION_DENIED);
}

/* Money that came stays booked as paid when the parcel is delivered, sent back, or the order cancelled. */
static void test_what_is_paid_stays_paid(void **state)
{
    (void)state;
    static const struct {
        enum order_status from;
        enum order_event event;
        enum order_payment before, after;
    } rows[] = {
        {ORDER_SHIPPED, ORDER_DELIVER, ORDER_PAYMENT_TO_COLLECT, ORDER_PAYMENT_COLLECTED},
        {ORDER_SHIPPED, ORDER_DELIVER, ORDER_PAYMENT_PAID, ORDER_PAYMENT_PAID},
        {ORDER_SHIPPED, ORDER_RETURN, ORDER_PAYMENT_TO_COLLECT, ORDER_PAYMENT_VOID},
        {ORDER_SHIPPED, ORDER_RETURN, ORDER_PAYMENT_PAID, ORDER_PAYMENT_PAID},
        {ORDER_CONFIRMED, ORDER_CANCEL, ORDER_PAYMENT_TO_COLLECT, ORDER_PAYMENT_VOID},
        {ORDER_CONFIRMED, ORDER_CANCEL, ORDER_PAYMENT_PAID, ORDER_PAYMENT_PAID},
        {ORDER_CONFIRMED, ORDER_SHIP, ORDER_PAYMENT_TO_COLLECT, ORDER_PAYMENT_TO_COLLECT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct order_transition *transition = NULL;
        assert_int_equal(order_decide(rows[i].from, rows[i].event, ORDER_BY_STAFF, &transition, &err), STATUS_OK);
        assert_int_equal(order_payment_after(transition, rows[i].before), rows[i].after);
    }
}

static void test_an_event_that_does_not_exist(void **state)
{
    (void)state;
    static const int none[] = {0, -1, 9, 1000};
    for (size_t i = 0; i < 4; i++) {
        const struct order_transition *transition;
        error_clear(&err);
        assert_int_equal(order_decide(ORDER_PLACED, (enum order_event)none[i], ORDER_BY_STAFF, &transition, &err),
                         STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, "event");
    }
}

static void test_names_go_there_and_back(void **state)
{
    (void)state;
    for (size_t s = 0; s < STATUSES; s++)
        assert_int_equal(order_status_of(order_status_name((enum order_status)statuses[s])), statuses[s]);
    assert_int_equal(order_status_of("lost"), ORDER_NONE);
    assert_int_equal(order_status_of(""), ORDER_NONE);
    assert_string_equal(order_status_name((enum order_status)99), "");
    assert_string_equal(order_status_name((enum order_status) - 1), "");
    assert_int_equal(order_payment_of("collected"), ORDER_PAYMENT_COLLECTED);
    assert_string_equal(order_method_name(TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY), "cash_on_delivery");
    assert_int_equal(order_method_of("cash_on_delivery"), TYPES__V1__PAYMENT_METHOD__CASH_ON_DELIVERY);
    assert_string_equal(order_method_name((Types__V1__PaymentMethod)99), "");
}

/* 5 bits a digit by Crockford's table, lowest first: 0 "0", 31 "Z"; 10 "A", 18 "J", 20 "M", 22 "P", 27 "V". */
static void test_numbers_are_written_in_crockfords_digits(void **state)
{
    (void)state;
    static const struct {
        uint64_t random;
        const char *number;
    } cases[] = {
        {0, "KE-0000-0000"},
        {UINT64_MAX, "KE-ZZZZ-ZZZZ"},
        {UINT64_C(10) | 18u << 5 | 20u << 10 | 22u << 15 | UINT64_C(27) << 20, "KE-AJMP-V000"},
    };
    for (size_t i = 0; i < 3; i++) {
        char number[ORDER_NUMBER_SIZE];
        order_number_format("KE", cases[i].random, number);
        assert_string_equal(number, cases[i].number);
    }
}

static void test_the_country_is_kept_whatever_its_letters(void **state)
{
    (void)state;
    char number[ORDER_NUMBER_SIZE];
    order_number_format("CD", 0, number);
    assert_string_equal(number, "CD-0000-0000");
}

static void test_numbers_are_read_as_people_say_them(void **state)
{
    (void)state;
    static const char *const good[] = {"KE-7F3K-9Q21",   "ke-7f3k-9q21", "KE7F3K9Q21",
                                       " ke 7f3k 9q2i ", "KE-7F3K-9Q2L", "Ke-7F3k-9q2l"};
    char number[ORDER_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(order_number_parse(good[i], number));
        assert_string_equal(number, "KE-7F3K-9Q21");
    }
    assert_true(order_number_parse("ci-OOOO-0000", number));
    assert_string_equal(number, "CI-0000-0000");
}

static void test_what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "KE",
                                      "KE-7F3K",
                                      "KE-7F3K-9Q2",
                                      "KE-7F3K-9Q210",
                                      "K1-7F3K-9Q21",
                                      "KE-7F3K-9Q2U",
                                      "KE-7F3K-9Q2\xC3",
                                      "KE_7F3K_9Q21",
                                      "KE-7F3K-9Q21; DROP TABLE orders",
                                      "-------------"};
    char number[ORDER_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(order_number_parse(bad[i], number));
}

/* ---- what it costs ---- */

/* Kenya, 16 % within the price: 2 x 1250.00 + 3 x 99.50 = 2798.50, delivery 250.00, VAT 3048.50 * 16 / 116 = 420.48
 * (420.4827). */
static void test_the_sum_of_an_order_in_kenya(void **state)
{
    (void)state;
    struct markets *markets;
    struct totals totals;
    int64_t lines[2];
    const int64_t prices[] = {125000, 9950};
    const int64_t quantities[] = {2, 3};
    assert_int_equal(markets_load("", &markets, &err), STATUS_OK);
    const int64_t now_us = INT64_C(1790000000000000); /* September 2026 */
    assert_int_equal(order_price(markets_find(markets, "KE"), prices, quantities, 2, now_us, lines, &totals, &err),
                     STATUS_OK);
    assert_int_equal(lines[0], 250000);
    assert_int_equal(lines[1], 29850);
    assert_int_equal(totals.subtotal_minor, 279850);
    assert_int_equal(totals.delivery_minor, 25000);
    assert_int_equal(totals.total_minor, 304850);
    assert_int_equal(totals.vat_minor, 42048);
    markets_free(markets);
}

static void test_a_sum_beyond_all_money_is_an_error(void **state)
{
    (void)state;
    struct markets *markets;
    struct totals totals;
    int64_t lines[1];
    const int64_t price = INT64_C(900000000000000);
    const int64_t quantity = 99;
    assert_int_equal(markets_load("", &markets, &err), STATUS_OK);
    assert_int_equal(order_price(markets_find(markets, "KE"), &price, &quantity, 1, 0, lines, &totals, &err),
                     STATUS_INVALID_ARGUMENT);
    markets_free(markets);
}

static Types__V1__Money money(int64_t amount_minor, const char *currency_code)
{
    Types__V1__Money message = TYPES__V1__MONEY__INIT;
    message.amount_minor = amount_minor;
    message.currency_code = (char *)currency_code;
    return message;
}

static void test_nobody_pays_more_than_they_were_shown(void **state)
{
    (void)state;
    const Types__V1__Money same = money(304850, "KES");
    const Types__V1__Money less = money(304849, "KES");
    const Types__V1__Money other = money(304850, "NGN");
    assert_int_equal(order_check_expected(NULL, 304850, "KES", &err), STATUS_OK);
    assert_int_equal(order_check_expected(&same, 304850, "KES", &err), STATUS_OK);
    assert_int_equal(order_check_expected(&less, 304850, "KES", &err), STATUS_ABORTED);
    assert_string_equal(err.violations[0].code, "price_changed");
    assert_non_null(strstr(err.message, "KES 3048.50"));
    assert_int_equal(order_check_expected(&other, 304850, "KES", &err), STATUS_ABORTED);
}

#define TEST(test) cmocka_unit_test_setup(test, begin)
RUN_TESTS(TEST(test_every_event_in_every_state), TEST(test_customers_may_cancel_and_nothing_else),
          TEST(test_stock_and_money_follow_the_order), TEST(test_staff_cannot_say_that_money_came),
          TEST(test_what_is_paid_stays_paid), TEST(test_an_event_that_does_not_exist), TEST(test_names_go_there_and_back),
          TEST(test_numbers_are_written_in_crockfords_digits), TEST(test_the_country_is_kept_whatever_its_letters),
          TEST(test_numbers_are_read_as_people_say_them), TEST(test_what_is_no_number_is_refused),
          TEST(test_the_sum_of_an_order_in_kenya), TEST(test_a_sum_beyond_all_money_is_an_error),
          TEST(test_nobody_pays_more_than_they_were_shown))
