/* One thread, asleep on two descriptors: the connection's, and one that tells it to end. */
#include "db_listen.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <libpq-fe.h>

#include "log.h"
#include "thread.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 30000
#define NAME_MAX_BYTES 32

struct db_listener {
    char *conninfo;
    char name[NAME_MAX_BYTES];
    void (*heard)(void *arg, const char *what);
    void *arg;
    pthread_t thread;
    int ending; /* an eventfd, readable when the thread is to end */
};

/* False when the end has come before that time, or before `socket` (-1: none) could be read. */
static bool sleep_on(const struct db_listener *self, int socket, int timeout_ms)
{
    struct pollfd descriptors[] = {{.fd = self->ending, .events = POLLIN}, {.fd = socket, .events = POLLIN}};
    while (poll(descriptors, 2, timeout_ms) < 0)
        ;
    return descriptors[0].revents == 0;
}

static PGconn *dial(const struct db_listener *self)
{
    char application_name[NAME_MAX_BYTES + 16];
    snprintf(application_name, sizeof(application_name), "listens for %s", self->name);
    const char *const keys[] = {
        "keepalives_idle", "keepalives_interval", "keepalives_count", "connect_timeout", "dbname", "application_name", NULL};
    const char *const values[] = {"10", "5", "3", "5", self->conninfo, application_name, NULL};
    return PQconnectdbParams(keys, values, 1);
}

static bool listen_on(PGconn *connection, const char *name)
{
    PGresult *command =
        PQexecParams(connection, "SELECT format('LISTEN %I', $1 || '_' || current_schema())", 1, NULL, &name, NULL, NULL, 0);
    bool is_ready = PQresultStatus(command) == PGRES_TUPLES_OK;
    if (is_ready) {
        PGresult *listened = PQexec(connection, PQgetvalue(command, 0, 0));
        is_ready = PQresultStatus(listened) == PGRES_COMMAND_OK;
        PQclear(listened);
    }
    PQclear(command);
    return is_ready;
}

/* Until the connection is lost or the end has come; true for the latter. */
static bool hear(const struct db_listener *self, PGconn *connection)
{
    self->heard(self->arg, "");
    for (;;) {
        PGnotify *notice;
        if (!sleep_on(self, PQsocket(connection), -1))
            return true;
        if (!PQconsumeInput(connection))
            return false;
        while ((notice = PQnotifies(connection)) != NULL) {
            self->heard(self->arg, notice->extra);
            PQfreemem(notice);
        }
    }
}

static void *run(void *arg)
{
    const struct db_listener *self = arg;
    int pause_ms = PAUSE_MIN_MS;
    bool is_over = false;
    while (!is_over) {
        PGconn *connection = dial(self);
        if (PQstatus(connection) == CONNECTION_OK && listen_on(connection, self->name)) {
            pause_ms = PAUSE_MIN_MS;
            is_over = hear(self, connection);
        }
        PQfinish(connection);
        if (is_over)
            break;
        log_warn(LOG_EVENT("db_listener_lost"), LOG_STR("name", self->name), LOG_INT("pause_ms", pause_ms));
        is_over = !sleep_on(self, -1, pause_ms);
        pause_ms = pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
    }
    return NULL;
}

static void listener_free(struct db_listener *self)
{
    if (self->ending >= 0)
        close(self->ending);
    free(self->conninfo);
    free(self);
}

enum status db_listener_start(const char *conninfo, const char *name, void (*heard)(void *arg, const char *what), void *arg,
                              struct db_listener **ret_listener, struct error *err)
{
    struct db_listener *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    self->conninfo = strdup(conninfo);
    snprintf(self->name, sizeof(self->name), "%s", name);
    self->heard = heard;
    self->arg = arg;
    self->ending = eventfd(0, EFD_CLOEXEC);
    enum status status = self->conninfo && self->ending >= 0
                             ? thread_start("listen", run, self, &self->thread, err)
                             : error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no descriptor for a listener.");
    if (status == STATUS_OK)
        *ret_listener = self;
    else
        listener_free(self);
    return status;
}

void db_listener_stop(struct db_listener *self)
{
    if (!self)
        return;
    const uint64_t one = 1;
    if (write(self->ending, &one, sizeof(one)) != (ssize_t)sizeof(one))
        abort();
    pthread_join(self->thread, NULL);
    listener_free(self);
}
