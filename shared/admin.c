/* The private port, on libmicrohttpd: a few paths, GET and HEAD only, one thread. */
#include "admin.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <microhttpd.h>

#include "metrics.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define TEXT_METRICS "text/plain; version=0.0.4; charset=utf-8"
#define CONNECTIONS_MAX 32
#define IDLE_SECONDS 30

struct admin {
    struct MHD_Daemon *daemon;
    bool (*is_ready)(void *arg, struct error *err);
    void *arg;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, const char *text, size_t size,
                              enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(size, (void *)(uintptr_t)text, mode);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return answer(connection, status, TEXT_PLAIN, text, strlen(text), MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result health(struct admin *self, struct MHD_Connection *connection)
{
    (void)self;
    return answer_text(connection, MHD_HTTP_OK, "ok\n");
}

static enum MHD_Result readiness(struct admin *self, struct MHD_Connection *connection)
{
    struct error err;
    error_clear(&err);
    if (self->is_ready(self->arg, &err))
        return answer_text(connection, MHD_HTTP_OK, "ready\n");
    return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, err.message);
}

static enum MHD_Result metrics(struct admin *self, struct MHD_Connection *connection)
{
    (void)self;
    size_t size;
    char *text = metrics_render(&size);
    return text ? answer(connection, MHD_HTTP_OK, TEXT_METRICS, text, size, MHD_RESPMEM_MUST_FREE) : MHD_NO;
}

static const struct {
    const char *path;
    enum MHD_Result (*serve)(struct admin *self, struct MHD_Connection *connection);
} doors[] = {{"/healthz", health}, {"/readyz", readiness}, {"/metrics", metrics}};

static enum MHD_Result serve(void *arg, struct MHD_Connection *connection, const char *path, const char *method,
                             const char *version, const char *upload, size_t *upload_size, void **request)
{
    static int seen;
    (void)version;
    (void)upload;
    if (!*request) {                        /* the headers have come; libmicrohttpd calls again when the body has, too */
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD are served here.\n");
    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++)
        if (strcmp(doors[i].path, path) == 0)
            return doors[i].serve(arg, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "There is /healthz, /readyz and /metrics.\n");
}

enum status admin_start(const char *host, uint16_t port, bool (*is_ready)(void *arg, struct error *err), void *arg,
                        struct admin **ret_admin, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The private port's address must be an IPv4 address, not \"%s\".", host);
    struct admin *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the private port.");
    self->is_ready = is_ready;
    self->arg = arg;
    self->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, serve, self, MHD_OPTION_SOCK_ADDR,
                                    (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                                    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
    if (!self->daemon) {
        free(self);
        return error_set(err, STATUS_UNAVAILABLE, "The private port %s:%u is taken or not allowed.", host, (unsigned)port);
    }
    *ret_admin = self;
    return STATUS_OK;
}

void admin_stop(struct admin *self)
{
    if (!self)
        return;
    MHD_stop_daemon(self->daemon);
    free(self);
}
