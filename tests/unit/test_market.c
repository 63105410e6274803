/* Markets: the right tax on the right day, and a mistake in the file found at start, not at checkout. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "market.h"

#define KE "{\"countryCode\":\"KE\",\"name\":\"Kenya\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\",\"callingCode\":\"254\""
#define COD ",\"paymentMethods\":[\"CASH_ON_DELIVERY\"]"

static struct error err;

/* A file that has no name but the one of its descriptor. */
static enum status load_text(const char *text, size_t size, struct markets **ret_markets)
{
    char path[64];
    int fd = memfd_create("markets", 0);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    error_clear(&err);
    enum status status = markets_load(path, ret_markets, &err);
    close(fd);
    return status;
}

static struct markets *load(const char *text)
{
    struct markets *markets = NULL;
    if (load_text(text, strlen(text), &markets))
        fail_msg("%s", err.message);
    return markets;
}

static void refused(const char *text, const char *field, const char *code)
{
    struct markets *markets = (struct markets *)&err;
    assert_int_equal(load_text(text, strlen(text), &markets), STATUS_INVALID_ARGUMENT);
    assert_ptr_equal(markets, &err);
    assert_string_equal(err.violations[0].field, field);
    assert_string_equal(err.violations[0].code, code);
    assert_non_null(strstr(err.message, field));
}

static int64_t day(const char *date)
{
    int64_t us;
    assert_int_equal(clock_parse_rfc3339(date, &us, &err), STATUS_OK);
    return us;
}

/* The countries of the first slice; currencies by ISO 4217, calling codes by ITU-T E.164, rates as their laws stood in 2026.
 */
static void test_the_markets_of_the_shop(void **state)
{
    (void)state;
    static const struct {
        const char *country;
        const char *currency;
        const char *calling_code;
        int32_t vat;
    } published[] = {
        {"NG", "NGN", "234", 750},  {"KE", "KES", "254", 1600}, {"ZA", "ZAR", "27", 1500}, {"GH", "GHS", "233", 2000},
        {"CI", "XOF", "225", 1800}, {"SN", "XOF", "221", 1800}, {"EG", "EGP", "20", 1400}, {"TZ", "TZS", "255", 1800},
        {"UG", "UGX", "256", 1800}, {"RW", "RWF", "250", 1800},
    };
    struct markets *markets = NULL;
    error_clear(&err);
    assert_int_equal(markets_load(NULL, &markets, &err), STATUS_OK);
    size_t count;
    assert_non_null(markets_all(markets, &count));
    assert_int_equal(count, sizeof(published) / sizeof(published[0]));
    for (size_t i = 0; i < count; i++) {
        const Types__V1__Market *market = markets_find(markets, published[i].country);
        assert_non_null(market);
        assert_string_equal(market->currency_code, published[i].currency);
        assert_string_equal(market->calling_code, published[i].calling_code);
        assert_int_equal(market_vat_basis_points(market, day("2026-11-23T00:00:00Z")), published[i].vat);
    }
    markets_free(markets);
}

static void test_where_the_shop_does_not_sell(void **state)
{
    (void)state;
    struct markets *markets = load("{\"markets\":[" KE COD "}]}");
    assert_null(markets_find(markets, "FR"));
    assert_null(markets_find(markets, "ke"));
    assert_null(markets_find(markets, ""));
    assert_null(markets_find(markets, NULL));
    assert_string_equal(markets_check(markets, "KE", "countryCode", &err)->name, "Kenya");
    assert_int_equal(err.violation_count, 0);
    assert_null(markets_check(markets, "FR", "countryCode", &err));
    assert_null(markets_check(markets, "", "address.countryCode", &err));
    assert_string_equal(err.violations[0].field, "countryCode");
    assert_string_equal(err.violations[0].code, "unknown");
    assert_non_null(strstr(err.violations[0].message, "KE"));
    assert_string_equal(err.violations[1].field, "address.countryCode");
    assert_string_equal(err.violations[1].code, "required");
    markets_free(markets);
}

