/* One thread that waits on a condition until its work is due or somebody wakes it. */
#include "background.h"

#include <stdlib.h>

#include "thread.h"

struct background {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
    bool stopping;
    int64_t (*work)(void *arg);
    void *arg;
};

/* With the lock held: returns when the time has come, somebody woke us, or the end has come. */
static void wait_until(struct background *self, int64_t due_us)
{
    while (!self->woken && !self->stopping) {
        if (due_us == BACKGROUND_NEVER)
            pthread_cond_wait(&self->changed, &self->lock);
        else if (!thread_cond_wait(&self->changed, &self->lock, due_us))
            return;
    }
}

static void *run(void *arg)
{
    struct background *self = arg;
    pthread_mutex_lock(&self->lock);
    while (!self->stopping) {
        self->woken = false;
        pthread_mutex_unlock(&self->lock);
        int64_t due_us = self->work(self->arg);
        pthread_mutex_lock(&self->lock);
        wait_until(self, due_us);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

static void background_free(struct background *self)
{
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

enum status background_start(const char *name, int64_t (*work)(void *arg), void *arg, struct background **ret_background,
                             struct error *err)
{
    struct background *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the background work %s.", name);
    self->work = work;
    self->arg = arg;
    pthread_mutex_init(&self->lock, NULL);
    thread_cond_init(&self->changed);
    enum status status = thread_start(name, run, self, &self->thread, err);
    if (status == STATUS_OK)
        *ret_background = self;
    else
        background_free(self);
    return status;
}

void background_wake(struct background *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->woken = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

void background_stop(struct background *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_cond_signal(&self->changed);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    background_free(self);
}
