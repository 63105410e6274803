/* Applies what is not recorded yet, one transaction each, while holding the schema's advisory lock. */
#include "db_migrate.h"

#include <libpq-fe.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define DIGEST_SIZE 65      /* BLAKE2b-256 in hexadecimal, and a NUL */

/* What waits for a table blocks all who come after it, so better give up and be started again. */
static const char set_lock_timeout[] = "SET lock_timeout = '60s'";
static const char lock_schema[] =
    "SELECT current_schema(), pg_advisory_lock(hashtext('portal.schema_migration'), hashtext(current_schema()))";
static const char create_table[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                                   "name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";
static const char find_digest[] = "SELECT digest FROM schema_migration WHERE name = $1";
static const char insert_record[] = "INSERT INTO schema_migration (name, digest) VALUES ($1, $2)";

static void write_digest(const char *text, char out[DIGEST_SIZE])
{
    unsigned char digest[crypto_generichash_BYTES];
    crypto_generichash(digest, sizeof(digest), (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(out, DIGEST_SIZE, digest, sizeof(digest));
}

/* The server names the place of a mistake by characters from the start. */
static int line_of(const char *text, const char *position)
{
    int line = 1;
    for (long rest = position ? strtol(position, NULL, 10) : 1; *text && rest > 1; text++) {
        line += *text == '\n';
        rest -= ((unsigned char)text[1] & 0xC0) != 0x80;
    }
    return line;
}

/* The server's own words go to the log, for who started the program. */
static enum status fail(const PGconn *connection, const PGresult *result, const char *what, const char *text, struct error *err)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    int line = line_of(text, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
    log_error(LOG_EVENT("migration_failed"), LOG_STR("migration", what), LOG_STR("sqlstate", sqlstate),
              LOG_STR("message", message ? message : PQerrorMessage(connection)), LOG_INT("line", line));
    if (!sqlstate || strncmp(sqlstate, "57", 2) == 0 || strcmp(sqlstate, "55P03") == 0)
        return error_set(err, STATUS_UNAVAILABLE, "The database broke off at %s; start again.", what);
    return error_set(err, STATUS_FAILED_PRECONDITION,
                     "%s failed in line %d with SQLSTATE %s and was undone; the log has the server's message.", what, line,
                     sqlstate);
}

/* One statement with its values, or several without. The caller clears *ret_result (NULL: no rows wanted). */
static enum status run(PGconn *connection, const char *what, const char *text, const char *const *values, int value_count,
                       PGresult **ret_result, struct error *err)
{
    PGresult *result = value_count > 0 ? PQexecParams(connection, text, value_count, NULL, values, NULL, NULL, 0)
                                       : PQexec(connection, text);
    ExecStatusType code = PQresultStatus(result);
    enum status status = STATUS_OK;
    if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK && code != PGRES_EMPTY_QUERY)
        status = fail(connection, result, what, text, err);
    if (status == STATUS_OK && ret_result)
        *ret_result = result;
    else
        PQclear(result);
    return status;
}

static enum status run_plain(PGconn *connection, const char *what, const char *text, struct error *err)
{
    return run(connection, what, text, NULL, 0, NULL, err);
}

static enum status prepare_schema(PGconn *connection, struct error *err)
{
    PGresult *locked;
    enum status status = run_plain(connection, "set lock_timeout", set_lock_timeout, err);
    if (status == STATUS_OK)
        status = run(connection, "lock the schema", lock_schema, NULL, 0, &locked, err);
    if (status != STATUS_OK)
        return status;
    if (PQgetisnull(locked, 0, 0))
        status = error_set(err, STATUS_FAILED_PRECONDITION, "The search_path of the database role names no schema that exists.");
    PQclear(locked);
    return status == STATUS_OK ? run_plain(connection, "create schema_migration", create_table, err) : status;
}

/* Whether it is recorded; with another digest it is refused. */
static enum status find(PGconn *connection, const char *name, const char *digest, bool *ret_found, struct error *err)
{
    PGresult *record;
    enum status status = run(connection, name, find_digest, (const char *const[]){name}, 1, &record, err);
    if (status != STATUS_OK)
        return status;
    *ret_found = PQntuples(record) > 0;
    if (*ret_found && strcmp(PQgetvalue(record, 0, 0), digest) != 0)
        status = error_set(err, STATUS_FAILED_PRECONDITION, "Migration %s was changed after it had been applied; restore its text "
                           "and put the change into a new migration.", name);
    PQclear(record);
    return status;
}

/* What fails is undone when the connection closes. */
static enum status apply(PGconn *connection, const struct db_migration *migration, const char *digest, struct error *err)
{
    const char *name = migration->name;
    enum status status = run_plain(connection, name, "BEGIN", err);
    if (status == STATUS_OK)
        status = run_plain(connection, name, migration->text, err);
    if (status == STATUS_OK && PQtransactionStatus(connection) != PQTRANS_INTRANS)
        return error_set(err, STATUS_FAILED_PRECONDITION, "Migration %s ends the transaction that it runs in; it must not.", name);
    if (status == STATUS_OK)
        status = run(connection, name, insert_record, (const char *const[]){name, digest}, 2, NULL, err);
    return status == STATUS_OK ? run_plain(connection, name, "COMMIT", err) : status;
}

static enum status migrate(PGconn *connection, const struct db_migration *migrations, size_t count, size_t *ret_applied,
                           struct error *err)
{
    size_t applied = 0;
    enum status status = prepare_schema(connection, err);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        bool is_found = false;
        char digest[DIGEST_SIZE];
        write_digest(migrations[i].text, digest);
        status = find(connection, migrations[i].name, digest, &is_found, err);
        if (status != STATUS_OK || is_found)
            continue;
        status = apply(connection, &migrations[i], digest, err);
        applied += status == STATUS_OK;
    }
    if (status == STATUS_OK)
        *ret_applied = applied;
    return status;
}

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

enum status db_migrate(const char *conninfo, const struct db_migration *migrations, size_t count, size_t *ret_applied,
                       struct error *err)
{
    enum status status;
    PGconn *connection = PQconnectdb(conninfo);
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    if (PQstatus(connection) != CONNECTION_OK) {
        log_warn(LOG_EVENT("db_connect_failed"), LOG_STR("message", PQerrorMessage(connection)));
        status = error_set(err, STATUS_UNAVAILABLE, "There is no connection to the database; is it running?");
    } else {
        status = migrate(connection, migrations, count, ret_applied, err);
    }
    PQfinish(connection);
    return status;
}
