/*
 * Tells that variants run low: the event stock.low, in the transaction whose movements took them to the number at which
 * staff want to hear of it or below. It is told once on the way down, not again before the stock was above that number.
 */
#ifndef CATALOG_STOCK_LOW_H
#define CATALOG_STOCK_LOW_H

#include "db.h"
#include "stock.h"

/* Inside db_transact(), after the movements were sent. */
enum status stock_low_send(struct db *db, const struct stock_levels *levels, struct arena *arena,
                           struct error *err) MUST_CHECK;

#endif
