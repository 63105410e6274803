/*
 * The relay: brings the events of the outbox to their consumer, at least once, those of one key one after the other in the
 * order in which they were written. The consumer dedupes by the event's id.
 *
 * Every replica of a service has a relay. An event that one has taken is its own for a minute, and holds back the younger ones
 * of its key; when that relay dies, another takes the event again. Events that cannot be delivered wait 1, 2, 4 ... 60 s and
 * hold up their own key only; one that the consumer refuses is put aside as failed, and its key goes on.
 *
 * Nobody polls: a relay wakes when a transaction commits events (NOTIFY), when what waits comes due, and to look for what it
 * may have missed after 30 s, 1 min ... 1 h of finding nothing.
 */
#ifndef PORTAL_OUTBOX_RELAY_H
#define PORTAL_OUTBOX_RELAY_H

#include "service.h"

struct outbox_record {
    int64_t seq;
    const char *id;                 /* UUID */
    const char *topic;
    const char *key;
    const char *payload_json;
    int64_t attempts;               /* this one included */
    int64_t made_at_us;
    const char *refusal;            /* set by deliver(): why this one will never be taken; NULL: taken */
};

/*
 * Hands over all events (each of another key) or none; has to be back within OUTBOX_DELIVER_S. OK: each was taken, now or
 * earlier, or got its refusal.
 */
typedef enum status outbox_deliver(void *arg, struct outbox_record *events, size_t count, struct arena *arena,
                                   struct error *err);
#define OUTBOX_DELIVER_S 20
#define OUTBOX_BATCH 64

struct outbox_relay;

enum status outbox_relay_open(const struct service_settings *settings, outbox_deliver *deliver, void *arg,
                              struct outbox_relay **ret_relay, struct error *err) MUST_CHECK;
void outbox_relay_close(struct outbox_relay *relay);    /* accepts NULL; waits for a delivery under way */

/* How things stand: for people. */
struct outbox_state {
    int64_t due;
    int64_t failed;
    int64_t age_us;                 /* of the oldest that is due; 0 when there is none */
};
enum db_outcome outbox_look(struct db *db, struct outbox_state *ret_state, struct arena *arena, struct error *err) MUST_CHECK;

/* All that failed comes due again; *ret_count: how many. */
enum db_outcome outbox_replay(struct db *db, int64_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

/* The command "outbox" of every service: prints how things stand; "outbox replay" replays first. Returns the exit code. */
int outbox_command(void *settings, int argc, char **argv);

#endif
