/* The sums of a basket, from integer lines and a market's rules. */
#include "totals.h"

#include "market.h"
#include "money.h"

static bool delivery_is_free(const Types__V1__Market *market, int64_t subtotal_minor)
{
    const Types__V1__Money *from = market->free_delivery_from;
    return !market->delivery_fee || (from && subtotal_minor >= from->amount_minor);
}

enum status totals_compute(const Types__V1__Market *market, const int64_t *line_totals_minor, size_t count, int64_t now_us,
                           struct totals *ret_totals, struct error *err)
{
    struct totals totals = {.vat_basis_points = market_vat_basis_points(market, now_us),
                            .vat_included = market->prices_include_vat};
    bool fits = true;
    for (size_t i = 0; i < count && fits; i++)
        fits = money_add(totals.subtotal_minor, line_totals_minor[i], &totals.subtotal_minor);
    if (count > 0 && !delivery_is_free(market, totals.subtotal_minor))
        totals.delivery_minor = market->delivery_fee->amount_minor;
    fits = fits && money_add(totals.subtotal_minor, totals.delivery_minor, &totals.total_minor);
    if (fits && totals.vat_included)
        totals.vat_minor = money_vat_within(totals.total_minor, totals.vat_basis_points);
    else if (fits) {
        totals.vat_minor = money_vat_on(totals.total_minor, totals.vat_basis_points);
        fits = money_add(totals.total_minor, totals.vat_minor, &totals.total_minor);
    }
    if (!fits)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The total is too large. Order less at a time.");
    *ret_totals = totals;
    return STATUS_OK;
}

Types__V1__Totals *totals_message(struct arena *arena, const struct totals *totals, const char *currency_code)
{
    Types__V1__Totals *message = ARENA_NEW(arena, Types__V1__Totals);
    types__v1__totals__init(message);
    message->subtotal = money_message(arena, totals->subtotal_minor, currency_code);
    message->delivery = money_message(arena, totals->delivery_minor, currency_code);
    message->vat = money_message(arena, totals->vat_minor, currency_code);
    message->total = money_message(arena, totals->total_minor, currency_code);
    message->vat_basis_points = totals->vat_basis_points;
    message->vat_included = totals->vat_included;
    return message;
}