/* Malawi-like step: 16 % until the end of 2025, 17.5 % in 2026, nothing before 2020. */
static void test_a_rate_holds_from_its_day_to_its_day(void **state)
{
    (void)state;
    struct markets *markets =
        load("{\"markets\":[" KE COD ",\"vatRates\":["
             "{\"basisPoints\":1750,\"validFrom\":\"2026-01-01T00:00:00Z\",\"validUntil\":\"2027-01-01T00:00:00Z\"},"
             "{\"basisPoints\":1600,\"validFrom\":\"2020-01-01T00:00:00Z\",\"validUntil\":\"2026-01-01T00:00:00Z\"}]}]}");
    const Types__V1__Market *market = markets_find(markets, "KE");
    assert_int_equal(market_vat_basis_points(market, day("2019-12-31T23:59:59.999999Z")), 0);
    assert_int_equal(market_vat_basis_points(market, day("2020-01-01T00:00:00Z")), 1600);
    assert_int_equal(market_vat_basis_points(market, day("2025-12-31T23:59:59.999999Z")), 1600);
    assert_int_equal(market_vat_basis_points(market, day("2026-01-01T00:00:00Z")), 1750);
    assert_int_equal(market_vat_basis_points(market, day("2027-01-01T00:00:00Z")), 0);
    markets_free(markets);
}

static void test_the_order_of_rates_does_not_matter(void **state)
{
    (void)state;
    struct markets *markets =
        load("{\"markets\":[" KE COD ",\"vatRates\":[{\"basisPoints\":1600,\"validUntil\":\"2026-01-01T00:00:00Z\"},"
             "{\"basisPoints\":1750,\"validFrom\":\"2026-01-01T00:00:00Z\"}]}]}");
    assert_int_equal(market_vat_basis_points(markets_find(markets, "KE"), day("2026-01-01T00:00:00Z")), 1750);
    markets_free(markets);
}

static void test_a_rate_without_days_holds_always(void **state)
{
    (void)state;
    struct markets *markets = load("{\"markets\":[" KE COD ",\"vatRates\":[{\"basisPoints\":1600}]}]}");
    assert_int_equal(market_vat_basis_points(markets_find(markets, "KE"), day("1950-01-01T00:00:00Z")), 1600);
    assert_int_equal(market_vat_basis_points(markets_find(markets, "KE"), day("2150-01-01T00:00:00Z")), 1600);
    markets_free(markets);
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    refused("{}", "markets", "required");
    refused("{\"markets\":[{}]}", "markets[0].countryCode", "malformed");
    refused("{\"markets\":[" KE "}]}", "markets[0].paymentMethods", "required");
    refused("{\"markets\":[" KE COD "}," KE COD "}]}", "markets[1].countryCode", "duplicate");
    refused("{\"markets\":[" KE ",\"paymentMethods\":[0]}]}", "markets[0].paymentMethods", "unknown");
    refused("{\"markets\":[" KE ",\"paymentMethods\":[99]}]}", "markets[0].paymentMethods", "unknown");
    refused("{\"markets\":[" KE ",\"paymentMethods\":[1,1]}]}", "markets[0].paymentMethods", "duplicate");
    refused("{\"markets\":[" KE COD ",\"deliveryFee\":{\"amountMinor\":\"100\",\"currencyCode\":\"UGX\"}}]}",
            "markets[0].deliveryFee", "malformed");
    refused("{\"markets\":[" KE COD ",\"deliveryFee\":{\"amountMinor\":\"-1\",\"currencyCode\":\"KES\"}}]}",
            "markets[0].deliveryFee", "out_of_range");
    refused("{\"markets\":[" KE COD ",\"freeDeliveryFrom\":{\"amountMinor\":\"1\"}}]}", "markets[0].freeDeliveryFrom",
            "malformed");
    refused("{\"markets\":[" KE COD ",\"returnDays\":-1}]}", "markets[0].returnDays", "out_of_range");
    refused("{\"markets\":[" KE COD ",\"vatRates\":[{\"basisPoints\":-1}]}]}", "markets[0].vatRates[0]", "out_of_range");
    refused("{\"markets\":[" KE COD ",\"vatRates\":[{\"basisPoints\":10001}]}]}", "markets[0].vatRates[0]", "out_of_range");
    refused("{\"markets\":[" KE COD ",\"vatRates\":[{\"basisPoints\":1},{\"basisPoints\":2}]}]}", "markets[0].vatRates[1]",
            "duplicate");
    refused("{\"markets\":[" KE COD
            ",\"vatRates\":[{\"validFrom\":\"2026-01-01T00:00:00Z\",\"validUntil\":\"2026-01-01T00:00:00Z\"}]}]}",
            "markets[0].vatRates[0]", "malformed");
    refused("{\"markets\":[" KE COD
            ",\"vatRates\":[{\"validUntil\":\"2026-01-01T00:00:01Z\"},{\"validFrom\":\"2026-01-01T00:00:00Z\"}]}]}",
            "markets[0].vatRates[1]", "duplicate");
    refused("{\"markets\":[" KE COD ",\"vat\":1}]}", "markets[0].vat", "unknown");
}

