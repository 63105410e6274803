/* Transactions: begun with the first statement, committed in the same round trip as the last, run again after a deadlock. */
#include "db_internal.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define RERUNS_MAX 5
#define FIRST_PAUSE_US (5 * US_PER_MS)

static enum db_outcome commit(struct db *db)
{
    if (!db->has_begun)
        return DB_OK;
    if (db->copying)
        db_bug(db->copying, "db_copy_end() was forgotten");
    PGresult *last = NULL;
    int64_t began_us = clock_monotonic_us();
    db_link_queue(db, "commit", PQsendQueryParams(db->connection, "COMMIT", 0, NULL, NULL, NULL, NULL, 1));
    enum db_outcome outcome = db_link_sync(db, db->queued_count - 1, &last);
    metric_observe_us(db_metrics_statement("commit"), clock_monotonic_us() - began_us);
    if (outcome == DB_OK && strcmp(PQcmdStatus(last), "COMMIT") != 0)
        db_bug("commit", "the server answered %s", PQcmdStatus(last));
    PQclear(last);
    return outcome;
}

/* A failure among what is still queued makes the server skip the first ROLLBACK. A COPY that was left ends with its connection. */
static void rollback(struct db *db)
{
    bool is_over = !db->has_begun;
    if (db->copying)
        db_link_close(db);
    for (int attempt = 0; attempt < 2 && !is_over && db->connection; attempt++) {
        db_link_queue(db, "rollback", PQsendQueryParams(db->connection, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 1));
        is_over = db_link_sync(db, DB_NO_COMMIT, NULL) == DB_OK;
    }
    if (!is_over)
        db_link_close(db);
}

/* What fn says counts only when the database had no failure of its own that fn overlooked. */
static enum status conclude(enum status status, enum db_outcome outcome, struct error *err)
{
    if (status == STATUS_OK)
        db_failure_tell(outcome, err);
    return status == STATUS_OK ? db_status(outcome) : status;
}

static enum status attempt(struct db *db, enum status (*fn)(struct db *db, void *arg, struct error *err), void *arg,
                           enum db_outcome *ret_outcome, struct error *err)
{
    db->in_transaction = true;
    db->has_begun = false;
    db->failed = DB_OK;
    db->joined_failed = STATUS_OK;
    db->waited_in_vain = false;
    db_metrics_in_transaction(1);
    enum status status = fn(db, arg, err);
    enum db_outcome outcome = db->failed;
    if (status == STATUS_OK && outcome == DB_OK && db->joined_failed != STATUS_OK)
        status = error_set(err, db->joined_failed, "A part of this could not be done; nothing was changed.");
    if (status == STATUS_OK && outcome == DB_OK)
        outcome = commit(db);
    if (status != STATUS_OK || outcome != DB_OK)
        rollback(db);
    if (outcome != DB_CONFLICT)
        db->constraint[0] = '\0';
    db_metrics_in_transaction(-1);
    db->in_transaction = false;
    *ret_outcome = outcome;
    return conclude(status, outcome, err);
}

/* Half of the pause is chance, so that those who collided do not collide again. */
static void pause_before(int rerun)
{
    int64_t pause_us = FIRST_PAUSE_US << rerun;
    pause_us = pause_us / 2 + randombytes_uniform((uint32_t)(pause_us / 2));
    struct timespec pause = {.tv_sec = 0, .tv_nsec = pause_us * 1000};
    nanosleep(&pause, NULL);
}

/* A transaction inside another: the outer one decides, but not for success when this one failed. */
static enum status join(struct db *db, enum status (*fn)(struct db *db, void *arg, struct error *err), void *arg,
                        struct error *err)
{
    enum status status = fn(db, arg, err);
    if (status == STATUS_OK)
        status = db_status(db_flush(db, err));
    if (status != STATUS_OK)
        db->joined_failed = status;
    return status;
}

bool db_waited_in_vain(const struct db *db)
{
    return db->waited_in_vain;
}

enum status db_transact(struct db *db, enum status (*fn)(struct db *db, void *arg, struct error *err), void *arg,
                        struct error *err)
{
    if (db->in_transaction)
        return join(db, fn, arg, err);
    enum db_outcome outcome;
    enum status status = attempt(db, fn, arg, &outcome, err);
    for (int rerun = 0; outcome == DB_RETRY && rerun < RERUNS_MAX; rerun++) {
        db_metrics_rerun();
        pause_before(rerun);
        error_clear(err);
        status = attempt(db, fn, arg, &outcome, err);
    }
    return status;
}
