/*
 * Counts that staff change, and units that come back: each call one transaction, its movements signed by who made it.
 */
#ifndef CATALOG_STOCK_COUNTS_H
#define CATALOG_STOCK_COUNTS_H

#include "db.h"
#include "stock.h"

/* Counts units in or out at a location ("": the first one). *ret_level: the counts after it. NOT_FOUND when there is no such
 * variant or location. */
struct stock_adjustment {
    const char *variant_id;
    const char *location_code;
    int64_t delta;
    const char *reason;
    const char *made_by;
};
enum status stock_counts_adjust(struct db *db, const struct stock_adjustment *adjustment, struct stock_level *ret_level,
                                struct arena *arena, struct error *err) MUST_CHECK;

/* Carries units that are held for nobody from one location to another. */
struct stock_transfer {
    const char *variant_id;
    const char *from_code;
    const char *to_code;
    int64_t quantity;
    const char *reason;
    const char *made_by;
};
enum status stock_counts_move(struct db *db, const struct stock_transfer *transfer, struct stock_level *ret_from,
                              struct stock_level *ret_to, struct arena *arena, struct error *err) MUST_CHECK;

/* Units of a sold order that come back; ids are checked. */
struct stock_return_line {
    const char *variant_id;
    int64_t quantity;  /* go back on the shelf */
    int64_t discarded; /* count as given back, and go nowhere */
};
struct stock_return {
    const char *return_id;
    const char *order_id;
    const char *location_code; /* "": where they were taken from */
    const struct stock_return_line *lines;
    size_t line_count;
    const char *reason;
    const char *made_by;
};

/*
 * Once for each return id: a repeat changes nothing and is STATUS_OK with *ret_replayed. Units that the order still waits
 * for are taken off that first. An order whose stock was released has nothing more to give back: STATUS_OK. UNAVAILABLE
 * while the sale is not confirmed, FAILED_PRECONDITION beyond what was sold and not yet given back.
 */
enum status stock_counts_restock(struct db *db, const struct stock_return *back, bool *ret_replayed, struct arena *arena,
                                 struct error *err) MUST_CHECK;

#endif
