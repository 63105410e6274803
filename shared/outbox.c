/* An event as a row. */
#include "outbox.h"

#include <stdlib.h>
#include <jansson.h>

#include "clock.h"
#include "outbox_sql.h"
#include "pbjson.h"
#include "uuid.h"

void outbox_send(struct db *db, const struct outbox_event *event)
{
    char id[UUID_SIZE];
    uuid_v7(clock_now_us(), id);
    db_send(db, &sql_outbox_insert,
            DB_ARGS(DB_ARG((const char *)id), DB_ARG(event->topic), DB_ARG(event->key), DB_ARG(event->payload_json)));
}

void outbox_send_message(struct db *db, const char *topic, const char *key, const ProtobufCMessage *message)
{
    json_t *tree = pbjson_encode(message);
    char *text = json_dumps(tree, JSON_COMPACT);
    outbox_send(db, &(struct outbox_event){.topic = topic, .key = key, .payload_json = text});
    free(text);
    json_decref(tree);
}
