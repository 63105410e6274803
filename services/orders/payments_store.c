/* Attempts to be paid as rows. */
#include "payments_store.h"

#include <string.h>

#include "payments_sql.h"
#include "saga.h"

void payments_store_send_method(struct db *db, const char *order_id, const char *method, int64_t now_us)
{
    db_send(db, &sql_payments_set_method, DB_ARGS(DB_ARG(order_id), DB_ARG(method), DB_ARG(now_us)));
}

void payments_store_send_attempt(struct db *db, const struct attempt_draft *draft)
{
    const struct saga_plan plan = saga_plan_of("start_payment", draft->now_us);
    db_send(db, &sql_payments_insert_attempt,
            DB_ARGS(DB_ARG(draft->id), DB_ARG(draft->order_id), DB_ARG(draft->method), DB_ARG(draft->reference),
                    DB_ARG(draft->amount_minor), DB_ARG(draft->currency_code), DB_ARG(draft->phone),
                    DB_ARG(draft->deadline_at_us), DB_ARG(draft->now_us)));
    payments_store_send_method(db, draft->order_id, draft->method, draft->now_us);
    task_store_send_insert(db, draft->order_id, draft->id, &plan, draft->lease);
}

bool payments_store_is_open(const struct db *db)
{
    return strcmp(db_constraint(db), "payment_attempt_one_open") == 0;
}

#define ATTEMPT(member) DB_COLUMN(struct attempt_record, member)

enum db_outcome payments_store_find(struct db *db, const char *id, struct attempt_record *ret_attempt, struct arena *arena,
                                    struct error *err)
{
    /* clang-format off: rows of a table */
    static const struct db_column columns[] = {
        ATTEMPT(id),
        ATTEMPT(order_id),
        ATTEMPT(method),
        ATTEMPT(reference),
        ATTEMPT(state),
        ATTEMPT(version),
        ATTEMPT(amount_minor),
        ATTEMPT(currency_code),
        ATTEMPT(phone),
        ATTEMPT(provider_ref),
        ATTEMPT(transaction_id),
        ATTEMPT(captured_minor),
        ATTEMPT(captured_currency),
        ATTEMPT(reversed_minor),
        ATTEMPT(is_counted),
        ATTEMPT(is_begun),
        ATTEMPT(deadline_at_us),
        ATTEMPT(created_at_us),
        ATTEMPT(refunds_minor),
        ATTEMPT(is_paid_by_other),
        ATTEMPT(returns_minor),
    };
    /* clang-format on */
    static const struct db_shape shape = DB_SHAPE(struct attempt_record, columns);
    return db_one(db, &sql_payments_find_attempt, DB_ARGS(DB_ARG(id)), &shape, ret_attempt, arena, err);
}

