/*
 * The countries in which the shop sells, as data: shared/markets.json, embedded at build, or a file of the operator's.
 */
#ifndef PORTAL_MARKET_H
#define PORTAL_MARKET_H

#include "arena.h"
#include "types.pb-c.h"

struct markets;

/* `path`: a JSON file in the form of shared/markets.json; NULL or "": the embedded one. `err` names what is wrong in it. */
enum status markets_load(const char *path, struct markets **ret_markets, struct error *err) MUST_CHECK;
void markets_free(struct markets *markets);     /* accepts NULL */

/* NULL when the shop does not sell there. The markets live as long as `markets`. Any thread. */
const Types__V1__Market *markets_find(const struct markets *markets, const char *country_code);
const Types__V1__Market *const *markets_all(const struct markets *markets, size_t *ret_count);

/* markets_find(), or a violation for `field`: "required" when the code is empty, "unknown" with the list of codes otherwise. */
const Types__V1__Market *markets_check(const struct markets *markets, const char *country_code, const char *field,
                                       struct error *err);

/* Basis points of VAT in force at `now_us`; 0 when none is. */
int32_t market_vat_basis_points(const Types__V1__Market *market, int64_t now_us);

#endif
