/*
 * Ends connections that take too long, however busy they look: libmicrohttpd's own time-out counts inactivity only, so that
 * a client sending a byte now and then could hold a connection for ever.
 *
 * A connection must bring its next request's first line within idle + request seconds, the rest of the request within
 * request seconds, and must have taken the answer within REAPER_ANSWER_S.
 */
#ifndef PORTAL_REAPER_H
#define PORTAL_REAPER_H

#include <microhttpd.h>

#include "error.h"

#define REAPER_ANSWER_S 300

struct reaper;

enum status reaper_start(int64_t idle_s, int64_t request_s, struct reaper **ret_reaper, struct error *err) MUST_CHECK;
void reaper_stop(struct reaper *reaper); /* no connection may be open; accepts NULL */

/* For MHD_OPTION_NOTIFY_CONNECTION. */
void reaper_connection(void *reaper, struct MHD_Connection *connection, void **entry,
                       enum MHD_ConnectionNotificationCode what);

/* The request's first line is here; all of it is here; its answer is out. */
void reaper_request_began(struct reaper *reaper, struct MHD_Connection *connection);
void reaper_request_came(struct reaper *reaper, struct MHD_Connection *connection);
void reaper_request_ended(struct reaper *reaper, struct MHD_Connection *connection);

#endif
