/* Named statements on one connection: arguments out, rows in. */
#include "db_internal.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct db_arg db_arg_text(const char *text)
{
    return (struct db_arg){.kind = DB_TEXT, .as.text = text, .is_null = !text};
}

struct db_arg db_arg_int(int64_t number)
{
    return (struct db_arg){.kind = DB_INT, .as.number = number};
}

struct db_arg db_arg_bool(bool truth)
{
    return (struct db_arg){.kind = DB_BOOL, .as.truth = truth};
}

struct db_arg db_arg_bytes(struct db_bytes bytes)
{
    return (struct db_arg){.kind = DB_BYTES, .as.bytes = bytes, .is_null = !bytes.data};
}

struct db_arg db_arg_texts(struct db_texts texts)
{
    return (struct db_arg){.kind = DB_TEXTS, .as.texts = texts};
}

struct db_arg db_arg_ints(struct db_ints ints)
{
    return (struct db_arg){.kind = DB_INTS, .as.ints = ints};
}

struct db_arg db_arg_null(enum db_kind kind)
{
    return (struct db_arg){.kind = kind, .is_null = true};
}

#define SCRATCH_SIZE 16384

static char *copy_text(const char *text)
{
    char *copy = strdup(text ? text : "");
    if (!copy)
        db_bug("db_new", "out of memory");
    return copy;
}

struct db *db_new(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof(*db));
    if (!db)
        db_bug("db_new", "out of memory");
    db->conninfo = copy_text(options->conninfo);
    db->application_name = copy_text(options->application_name);
    db->statement_timeout_ms = options->statement_timeout_ms;
    db->connect_timeout_s = options->connect_timeout_s;
    db->scratch = arena_new(SCRATCH_SIZE, 0);
    return db;
}

void db_free(struct db *db)
{
    if (!db)
        return;
    db_link_close(db);
    arena_free(db->scratch);
    free(db->application_name);
    free(db->conninfo);
    free(db);
}

enum db_outcome db_connect(struct db *db, struct error *err)
{
    return db_failure_tell(db_link_ready(db), err);
}

const char *db_constraint(const struct db *db)
{
    return db->constraint;
}

/* Puts the statement into the pipeline, prepared and checked. */
static enum db_outcome enqueue(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                               const struct db_shape *shape, struct db_statement **ret_statement)
{
    struct db_statement *statement;
    enum db_outcome outcome = db_link_ready(db);
    if (outcome == DB_OK)
        outcome = db_statement_get(db, sql, &statement);
    if (outcome != DB_OK)
        return outcome;
    struct db_wire wire;
    wire.arena = db->scratch;
    db_statement_check(statement, args, arg_count, shape);
    db_args_write(statement, args, &wire);
    db_link_queue(db, sql->name, PQsendQueryPrepared(db->connection, sql->name, (int)arg_count, wire.values, wire.lengths,
                                                     wire.formats, 1));
    arena_reset(db->scratch);
    *ret_statement = statement;
    return DB_OK;
}

/* A statement that begins with SELECT is taken to change nothing, so that its loss leaves no doubt. */
static bool is_read(const char *text)
{
    while (strncmp(text, "--", 2) == 0)
        text += strcspn(text, "\n") + 1;
    return strncmp(text, "SELECT", 6) == 0;
}

/* Outside a transaction the server commits at the Sync. */
static size_t commit_index(const struct db *db, const struct sql *sql)
{
    return db->in_transaction || is_read(sql->text) ? DB_NO_COMMIT : db->queued_count;
}

static enum db_outcome run(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                           const struct db_shape *shape, struct db_statement **ret_statement, PGresult **ret_result)
{
    int64_t began_us = clock_monotonic_us();
    enum db_outcome outcome = enqueue(db, sql, args, arg_count, shape, ret_statement);
    if (outcome == DB_OK) {
        struct metric_series *duration = (*ret_statement)->duration;
        outcome = db_link_sync(db, commit_index(db, sql), ret_result);
        metric_observe_us(duration, clock_monotonic_us() - began_us);
    }
    return outcome;
}

enum db_outcome db_one(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                       const struct db_shape *shape, void *row, struct arena *arena, struct error *err)
{
    struct db_statement *statement;
    PGresult *result;
    enum db_outcome outcome = run(db, sql, args, arg_count, shape, &statement, &result);
    if (outcome != DB_OK)
        return db_failure_tell(outcome, err);
    if (PQntuples(result) > 0)
        db_rows_read(statement, result, 0, shape, row, arena);
    else
        outcome = DB_NONE;
    PQclear(result);
    return outcome;
}

enum db_outcome db_all(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                       const struct db_shape *shape, void **ret_rows, size_t *ret_count, struct arena *arena,
                       struct error *err)
{
    struct db_statement *statement;
    PGresult *result;
    enum db_outcome outcome = run(db, sql, args, arg_count, shape, &statement, &result);
    if (outcome != DB_OK)
        return db_failure_tell(outcome, err);
    size_t count = (size_t)PQntuples(result);
    char *rows = arena_calloc(arena, count, shape->row_size);
    for (size_t i = 0; i < count; i++)
        db_rows_read(statement, result, (int)i, shape, rows + i * shape->row_size, arena);
    PQclear(result);
    *ret_rows = rows;
    *ret_count = count;
    return DB_OK;
}

enum db_outcome db_exec(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count,
                        int64_t *ret_changed, struct error *err)
{
    struct db_statement *statement;
    PGresult *result;
    enum db_outcome outcome = run(db, sql, args, arg_count, NULL, &statement, &result);
    if (outcome != DB_OK)
        return db_failure_tell(outcome, err);
    const char *tuples = PQcmdTuples(result);       /* "" for statements that change no rows, such as CREATE TABLE */
    int64_t changed = strtoll(tuples, NULL, 10);
    outcome = tuples[0] != '\0' && changed == 0 ? DB_NONE : DB_OK;
    PQclear(result);
    if (ret_changed)
        *ret_changed = changed;
    return outcome;
}

void db_send(struct db *db, const struct sql *sql, const struct db_arg *args, size_t arg_count)
{
    struct db_statement *statement;
    if (!db->in_transaction)
        db_bug(sql->name, "db_send() outside db_transact()");
    if (enqueue(db, sql, args, arg_count, NULL, &statement) == DB_OK && db->queued_count >= DB_QUEUE_MAX)
        (void)db_link_sync(db, DB_NO_COMMIT, NULL);
}

enum db_outcome db_flush(struct db *db, struct error *err)
{
    if (!db->in_transaction)
        db_bug("flush", "db_flush() outside db_transact()");
    enum db_outcome outcome = db->failed;
    if (outcome == DB_OK && db->queued_count > 0)
        outcome = db_link_sync(db, DB_NO_COMMIT, NULL);
    return db_failure_tell(outcome, err);
}

enum db_outcome db_prepare(struct db *db, const struct sql *sql, struct error *err)
{
    struct db_statement *statement;
    enum db_outcome outcome = db_link_ready(db);
    if (outcome == DB_OK)
        outcome = db_statement_get(db, sql, &statement);
    return db_failure_tell(outcome, err);
}
