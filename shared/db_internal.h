/*
 * What the parts of db have in common; only they include it.
 *
 *   db.c            the functions that wait for rows, and db_send
 *   db_transact.c   begin, commit, rollback, run again
 *   db_copy.c       COPY ... FROM STDIN
 *   db_statement.c  statements prepared on the connection, and what the server says of them
 *   db_args.c       arguments on their way out
 *   db_rows.c       rows on their way in
 *   db_types.c      which types of PostgreSQL stand for which kinds
 *   db_link.c       the connection and its pipeline
 *   db_failure.c    what an error of the server means
 *   db_metrics.c    how long statements take
 *
 * The pipeline: statements are queued by libpq, and by name in `queued`; db_link_sync() ends the queue with a Sync, sends it,
 * and collects the answer to each. After an error the server skips everything up to the Sync, so the first error is the one
 * that counts.
 */
#ifndef PORTAL_DB_INTERNAL_H
#define PORTAL_DB_INTERNAL_H

#include <libpq-fe.h>

#include "db.h"
#include "metrics.h"

#define DB_QUEUE_MAX 256            /* statements in the pipeline before db_send() waits for them */
#define DB_QUEUE_EXTRA 4            /* BEGIN, prepare, describe or COMMIT may join a full queue */
#define DB_ARGS_MAX 64
#define DB_NO_COMMIT SIZE_MAX
#define DB_STATEMENT_SLOTS 512

struct db_statement {
    const struct sql *sql;
    size_t param_count;
    size_t column_count;
    Oid *param_types;
    Oid *column_types;
    struct metric_series *duration;
};

struct db {
    char *conninfo;
    char *application_name;
    int statement_timeout_ms;
    int connect_timeout_s;

    PGconn *connection;             /* NULL: none; otherwise in pipeline mode but while copying */
    struct db_statement *statements[DB_STATEMENT_SLOTS];
    size_t statement_count;
    const char *queued[DB_QUEUE_MAX + DB_QUEUE_EXTRA];
    size_t queued_count;
    bool is_stale;                  /* to be renewed as soon as no transaction needs it */

    bool in_transaction;
    bool has_begun;                 /* BEGIN was queued */
    const char *copying;            /* the name of the COPY that goes on, NULL: none */
    enum db_outcome failed;         /* the first failure inside the transaction, DB_OK when there was none */
    enum status joined_failed;      /* what made a joined transaction fail, STATUS_OK when none did */
    bool waited_in_vain;            /* the last failure was a lock_timeout */

    struct arena *scratch;          /* arguments on their way out */
    char constraint[64];
};

/* A bug of ours: logs the sentence and ends the process. */
_Noreturn void db_bug(const char *statement, const char *format, ...) PRINTF_LIKE(2, 3);

/* db_link.c */

/* A connection on which statements can be queued, with BEGIN first when a transaction has not begun yet. */
enum db_outcome db_link_ready(struct db *db);
void db_link_close(struct db *db);

/* Notes what was just given to libpq; `sent` is what the PQsend function returned. */
void db_link_queue(struct db *db, const char *name, int sent);

/*
 * Sends what is queued and waits for the answers. `commit_index`: where in the queue, its Sync included, the server commits;
 * DB_NO_COMMIT when it does not. *ret_last (may be NULL) gets the answer to the last statement, when all went well.
 */
enum db_outcome db_link_sync(struct db *db, size_t commit_index, PGresult **ret_last);

/* db_failure.c */

/* The first error among the answers to a queue. */
struct db_failure {
    enum db_outcome outcome;        /* DB_OK: there was none */
    bool is_lost;                   /* the connection is gone */
    bool is_stale;                  /* the connection is of no more use */
};

/* Reads, and logs where nobody else will, the error that came in the place of `queued[index]`; `result` NULL: no answer came. */
struct db_failure db_failure_read(struct db *db, const PGresult *result, size_t index, size_t commit_index);

/* Puts the general sentence for an outcome into `err` and returns the outcome. */
enum db_outcome db_failure_tell(enum db_outcome outcome, struct error *err);

/* db_statement.c */

/* The statement, prepared now if this connection does not know it yet. */
enum db_outcome db_statement_get(struct db *db, const struct sql *sql, struct db_statement **ret_statement);
void db_statement_forget_all(struct db *db);

/* Ends the process when the caller's declaration does not fit; `shape` NULL: the caller wants no rows. */
void db_statement_check(const struct db_statement *statement, const struct db_arg *args, size_t arg_count,
                        const struct db_shape *shape);

/* db_args.c */

/* Arguments as libpq wants them; they point into the caller's values, into this struct, or into the arena. */
struct db_wire {
    const char *values[DB_ARGS_MAX];
    int lengths[DB_ARGS_MAX];
    int formats[DB_ARGS_MAX];
    char numbers[DB_ARGS_MAX][24];
    struct arena *arena;            /* given by the caller, for arrays */
};

void db_args_write(const struct db_statement *statement, const struct db_arg *args, struct db_wire *wire);

/* db_rows.c */

void db_rows_read(const struct db_statement *statement, const PGresult *result, int row, const struct db_shape *shape,
                  void *ret_row, struct arena *arena);

/* db_metrics.c */

struct metric_series *db_metrics_statement(const char *name);
void db_metrics_connected(int change);
void db_metrics_in_transaction(int change);
void db_metrics_rerun(void);

#endif
