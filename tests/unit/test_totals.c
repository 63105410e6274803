/* What a basket costs: the shopper pays the sum of the lines, the delivery that was promised, and the tax of the day. */
#include "check.h"

#include "market.h"
#include "money.h"
#include "totals.h"

#define NOW_US INT64_C(1795466198000000) /* 2026-11-23 */

static Types__V1__Money fee = {PROTOBUF_C_MESSAGE_INIT(&types__v1__money__descriptor), 25000, "KES"};
static Types__V1__Money free_from = {PROTOBUF_C_MESSAGE_INIT(&types__v1__money__descriptor), 500000, "KES"};
static struct error err;

/* Kenya: 16 %, delivery for KES 250, free from KES 5,000. */
static Types__V1__Market kenya(void)
{
    static Types__V1__VatRate rate = {PROTOBUF_C_MESSAGE_INIT(&types__v1__vat_rate__descriptor), 1600, NULL, NULL};
    static Types__V1__VatRate *rates[] = {&rate};
    Types__V1__Market market = TYPES__V1__MARKET__INIT;
    market.country_code = "KE";
    market.currency_code = "KES";
    market.n_vat_rates = 1;
    market.vat_rates = rates;
    market.prices_include_vat = 1;
    market.delivery_fee = &fee;
    market.free_delivery_from = &free_from;
    return market;
}

static struct totals compute(const Types__V1__Market *market, const int64_t *lines, size_t count)
{
    struct totals totals;
    error_clear(&err);
    assert_int_equal(totals_compute(market, lines, count, NOW_US, &totals, &err), STATUS_OK);
    return totals;
}

static void check(struct totals totals, int64_t subtotal, int64_t delivery, int64_t vat, int64_t total)
{
    assert_int_equal(totals.subtotal_minor, subtotal);
    assert_int_equal(totals.delivery_minor, delivery);
    assert_int_equal(totals.vat_minor, vat);
    assert_int_equal(totals.total_minor, total);
}

/* 1,000.00 + 660.00 + 250.00 delivery = 1,910.00, of which 16/116 is 263.448... */
static void test_prices_with_tax_in_them(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    struct totals totals = compute(&market, (int64_t[]){100000, 66000}, 2);
    check(totals, 166000, 25000, 26345, 191000);
    assert_int_equal(totals.vat_basis_points, 1600);
    assert_true(totals.vat_included);
}

/* 1,910.00 and 16 % on it: 305.60. */
static void test_prices_without_tax(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    market.prices_include_vat = 0;
    struct totals totals = compute(&market, (int64_t[]){100000, 66000}, 2);
    check(totals, 166000, 25000, 30560, 221560);
    assert_false(totals.vat_included);
}

/* Three lines of 0.33 with 16 %: 0.0528 each would round to 0.05 thrice; on the sum it is 0.1584. */
static void test_tax_is_rounded_once(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    market.prices_include_vat = 0;
    market.delivery_fee = NULL;
    check(compute(&market, (int64_t[]){33, 33, 33}, 3), 99, 0, 16, 115);
}

static void test_free_delivery_starts_where_it_was_promised(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    assert_int_equal(compute(&market, (int64_t[]){499999}, 1).delivery_minor, 25000);
    assert_int_equal(compute(&market, (int64_t[]){500000}, 1).delivery_minor, 0);
    market.free_delivery_from = NULL;
    assert_int_equal(compute(&market, (int64_t[]){50000000}, 1).delivery_minor, 25000);
}

static void test_an_empty_basket_costs_nothing(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    check(compute(&market, NULL, 0), 0, 0, 0, 0);
}

static void test_no_tax_where_none_is_in_force(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    market.n_vat_rates = 0;
    check(compute(&market, (int64_t[]){100000}, 1), 100000, 25000, 0, 125000);
}

static void test_sums_beyond_counting_are_refused(void **state)
{
    (void)state;
    Types__V1__Market market = kenya();
    struct totals totals = {.total_minor = 77};
    static const int64_t too_much[][2] = {{MONEY_AMOUNT_MAX, 1}, {INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < 2; i++) {
        error_clear(&err);
        assert_int_equal(totals_compute(&market, too_much[i], 2, NOW_US, &totals, &err), STATUS_INVALID_ARGUMENT);
    }
    market.free_delivery_from = NULL;
    assert_int_equal(totals_compute(&market, (int64_t[]){MONEY_AMOUNT_MAX}, 1, NOW_US, &totals, &err),
                     STATUS_INVALID_ARGUMENT);
    market.delivery_fee = NULL;
    market.prices_include_vat = 0;
    assert_int_equal(totals_compute(&market, (int64_t[]){MONEY_AMOUNT_MAX}, 1, NOW_US, &totals, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_int_equal(totals.total_minor, 77);
    market.prices_include_vat = 1;
    assert_int_equal(compute(&market, (int64_t[]){MONEY_AMOUNT_MAX}, 1).total_minor, MONEY_AMOUNT_MAX);
}

static void test_the_message_says_the_same(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024, 1024);
    struct totals totals = {1000, 200, 165, 1200, 1600, true};
    Types__V1__Totals *message = totals_message(arena, &totals, "KES");
    assert_int_equal(message->subtotal->amount_minor, 1000);
    assert_int_equal(message->delivery->amount_minor, 200);
    assert_int_equal(message->vat->amount_minor, 165);
    assert_int_equal(message->total->amount_minor, 1200);
    assert_string_equal(message->total->currency_code, "KES");
    assert_int_equal(message->vat_basis_points, 1600);
    assert_true(message->vat_included);
    assert_true(protobuf_c_message_check(&message->base));
    arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(test_prices_with_tax_in_them), cmocka_unit_test(test_prices_without_tax),
          cmocka_unit_test(test_tax_is_rounded_once), cmocka_unit_test(test_free_delivery_starts_where_it_was_promised),
          cmocka_unit_test(test_an_empty_basket_costs_nothing), cmocka_unit_test(test_no_tax_where_none_is_in_force),
          cmocka_unit_test(test_sums_beyond_counting_are_refused), cmocka_unit_test(test_the_message_says_the_same))
