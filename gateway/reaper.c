/* A list of open connections, each with the time at which it ends; a background thread looks through it once a second. */
#include "reaper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "background.h"
#include "clock.h"

#define LOOK_EVERY_US US_PER_S

struct entry {
    struct entry *next;
    struct entry *previous;
    int fd;
    _Atomic int64_t ends_at_us; /* monotonic */
};

struct reaper {
    pthread_mutex_t lock;
    struct entry head; /* of the ring of connections */
    int64_t idle_us;
    int64_t request_us;
    struct background *background;
};

/* Shutting down makes libmicrohttpd see the end of the stream and close; the descriptor stays valid while it is in the list.
 */
static int64_t end_overdue(void *arg)
{
    struct reaper *reaper = arg;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&reaper->lock);
    for (struct entry *entry = reaper->head.next; entry != &reaper->head; entry = entry->next) {
        if (atomic_load(&entry->ends_at_us) < now_us)
            shutdown(entry->fd, SHUT_RDWR);
    }
    bool is_empty = reaper->head.next == &reaper->head;
    pthread_mutex_unlock(&reaper->lock);
    return is_empty ? BACKGROUND_NEVER : now_us + LOOK_EVERY_US;
}

enum status reaper_start(int64_t idle_s, int64_t request_s, struct reaper **ret_reaper, struct error *err)
{
    struct reaper *reaper = calloc(1, sizeof(*reaper));
    if (!reaper)
        abort();
    pthread_mutex_init(&reaper->lock, NULL);
    reaper->head.next = reaper->head.previous = &reaper->head;
    reaper->idle_us = idle_s * US_PER_S;
    reaper->request_us = request_s * US_PER_S;
    enum status status = background_start("reaper", end_overdue, reaper, &reaper->background, err);
    if (status)
        reaper_stop(reaper);
    else
        *ret_reaper = reaper;
    return status;
}

void reaper_stop(struct reaper *reaper)
{
    if (!reaper)
        return;
    background_stop(reaper->background);
    pthread_mutex_destroy(&reaper->lock);
    free(reaper);
}

static void add(struct reaper *reaper, struct entry *entry)
{
    pthread_mutex_lock(&reaper->lock);
    bool was_empty = reaper->head.next == &reaper->head;
    entry->next = reaper->head.next;
    entry->previous = &reaper->head;
    entry->next->previous = entry;
    reaper->head.next = entry;
    pthread_mutex_unlock(&reaper->lock);
    if (was_empty)
        background_wake(reaper->background);
}

static void drop(struct reaper *reaper, struct entry *entry)
{
    pthread_mutex_lock(&reaper->lock);
    entry->next->previous = entry->previous;
    entry->previous->next = entry->next;
    pthread_mutex_unlock(&reaper->lock);
    free(entry);
}

void reaper_connection(void *arg, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode what)
{
    struct reaper *reaper = arg;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*slot)
            drop(reaper, *slot);
        *slot = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct entry *entry = calloc(1, sizeof(*entry));
    if (!entry || !info)
        abort();
    entry->fd = info->connect_fd;
    atomic_store(&entry->ends_at_us, clock_monotonic_us() + reaper->idle_us + reaper->request_us);
    *slot = entry;
    add(reaper, entry);
}

static void extend(struct MHD_Connection *connection, int64_t by_us)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct entry *entry = info ? info->socket_context : NULL;
    if (entry)
        atomic_store(&entry->ends_at_us, clock_monotonic_us() + by_us);
}

void reaper_request_began(struct reaper *reaper, struct MHD_Connection *connection)
{
    extend(connection, reaper->request_us);
}

void reaper_request_came(struct reaper *reaper, struct MHD_Connection *connection)
{
    (void)reaper;
    extend(connection, REAPER_ANSWER_S * US_PER_S);
}

void reaper_request_ended(struct reaper *reaper, struct MHD_Connection *connection)
{
    extend(connection, reaper->idle_us + reaper->request_us);
}
