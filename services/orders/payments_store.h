/*
 * Attempts to be paid as rows. What is decided about one is decided at its version: of two decisions on the same version one
 * fails with ABORTED and is made again. The `send` functions are for use inside db_transact().
 */
#ifndef ORDERS_PAYMENTS_STORE_H
#define ORDERS_PAYMENTS_STORE_H

#include "orders_store.h"

/* A row with what else is known of its money. */
struct attempt_record {
    const char *id;
    const char *order_id;
    const char *method;
    const char *reference;
    const char *state;
    int64_t version;
    int64_t amount_minor;
    const char *currency_code;
    const char *phone;
    const char *provider_ref;
    const char *transaction_id;
    int64_t captured_minor;
    const char *captured_currency;
    int64_t reversed_minor;
    bool is_counted;
    bool is_begun;
    int64_t deadline_at_us;
    int64_t created_at_us;
    int64_t refunds_minor;          /* given back or on its way */
    bool is_paid_by_other;          /* another attempt paid the order */
    int64_t returns_minor;          /* of the refunds, those of money that no order wanted */
};

/*
 * A new attempt in state `created`, with the task start_payment, which `lease` has (NULL: nobody). When another one is open
 * the transaction ends with a conflict that payments_store_is_open() tells.
 */
struct attempt_draft {
    const char *id;
    const char *order_id;
    const char *method;
    const char *reference;
    int64_t amount_minor;
    const char *currency_code;
    const char *phone;
    int64_t deadline_at_us;
    int64_t now_us;
    const char *lease;
};
void payments_store_send_attempt(struct db *db, const struct attempt_draft *draft);
bool payments_store_is_open(const struct db *db);

enum db_outcome payments_store_find(struct db *db, const char *id, struct attempt_record *ret_attempt, struct arena *arena,
                                    struct error *err) MUST_CHECK;

/* *ret_id: the attempt of the order that is open; DB_NONE: none is. */
enum db_outcome payments_store_find_open(struct db *db, const char *order_id, const char **ret_id, struct arena *arena,
                                         struct error *err) MUST_CHECK;

/* The order is to be paid, or was paid, in this way. */
void payments_store_send_method(struct db *db, const char *order_id, const char *method, int64_t now_us);

/* The order ended: has the provider asked now about what is open of it, or waits for staff. */
void payments_store_send_stop(struct db *db, const char *order_id, int64_t now_us);

/* Has the provider asked about this attempt, at once or at the plan's time. */
void payments_store_send_ask(struct db *db, const char *order_id, const char *attempt_id, int64_t due_at_us, int64_t now_us);

/* Marks that the provider is about to be told of the attempt. */
enum db_outcome payments_store_begin(struct db *db, const char *id, int64_t now_us, struct error *err) MUST_CHECK;

struct attempt_action {
    const char *kind;
    const char *url;
    const char *text;
    const char *provider_ref;       /* "": none */
};
/* In db_transact(): the provider was told; what the customer has to do. ABORTED when the row changed meanwhile. */
enum status payments_store_start(struct db *db, const struct attempt_record *attempt, const struct attempt_action *action,
                                 int64_t now_us, struct error *err) MUST_CHECK;

struct attempt_change {
    const char *state;
    const char *reason;             /* NULL: as it is */
    int64_t captured_minor;         /* more than before */
    const char *captured_currency;  /* "": as it is */
    int64_t reversed_minor;         /* more than before */
    bool is_counted;                /* becomes so */
    const char *provider_ref;       /* "": none known */
    const char *transaction_id;
};
enum status payments_store_change(struct db *db, const struct attempt_record *attempt, const struct attempt_change *change,
                                  int64_t now_us, struct error *err) MUST_CHECK;

enum db_outcome payments_store_list(struct db *db, const char *order_id, struct order_attempt **ret_attempts,
                                    size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

struct attempt_review {
    const char *order_id;
    const char *order_number;
    struct order_attempt attempt;
};
enum db_outcome payments_store_reviews(struct db *db, int64_t limit, struct attempt_review **ret_reviews, size_t *ret_count,
                                       struct arena *arena, struct error *err) MUST_CHECK;

/* ---- notices ---- */

struct noticed {
    const char *id;
    const char *order_id;
};
/* By the id (NULL: unknown), our reference or the provider's ("": unknown) of an attempt; of a refund. */
enum db_outcome payments_store_find_noticed(struct db *db, const char *method, const char *id, const char *reference,
                                            const char *provider_ref, struct noticed *ret_noticed, struct arena *arena,
                                            struct error *err) MUST_CHECK;
enum db_outcome payments_store_find_noticed_refund(struct db *db, const char *method, const char *id,
                                                   const char *provider_ref, struct noticed *ret_noticed,
                                                   struct arena *arena, struct error *err) MUST_CHECK;

/* In db_transact(). DB_NONE: it came before. */
enum db_outcome payments_store_note(struct db *db, const char *method, const char *event_id, struct db_bytes digest,
                                    int64_t now_us, struct error *err) MUST_CHECK;
void payments_store_send_learn(struct db *db, const char *id, const char *provider_ref, const char *transaction_id);

enum db_outcome payments_store_sweep(struct db *db, int64_t before_us, int64_t limit, int64_t *ret_deleted,
                                     struct error *err) MUST_CHECK;

#endif
