/* Messages as rows, for those who send them. */
#include "courier_store.h"

#include <string.h>

#include "courier_sql.h"

static enum db_outcome or_none(enum db_outcome outcome)
{
    return outcome == DB_NONE ? DB_OK : outcome;
}

void courier_store_send_event(struct db *db, const struct courier_event *event)
{
    db_send(db, &sql_courier_receive,
            DB_ARGS(DB_ARG(event->id), DB_ARG(event->topic), DB_ARG(event->key), DB_ARG(event->payload),
                    DB_ARG(event->sealed), DB_ARG(event->made_at_us), DB_ARG(event->kinds), DB_ARG(event->for_webhooks)));
}

enum db_outcome courier_store_sweep(struct db *db, int64_t before_us, int64_t limit, int64_t *ret_count, struct error *err)
{
    *ret_count = 0;
    return or_none(db_exec(db, &sql_courier_sweep, DB_ARGS(DB_ARG(before_us), DB_ARG(limit)), ret_count, err));
}

static const struct db_column webhook_columns[] = {DB_COLUMN(struct courier_job, id),
                                                   DB_COLUMN(struct courier_job, event_id),
                                                   DB_COLUMN(struct courier_job, endpoint_id),
                                                   DB_COLUMN(struct courier_job, attempts),
                                                   DB_COLUMN(struct courier_job, created_at_us),
                                                   DB_COLUMN(struct courier_job, topic),
                                                   DB_COLUMN(struct courier_job, key),
                                                   DB_COLUMN(struct courier_job, payload),
                                                   DB_COLUMN(struct courier_job, sealed),
                                                   DB_COLUMN(struct courier_job, made_at_us),
                                                   DB_COLUMN(struct courier_job, url),
                                                   DB_COLUMN(struct courier_job, secret),
                                                   DB_COLUMN(struct courier_job, previous_secret),
                                                   DB_COLUMN(struct courier_job, failures)};

static const struct db_column notice_columns[] = {
    DB_COLUMN(struct courier_job, id),        DB_COLUMN(struct courier_job, event_id),
    DB_COLUMN(struct courier_job, attempts),  DB_COLUMN(struct courier_job, created_at_us),
    DB_COLUMN(struct courier_job, topic),     DB_COLUMN(struct courier_job, key),
    DB_COLUMN(struct courier_job, payload),   DB_COLUMN(struct courier_job, sealed),
    DB_COLUMN(struct courier_job, made_at_us)};

enum db_outcome courier_store_take(struct db *db, const char *kind, int64_t now_us, int64_t until_us,
                                   struct courier_job *ret_job, struct arena *arena, struct error *err)
{
    static const struct db_shape webhook = DB_SHAPE(struct courier_job, webhook_columns);
    static const struct db_shape notice = DB_SHAPE(struct courier_job, notice_columns);
    struct courier_job job = {.endpoint_id = NULL};
    enum db_outcome outcome =
        strcmp(kind, "webhook") == 0
            ? db_one(db, &sql_courier_take_webhook, DB_ARGS(DB_ARG(now_us), DB_ARG(until_us)), &webhook, &job, arena, err)
            : db_one(db, &sql_courier_take_notice, DB_ARGS(DB_ARG(now_us), DB_ARG(until_us), DB_ARG(kind)), &notice, &job,
                     arena, err);
    job.kind = kind;
    job.until_us = until_us;
    if (outcome == DB_OK)
        *ret_job = job;
    return outcome;
}

struct finish {
    const struct courier_job *job;
    const struct courier_end *end;
};

static enum status send_finish(struct db *db, void *arg, struct error *err)
{
    const struct finish *finish = arg;
    const struct courier_job *job = finish->job;
    const struct courier_end *end = finish->end;
    (void)err;
    db_send(db, &sql_courier_finish,
            DB_ARGS(DB_ARG(job->id), DB_ARG(job->attempts), DB_ARG(end->state), DB_ARG(end->due_at_us), DB_ARG(end->code),
                    DB_ARG(end->why)));
    if (job->endpoint_id)
        db_send(db, &sql_courier_free_endpoint,
                DB_ARGS(DB_ARG(job->endpoint_id), DB_ARG(job->until_us), DB_ARG(end->failures), DB_ARG(end->paused_until_us),
                        DB_ARG(end->keeps_active)));
    return STATUS_OK;
}

/* A commit whose answer was lost leaves the message to recover(), like a sender that died. */
enum db_outcome courier_store_finish(struct db *db, const struct courier_job *job, const struct courier_end *end,
                                     struct error *err)
{
    struct finish finish = {job, end};
    return db_transact(db, send_finish, &finish, err) == STATUS_OK ? DB_OK : DB_BROKEN;
}

enum db_outcome courier_store_recover(struct db *db, const char *kind, int64_t now_us, struct error *err)
{
    return or_none(db_exec(db, &sql_courier_recover, DB_ARGS(DB_ARG(now_us), DB_ARG(kind)), NULL, err));
}

enum db_outcome courier_store_next_due(struct db *db, const char *kind, int64_t *ret_due_at_us, struct arena *arena,
                                       struct error *err)
{
    static const struct db_column columns[] = {{DB_INT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(*ret_due_at_us)};
    return db_one(db, &sql_courier_next_due, DB_ARGS(DB_ARG(kind)), &shape, ret_due_at_us, arena, err);
}

enum db_outcome courier_store_counts(struct db *db, struct courier_count **ret_counts, size_t *ret_count,
                                     struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct courier_count, kind), DB_COLUMN(struct courier_count, state),
                                               DB_COLUMN(struct courier_count, messages),
                                               DB_COLUMN(struct courier_count, age_us)};
    static const struct db_shape shape = DB_SHAPE(struct courier_count, columns);
    void *rows = NULL;
    enum db_outcome outcome = db_all(db, &sql_courier_counts, DB_NO_ARGS, &shape, &rows, ret_count, arena, err);
    *ret_counts = rows;
    return outcome;
}
