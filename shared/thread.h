/*
 * Threads of the portal: named, and with a small stack, since each process has a dozen that mostly sleep. And the conditions
 * that they sleep on.
 */
#ifndef PORTAL_THREAD_H
#define PORTAL_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Starts a thread; the kernel keeps the first 15 bytes of `name`. pthread_join() it. */
enum status thread_start(const char *name, void *(*run)(void *arg), void *arg, pthread_t *ret_thread, struct error *err) MUST_CHECK;

/* A condition whose waits end by clock_monotonic_us(), which a changed wall clock does not move. */
void thread_cond_init(pthread_cond_t *condition);

/* False when `until_us` has come. Wakes without reason, as conditions do. */
bool thread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_us);

#endif
