/* The life of a service process, from its options to its drain. */
#include "service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "admin.h"
#include "clock.h"
#include "idempotency_sweeper.h"
#include "log.h"
#include "outbox_post.h"
#include "outbox_relay.h"
#include "stop.h"

#define DATABASE_WAIT_US (30 * US_PER_S)    /* for a database that starts at the same time as we do */
#define DATABASE_PAUSE_MAX_MS 2000
#define CONNECT_TIMEOUT_S 5
#define PROBE_TIMEOUT_S 2                   /* a health check that asks has not much patience either */
#define PROBE_LIFE_US US_PER_S              /* how long an answer about readiness is kept */

/* Whether calls can be answered, asked of the database through a connection of its own. */
struct probe {
    pthread_mutex_t lock;
    struct db *db;
    int64_t asked_us;
    bool was_ready;
    struct error was;
    atomic_bool draining;
};

struct process {
    const struct service_spec *spec;
    const struct service_settings *settings;
    void *state;
    ProtobufCService *service;
    struct rpc_server *server;
    struct admin *admin;
    struct idempotency_sweeper *sweeper;
    struct outbox_post *post;
    struct probe probe;
};

struct ping {
    int64_t answer;
};

static const struct sql ping_sql = {"service.ping", "SELECT 1::int8"};
static const struct db_column ping_columns[] = {DB_COLUMN(struct ping, answer)};
static const struct db_shape ping_shape = DB_SHAPE(struct ping, ping_columns);

struct db *service_db(const struct rpc_call *call)
{
    return call->worker;
}

static struct db *db_of(const struct service_settings *settings, const char *application_name, int statement_timeout_ms,
                        int connect_timeout_s)
{
    const struct db_options options = {
        .conninfo = settings->database_url,
        .application_name = application_name,
        .statement_timeout_ms = statement_timeout_ms,
        .connect_timeout_s = connect_timeout_s,
    };
    return db_new(&options);
}

struct db *service_db_new(const struct service_settings *settings, const char *application_name)
{
    return db_of(settings, application_name, (int)settings->statement_timeout_ms, CONNECT_TIMEOUT_S);
}

static void *worker_new(void *arg)
{
    const struct process *process = arg;
    return service_db_new(process->settings, process->spec->config.program);
}

static void worker_free(void *worker)
{
    db_free(worker);
}

static bool ping(struct probe *probe)
{
    struct arena *arena = arena_new(256, 256);
    struct ping row;
    error_clear(&probe->was);
    enum db_outcome outcome = db_one(probe->db, &ping_sql, DB_NO_ARGS, &ping_shape, &row, arena, &probe->was);
    arena_free(arena);
    return outcome == DB_OK;
}

static bool is_ready(void *arg, struct error *err)
{
    struct probe *probe = arg;
    if (atomic_load(&probe->draining)) {
        error_set(err, STATUS_UNAVAILABLE, "stopping");
        return false;
    }
    pthread_mutex_lock(&probe->lock);
    if (!probe->was_ready || clock_monotonic_us() - probe->asked_us > PROBE_LIFE_US) {
        probe->was_ready = ping(probe);
        probe->asked_us = clock_monotonic_us();
    }
    bool ready = probe->was_ready;
    if (!ready)
        *err = probe->was;
    pthread_mutex_unlock(&probe->lock);
    return ready;
}

/* Runs a step of the start again while it says that the database is not there (yet, or again); what else it says is final. */
static enum status await_database(enum status (*step)(void *arg, struct error *err), void *arg, struct error *err)
{
    int64_t give_up_us = clock_monotonic_us() + DATABASE_WAIT_US;
    int64_t wait_ms = 50;
    for (;;) {
        error_clear(err);
        enum status status = step(arg, err);
        if (status != STATUS_UNAVAILABLE || clock_monotonic_us() + wait_ms * US_PER_MS > give_up_us)
            return status;
        log_warn(LOG_EVENT("database_awaited"), LOG_STR("reason", err->message), LOG_INT("pause_ms", wait_ms));
        if (!stop_sleep_ms(wait_ms))
            return error_set(err, STATUS_CANCELLED, "Told to stop while waiting for the database.");
        wait_ms = wait_ms * 2 < DATABASE_PAUSE_MAX_MS ? wait_ms * 2 : DATABASE_PAUSE_MAX_MS;
    }
}

static enum status migrate(void *arg, struct error *err)
{
    const struct service_spec *spec = arg;
    const struct service_settings *settings = spec->settings;
    size_t applied = 0;
    enum status status = db_migrate(settings->database_url, spec->migrations, spec->migration_count, &applied, err);
    if (status == STATUS_OK && applied > 0)
        log_info(LOG_EVENT("migrated"), LOG_INT("migrations", applied));
    return status;
}

/* Opens the service's own parts, or leaves nothing open. */
static enum status open_service(void *arg, struct error *err)
{
    struct process *process = arg;
    enum status status = process->spec->open(process->spec->settings, &process->state, &process->service, err);
    if (status != STATUS_OK && process->state) {
        process->spec->close(process->state);
        process->state = NULL;
    }
    return status;
}

