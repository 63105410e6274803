/*
 * What every service process does around its own work: settings, migrations, listening, health, draining on SIGTERM.
 *
 *     portal-catalog              runs the service
 *     portal-catalog migrate      brings the schema up to date and ends
 *     portal-catalog <command>    one of the service's own commands (import, staff ...)
 *     portal-catalog --help | --version | --check-config
 *
 * The settings that all services share (below) are part of each one's table: put SERVICE_CONFIG_KEYS("CATALOG_", struct x, base)
 * first. A service's main.c is a struct service_spec and a call of service_main().
 */
#ifndef PORTAL_SERVICE_H
#define PORTAL_SERVICE_H

#include "background.h"
#include "config.h"
#include "db.h"
#include "db_migrate.h"
#include "rpc_client.h"
#include "rpc_server.h"

struct service_settings {
    const char *listen;             /* nng address */
    const char *database_url;
    int64_t workers;                /* threads of lane 0, each with a connection of its own */
    int64_t queue_max;              /* calls waiting in lane 0 */
    int64_t statement_timeout_ms;
    int64_t drain_ms;
    const char *admin_host;
    int64_t admin_port;
    const char *log_level;
    const char *events_url;         /* nng addresses of orders, to which the outbox is delivered; "" or NULL: it is not */
};

/* `Settings` has a member `base` of type struct service_settings. */
#define SERVICE_CONFIG_KEYS(prefix, Settings)                                                                            \
    {prefix "LISTEN", CONFIG_STRING, offsetof(Settings, base.listen), NULL, 0, 0, "nng address to listen on: ipc:///run/x, tcp://0.0.0.0:7001"}, \
    {prefix "DATABASE_URL", CONFIG_SECRET, offsetof(Settings, base.database_url), NULL, 0, 0, "PostgreSQL, as libpq takes it"}, \
    {prefix "WORKERS", CONFIG_INT, offsetof(Settings, base.workers), "4", 1, 256, "threads that run calls, each with its own database connection"}, \
    {prefix "QUEUE_MAX", CONFIG_INT, offsetof(Settings, base.queue_max), "256", 1, 65536, "calls that may wait for a thread; one more is refused"}, \
    {prefix "STATEMENT_TIMEOUT_MS", CONFIG_INT, offsetof(Settings, base.statement_timeout_ms), "5000", 0, 3600000, "longest time for one SQL statement, in ms; 0: no limit"}, \
    {prefix "DRAIN_MS", CONFIG_INT, offsetof(Settings, base.drain_ms), "10000", 0, 600000, "time for calls in progress when told to stop, in ms"}, \
    {prefix "ADMIN_HOST", CONFIG_STRING, offsetof(Settings, base.admin_host), "127.0.0.1", 0, 0, "address of the private health and metrics port"}, \
    {prefix "ADMIN_PORT", CONFIG_INT, offsetof(Settings, base.admin_port), NULL, 1, 65535, "private port for /healthz, /readyz, /metrics"}, \
    {prefix "LOG_LEVEL", CONFIG_STRING, offsetof(Settings, base.log_level), "info", 0, 0, "debug, info, warn or error"}, \
    {prefix "EVENTS_URL", CONFIG_STRING, offsetof(Settings, base.events_url), "", 0, 0, "nng addresses of the orders service, which tells merchants and people of events; empty: events are kept"}

struct service_command {
    const char *name;               /* "import" */
    const char *usage;              /* "import FILE.csv --currency KES [--dry-run]: one sentence" */
    int (*run)(void *settings, int argc, char **argv);      /* argv[0] is the command; returns the exit code */
};

struct service_spec {
    struct config_spec config;
    void *settings;                         /* starts with struct service_settings base */
    const struct db_migration *migrations;
    size_t migration_count;
    const struct service_command *commands; /* may be NULL */
    size_t command_count;
    bool keeps_keys;                        /* its schema has idempotency_key: old ones are swept (idempotency_sweeper.h) */

    /* Opens clients, starts background work; returns the generated vtable to serve. The state goes to the functions below.
     * NULL: this program has commands only. */
    enum status (*open)(void *settings, void **ret_state, ProtobufCService **ret_service, struct error *err);
    void (*close)(void *state);             /* accepts a half-opened state */

    const struct rpc_lane *extra_lanes;     /* lanes 1.. ; lane 0 comes from the settings */
    size_t extra_lane_count;
    size_t (*lane_of)(const char *method_name);
};

/* Runs the program; the return value is main()'s. */
int service_main(const struct service_spec *spec, int argc, char **argv);

/* The struct db of the worker that runs this call: every worker of every lane has one. */
struct db *service_db(const struct rpc_call *call);

/* A connection of a service's background work, with the service's settings; db_free() it. */
struct db *service_db_new(const struct service_settings *settings, const char *application_name);

#endif
