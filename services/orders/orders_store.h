/*
 * Orders in the database. The `send` functions are for use inside db_transact(): what they do happens with its commit or not
 * at all.
 */
#ifndef ORDERS_STORE_H
#define ORDERS_STORE_H

#include "db.h"

struct order_line {
    const char *variant_id;
    const char *product_handle;
    const char *product_title;
    const char *variant_title;
    const char *sku;
    const char *picture_url;        /* "": it had no picture */
    const char *picture_srcset;
    const char *picture_alt;
    int64_t unit_price_minor;
    int64_t quantity;
    int64_t line_total_minor;
    int64_t picture_width;
    int64_t picture_height;
    int64_t awaited;                /* units that had still to come when it was ordered */
    int64_t expected_at_us;         /* 0: not known */
};

/* How the order came to where it is. */
struct order_step {
    const char *status;
    const char *what;               /* "": it came to that status; else what happened in it (after_store.h) */
    const char *note;
    int64_t made_at_us;
};

/* A try to be paid by a provider. Strings are NULL when there is none. */
struct order_attempt {
    const char *id;
    const char *method;
    const char *state;
    const char *reference;
    int64_t amount_minor;
    int64_t captured_minor;         /* what came */
    const char *currency_code;
    const char *captured_currency;
    const char *phone;              /* "": the method needs none */
    const char *action_kind;        /* "", "none", "redirect", "prompt", "client" */
    const char *action_url;
    const char *action_text;
    const char *reason;
    const char *provider_ref;
    int64_t created_at_us;
    int64_t deadline_at_us;
};

/* One row of `orders` with all that hangs on it. Strings are never NULL. */
struct order_record {
    const char *id;
    const char *number;
    const char *subject;
    const char *cart_id;
    const char *status;
    int64_t version;
    const char *country_code;
    const char *currency_code;
    int64_t item_count;
    int64_t subtotal_minor;
    int64_t delivery_minor;
    int64_t vat_minor;
    int64_t total_minor;
    int64_t vat_basis_points;
    bool vat_included;
    const char *contact_name;
    const char *contact_phone;
    const char *contact_email;
    const char *recipient;
    const char *recipient_phone;
    const char *line1;
    const char *line2;
    const char *landmark;
    const char *city;
    const char *region;
    const char *postal_code;
    const char *note;
    int64_t placed_at_us;
    int64_t pay_until_us;           /* 0: paid at the door */
    const char *payment_method;
    const char *payment_status;
    int64_t payment_minor;          /* what is to be paid; with a new order its total */
    int64_t captured_minor;         /* what it was paid with, less what a provider took back; never more than came */
    int64_t refunded_minor;         /* given back or on its way */
    struct order_attempt attempt;   /* the last one */
    bool needs_code;                /* a code was sent to the phone that confirms it; see cod.h */
    struct order_line *lines;       /* in the order of the cart */
    size_t line_count;
    struct order_step *steps;       /* oldest first */
    size_t step_count;
};

/* A new order: its lines, its only step, its payment. Temporaries go into the arena. */
void orders_store_send_order(struct db *db, const struct order_record *order, struct arena *arena);

/*
 * A step on from `version` to the next. When another transaction took that step first, this one fails with a conflict that
 * orders_store_is_beaten() tells.
 */
struct order_change {
    const char *order_id;
    int64_t version;                /* that the change was decided on */
    const char *status;             /* the new one */
    const char *payment_status;     /* the new one; NULL: as it is */
    const char *what;               /* NULL: "" */
    const char *note;
    const char *made_by;
    int64_t now_us;
};
void orders_store_send_change(struct db *db, const struct order_change *change);

bool orders_store_is_beaten(const struct db *db);
bool orders_store_is_number_taken(const struct db *db);
bool orders_store_is_cart_taken(const struct db *db);

/* By id, or by number when id is NULL. `subjects` NULL: whoever placed it. */
enum db_outcome orders_store_find(struct db *db, const char *id, const char *number, const struct db_texts *subjects,
                                  struct order_record *ret_order, struct arena *arena, struct error *err) MUST_CHECK;

struct order_summary {
    const char *id;
    const char *number;
    const char *status;
    int64_t total_minor;
    const char *currency_code;
    int64_t item_count;
    int64_t placed_at_us;
    const char *first_item_title;
    const char *picture_url;
    const char *picture_srcset;
    const char *picture_alt;
    int64_t picture_width;
    int64_t picture_height;
};

extern const struct db_shape orders_store_summary_shape;   /* for statements that give the same columns */

/* Newest first, only those with an id below `before_id` (UUIDs of version 7 are ordered by time). */
struct orders_page {
    const struct db_texts *subjects;    /* NULL: everybody's, and then of one status or, with NULL, of all */
    const char *status;
    const char *before_id;
    int64_t limit;
};
enum db_outcome orders_store_list(struct db *db, const struct orders_page *page, struct order_summary **ret_orders,
                                  size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

#endif
