/* Steps still to be done, as rows. */
#include "task_store.h"

#include "task_sql.h"
#include "uuid.h"

void task_store_send_insert(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan,
                            const char *lease)
{
    db_send(db, &sql_task_insert,
            DB_ARGS(DB_ARG(order_id), DB_ARG(plan->step), DB_ARG(subject_id), DB_ARG(plan->lane), DB_ARG(plan->due_at_us),
                    DB_ARG(plan->deadline_at_us), DB_ARG(lease), DB_ARG(plan->now_us)));
}

void task_store_send_wake(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan)
{
    db_send(db, &sql_task_wake,
            DB_ARGS(DB_ARG(order_id), DB_ARG(plan->step), DB_ARG(subject_id), DB_ARG(plan->lane), DB_ARG(plan->due_at_us),
                    DB_ARG(plan->deadline_at_us), DB_ARG(plan->now_us)));
}

void task_store_send_drop(struct db *db, const char *order_id, const char *step)
{
    db_send(db, &sql_task_drop, DB_ARGS(DB_ARG(order_id), DB_ARG(step)));
}

enum db_outcome task_store_take(struct db *db, const char *lane, int64_t now_us, int64_t until_us, int64_t limit,
                                struct task **ret_tasks, size_t *ret_count, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {
        DB_COLUMN(struct task, order_id), DB_COLUMN(struct task, step),           DB_COLUMN(struct task, subject_id),
        DB_COLUMN(struct task, attempts), DB_COLUMN(struct task, deadline_at_us), DB_COLUMN(struct task, lease),
        DB_COLUMN(struct task, cart_id),
    };
    static const struct db_shape shape = DB_SHAPE(struct task, columns);
    void *rows = NULL;
    enum db_outcome outcome = db_all(
        db, &sql_task_take, DB_ARGS(DB_ARG(lane), DB_ARG(now_us), DB_ARG(until_us), DB_ARG(limit), DB_ARG(uuid_new(arena))),
        &shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_tasks = rows;
    return outcome;
}

static enum db_outcome or_none(enum db_outcome outcome)
{
    return outcome == DB_NONE ? DB_OK : outcome;
}

enum db_outcome task_store_finish(struct db *db, const struct task *const *tasks, size_t count, int64_t now_us,
                                  struct arena *arena, struct error *err)
{
    const char **order_ids = ARENA_ARRAY(arena, const char *, count);
    const char **steps = ARENA_ARRAY(arena, const char *, count);
    const char **subject_ids = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        order_ids[i] = tasks[i]->order_id;
        steps[i] = tasks[i]->step;
        subject_ids[i] = tasks[i]->subject_id;
    }
    const struct db_texts orders = {order_ids, count}, names = {steps, count}, subjects = {subject_ids, count};
    return or_none(db_exec(db, &sql_task_finish,
                           DB_ARGS(DB_ARG(orders), DB_ARG(names), DB_ARG(subjects), DB_ARG(tasks[0]->lease), DB_ARG(now_us)),
                           NULL, err));
}

enum db_outcome task_store_postpone(struct db *db, const struct task *task, const struct task_delay *delay, int64_t now_us,
                                    struct error *err)
{
    const char *state = delay->has_failed ? "failed" : "due";
    return or_none(db_exec(db, &sql_task_postpone,
                           DB_ARGS(DB_ARG(task->order_id), DB_ARG(task->step), DB_ARG(task->subject_id), DB_ARG(task->lease),
                                   DB_ARG(state), DB_ARG(delay->due_at_us), DB_ARG(delay->why), DB_ARG(now_us),
                                   DB_ARG(delay->starts_afresh)),
                           NULL, err));
}

enum db_outcome task_store_drop(struct db *db, const char *order_id, const char *step, struct error *err)
{
    return or_none(db_exec(db, &sql_task_drop, DB_ARGS(DB_ARG(order_id), DB_ARG(step)), NULL, err));
}

enum db_outcome task_store_next_due(struct db *db, const char *lane, int64_t *ret_due_at_us, struct arena *arena,
                                    struct error *err)
{
    static const struct db_column columns[] = {{DB_INT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(*ret_due_at_us)};
    return db_one(db, &sql_task_next_due, DB_ARGS(DB_ARG(lane)), &shape, ret_due_at_us, arena, err);
}

enum db_outcome task_store_list_failed(struct db *db, int64_t limit, struct failed_task **ret_tasks, size_t *ret_count,
                                       struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {
        DB_COLUMN(struct failed_task, order_id),     DB_COLUMN(struct failed_task, order_number),
        DB_COLUMN(struct failed_task, step),         DB_COLUMN(struct failed_task, subject_id),
        DB_COLUMN(struct failed_task, attempts),     DB_COLUMN(struct failed_task, last_error),
        DB_COLUMN(struct failed_task, failed_at_us),
    };
    static const struct db_shape shape = DB_SHAPE(struct failed_task, columns);
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_task_list_failed, DB_ARGS(DB_ARG(limit)), &shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_tasks = rows;
    return outcome;
}

enum db_outcome task_store_retry(struct db *db, const char *order_id, const char *subject_id, const struct saga_plan *plan,
                                 struct error *err)
{
    return db_exec(db, &sql_task_retry,
                   DB_ARGS(DB_ARG(order_id), DB_ARG(plan->step), DB_ARG(subject_id), DB_ARG(plan->due_at_us),
                           DB_ARG(plan->deadline_at_us)),
                   NULL, err);
}

enum db_outcome task_store_give_up(struct db *db, const char *order_id, const char *step, const char *subject_id,
                                   struct error *err)
{
    return db_exec(db, &sql_task_give_up, DB_ARGS(DB_ARG(order_id), DB_ARG(step), DB_ARG(subject_id)), NULL, err);
}
