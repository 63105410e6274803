/*
 * Hears what transactions of other processes announce with NOTIFY: a connection of its own and a thread that sleeps on its
 * socket, so that nobody has to ask again and again.
 *
 * The channel of a name is that name, "_", and the schema: pg_notify('outbox_' || current_schema(), ...).
 */
#ifndef PORTAL_DB_LISTEN_H
#define PORTAL_DB_LISTEN_H

#include "error.h"

struct db_listener;

/*
 * `heard` runs on the listener's thread, must be quick, and gets what was announced; "" after each connecting, since what was
 * said before is not known. A lost connection is opened again, after 1, 2, 4 ... 30 s. Succeeds without a database.
 */
enum status db_listener_start(const char *conninfo, const char *name, void (*heard)(void *arg, const char *what), void *arg,
                              struct db_listener **ret_listener, struct error *err) MUST_CHECK;
void db_listener_stop(struct db_listener *listener);    /* accepts NULL */

#endif