enum db_outcome payments_store_find_open(struct db *db, const char *order_id, const char **ret_id, struct arena *arena,
                                         struct error *err)
{
    static const struct db_column columns[] = {{DB_TEXT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(*ret_id)};
    return db_one(db, &sql_payments_find_open, DB_ARGS(DB_ARG(order_id)), &shape, ret_id, arena, err);
}

void payments_store_send_stop(struct db *db, const char *order_id, int64_t now_us)
{
    const struct saga_plan plan = saga_plan_of("ask_payment", now_us);
    db_send(db, &sql_payments_wake_open,
            DB_ARGS(DB_ARG(order_id), DB_ARG(plan.step), DB_ARG(plan.lane), DB_ARG(now_us), DB_ARG(plan.deadline_at_us)));
}

void payments_store_send_ask(struct db *db, const char *order_id, const char *attempt_id, int64_t due_at_us, int64_t now_us)
{
    struct saga_plan plan = saga_plan_of("ask_payment", now_us);
    plan.due_at_us = due_at_us;
    task_store_send_wake(db, order_id, attempt_id, &plan);
}

enum db_outcome payments_store_begin(struct db *db, const char *id, int64_t now_us, struct error *err)
{
    return db_exec(db, &sql_payments_begin, DB_ARGS(DB_ARG(id), DB_ARG(now_us)), NULL, err);
}

static enum status beaten(enum db_outcome outcome, struct error *err)
{
    if (outcome == DB_OK)
        return STATUS_OK;
    return outcome == DB_NONE ? error_set(err, STATUS_ABORTED, "the payment was changed by another at the same time")
                              : db_status(outcome);
}

enum status payments_store_start(struct db *db, const struct attempt_record *attempt, const struct attempt_action *action,
                                 int64_t now_us, struct error *err)
{
    return beaten(db_exec(db, &sql_payments_start,
                          DB_ARGS(DB_ARG(attempt->id), DB_ARG(attempt->version), DB_ARG(action->kind), DB_ARG(action->url),
                                  DB_ARG(action->text), DB_ARG(action->provider_ref), DB_ARG(now_us)),
                          NULL, err),
                  err);
}

enum status payments_store_change(struct db *db, const struct attempt_record *attempt, const struct attempt_change *change,
                                  int64_t now_us, struct error *err)
{
    return beaten(db_exec(db, &sql_payments_judge,
                          DB_ARGS(DB_ARG(attempt->id), DB_ARG(attempt->version), DB_ARG(change->state),
                                  DB_ARG(change->reason), DB_ARG(change->captured_minor), DB_ARG(change->captured_currency),
                                  DB_ARG(change->reversed_minor), DB_ARG(change->is_counted), DB_ARG(change->provider_ref),
                                  DB_ARG(change->transaction_id), DB_ARG(now_us)),
                          NULL, err),
                  err);
}

/* clang-format off: rows of a table */
#define SHOWN(type, prefix)                                                                                                 \
    DB_COLUMN(type, prefix id), DB_COLUMN(type, prefix method), DB_COLUMN(type, prefix state),                              \
        DB_COLUMN(type, prefix reference), DB_COLUMN(type, prefix amount_minor), DB_COLUMN(type, prefix captured_minor),    \
        DB_COLUMN(type, prefix currency_code),                                                                              \
        DB_COLUMN(type, prefix captured_currency), DB_COLUMN(type, prefix phone), DB_COLUMN(type, prefix action_kind),      \
        DB_COLUMN(type, prefix action_url), DB_COLUMN(type, prefix action_text), DB_COLUMN(type, prefix reason),            \
        DB_COLUMN(type, prefix provider_ref), DB_COLUMN(type, prefix created_at_us), DB_COLUMN(type, prefix deadline_at_us)
/* clang-format on */

enum db_outcome payments_store_list(struct db *db, const char *order_id, struct order_attempt **ret_attempts,
                                    size_t *ret_count, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {SHOWN(struct order_attempt, )};
    static const struct db_shape shape = DB_SHAPE(struct order_attempt, columns);
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_payments_list_attempts, DB_ARGS(DB_ARG(order_id)), &shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_attempts = rows;
    return outcome;
}

enum db_outcome payments_store_reviews(struct db *db, int64_t limit, struct attempt_review **ret_reviews, size_t *ret_count,
                                       struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct attempt_review, order_id),
                                               DB_COLUMN(struct attempt_review, order_number),
                                               SHOWN(struct attempt_review, attempt.)};
    static const struct db_shape shape = DB_SHAPE(struct attempt_review, columns);
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_payments_list_reviews, DB_ARGS(DB_ARG(limit)), &shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_reviews = rows;
    return outcome;
}

/* ---- notices ---- */

static const struct db_column noticed_columns[] = {DB_COLUMN(struct noticed, id), DB_COLUMN(struct noticed, order_id)};
static const struct db_shape noticed_shape = DB_SHAPE(struct noticed, noticed_columns);

enum db_outcome payments_store_find_noticed(struct db *db, const char *method, const char *id, const char *reference,
                                            const char *provider_ref, struct noticed *ret_noticed, struct arena *arena,
                                            struct error *err)
{
    return db_one(db, &sql_payments_find_noticed,
                  DB_ARGS(DB_ARG(method), DB_ARG(id), DB_ARG(reference), DB_ARG(provider_ref)), &noticed_shape, ret_noticed,
                  arena, err);
}

enum db_outcome payments_store_find_noticed_refund(struct db *db, const char *method, const char *id,
                                                   const char *provider_ref, struct noticed *ret_noticed,
                                                   struct arena *arena, struct error *err)
{
    return db_one(db, &sql_payments_find_noticed_refund, DB_ARGS(DB_ARG(method), DB_ARG(id), DB_ARG(provider_ref)),
                  &noticed_shape, ret_noticed, arena, err);
}

enum db_outcome payments_store_note(struct db *db, const char *method, const char *event_id, struct db_bytes digest,
                                    int64_t now_us, struct error *err)
{
    return db_exec(db, &sql_payments_insert_notice,
                   DB_ARGS(DB_ARG(method), DB_ARG(event_id), DB_ARG(digest), DB_ARG(now_us)), NULL, err);
}

void payments_store_send_learn(struct db *db, const char *id, const char *provider_ref, const char *transaction_id)
{
    db_send(db, &sql_payments_learn, DB_ARGS(DB_ARG(id), DB_ARG(provider_ref), DB_ARG(transaction_id)));
}

enum db_outcome payments_store_sweep(struct db *db, int64_t before_us, int64_t limit, int64_t *ret_deleted,
                                     struct error *err)
{
    return db_exec(db, &sql_payments_sweep_notices, DB_ARGS(DB_ARG(before_us), DB_ARG(limit)), ret_deleted, err);
}
