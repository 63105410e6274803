/* Money: every minor unit accounted for, in every currency that the shop knows, and never a silent overflow. */
#include "check.h"

#include <string.h>

#include "money.h"

/* ISO 4217, list one, as CLDR 47 has it. */
static void test_decimals_of_currencies(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int decimals;
    } published[] = {
        {"NGN", 2}, {"KES", 2}, {"ZAR", 2}, {"GHS", 2}, {"EGP", 2}, {"TZS", 2}, {"UGX", 0}, {"RWF", 0},
        {"XOF", 0}, {"XAF", 0}, {"ETB", 2}, {"MAD", 2}, {"TND", 3}, {"ZMW", 2}, {"BWP", 2}, {"MUR", 2},
        {"AOA", 2}, {"MZN", 2}, {"USD", 2}, {"EUR", 2}, {"GBP", 2}, {"BIF", 0}, {"DJF", 0}, {"GNF", 0},
        {"KMF", 0}, {"LYD", 3}, {"MGA", 2}, {"MRU", 2}, {"CVE", 2},
    };
    for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
        const struct currency *currency = currency_find(published[i].code);
        assert_non_null(currency);
        assert_string_equal(currency->code, published[i].code);
        assert_int_equal(currency->exponent, published[i].decimals);
    }
}

static void test_what_is_no_currency(void **state)
{
    (void)state;
    assert_null(currency_find(NULL));
    assert_null(currency_find(""));
    assert_null(currency_find("kes"));
    assert_null(currency_find("KSH"));
    assert_null(currency_find("KESX"));
}

static void test_sums_stop_before_they_overflow(void **state)
{
    (void)state;
    int64_t sum = 77;
    assert_true(money_add(2, -5, &sum));
    assert_int_equal(sum, -3);
    assert_true(money_add(MONEY_AMOUNT_MAX - 1, 1, &sum));
    assert_int_equal(sum, MONEY_AMOUNT_MAX);
    assert_true(money_multiply(-MONEY_AMOUNT_MAX / 10, 10, &sum));
    assert_int_equal(sum, -MONEY_AMOUNT_MAX);
    sum = 77;
    assert_false(money_add(MONEY_AMOUNT_MAX, 1, &sum));
    assert_false(money_add(-MONEY_AMOUNT_MAX, -1, &sum));
    assert_false(money_add(INT64_MAX, INT64_MAX, &sum));
    assert_false(money_multiply(INT64_MAX, 2, &sum));
    assert_false(money_multiply(INT64_MIN, -1, &sum));
    assert_false(money_multiply(MONEY_AMOUNT_MAX / 10, 11, &sum));
    assert_int_equal(sum, 77);
}

/* Worked by hand: 116.00 with 16 % is 100.00 and 16.00; 100.00 with 7.5 % is 93.02 and 6.98 (6.9767...). */
static void test_tax_within_a_price(void **state)
{
    (void)state;
    assert_int_equal(money_vat_within(11600, 1600), 1600);
    assert_int_equal(money_vat_within(10000, 750), 698);
    assert_int_equal(money_vat_within(1180, 1800), 180);
    assert_int_equal(money_vat_within(100, 0), 0);
    assert_int_equal(money_vat_within(0, 1600), 0);
    assert_int_equal(money_vat_within(11925, 1925), 1925);
    assert_int_equal(money_vat_within(MONEY_AMOUNT_MAX, 750), INT64_C(69767441860465));
}

static void test_tax_on_a_price(void **state)
{
    (void)state;
    assert_int_equal(money_vat_on(10000, 1600), 1600);
    assert_int_equal(money_vat_on(999, 1500), 150);
    assert_int_equal(money_vat_on(MONEY_AMOUNT_MAX, 10000), MONEY_AMOUNT_MAX);
}

static void test_halves_go_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(money_vat_on(50, 500), 3); /* 2.5 */
    assert_int_equal(money_vat_on(49, 500), 2); /* 2.45 */
    assert_int_equal(money_vat_on(-50, 500), -3);
    assert_int_equal(money_vat_on(-49, 500), -2);
    assert_int_equal(money_vat_within(3, 10000), 2); /* 1.5 */
    assert_int_equal(money_vat_within(-3, 10000), -2);
}

