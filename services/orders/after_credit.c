/* What is given back for units, delivery and tax, rounded by the sum so far. */
#include "after_credit.h"

#include "money.h"

__extension__ typedef __int128 wide; /* the product of two amounts */

/* whole * part / of, rounded half up; none of them is negative. */
static int64_t share(int64_t whole, int64_t part, int64_t of)
{
    return of == 0 ? 0 : (int64_t)(((wide)whole * part * 2 + of) / ((wide)of * 2));
}

/* The share of [before, after] in `whole`, such that shares of adjoining spans add up. */
static int64_t span_share(int64_t whole, int64_t before, int64_t length, int64_t of)
{
    return share(whole, before + length, of) - share(whole, before, of);
}

int64_t after_credit_worth(const struct after_sums *sums, int64_t base_minor)
{
    return span_share(sums->total_minor, sums->credited_base_minor, base_minor, sums->base_minor);
}

int64_t after_credit_vat(const struct after_sums *sums, int64_t amount_minor)
{
    return span_share(sums->vat_minor, sums->credited_minor, amount_minor, sums->total_minor);
}

static enum status too_much(int64_t most_minor, const char *currency_code, const char *why, enum status status,
                            struct error *err)
{
    const struct currency *currency = currency_find(currency_code);
    char most[MONEY_DECIMAL_SIZE] = "";
    if (currency)
        money_format_decimal(most_minor, currency, most);
    (void)error_field(err, "amount", "too_much", "At most %s %s: %s.", currency_code, most, why);
    return error_set(err, status, "%s", err->violations[err->violation_count - 1].message);
}

enum status after_credit_amount(int64_t asked_minor, int64_t worth_minor, bool has_parts, int64_t left_minor,
                                const char *currency_code, int64_t *ret_amount_minor, struct error *err)
{
    int64_t amount_minor = asked_minor > 0 || !has_parts ? asked_minor : worth_minor;
    if (asked_minor < 0)
        return error_field(err, "amount.amountMinor", "out_of_range", "An amount to give back is not negative.");
    if (asked_minor == 0 && !has_parts)
        return error_field(err, "amount", "required", "Say what is refunded: lines, the delivery fee or an amount.");
    if (has_parts && amount_minor > worth_minor)
        return too_much(worth_minor, currency_code, "that is what was paid for it", STATUS_INVALID_ARGUMENT, err);
    if (amount_minor > left_minor)
        return too_much(left_minor, currency_code, "no more is left of what was paid", STATUS_FAILED_PRECONDITION, err);
    *ret_amount_minor = amount_minor;
    return STATUS_OK;
}
