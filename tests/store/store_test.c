/* Schemas for test programs, made by plain libpq so that what is tested does not test itself. */
#include "store_test.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libpq-fe.h>

#define DATABASES_MAX 32
#define BECOMES_S 30

static struct database {
    char schema[96];
    char *conninfo;
} databases[DATABASES_MAX];
static size_t database_count;
static pid_t owner;     /* a child that exits leaves the schemas to its parent */

_Noreturn PRINTF_LIKE(1, 2) static void give_up(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("store test: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static const char *admin_conninfo(void)
{
    const char *url = getenv("PORTAL_TEST_DATABASE_URL");
    if (!url || !*url)
        give_up("PORTAL_TEST_DATABASE_URL is not set. Run `./portal test store`, which starts a PostgreSQL of its own, or set it "
                "to one whose user may create schemas.");
    return url;
}

static PGresult *run(const char *conninfo, const char *statements)
{
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        give_up("there is no connection: %s", PQerrorMessage(connection));
    PQclear(PQexec(connection, "SET client_min_messages = warning"));
    PGresult *result = PQexec(connection, statements);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up("%s: %s", statements, PQerrorMessage(connection));
    PQfinish(connection);
    return result;
}

void store_test_run(const char *conninfo, const char *statements)
{
    PQclear(run(conninfo, statements));
}

const char *store_test_value(const char *conninfo, const char *query)
{
    static char value[4096];
    PGresult *result = run(conninfo, query);
    snprintf(value, sizeof(value), "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return value;
}

/* At exit, where nothing can be done about a failure. */
static void drop_all(void)
{
    if (database_count == 0 || getpid() != owner)
        return;
    PGconn *connection = PQconnectdb(admin_conninfo());
    PQclear(PQexec(connection, "SET client_min_messages = warning"));
    while (database_count > 0) {
        struct database *database = &databases[--database_count];
        char statement[160];
        snprintf(statement, sizeof(statement), "DROP SCHEMA \"%s\" CASCADE", database->schema);
        PQclear(PQexec(connection, statement));
        free(database->conninfo);
    }
    PQfinish(connection);
}

/* Programs run side by side, so one at a time makes what they share. Who may not make it, finds it made. */
static void make_extensions(void)
{
    store_test_run(admin_conninfo(),
                   "DO $$ BEGIN\n"
                   "    PERFORM pg_advisory_xact_lock(hashtext('portal.store_test'));\n"
                   "    CREATE SCHEMA IF NOT EXISTS extensions;\n"
                   "    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;\n"
                   "    CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;\n"
                   "EXCEPTION WHEN insufficient_privilege THEN NULL;\n"
                   "END $$");
}

static void make_schema(char *out, size_t size)
{
    char statement[160];
    snprintf(out, size, "test_%.40s_%ld_%zu", program_invocation_short_name, (long)getpid(), database_count);
    snprintf(statement, sizeof(statement), "CREATE SCHEMA \"%s\"", out);
    store_test_run(admin_conninfo(), statement);
}

/* Values of a conninfo stand in quotes, with quotes and backslashes escaped. */
static void print_pair(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s='", key);
    for (; *value; value++)
        fprintf(out, *value == '\'' || *value == '\\' ? "\\%c" : "%c", *value);
    fputs("' ", out);
}

static char *conninfo_with_schema(const char *schema)
{
    char *conninfo = NULL;
    char options[160];
    size_t size;
    FILE *out = open_memstream(&conninfo, &size);
    PQconninfoOption *given = PQconninfoParse(admin_conninfo(), NULL);
    if (!out || !given)
        give_up("PORTAL_TEST_DATABASE_URL is not well-formed.");
    for (const PQconninfoOption *option = given; option->keyword; option++)
        if (option->val && strcmp(option->keyword, "options") != 0)
            print_pair(out, option->keyword, option->val);
    snprintf(options, sizeof(options), "-c search_path=%s,extensions,public", schema);
    print_pair(out, "options", options);
    PQconninfoFree(given);
    fclose(out);
    return conninfo;
}

const char *store_test_database(const struct db_migration *migrations, size_t count)
{
    if (database_count == DATABASES_MAX)
        give_up("a program has at most %d databases.", DATABASES_MAX);
    owner = getpid();
    make_extensions();
    /* Behind the first connection, whose OpenSSL leaves at exit too: what is registered later runs earlier. */
    if (database_count == 0 && atexit(drop_all) != 0)
        give_up("atexit: %s", strerror(errno));
    struct database *database = &databases[database_count];
    make_schema(database->schema, sizeof(database->schema));
    database->conninfo = conninfo_with_schema(database->schema);
    database_count++;
    struct error err;
    size_t applied;
    error_clear(&err);
    if (db_migrate(database->conninfo, migrations, count, &applied, &err) != STATUS_OK)
        give_up("%s", err.message);
    return database->conninfo;
}

struct db *store_test_db(const char *conninfo)
{
    return db_new(&(struct db_options){conninfo, "test", 10000, 10});
}

bool store_test_becomes(const char *conninfo, const char *query, const char *wanted)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    const time_t give_up = time(NULL) + BECOMES_S;
    while (strcmp(store_test_value(conninfo, query), wanted) != 0) {
        if (time(NULL) > give_up)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
