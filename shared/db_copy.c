/*
 * COPY ... FROM STDIN inside a transaction. libpq cannot do it in pipeline mode, so the pipeline is emptied and left for the
 * time of the COPY, and the connection blocks meanwhile: libpq then holds no more than the server is ready to take.
 */
#include "db_internal.h"

#include <limits.h>

/* Everything queued must be done with, and the connection in the mode that COPY needs. */
static enum db_outcome leave_pipeline(struct db *db)
{
    enum db_outcome outcome = db_link_ready(db);
    if (outcome == DB_OK)
        outcome = db_link_sync(db, DB_NO_COMMIT, NULL);
    if (outcome != DB_OK)
        return outcome;
    PGresult *rest = PQgetResult(db->connection);       /* NULL: libpq learns that the pipeline is idle */
    if (rest || !PQexitPipelineMode(db->connection) || PQsetnonblocking(db->connection, 0) != 0)
        db_bug("copy", "libpq does not leave the pipeline: %s", PQerrorMessage(db->connection));
    return DB_OK;
}

/* Takes the answers of the COPY, from `result` on, and goes back to the pipeline. */
static enum db_outcome finish(struct db *db, const char *name, PGresult *result)
{
    struct db_failure failure = {DB_OK, false, false};
    db->queued[0] = name;
    db->queued_count = 1;
    if (!result)
        failure = db_failure_read(db, NULL, 0, DB_NO_COMMIT);
    for (; result; result = PQgetResult(db->connection)) {
        if (failure.outcome == DB_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
            failure = db_failure_read(db, result, 0, DB_NO_COMMIT);
        PQclear(result);
    }
    db->queued_count = 0;
    db->copying = NULL;
    db->is_stale |= failure.is_stale;
    if (failure.is_lost || PQsetnonblocking(db->connection, 1) != 0 || !PQenterPipelineMode(db->connection))
        db_link_close(db);
    if (db->failed == DB_OK)
        db->failed = failure.outcome;
    return failure.outcome;
}

enum db_outcome db_copy_begin(struct db *db, const struct sql *sql, struct error *err)
{
    if (!db->in_transaction)
        db_bug(sql->name, "db_copy_begin() outside db_transact()");
    enum db_outcome outcome = leave_pipeline(db);
    if (outcome != DB_OK)
        return db_failure_tell(outcome, err);
    PGresult *result = PQsendQuery(db->connection, sql->text) ? PQgetResult(db->connection) : NULL;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR)
        return db_failure_tell(finish(db, sql->name, result), err);
    if (status != PGRES_COPY_IN)
        db_bug(sql->name, "this is not COPY ... FROM STDIN");
    PQclear(result);
    db->copying = sql->name;
    return DB_OK;
}

enum db_outcome db_copy_put(struct db *db, const char *data, size_t size, struct error *err)
{
    if (!db->copying)
        return db_failure_tell(db->failed, err);
    if (size > INT_MAX)
        db_bug(db->copying, "more than %d bytes at once", INT_MAX);
    if (PQputCopyData(db->connection, data, (int)size) == 1)
        return DB_OK;
    return db_failure_tell(finish(db, db->copying, PQgetResult(db->connection)), err);
}

enum db_outcome db_copy_end(struct db *db, struct error *err)
{
    if (!db->copying)
        return db_failure_tell(db->failed, err);
    PQputCopyEnd(db->connection, NULL);
    return db_failure_tell(finish(db, db->copying, PQgetResult(db->connection)), err);
}
