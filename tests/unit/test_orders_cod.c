/* Cash on delivery: an order that a courier cannot take cash for is refused before it is packed, and a code cannot be guessed. */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "cod.h"

static struct error err;
static Types__V1__Market market;
static Types__V1__CashOnDelivery rules;
static Types__V1__Money limit;
static Types__V1__Address address;

static int begin(void **state)
{
    (void)state;
    error_clear(&err);
    market = (Types__V1__Market)TYPES__V1__MARKET__INIT;
    rules = (Types__V1__CashOnDelivery)TYPES__V1__CASH_ON_DELIVERY__INIT;
    limit = (Types__V1__Money)TYPES__V1__MONEY__INIT;
    address = (Types__V1__Address)TYPES__V1__ADDRESS__INIT;
    market.currency_code = (char *)"KES";
    market.cash_on_delivery = &rules;
    limit.amount_minor = 5000000;
    limit.currency_code = (char *)"KES";
    address.city = (char *)"Nairobi";
    address.region = (char *)"Nairobi County";
    return 0;
}

static void test_a_market_without_rules_takes_cash_for_anything(void **state)
{
    (void)state;
    market.cash_on_delivery = NULL;
    assert_int_equal(cod_check(&market, &address, INT64_C(1000000000), &err), STATUS_OK);
    assert_false(cod_needs_code(&market));
}

static void test_the_limit_itself_may_be_paid_and_one_more_may_not(void **state)
{
    (void)state;
    rules.max_total = &limit;
    assert_int_equal(cod_check(&market, &address, 5000000, &err), STATUS_OK);
    assert_int_equal(cod_check(&market, &address, 5000001, &err), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].field, "paymentMethod");
    assert_string_equal(err.violations[0].code, "over_limit");
    assert_non_null(strstr(err.message, "KES 50000.00"));
}

static void test_areas_are_regions_or_towns_however_they_are_written(void **state)
{
    (void)state;
    char *areas[] = {(char *)"Nairobi", (char *)"Thika Road", (char *)"القاهرة", (char *)"Sédhiou"};
    rules.areas = areas;
    rules.n_areas = 4;
    static const struct {
        const char *city;
        const char *region;
        bool served;
    } places[] = {
        {"NAIROBI", "", true},         {"Ruiru", "nairobi", true},  {"Ruiru", "Kiambu", false}, {"thika-road", "", true},
        {"Nairobi West", "", false},   {"القاهرة", "", true},       {"الجيزة", "", false},      {"sedhiou", "", true},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        address.city = (char *)places[i].city;
        address.region = (char *)places[i].region;
        assert_int_equal(cod_serves(&rules, &address), places[i].served);
    }
    address.city = (char *)"Mombasa";
    assert_int_equal(cod_check(&market, &address, 1, &err), STATUS_FAILED_PRECONDITION);
    assert_string_equal(err.violations[0].code, "not_in_this_area");
}

static void test_a_code_is_six_digits_whatever_was_drawn(void **state)
{
    (void)state;
    char code[COD_CODE_SIZE];
    cod_code_make(42917, code);
    assert_string_equal(code, "042917");
    cod_code_make(UINT64_MAX, code);
    assert_string_equal(code, "551615");    /* 18446744073709551615 */
}

static void test_a_code_is_read_as_people_type_it(void **state)
{
    (void)state;
    char code[COD_CODE_SIZE];
    assert_true(cod_code_read("042 917", code));
    assert_string_equal(code, "042917");
    assert_true(cod_code_read(" 042-917 ", code));
    assert_false(cod_code_read("04291", code));
    assert_false(cod_code_read("0429170", code));
    assert_false(cod_code_read("04291a", code));
    assert_false(cod_code_read("", code));
}

/* Expected: Python's hashlib.blake2b(b"<order>|confirm|042917", digest_size=32, key=bytes(range(32))). */
static void test_a_digest_is_of_one_order_one_kind_and_one_key(void **state)
{
    (void)state;
    static const char order[UUID_SIZE] = "01a22ebd-46d3-7574-9a28-f633585d3198";
    unsigned char key[COD_KEY_SIZE], digest[COD_DIGEST_SIZE], other[COD_DIGEST_SIZE];
    char hex[2 * COD_DIGEST_SIZE + 1];
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)i;
    cod_code_digest(key, order, COD_CODE_CONFIRM, "042917", digest);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    assert_string_equal(hex, "42583f079f2a0060d206e4e8f2932e6d1d8c145c07c8acb313b08df9b66c3aad");
    cod_code_digest(key, order, COD_CODE_DELIVERY, "042917", other);
    assert_memory_not_equal(digest, other, sizeof(digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_market_without_rules_takes_cash_for_anything, begin),
        cmocka_unit_test_setup(test_the_limit_itself_may_be_paid_and_one_more_may_not, begin),
        cmocka_unit_test_setup(test_areas_are_regions_or_towns_however_they_are_written, begin),
        cmocka_unit_test_setup(test_a_code_is_six_digits_whatever_was_drawn, begin),
        cmocka_unit_test_setup(test_a_code_is_read_as_people_type_it, begin),
        cmocka_unit_test_setup(test_a_digest_is_of_one_order_one_kind_and_one_key, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
