/*
 * What a basket costs: the same sums for the cart that shows them and for the order that holds them.
 */
#ifndef PORTAL_TOTALS_H
#define PORTAL_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "types.pb-c.h"

struct totals {
    int64_t subtotal_minor;
    int64_t delivery_minor;
    int64_t vat_minor;              /* within total_minor, always */
    int64_t total_minor;
    int32_t vat_basis_points;
    bool vat_included;              /* prices were shown with the tax in them */
};

/*
 * `line_totals_minor`: unit price times quantity of each line. An empty basket has no delivery fee. VAT is on goods and
 * delivery, rounded once. INVALID_ARGUMENT when the sum passes MONEY_AMOUNT_MAX.
 */
enum status totals_compute(const Types__V1__Market *market, const int64_t *line_totals_minor, size_t count, int64_t now_us,
                           struct totals *ret_totals, struct error *err) MUST_CHECK;

Types__V1__Totals *totals_message(struct arena *arena, const struct totals *totals, const char *currency_code);

#endif
