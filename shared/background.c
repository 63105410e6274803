/* One thread that waits on a condition until its work is due or somebody wakes it. */
#include "background.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define STACK_SIZE (256 * 1024)

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
    struct timespec due = {.tv_sec = (time_t)(due_us / US_PER_S), .tv_nsec = (long)(due_us % US_PER_S) * 1000};
    while (!self->woken && !self->stopping) {
        if (due_us == BACKGROUND_NEVER)
            pthread_cond_wait(&self->changed, &self->lock);
        else if (clock_monotonic_us() >= due_us)
            return;
        else
            pthread_cond_timedwait(&self->changed, &self->lock, &due);
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

/* Deadlines are on the monotonic clock, which a changed wall clock does not move. */
static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static int start_thread(struct background *self, const char *name)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int failed = pthread_create(&self->thread, &attributes, run, self);
    pthread_attr_destroy(&attributes);
    if (failed)
        return failed;
    char short_name[16];                    /* the kernel's limit */
    snprintf(short_name, sizeof(short_name), "%.15s", name);
    pthread_setname_np(self->thread, short_name);
    return 0;
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
    init_condition(&self->changed);
    int failed = start_thread(self, name);
    if (failed) {
        pthread_cond_destroy(&self->changed);
        pthread_mutex_destroy(&self->lock);
        free(self);
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "The background work %s has no thread: %s.", name, strerror(failed));
    }
    *ret_background = self;
    return STATUS_OK;
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
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
}
