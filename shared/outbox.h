/*
 * The outbox: events that a service tells the others, written in the transaction of the change that they tell of, and so told
 * exactly when it happened. outbox_relay.h brings them to their consumer, at least once, in order for each key.
 *
 * A service has the table outbox_event in its schema (its schema/NNNN_outbox.sql). Events of one key are ordered by when they
 * were written, so write them after a statement of the same transaction that locks what the key names (the row of the order,
 * of the variant): then the order of writing is the order of committing.
 */
#ifndef PORTAL_OUTBOX_H
#define PORTAL_OUTBOX_H

#include <protobuf-c/protobuf-c.h>

#include "db.h"

struct outbox_event {
    const char *topic;              /* "order.placed": of the table in proto/events.proto */
    const char *key;                /* UUID or other name of what changed */
    const char *payload_json;       /* the topic's message of proto/events.proto, by pbjson */
};

/* Inside db_transact(): writes the event, and wakes the relays at the commit. Everything is copied. */
void outbox_send(struct db *db, const struct outbox_event *event);

/* The same from the topic's message. */
void outbox_send_message(struct db *db, const char *topic, const char *key, const ProtobufCMessage *message);

#endif
