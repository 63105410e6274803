/*
 * The steps of the saga that are still to be done, as rows: written in the transaction that makes them necessary, taken by
 * one replica at a time, gone when done, kept as failed when they cannot be done.
 */
#ifndef ORDERS_TASK_STORE_H
#define ORDERS_TASK_STORE_H

#include "db.h"

struct task {
    const char *order_id;
    const char *step;
    int64_t attempts;               /* this one included */
    const char *cart_id;            /* of the order */
};

/* Inside db_transact(). A step that stands there already is left as it is; dropping one that does not is no error. */
void task_store_send_insert(struct db *db, const char *order_id, const char *step, int64_t due_at_us);
void task_store_send_drop(struct db *db, const char *order_id, const char *step);

/* Takes up to `limit` tasks that are due; they come due again at `until_us` unless they are finished or postponed before. */
enum db_outcome task_store_take(struct db *db, int64_t now_us, int64_t until_us, int64_t limit, struct task **ret_tasks,
                                size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

enum db_outcome task_store_finish(struct db *db, struct db_texts order_ids, struct db_texts steps,
                                  struct error *err) MUST_CHECK;

/* `failed`: nobody takes it any more, until a person sets it right. */
enum db_outcome task_store_postpone(struct db *db, const struct task *task, bool failed, int64_t due_at_us, const char *why,
                                    struct error *err) MUST_CHECK;

/* 0 when nothing is to be done. */
enum db_outcome task_store_next_due(struct db *db, int64_t *ret_due_at_us, struct arena *arena,
                                    struct error *err) MUST_CHECK;

#endif
