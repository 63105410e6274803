/*
 * The counts of variants inside a transaction: locked, then changed by what stock.c decided.
 */
#ifndef CATALOG_STOCK_LEVELS_H
#define CATALOG_STOCK_LEVELS_H

#include "db.h"
#include "stock.h"

/* Locks the variants' stock in the order of their ids, and gives it sorted by them. Variants that there are none of are left
 * out. */
enum status stock_levels_lock(struct db *db, struct db_texts variant_ids, struct stock_level **ret_levels, size_t *ret_count,
                              struct arena *arena, struct error *err) MUST_CHECK;

/* Sends the changes of the levels, if there are any. */
void stock_levels_send(struct db *db, const struct stock_level *levels, size_t count, struct arena *arena);

#endif
