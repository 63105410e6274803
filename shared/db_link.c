/*
 * The connection and its pipeline. libpq is in non-blocking mode, so that what is queued can be of any size: while the server
 * does not read because it is busy writing, its answers are taken in.
 */
#include "db_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

/* The conninfo may bring options of its own (a search_path); ours come after them. */
static void write_server_options(const struct db *db, char *out, size_t size)
{
    const char *own = "";
    PQconninfoOption *given = PQconninfoParse(db->conninfo, NULL);
    for (const PQconninfoOption *option = given; option && option->keyword; option++)
        if (strcmp(option->keyword, "options") == 0 && option->val)
            own = option->val;
    int length = snprintf(out, size, "%s -c TimeZone=UTC -c statement_timeout=%d", own, db->statement_timeout_ms);
    PQconninfoFree(given);
    if (length >= (int)size)
        db_bug("connect", "the options of the conninfo are longer than %zu characters", size);
}

static PGconn *dial(const struct db *db)
{
    char options[1024];
    char connect_timeout[16];
    write_server_options(db, options, sizeof(options));
    snprintf(connect_timeout, sizeof(connect_timeout), "%d", db->connect_timeout_s);
    /* What stands before dbname, which is the conninfo, can be overruled by it. A silent peer is given up after 25 s. */
    const char *const keys[] = {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                                "connect_timeout", "dbname", "application_name", "client_encoding", "options", NULL};
    const char *const values[] = {"10", "5", "3", "25000", connect_timeout, db->conninfo, db->application_name, "UTF8", options,
                                  NULL};
    return PQconnectdbParams(keys, values, 1);
}

static void log_no_connection(const PGconn *connection)
{
    char message[512];
    snprintf(message, sizeof(message), "%s", PQerrorMessage(connection));
    message[strcspn(message, "\n")] = '\0';
    log_warn(LOG_EVENT("db_connect_failed"), LOG_STR("message", message));
}

static enum db_outcome open_connection(struct db *db)
{
    PGconn *connection = dial(db);
    if (PQstatus(connection) != CONNECTION_OK || PQsetnonblocking(connection, 1) != 0 || !PQenterPipelineMode(connection)) {
        log_no_connection(connection);
        PQfinish(connection);
        return DB_BROKEN;
    }
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    db->connection = connection;
    db_metrics_connected(1);
    return DB_OK;
}

void db_link_close(struct db *db)
{
    if (db->connection) {
        PQfinish(db->connection);
        db_metrics_connected(-1);
    }
    db->connection = NULL;
    db->queued_count = 0;
    db->is_stale = false;
    db->copying = NULL;
    db_statement_forget_all(db);
}

/* An idle connection has nothing to read, unless the server said farewell or closed it. */
static bool is_alive(PGconn *connection)
{
    struct pollfd descriptor = {.fd = PQsocket(connection), .events = POLLIN};
    if (poll(&descriptor, 1, 0) == 0)
        return true;
    return PQconsumeInput(connection) && PQconsumeInput(connection) && PQstatus(connection) == CONNECTION_OK;
}

enum db_outcome db_link_ready(struct db *db)
{
    if (db->copying)
        db_bug(db->copying, "a statement was given between db_copy_begin() and db_copy_end()");
    if (db->in_transaction && (db->failed != DB_OK || db->has_begun))
        return db->failed;
    db->constraint[0] = '\0';
    if (db->connection && (db->is_stale || !is_alive(db->connection)))
        db_link_close(db);
    enum db_outcome outcome = db->connection ? DB_OK : open_connection(db);
    if (!db->in_transaction)
        return outcome;
    db->failed = outcome;
    if (outcome == DB_OK) {
        db->has_begun = true;
        db_link_queue(db, "begin", PQsendQueryParams(db->connection, "BEGIN", 0, NULL, NULL, NULL, NULL, 1));
    }
    return outcome;
}

void db_link_queue(struct db *db, const char *name, int sent)
{
    if (!sent && PQstatus(db->connection) == CONNECTION_OK)
        db_bug(name, "libpq does not take it: %s", PQerrorMessage(db->connection));
    db->queued[db->queued_count++] = name;
}

/* Sends all that libpq holds, taking in what the server sends meanwhile. */
static bool flush(PGconn *connection)
{
    int rest;
    while ((rest = PQflush(connection)) > 0) {
        struct pollfd descriptor = {.fd = PQsocket(connection), .events = POLLIN | POLLOUT};
        if (poll(&descriptor, 1, -1) > 0 && (descriptor.revents & POLLIN) && !PQconsumeInput(connection))
            return false;
    }
    return rest == 0;
}

static void note_loss(struct db *db, size_t index, size_t commit_index, struct db_failure *failure)
{
    if (failure->outcome == DB_OK)
        *failure = db_failure_read(db, NULL, index, commit_index);
    failure->is_lost = true;
}

/* Keeps `result` when it is an answer of the good sort, as the last one so far. */
static void keep(PGresult *result, PGresult **last)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        PQclear(*last);
        *last = result;
    } else {
        PQclear(result);
    }
}

/* Takes the answers up to the Sync's; those of one command end with a NULL. */
static struct db_failure collect(struct db *db, size_t commit_index, PGresult **last)
{
    struct db_failure failure = {DB_OK, false, false};
    ExecStatusType status = PGRES_EMPTY_QUERY;
    for (size_t index = 0; status != PGRES_PIPELINE_SYNC && !failure.is_lost;) {
        PGresult *result = PQgetResult(db->connection);
        if (!result) {
            if (PQstatus(db->connection) != CONNECTION_OK || ++index > db->queued_count + 1)
                note_loss(db, index, commit_index, &failure);
            continue;
        }
        status = PQresultStatus(result);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
            db_bug(db->queued[index], "COPY needs db_copy_begin()");
        if (status == PGRES_FATAL_ERROR && failure.outcome == DB_OK)
            failure = db_failure_read(db, result, index, commit_index);
        keep(result, last);
    }
    return failure;
}

enum db_outcome db_link_sync(struct db *db, size_t commit_index, PGresult **ret_last)
{
    struct db_failure failure;
    PGresult *last = NULL;
    if (PQpipelineSync(db->connection) && flush(db->connection))
        failure = collect(db, commit_index, &last);
    else
        failure = db_failure_read(db, NULL, db->queued_count, commit_index);
    db->queued_count = 0;
    db->is_stale |= failure.is_stale;
    if (failure.is_lost)
        db_link_close(db);
    if (db->in_transaction && db->failed == DB_OK)
        db->failed = failure.outcome;
    if (failure.outcome == DB_OK && ret_last)
        *ret_last = last;
    else
        PQclear(last);
    return failure.outcome;
}
