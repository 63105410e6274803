/*
 * The private port, on nng's HTTP server: the library is there anyway, and a second one would double a service's memory.
 *
 * nng asks on its own few threads, which must never wait; so a request is put into a list, and a thread of ours answers it.
 */
#include "admin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nng/nng.h>
#include <nng/supplemental/http/http.h>

#include "background.h"
#include "metrics.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define TEXT_METRICS "text/plain; version=0.0.4; charset=utf-8"
#define WAITING_MAX 32

#define DOOR_COUNT 3

/* A path of one port, and what answers it. */
struct door {
    struct admin *admin;
    void (*open)(struct admin *self, nng_aio *aio);
};

struct request {
    nng_aio *aio;
    const struct door *door;
};

struct admin {
    nng_http_server *server;
    bool (*is_ready)(void *arg, struct error *err);
    void *arg;
    struct door doors[DOOR_COUNT];
    struct background *answering;
    pthread_mutex_t lock;
    struct request waiting[WAITING_MAX];
    size_t waiting_count;
};

static void answer(nng_aio *aio, uint16_t status, const char *type, const char *text, size_t size)
{
    nng_http_res *response = NULL;
    int failed = nng_http_res_alloc(&response);
    if (!failed)
        failed = nng_http_res_set_status(response, status);
    if (!failed)
        failed = nng_http_res_set_header(response, "Content-Type", type);
    if (!failed)
        failed = nng_http_res_set_header(response, "Cache-Control", "no-store");
    if (!failed)
        failed = nng_http_res_copy_data(response, text, size);
    if (failed) {
        nng_http_res_free(response);
        nng_aio_finish(aio, failed);
        return;
    }
    nng_aio_set_output(aio, 0, response);
    nng_aio_finish(aio, 0);
}

static void health(struct admin *self, nng_aio *aio)
{
    (void)self;
    answer(aio, NNG_HTTP_STATUS_OK, TEXT_PLAIN, "ok\n", 3);
}

static void readiness(struct admin *self, nng_aio *aio)
{
    struct error err;
    error_clear(&err);
    if (self->is_ready(self->arg, &err))
        answer(aio, NNG_HTTP_STATUS_OK, TEXT_PLAIN, "ready\n", 6);
    else
        answer(aio, NNG_HTTP_STATUS_SERVICE_UNAVAILABLE, TEXT_PLAIN, err.message, strlen(err.message));
}

static void metrics(struct admin *self, nng_aio *aio)
{
    (void)self;
    size_t size;
    char *text = metrics_render(&size);
    answer(aio, NNG_HTTP_STATUS_OK, TEXT_METRICS, text, size);
    free(text);
}

static const struct {
    const char *path;
    void (*open)(struct admin *self, nng_aio *aio);
} paths[DOOR_COUNT] = {{"/healthz", health}, {"/readyz", readiness}, {"/metrics", metrics}};

static bool take_request(struct admin *self, struct request *ret_request)
{
    pthread_mutex_lock(&self->lock);
    bool taken = self->waiting_count > 0;
    if (taken)
        *ret_request = self->waiting[--self->waiting_count];
    pthread_mutex_unlock(&self->lock);
    return taken;
}

static int64_t answer_waiting(void *arg)
{
    struct admin *self = arg;
    for (struct request request; take_request(self, &request);)
        request.door->open(self, request.aio);
    return BACKGROUND_NEVER;
}

/* On a thread of nng's. */
static void on_request(nng_aio *aio)
{
    const struct door *door = nng_http_handler_get_data(nng_aio_get_input(aio, 1));
    struct admin *self = door->admin;
    pthread_mutex_lock(&self->lock);
    bool taken = self->waiting_count < WAITING_MAX;
    if (taken)
        self->waiting[self->waiting_count++] = (struct request){aio, door};
    pthread_mutex_unlock(&self->lock);
    if (taken)
        background_wake(self->answering);
    else
        answer(aio, NNG_HTTP_STATUS_SERVICE_UNAVAILABLE, TEXT_PLAIN, "too many at once\n", 17);
}

static int add_doors(struct admin *self)
{
    for (size_t i = 0; i < DOOR_COUNT; i++) {
        nng_http_handler *handler;
        int failed = nng_http_handler_alloc(&handler, paths[i].path, on_request);
        if (failed)
            return failed;
        self->doors[i] = (struct door){self, paths[i].open};
        failed = nng_http_handler_set_data(handler, &self->doors[i], NULL);
        if (!failed)
            failed = nng_http_server_add_handler(self->server, handler);
        if (failed) {
            nng_http_handler_free(handler);
            return failed;
        }
    }
    return 0;
}

static int listen_on(struct admin *self, const char *host, uint16_t port)
{
    char text[128];
    nng_url *url;
    snprintf(text, sizeof(text), "http://%s:%u", host, (unsigned)port);
    int failed = nng_url_parse(&url, text);
    if (failed)
        return failed;
    failed = nng_http_server_hold(&self->server, url);
    nng_url_free(url);
    if (!failed)
        failed = add_doors(self);
    return failed ? failed : nng_http_server_start(self->server);
}

enum status admin_start(const char *host, uint16_t port, bool (*is_ready)(void *arg, struct error *err), void *arg,
                        struct admin **ret_admin, struct error *err)
{
    struct admin *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the private port.");
    self->is_ready = is_ready;
    self->arg = arg;
    pthread_mutex_init(&self->lock, NULL);
    enum status status = background_start("admin", answer_waiting, self, &self->answering, err);
    int failed = status ? 0 : listen_on(self, host, port);
    if (failed)
        status = error_set(err, STATUS_UNAVAILABLE, "The private port %s:%u cannot be opened: %s.", host, (unsigned)port,
                           nng_strerror(failed));
    if (status)
        admin_stop(self);
    else
        *ret_admin = self;
    return status;
}

void admin_stop(struct admin *self)
{
    if (!self)
        return;
    if (self->server) {
        nng_http_server_stop(self->server);
        nng_http_server_release(self->server);
    }
    background_stop(self->answering);
    answer_waiting(self);           /* what came too late for the thread must not be left open */
    pthread_mutex_destroy(&self->lock);
    free(self);
}
