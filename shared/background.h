/*
 * A thread for work that comes due: it sleeps until the time that its own function named, or until it is woken. No polling.
 */
#ifndef PORTAL_BACKGROUND_H
#define PORTAL_BACKGROUND_H

#include <stdint.h>

#include "error.h"

#define BACKGROUND_NEVER INT64_MAX

struct background;

/*
 * `work` does what is due and returns the clock_monotonic_us() at which it wants to run next (BACKGROUND_NEVER: when woken).
 * It runs once at the start. On failure it names a later time itself.
 */
enum status background_start(const char *name, int64_t (*work)(void *arg), void *arg, struct background **ret_background,
                             struct error *err) MUST_CHECK;

/* Runs `work` soon, once, however often it is called meanwhile. From any thread. Accepts NULL (nothing to wake). */
void background_wake(struct background *background);

/* Waits for a running `work` to return, then ends. Accepts NULL. */
void background_stop(struct background *background);

#endif
