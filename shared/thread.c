/* pthread_create() and conditions with our attributes. */
#include "thread.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define STACK_SIZE (512 * 1024) /* of address space; memory is only taken as far as the stack grows */
#define NAME_SIZE 16            /* the kernel's limit */

enum status thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *ret_thread, struct error *err)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    int failed = pthread_create(ret_thread, &attributes, run, arg);
    pthread_attr_destroy(&attributes);
    if (failed)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "The thread %s cannot be started: %s.", name, strerror(failed));
    char short_name[NAME_SIZE];
    snprintf(short_name, sizeof(short_name), "%.15s", name);
    pthread_setname_np(*ret_thread, short_name);
    return STATUS_OK;
}

void thread_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool thread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_us)
{
    if (until_us < 0)
        return false;
    struct timespec until = {.tv_sec = (time_t)(until_us / US_PER_S), .tv_nsec = (long)(until_us % US_PER_S) * 1000};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
