/*
 * Amounts in integer minor units by the ISO 4217 exponent. No floating point; overflow is an error.
 */
#ifndef PORTAL_MONEY_H
#define PORTAL_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "types.pb-c.h"

#define MONEY_AMOUNT_MAX INT64_C(1000000000000000)   /* 10^15 minor units: sums of millions of lines stay far from overflow */
#define MONEY_DECIMAL_SIZE 32

struct currency {
    const char *code;               /* ISO 4217 */
    int exponent;                   /* digits after the decimal mark: 2, 0 (XOF), 3 (TND) */
};

/* NULL when the portal does not know the currency. */
const struct currency *currency_find(const char *code);

/* false: the result would pass MONEY_AMOUNT_MAX on either side. *ret is untouched then. */
bool money_add(int64_t a_minor, int64_t b_minor, int64_t *ret_minor);
bool money_multiply(int64_t amount_minor, int64_t quantity, int64_t *ret_minor);

/*
 * The tax within a price that includes it: amount * bp / (10000 + bp). The tax to add to one that does not: amount * bp / 10000.
 * Both rounded half away from zero to the minor unit, once for the whole basket.
 */
int64_t money_vat_within(int64_t amount_minor, int32_t basis_points);
int64_t money_vat_on(int64_t amount_minor, int32_t basis_points);

/* "1250.5" with the exponent of the currency -> minor units. Digits beyond the exponent other than 0, signs, spaces and
 * thousands separators are refused. */
enum status money_parse(const char *decimal, const struct currency *currency, int64_t *ret_minor, struct error *err) MUST_CHECK;

/* "1250.50": digits, a dot, as many decimals as the currency has. */
void money_format_decimal(int64_t amount_minor, const struct currency *currency, char out[MONEY_DECIMAL_SIZE]);

/* A message in the arena. */
Types__V1__Money *money_message(struct arena *arena, int64_t amount_minor, const char *currency_code);

#endif