static enum status listen_for_calls(struct process *process, ProtobufCService *service, struct error *err)
{
    const struct service_settings *settings = process->settings;
    struct rpc_lane lanes[RPC_LANES_MAX] = {{"main", (int)settings->workers, (int)settings->queue_max, NULL}};
    size_t extra = process->spec->extra_lane_count;
    if (extra > 0)
        memcpy(lanes + 1, process->spec->extra_lanes, extra * sizeof(lanes[0]));
    const struct rpc_server_options options = {
        .address = settings->listen,
        .service = service,
        .lanes = lanes,
        .lane_count = 1 + extra,
        .lane_of = process->spec->lane_of,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .worker_arg = process,
    };
    return rpc_server_start(&options, &process->server, err);
}

static enum status process_start(struct process *process, struct error *err)
{
    const struct service_settings *settings = process->settings;
    pthread_mutex_init(&process->probe.lock, NULL);
    process->probe.db = db_of(settings, process->spec->config.program, PROBE_TIMEOUT_S * 1000, PROBE_TIMEOUT_S);
    enum status status = await_database(migrate, (void *)process->spec, err);
    if (status == STATUS_OK)
        status = await_database(open_service, process, err);
    if (status == STATUS_OK)
        status = listen_for_calls(process, process->service, err);
    if (status == STATUS_OK && process->spec->keeps_keys)
        status = idempotency_sweeper_start(settings, &process->sweeper, err);
    if (status == STATUS_OK)
        status = outbox_post_open(settings, &process->post, err);
    if (status == STATUS_OK)
        status = admin_start(settings->admin_host, (uint16_t)settings->admin_port, is_ready, &process->probe, &process->admin, err);
    return status;
}

static void process_stop(struct process *process)
{
    atomic_store(&process->probe.draining, true);
    rpc_server_stop(process->server, (int)process->settings->drain_ms);
    outbox_post_close(process->post);
    if (process->state)
        process->spec->close(process->state);
    idempotency_sweeper_stop(process->sweeper);
    admin_stop(process->admin);
    db_free(process->probe.db);
    pthread_mutex_destroy(&process->probe.lock);
}

static int serve(const struct service_spec *spec)
{
    struct process process = {.spec = spec, .settings = spec->settings};
    struct error err;
    int64_t began_us = clock_monotonic_us();
    stop_prepare();
    error_clear(&err);
    enum status status = process_start(&process, &err);
    if (status == STATUS_OK) {
        log_info(LOG_EVENT("ready"), LOG_STR("version", PORTAL_VERSION), LOG_STR("listen", process.settings->listen),
                 LOG_INT("duration_us", clock_monotonic_us() - began_us));
        stop_await();
    } else {
        log_error(LOG_EVENT("not_started"), LOG_STR("status", status_name(status)), LOG_STR("reason", err.message));
        fprintf(stderr, "%s: %s\n", spec->config.program, err.message);
    }
    began_us = clock_monotonic_us();
    stop_limit(process.settings->drain_ms);
    process_stop(&process);
    log_info(LOG_EVENT("stopped"), LOG_INT("duration_us", clock_monotonic_us() - began_us));
    return status == STATUS_OK ? 0 : 1;
}

static int migrate_only(const struct service_spec *spec)
{
    struct error err;
    if (await_database(migrate, (void *)spec, &err) == STATUS_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", spec->config.program, err.message);
    return 1;
}

static void print_commands(const struct service_spec *spec)
{
    printf("\nCommands:\n\n%s  migrate  bring the schema up to date and end\n", spec->open ? "  (none)   run the service\n" : "");
    if (spec->open)
        printf("  outbox [replay]  events that wait or failed; deliver those that failed again\n");
    for (size_t i = 0; i < spec->command_count; i++)
        printf("  %s\n", spec->commands[i].usage);
}

static const struct service_command *find_command(const struct service_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->command_count; i++)
        if (strcmp(spec->commands[i].name, name) == 0)
            return &spec->commands[i];
    return NULL;
}

int service_main(const struct service_spec *spec, int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    int exit_code;
    if (config_main(&spec->config, argc, argv, spec->settings, &exit_code)) {
        if (strcmp(word, "--help") == 0)
            print_commands(spec);
        return exit_code;
    }
    const struct service_settings *settings = spec->settings;
    enum log_level level;
    if (!log_level_parse(settings->log_level, &level)) {
        fprintf(stderr, "%s: %sLOG_LEVEL must be debug, info, warn or error, not \"%s\".\n", spec->config.program,
                spec->config.prefix, settings->log_level);
        return 2;
    }
    log_init(spec->config.program, level);
    if (sodium_init() < 0) {
        fprintf(stderr, "%s: the kernel gives no random numbers.\n", spec->config.program);
        return 1;
    }
    if (*word == '\0' && spec->open)
        return serve(spec);
    if (strcmp(word, "migrate") == 0)
        return migrate_only(spec);
    if (strcmp(word, "outbox") == 0 && spec->open)
        return outbox_command(spec->settings, argc - 1, argv + 1);
    const struct service_command *command = find_command(spec, word);
    if (command)
        return command->run(spec->settings, argc - 1, argv + 1);
    fprintf(stderr, "%s: there is no command \"%s\"; see --help.\n", spec->config.program, word);
    return 2;
}
