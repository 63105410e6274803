/* What an error of the server means: one table from SQLSTATE to outcome, and what happened when no answer came at all. */
#include "db_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* How much of it is for the log: what is decided by the caller is not; a message that may quote a value never. */
enum telling { SILENT, CODE_ONLY, WITH_MESSAGE };

/* The first row whose prefix fits counts. */
static const struct rule {
    const char *sqlstate;
    enum db_outcome outcome;
    bool is_stale;
    enum telling telling;
    enum log_level level;
} rules[] = {
    {"23505", DB_CONFLICT, false, SILENT, LOG_LEVEL_DEBUG},       /* unique_violation */
    {"23503", DB_CONFLICT, false, SILENT, LOG_LEVEL_DEBUG},       /* foreign_key_violation */
    {"23514", DB_CONFLICT, false, SILENT, LOG_LEVEL_DEBUG},       /* check_violation */
    {"23P01", DB_CONFLICT, false, SILENT, LOG_LEVEL_DEBUG},       /* exclusion_violation */
    {"40001", DB_RETRY, false, SILENT, LOG_LEVEL_DEBUG},          /* serialization_failure */
    {"40P01", DB_RETRY, false, SILENT, LOG_LEVEL_DEBUG},          /* deadlock_detected */
    {"55P03", DB_BROKEN, false, SILENT, LOG_LEVEL_DEBUG},         /* lock_not_available: lock_timeout */
    {"0A000", DB_BROKEN, true, WITH_MESSAGE, LOG_LEVEL_WARN},     /* a table changed: plans are out of date */
    {"26000", DB_BROKEN, true, WITH_MESSAGE, LOG_LEVEL_WARN},     /* somebody discarded our statements */
    {"25006", DB_BROKEN, true, WITH_MESSAGE, LOG_LEVEL_WARN},     /* the writer became a reader */
    {"08", DB_BROKEN, true, WITH_MESSAGE, LOG_LEVEL_WARN},        /* connection exception */
    {"53", DB_BROKEN, false, WITH_MESSAGE, LOG_LEVEL_WARN},       /* disk, memory or connections used up */
    {"57", DB_BROKEN, false, WITH_MESSAGE, LOG_LEVEL_WARN},       /* timeout, shutdown */
    {"58", DB_BROKEN, false, WITH_MESSAGE, LOG_LEVEL_WARN},       /* input or output */
    {"22", DB_BROKEN, false, CODE_ONLY, LOG_LEVEL_ERROR},         /* a value that does not fit its type */
    {"23", DB_BROKEN, false, CODE_ONLY, LOG_LEVEL_ERROR},
    {"", DB_BROKEN, false, WITH_MESSAGE, LOG_LEVEL_ERROR},
};

static const struct rule *rule_of(const char *sqlstate)
{
    const struct rule *rule = rules;
    while (strncmp(sqlstate, rule->sqlstate, strlen(rule->sqlstate)) != 0)
        rule++;
    return rule;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = result ? PQresultErrorField(result, code) : NULL;
    return text ? text : "";
}

static void tell(const struct rule *rule, const PGresult *result, const char *statement, const char *sqlstate)
{
    if (rule->telling == SILENT)
        return;
    const char *message = rule->telling == WITH_MESSAGE ? field(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const struct log_field fields[] = {LOG_EVENT("db_statement_failed"), LOG_STR("statement", statement),
                                       LOG_STR("sqlstate", sqlstate), LOG_STR("message", message),
                                       {NULL, LOG_KIND_END, NULL, 0}};
    log_write(rule->level, fields);
}

/*
 * The server answers in order. A farewell of its own in the place of something before the commit tells that it never came to
 * commit; in any other case nobody can know.
 */
static struct db_failure read_loss(const PGresult *result, const char *statement, size_t index, size_t commit_index)
{
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    bool is_unknown = commit_index != DB_NO_COMMIT && (sqlstate[0] == '\0' || index >= commit_index);
    log_warn(LOG_EVENT("db_connection_lost"), LOG_STR("statement", statement), LOG_STR("sqlstate", sqlstate));
    return (struct db_failure){is_unknown ? DB_UNKNOWN : DB_BROKEN, true, true};
}

struct db_failure db_failure_read(struct db *db, const PGresult *result, size_t index, size_t commit_index)
{
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *statement = index < db->queued_count ? db->queued[index] : "sync";
    if (sqlstate[0] == '\0' || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)
        return read_loss(result, statement, index, commit_index);
    const struct rule *rule = rule_of(sqlstate);
    tell(rule, result, statement, sqlstate);
    db->waited_in_vain = strcmp(sqlstate, "55P03") == 0;
    if (rule->outcome == DB_CONFLICT)
        snprintf(db->constraint, sizeof(db->constraint), "%s", field(result, PG_DIAG_CONSTRAINT_NAME));
    return (struct db_failure){rule->outcome, false, rule->is_stale};
}

static const struct {
    enum status status;
    const char *sentence;
} meanings[] = {
    [DB_OK] = {STATUS_OK, ""},
    [DB_NONE] = {STATUS_NOT_FOUND, "There is no such thing."},
    [DB_CONFLICT] = {STATUS_ALREADY_EXISTS, "This contradicts what is already stored; nothing was changed."},
    [DB_RETRY] = {STATUS_ABORTED, "Somebody else changed the same thing at the same moment; nothing was changed, please try again."},
    [DB_UNKNOWN] = {STATUS_UNKNOWN, "The database did not say whether it saved this; please look before you try again."},
    [DB_BROKEN] = {STATUS_UNAVAILABLE, "The database cannot do this at the moment; nothing was changed, please try again."},
};

enum status db_status(enum db_outcome outcome)
{
    return meanings[outcome].status;
}

enum db_outcome db_failure_tell(enum db_outcome outcome, struct error *err)
{
    if (outcome != DB_OK && outcome != DB_NONE)
        error_set(err, meanings[outcome].status, "%s", meanings[outcome].sentence);
    return outcome;
}

void db_bug(const char *statement, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    log_error(LOG_EVENT("bug"), LOG_STR("statement", statement), LOG_STR("message", sentence));
    abort();
}
