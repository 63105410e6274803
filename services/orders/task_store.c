/* Steps still to be done, as rows. */
#include "task_store.h"

#include "task_sql.h"

void task_store_send_insert(struct db *db, const char *order_id, const char *step, int64_t due_at_us)
{
    db_send(db, &sql_task_insert, DB_ARGS(DB_ARG(order_id), DB_ARG(step), DB_ARG(due_at_us)));
}

void task_store_send_drop(struct db *db, const char *order_id, const char *step)
{
    db_send(db, &sql_task_drop, DB_ARGS(DB_ARG(order_id), DB_ARG(step)));
}

enum db_outcome task_store_take(struct db *db, int64_t now_us, int64_t until_us, int64_t limit, struct task **ret_tasks,
                                size_t *ret_count, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct task, order_id), DB_COLUMN(struct task, step),
                                               DB_COLUMN(struct task, attempts), DB_COLUMN(struct task, cart_id)};
    static const struct db_shape shape = DB_SHAPE(struct task, columns);
    void *rows = NULL;
    enum db_outcome outcome = db_all(db, &sql_task_take, DB_ARGS(DB_ARG(now_us), DB_ARG(until_us), DB_ARG(limit)), &shape,
                                     &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_tasks = rows;
    return outcome;
}

static enum db_outcome or_none(enum db_outcome outcome)
{
    return outcome == DB_NONE ? DB_OK : outcome;
}

enum db_outcome task_store_finish(struct db *db, struct db_texts order_ids, struct db_texts steps, struct error *err)
{
    return or_none(db_exec(db, &sql_task_finish, DB_ARGS(DB_ARG(order_ids), DB_ARG(steps)), NULL, err));
}

enum db_outcome task_store_postpone(struct db *db, const struct task *task, bool failed, int64_t due_at_us, const char *why,
                                    struct error *err)
{
    const char *state = failed ? "failed" : "due";
    return or_none(db_exec(
        db, &sql_task_postpone,
        DB_ARGS(DB_ARG(task->order_id), DB_ARG(task->step), DB_ARG(state), DB_ARG(due_at_us), DB_ARG(why)), NULL, err));
}

enum db_outcome task_store_next_due(struct db *db, int64_t *ret_due_at_us, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {{DB_INT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(*ret_due_at_us)};
    return db_one(db, &sql_task_next_due, DB_NO_ARGS, &shape, ret_due_at_us, arena, err);
}
