/*
 * The counts of variants inside a transaction: locked, then changed by the movements that stock.c decided.
 */
#ifndef CATALOG_STOCK_LEVELS_H
#define CATALOG_STOCK_LEVELS_H

#include "db.h"
#include "stock.h"

/* Locks the variants' counts at all locations, in one order. Variants that there are none of are left out. */
enum status stock_levels_lock(struct db *db, struct db_texts variant_ids, struct stock_levels *ret_levels,
                              struct arena *arena, struct error *err) MUST_CHECK;

/* Sends the movements, if there are any, with who made them and why: the counts follow. */
void stock_levels_send(struct db *db, const struct stock_moves *moves, const char *made_by, const char *reason);

#endif
