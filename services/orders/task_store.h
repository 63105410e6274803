/*
 * The steps of the saga that are still to be done, as rows: written in the transaction that makes them necessary, had by one
 * thread of one replica at a time, gone when done, kept as failed when they cannot be done.
 */
#ifndef ORDERS_TASK_STORE_H
#define ORDERS_TASK_STORE_H

#include "db.h"

struct task {
    const char *order_id;
    const char *step;
    const char *subject_id;         /* the order's own id, or that of the attempt or refund that it is about */
    int64_t attempts;               /* this one included */
    int64_t deadline_at_us;
    const char *lease;              /* whoever took it holds this until it comes due again */
    const char *cart_id;            /* of the order */
};

/* What a new task is like; saga_plan_of() makes one. */
struct saga_plan {
    const char *step;
    const char *lane;
    int64_t now_us;
    int64_t due_at_us;
    int64_t deadline_at_us;
};

/*
 * Inside db_transact(). Insert leaves a task that stands there as it is; with a lease (NULL: none) the caller has it until
 * it comes due. Wake makes it come due now, also one that somebody is at or that was given up. Drop takes away that step,
 * whatever it is about.
 */
void task_store_send_insert(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan,
                            const char *lease);
void task_store_send_wake(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan);
void task_store_send_drop(struct db *db, const char *order_id, const char *step);

/* Takes up to `limit` tasks that are due; they come due again at `until_us` unless they are finished or postponed before. */
enum db_outcome task_store_take(struct db *db, const char *lane, int64_t now_us, int64_t until_us, int64_t limit,
                                struct task **ret_tasks, size_t *ret_count, struct arena *arena,
                                struct error *err) MUST_CHECK;

/* Of one lease. What was taken by another since is left alone by both, and that is no error. */
enum db_outcome task_store_finish(struct db *db, const struct task *const *tasks, size_t count, int64_t now_us,
                                  struct arena *arena, struct error *err) MUST_CHECK;

struct task_delay {
    bool has_failed;                /* nobody takes it any more, until a person sets it right */
    bool starts_afresh;             /* no failure: the count of attempts begins again */
    int64_t due_at_us;
    const char *why;
};
enum db_outcome task_store_postpone(struct db *db, const struct task *task, const struct task_delay *delay, int64_t now_us,
                                    struct error *err) MUST_CHECK;

/* Without a lease: the step is done, whoever has it. */
enum db_outcome task_store_drop(struct db *db, const char *order_id, const char *step, struct error *err) MUST_CHECK;

/* 0 when nothing is to be done. */
enum db_outcome task_store_next_due(struct db *db, const char *lane, int64_t *ret_due_at_us, struct arena *arena,
                                    struct error *err) MUST_CHECK;

/* ---- dead letters ---- */

struct failed_task {
    const char *order_id;
    const char *order_number;
    const char *step;
    const char *subject_id;
    int64_t attempts;
    const char *last_error;
    int64_t failed_at_us;
};
enum db_outcome task_store_list_failed(struct db *db, int64_t limit, struct failed_task **ret_tasks, size_t *ret_count,
                                       struct arena *arena, struct error *err) MUST_CHECK;

/* DB_NONE when there is no such dead letter (any more). */
enum db_outcome task_store_retry(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan,
                                 struct error *err) MUST_CHECK;
enum db_outcome task_store_give_up(struct db *db, const char *order_id, const char *step, const char *subject_id,
                                   struct error *err) MUST_CHECK;

#endif
