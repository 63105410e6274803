/* Integer money: a table of currencies, checked sums, tax by exact division, decimals in and out. */
#include "money.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BASIS_POINTS INT64_C(10000) /* of a whole */

/* ISO 4217, list one: all currencies of African countries, and those that their banks quote. */
static const struct currency currencies[] = {
    {"AOA", 2}, {"BIF", 0}, {"BWP", 2}, {"CDF", 2}, {"CVE", 2}, {"DJF", 0}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2},
    {"EUR", 2}, {"GBP", 2}, {"GHS", 2}, {"GMD", 2}, {"GNF", 0}, {"KES", 2}, {"KMF", 0}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3},
    {"MAD", 2}, {"MGA", 2}, {"MRU", 2}, {"MUR", 2}, {"MWK", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2}, {"RWF", 0}, {"SCR", 2},
    {"SDG", 2}, {"SHP", 2}, {"SLE", 2}, {"SOS", 2}, {"SSP", 2}, {"STN", 2}, {"SZL", 2}, {"TND", 3}, {"TZS", 2}, {"UGX", 0},
    {"USD", 2}, {"XAF", 0}, {"XOF", 0}, {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2},
};

const struct currency *currency_find(const char *code)
{
    for (size_t i = 0; code && i < sizeof(currencies) / sizeof(currencies[0]); i++)
        if (strcmp(currencies[i].code, code) == 0)
            return &currencies[i];
    return NULL;
}

static bool within_max(int64_t amount_minor)
{
    return amount_minor <= MONEY_AMOUNT_MAX && amount_minor >= -MONEY_AMOUNT_MAX;
}

bool money_add(int64_t a_minor, int64_t b_minor, int64_t *ret_minor)
{
    int64_t sum;
    if (__builtin_add_overflow(a_minor, b_minor, &sum) || !within_max(sum))
        return false;
    *ret_minor = sum;
    return true;
}

bool money_multiply(int64_t amount_minor, int64_t quantity, int64_t *ret_minor)
{
    int64_t product;
    if (__builtin_mul_overflow(amount_minor, quantity, &product) || !within_max(product))
        return false;
    *ret_minor = product;
    return true;
}

/* amount * part / whole, rounded half away from zero; the division comes first so that nothing can overflow. */
static int64_t share(int64_t amount, int64_t part, int64_t whole)
{
    assert(part >= 0 && part <= BASIS_POINTS && "a tax rate is between 0 and 100 %");
    int64_t twice = amount % whole * part * 2;
    return amount / whole * part + (twice + (twice < 0 ? -whole : whole)) / (2 * whole);
}

int64_t money_vat_within(int64_t amount_minor, int32_t basis_points)
{
    return share(amount_minor, basis_points, BASIS_POINTS + basis_points);
}

int64_t money_vat_on(int64_t amount_minor, int32_t basis_points)
{
    return share(amount_minor, basis_points, BASIS_POINTS);
}

/* Appends a digit to *amount; false when that passes the maximum. */
static bool push_digit(int64_t *amount, char digit)
{
    int64_t tens;
    return money_multiply(*amount, 10, &tens) && money_add(tens, digit - '0', amount);
}

/* Digits, then perhaps a dot and more digits. */
static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    if (whole == 0 || text[whole] == '\0')
        return whole > 0;
    size_t decimals = strspn(text + whole + 1, "0123456789");
    return text[whole] == '.' && decimals > 0 && text[whole + 1 + decimals] == '\0';
}

enum status money_parse(const char *decimal, const struct currency *currency, int64_t *ret_minor, struct error *err)
{
    if (!is_decimal(decimal))
        return error_set(err, STATUS_INVALID_ARGUMENT, "Write the amount as digits with a dot for decimals, like 1250.50.");
    int64_t minor = 0;
    const char *at = decimal;
    bool fits = true;
    for (; isdigit((unsigned char)*at) && fits; at++)
        fits = push_digit(&minor, *at);
    at += *at == '.';
    for (int i = 0; i < currency->exponent && fits; i++)
        fits = push_digit(&minor, *at ? *at++ : '0');
    if (!fits)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The amount is too large.");
    if (at[strspn(at, "0")] != '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s has %d decimals; the amount has more.", currency->code,
                         currency->exponent);
    *ret_minor = minor;
    return STATUS_OK;
}

void money_format_decimal(int64_t amount_minor, const struct currency *currency, char out[MONEY_DECIMAL_SIZE])
{
    uint64_t magnitude = amount_minor < 0 ? 0 - (uint64_t)amount_minor : (uint64_t)amount_minor;
    uint64_t unit = 1;
    for (int i = 0; i < currency->exponent; i++)
        unit *= 10;
    int length = snprintf(out, MONEY_DECIMAL_SIZE, "%s%" PRIu64, amount_minor < 0 ? "-" : "", magnitude / unit);
    if (unit > 1)
        snprintf(out + length, (size_t)(MONEY_DECIMAL_SIZE - length), ".%0*" PRIu64, currency->exponent, magnitude % unit);
}

Types__V1__Money *money_message(struct arena *arena, int64_t amount_minor, const char *currency_code)
{
    Types__V1__Money *money = ARENA_NEW(arena, Types__V1__Money);
    types__v1__money__init(money);
    money->amount_minor = amount_minor;
    money->currency_code = arena_strdup(arena, currency_code);
    return money;
}
