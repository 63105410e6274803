/* What shoppers would lose: amounts and times that they can read, and that are right. Blanks of any kind are compared as
 * one. */
#include "check.h"

#include <string.h>
#include <jansson.h>

#include "orders.pb-c.h"
#include "pages/decorate.h"
#include "format.h"
#include "pbjson.h"

/* ICU writes no-break spaces (U+00A0, U+202F), and not the same ones in every version. */
static void plain_blanks(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        size_t blank = strncmp(from, "\xc2\xa0", 2) == 0 ? 2 : strncmp(from, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
        *to++ = blank ? ' ' : *from;
        from += blank ? blank : 1;
    }
    *to = '\0';
}

static struct format *new_format(const char *locale, const char *country, const char *currency)
{
    struct error err;
    struct format *format;
    error_clear(&err);
    if (format_new(locale, country, currency, &format, &err))
        fail_msg("%s", err.message);
    return format;
}

static void shows_money(const char *locale, const char *country, const char *currency, int64_t minor, const char *expected)
{
    char text[FORMAT_SIZE];
    struct format *format = new_format(locale, country, currency);
    format_money(format, minor, currency, text);
    plain_blanks(text);
    assert_string_equal(text, expected);
    format_free(format);
}

static void test_money_is_written_as_in_its_country(void **state)
{
    (void)state;
    shows_money("en-KE", "KE", "KES", 125000, "Ksh 1,250.00");
    shows_money("en-KE", "KE", "KES", 5, "Ksh 0.05");
    shows_money("en-NG", "NG", "NGN", 3710000, "\u20a637,100.00");
    shows_money("fr-CI", "CI", "XOF", 14100, "14 100 F CFA");
    shows_money("en-UG", "UG", "UGX", 89500, "USh 89,500");
    shows_money("en-TZ", "TZ", "TZS", 6200000, "TSh 62,000");
    shows_money("en-TZ", "TZ", "TZS", 6200050, "TSh 62,000.50");
    shows_money("en-KE", "KE", "KES", INT64_C(1000000000000000), "Ksh 10,000,000,000,000.00");
}

static void test_money_of_another_market_keeps_its_currency(void **state)
{
    (void)state;
    char text[FORMAT_SIZE];
    struct format *format = new_format("fr-SN", "SN", "XOF");
    format_money(format, 125050, "KES", text);
    plain_blanks(text);
    assert_string_equal(text, "1 250,50 KES");
    format_money(format, 7, "???", text);
    assert_string_equal(text, "??? 7");
    format_free(format);
}

static void test_times_are_those_of_the_country(void **state)
{
    (void)state;
    char text[FORMAT_SIZE];
    const int64_t late = INT64_C(1795468500) * 1000000; /* 2026-11-23T21:15:00Z */
    struct format *nairobi = new_format("en-KE", "KE", "KES");
    format_time(nairobi, late, text);
    plain_blanks(text);
    assert_string_equal(text, "24 Nov 2026, 00:15");
    format_date(nairobi, late, text);
    assert_string_equal(text, "24 Nov 2026");
    format_free(nairobi);
    struct format *dakar = new_format("fr-SN", "SN", "XOF");
    format_date(dakar, late, text);
    assert_string_equal(text, "23 nov. 2026");
    format_free(dakar);
}

static void test_rates_are_percents(void **state)
{
    (void)state;
    char text[FORMAT_SIZE];
    struct format *format = new_format("en-NG", "NG", "NGN");
    format_percent(format, 750, text);
    assert_string_equal(text, "7.5%");
    format_percent(format, 1600, text);
    assert_string_equal(text, "16%");
    format_free(format);
}

static void test_a_market_in_an_unknown_currency_is_refused(void **state)
{
    (void)state;
    struct error err;
    struct format *format = NULL;
    error_clear(&err);
    assert_int_equal(format_new("en-KE", "KE", "NON", &format, &err), STATUS_INVALID_ARGUMENT);
    assert_null(format);
}

static const char *text_at(const json_t *json, const char *a, const char *b)
{
    const json_t *at = b ? json_object_get(json_object_get(json, a), b) : json_object_get(json, a);
    return json_is_string(at) ? json_string_value(at) : NULL;
}

static void test_messages_get_their_readable_siblings(void **state)
{
    (void)state;
    Types__V1__Money total = TYPES__V1__MONEY__INIT;
    Types__V1__Totals totals = TYPES__V1__TOTALS__INIT;
    Google__Protobuf__Timestamp placed = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Orders__V1__OrderStep step = ORDERS__V1__ORDER_STEP__INIT;
    Orders__V1__OrderStep *steps[] = {&step};
    Orders__V1__Order order = ORDERS__V1__ORDER__INIT;
    total.amount_minor = 125000;
    total.currency_code = (char *)"KES";
    totals.total = &total;
    totals.vat_basis_points = 1600;
    placed.seconds = 1795468500;
    step.status = ORDERS__V1__ORDER_STATUS__SHIPPED;
    order.totals = &totals;
    order.placed_at = &placed;
    order.history = steps;
    order.n_history = 1;
    order.item_count = 3;
    json_t *words = json_pack("{s:{s:s}}", "OrderStatus", "SHIPPED", "On its way");
    struct format *format = new_format("en-KE", "KE", "KES");
    const struct decorator decorator = {format, words};
    json_t *json = pbjson_encode(&order.base);
    decorate(json, order.base.descriptor, &decorator);

    const json_t *decorated_totals = json_object_get(json, "totals");
    assert_string_equal(text_at(decorated_totals, "total", "decimal"), "1250.00");
    assert_string_equal(text_at(decorated_totals, "vatBasisPointsText", NULL), "16%");
    assert_true(json_is_null(json_object_get(decorated_totals, "delivery")));
    assert_string_equal(text_at(json, "placedAtDate", NULL), "24 Nov 2026");
    assert_true(json_is_true(json_object_get(json, "hasHistory")));
    assert_true(json_is_false(json_object_get(json, "hasLines")));
    assert_true(json_is_true(json_object_get(json, "hasItemCount")));
    const json_t *first = json_array_get(json_object_get(json, "history"), 0);
    assert_string_equal(text_at(first, "statusText", NULL), "On its way");
    assert_true(json_is_true(json_object_get(json_object_get(first, "statusIs"), "SHIPPED")));
    json_decref(json);
    json_decref(words);
    format_free(format);
}

RUN_TESTS(cmocka_unit_test(test_money_is_written_as_in_its_country),
          cmocka_unit_test(test_money_of_another_market_keeps_its_currency),
          cmocka_unit_test(test_times_are_those_of_the_country), cmocka_unit_test(test_rates_are_percents),
          cmocka_unit_test(test_a_market_in_an_unknown_currency_is_refused),
          cmocka_unit_test(test_messages_get_their_readable_siblings))
