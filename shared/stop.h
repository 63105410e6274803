/*
 * How a process is told to stop (SIGTERM, SIGINT), and that it does: a second word ends it at once, and a stop that hangs is
 * given up. Broken connections are no signal (SIGPIPE is ignored).
 */
#ifndef PORTAL_STOP_H
#define PORTAL_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* From here on the word to stop waits for the functions below. Call it before the first thread, which inherits it. */
void stop_prepare(void);

/* Sleeps; false when the process was told to stop meanwhile. On the main thread, during start. */
bool stop_sleep_ms(int64_t ms);

/* Waits for the word, and logs it. A second one then ends the process at once. On the main thread. */
void stop_await(void);

/*
 * Ends the process with exit code 1 when it is still there `drain_ms` and a few seconds from now: nng 1.5 can wait for ever in
 * closing a socket whose peer died at that moment, and so can we for a handler that hangs.
 */
void stop_limit(int64_t drain_ms);

#endif