static void test_decimals_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *decimal;
        const char *code;
        int64_t minor;
    } amounts[] = {
        {"1250.5", "KES", 125050},
        {"1250.50", "KES", 125050},
        {"1250", "KES", 125000},
        {"0", "KES", 0},
        {"0.01", "KES", 1},
        {"007.10", "KES", 710},
        {"12.5000", "KES", 1250},
        {"500", "XOF", 500},
        {"500.00", "XOF", 500},
        {"1.25", "TND", 1250},
        {"1.257", "TND", 1257},
        {"10000000000000.00", "KES", MONEY_AMOUNT_MAX},
        {"1000000000000000", "XOF", MONEY_AMOUNT_MAX},
    };
    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        struct error err;
        error_clear(&err);
        int64_t minor = -1;
        assert_int_equal(money_parse(amounts[i].decimal, currency_find(amounts[i].code), &minor, &err), STATUS_OK);
        assert_int_equal(minor, amounts[i].minor);
    }
}

static void test_doubtful_amounts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *decimal;
        const char *code;
    } bad[] = {
        {"", "KES"},
        {".", "KES"},
        {".5", "KES"},
        {"5.", "KES"},
        {"1,250", "KES"},
        {"1 250", "KES"},
        {" 5", "KES"},
        {"5 ", "KES"},
        {"+5", "KES"},
        {"-5", "KES"},
        {"1e3", "KES"},
        {"0x10", "KES"},
        {"1.2.3", "KES"},
        {"12.505", "KES"},
        {"5.5", "XOF"},
        {"1.2345", "TND"},
        {"10000000000000.01", "KES"},
        {"1000000000000001", "XOF"},
        {"99999999999999999999999999", "KES"},
        {"\xD9\xA5", "EGP"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err;
        error_clear(&err);
        int64_t minor = 77;
        assert_int_equal(money_parse(bad[i].decimal, currency_find(bad[i].code), &minor, &err), STATUS_INVALID_ARGUMENT);
        assert_true(strlen(err.message) > 0);
        assert_int_equal(minor, 77);
    }
}

static void test_decimals_written(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        const char *code;
        const char *decimal;
    } amounts[] = {
        {125050, "KES", "1250.50"},
        {5, "KES", "0.05"},
        {0, "KES", "0.00"},
        {-5, "KES", "-0.05"},
        {500, "XOF", "500"},
        {1257, "TND", "1.257"},
        {INT64_MAX, "KES", "92233720368547758.07"},
        {INT64_MIN, "KES", "-92233720368547758.08"},
        {INT64_MIN, "XOF", "-9223372036854775808"},
    };
    for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++) {
        char decimal[MONEY_DECIMAL_SIZE];
        money_format_decimal(amounts[i].minor, currency_find(amounts[i].code), decimal);
        assert_string_equal(decimal, amounts[i].decimal);
    }
}

static void test_a_message_outlives_what_it_was_made_of(void **state)
{
    (void)state;
    struct arena *arena = arena_new(256, 256);
    char code[] = "KES";
    Types__V1__Money *money = money_message(arena, 1250, code);
    code[0] = '?';
    assert_int_equal(money->amount_minor, 1250);
    assert_string_equal(money->currency_code, "KES");
    assert_true(protobuf_c_message_check(&money->base));
    arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(test_decimals_of_currencies), cmocka_unit_test(test_what_is_no_currency),
          cmocka_unit_test(test_sums_stop_before_they_overflow), cmocka_unit_test(test_tax_within_a_price),
          cmocka_unit_test(test_tax_on_a_price), cmocka_unit_test(test_halves_go_away_from_zero),
          cmocka_unit_test(test_decimals_read_exactly), cmocka_unit_test(test_doubtful_amounts_are_refused),
          cmocka_unit_test(test_decimals_written), cmocka_unit_test(test_a_message_outlives_what_it_was_made_of))
