/*
 * What staff see of stock and settle about it: one function for each statement of stock_desk.sql. Results live in the arena.
 */
#ifndef CATALOG_STOCK_DESK_H
#define CATALOG_STOCK_DESK_H

#include "db.h"
#include "product.h"

struct sell_policy {
    const char *policy; /* "deny", "backorder", "preorder" */
    int64_t ahead_max;  /* 0: as many as are wanted */
    int64_t available_from_us;
    int64_t low_at; /* 0: as the shop has it; -1: never */
};

struct stock_desk_row {
    const char *variant_id;
    const char *handle;
    const char *title;
    const char *options[PRODUCT_OPTIONS_MAX];
    const char *sku;
    const char *location_code;
    int64_t location_id;
    int64_t on_hand;
    int64_t reserved;
    int64_t owed;
    struct sell_policy policy;
};

struct stock_desk_request {
    const char *location_code; /* "": all */
    const char *query;         /* "": all */
    bool low_only;
    const char *after_variant_id; /* the place behind which the page starts */
    int64_t after_location_id;
    int64_t limit;
};

enum status stock_desk_list(struct db *db, const struct stock_desk_request *request, const struct stock_desk_row **ret_rows,
                            size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

struct movement_row {
    int64_t id;
    const char *location_code;
    const char *kind;
    int64_t on_hand_change;
    int64_t reserved_change;
    int64_t owed_change;
    const char *order_id;
    const char *reason;
    const char *made_by;
    int64_t made_at_us;
};

/* Those before `before_id`, newest first. */
enum status stock_desk_movements(struct db *db, const char *variant_id, int64_t before_id, int64_t limit,
                                 const struct movement_row **ret_rows, size_t *ret_count, struct arena *arena,
                                 struct error *err) MUST_CHECK;

struct location_row {
    const char *code;
    const char *name;
    struct db_texts country_codes;
    int64_t priority;
    bool active;
};

enum status stock_desk_locations(struct db *db, const struct location_row **ret_rows, size_t *ret_count, struct arena *arena,
                                 struct error *err) MUST_CHECK;

/* Makes or changes it. FAILED_PRECONDITION when no location would be active any more. */
enum status stock_desk_save_location(struct db *db, const struct location_row *location, struct arena *arena,
                                     struct error *err) MUST_CHECK;

/* NOT_FOUND when there is no such variant. */
enum status stock_desk_set_policy(struct db *db, const char *variant_id, const struct sell_policy *policy,
                                  struct error *err) MUST_CHECK;

#endif
