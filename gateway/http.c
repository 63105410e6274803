/* Starts libmicrohttpd with our limits, counts, drains. */
#include "http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#include "edge.h"
#include "reaper.h"

#define CONNECTION_MEMORY (64u * 1024) /* room for the largest header that we refuse ourselves, and for a piece of body */
#define DESCRIPTORS_BESIDES 64         /* that are no connections: sockets of nng, epoll, files being sent */
#define BACKLOG 1024
#define QUIET_MS 200 /* without a request, and nobody is sending one on a connection that was kept open */

/* Paths are decoded by router.c and queries by params.c, which refuse what libmicrohttpd would let pass. */
static size_t leave_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
    (void)arg, (void)connection;
    return strlen(text);
}

static void log_daemon(void *arg, const char *format, va_list args)
{
    (void)arg;
    char text[256];
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\r\n")] = '\0';
    log_debug(LOG_EVENT("microhttpd"), LOG_STR("message", text));
}

static void raise_descriptor_limit(int64_t connections)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    rlim_t wanted = (rlim_t)connections * 2 + DESCRIPTORS_BESIDES;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        log_warn(LOG_EVENT("few_descriptors"), LOG_INT("wanted", wanted), LOG_INT("allowed", limit.rlim_cur));
}

/* SO_REUSEPORT is asked for, not usual: the port of another shop must not be shared by mistake. */
static bool set_sharing(int fd, bool share)
{
    int yes = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
           (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)) == 0);
}

static enum status listen_on(const char *host, int64_t port, bool share, int *ret_fd, struct error *err)
{
    char service[16];
    snprintf(service, sizeof(service), "%lld", (long long)port);
    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    if (getaddrinfo(host, service, &hints, &address) != 0)
        return error_set(err, STATUS_INVALID_ARGUMENT, "GATEWAY_HOST is \"%s\", which is no address of this machine.", host);
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && set_sharing(fd, share) &&
                   bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    int reason = errno;
    freeaddrinfo(address);
    if (!listens) {
        if (fd >= 0)
            close(fd);
        return error_set(err, STATUS_UNAVAILABLE, "Cannot listen on %s, port %s: %s.", host, service, strerror(reason));
    }
    *ret_fd = fd;
    return STATUS_OK;
}

static struct MHD_Daemon *start_daemon(struct http *http)
{
    const struct gateway_settings *settings = &http->gateway->settings;
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, http->listen_fd, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)settings->connections_max, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)settings->connections_per_address, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)settings->idle_s, NULL},
        {MHD_OPTION_THREAD_POOL_SIZE, settings->threads > 1 ? (intptr_t)settings->threads : 0, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escaped, NULL},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)edge_completed, http},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)reaper_connection, http->reaper},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)edge_open, http},
#if MHD_VERSION >= 0x00097701
        {MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, NULL},
#else
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
#endif
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                            edge_handle, http, MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL, MHD_OPTION_ARRAY, options,
                            MHD_OPTION_END);
}

static void make_metrics(struct http *http)
{
    http->requests = metric_new(METRIC_COUNTER, "http_requests_total", "route,method,status", "Requests answered.");
    http->durations = metric_new(METRIC_HISTOGRAM_US, "http_request_duration_seconds", "route",
                                 "From a request's first line to the last byte of its answer.");
    http->in_flight =
        metric_series(metric_new(METRIC_GAUGE, "http_in_flight", "", "Requests being read or answered."), NULL);
}

enum status http_start(struct gateway *gateway, struct http **ret_http, struct error *err)
{
    const struct gateway_settings *settings = &gateway->settings;
    struct http *http = calloc(1, sizeof(*http));
    if (!http)
        abort();
    http->gateway = gateway;
    http->listen_fd = -1;
    make_metrics(http);
    raise_descriptor_limit(settings->connections_max);
    enum status status = reaper_start(settings->idle_s, settings->request_s, &http->reaper, err);
    if (status == STATUS_OK)
        status = listen_on(settings->host, settings->port, settings->share_port, &http->listen_fd, err);
    if (status == STATUS_OK && !(http->daemon = start_daemon(http)))
        status = error_set(err, STATUS_UNAVAILABLE, "libmicrohttpd does not start: %s.", strerror(errno));
    if (status)
        http_stop(http);
    else
        *ret_http = http;
    return status;
}

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, (ms % 1000) * 1000000}, NULL);
}

void http_drain(struct http *http, int64_t drain_ms)
{
    atomic_store(&http->gateway->is_draining, true);
    http->listen_fd = MHD_quiesce_daemon(http->daemon);
    if (http->listen_fd >= 0)
        close(http->listen_fd);
    http->listen_fd = -1;
    int64_t now_us = clock_monotonic_us();
    int64_t end_us = now_us + drain_ms * US_PER_MS;
    for (int64_t quiet_us = now_us; now_us < end_us && now_us - quiet_us < QUIET_MS * US_PER_MS;
         now_us = clock_monotonic_us()) {
        if (atomic_load(&http->open) > 0)
            quiet_us = now_us;
        wait_ms(5);
    }
    log_info(LOG_EVENT("drained"), LOG_INT("requests_left", atomic_load(&http->open)));
}

/* Stopping libmicrohttpd with a suspended connection is a bug; each has a deadline of its own, so this ends. */
void http_stop(struct http *http)
{
    if (!http)
        return;
    while (atomic_load(&http->suspended) > 0)
        wait_ms(5);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    else if (http->listen_fd >= 0)
        close(http->listen_fd);
    reaper_stop(http->reaper);
    free(http);
}