static void test_names_and_codes_are_checked(void **state)
{
    (void)state;
    refused("{\"markets\":[{\"countryCode\":\"ke\",\"name\":\"K\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\","
            "\"callingCode\":\"254\"" COD "}]}",
            "markets[0].countryCode", "malformed");
    refused("{\"markets\":[{\"countryCode\":\"KE\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\",\"callingCode\":\"254\"" COD
            "}]}",
            "markets[0].name", "required");
    refused("{\"markets\":[{\"countryCode\":\"KE\",\"name\":\"K\",\"currencyCode\":\"KES\",\"callingCode\":\"254\"" COD
            "}]}",
            "markets[0].locale", "required");
    refused("{\"markets\":[{\"countryCode\":\"KE\",\"name\":\"K\",\"currencyCode\":\"KSH\",\"locale\":\"en-KE\","
            "\"callingCode\":\"254\"" COD "}]}",
            "markets[0].currencyCode", "unknown");
    refused("{\"markets\":[{\"countryCode\":\"KE\",\"name\":\"K\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\","
            "\"callingCode\":\"+254\"" COD "}]}",
            "markets[0].callingCode", "malformed");
    refused("{\"markets\":[{\"countryCode\":\"KE\",\"name\":\"K\",\"currencyCode\":\"KES\",\"locale\":\"en-KE\","
            "\"callingCode\":\"054\"" COD "}]}",
            "markets[0].callingCode", "malformed");
}

static void test_broken_files(void **state)
{
    (void)state;
    struct markets *markets = NULL;
    error_clear(&err);
    assert_int_equal(markets_load("/nonexistent/markets.json", &markets, &err), STATUS_FAILED_PRECONDITION);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(markets_load("/", &markets, &err), STATUS_FAILED_PRECONDITION);
    refused("{\"markets\":[}", "", "malformed");
    assert_non_null(strstr(err.message, "Line 1, column"));
    size_t size = (1u << 20) + 1;
    char *blanks = malloc(size);
    memset(blanks, ' ', size);
    assert_int_equal(load_text(blanks, size, &markets), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "larger"));
    free(blanks);
    assert_null(markets);
    markets_free(NULL);
}

RUN_TESTS(cmocka_unit_test(test_the_markets_of_the_shop), cmocka_unit_test(test_where_the_shop_does_not_sell),
          cmocka_unit_test(test_a_rate_holds_from_its_day_to_its_day),
          cmocka_unit_test(test_the_order_of_rates_does_not_matter), cmocka_unit_test(test_a_rate_without_days_holds_always),
          cmocka_unit_test(test_mistakes_are_named), cmocka_unit_test(test_names_and_codes_are_checked),
          cmocka_unit_test(test_broken_files))
