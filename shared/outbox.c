/* An event as a row. */
#include "outbox.h"

#include "clock.h"
#include "outbox_sql.h"
#include "uuid.h"

void outbox_send(struct db *db, const struct outbox_event *event)
{
    char id[UUID_SIZE];
    uuid_v7(clock_now_us(), id);
    db_send(db, &sql_outbox_insert, DB_ARGS(DB_ARG((const char *)id), DB_ARG(event->topic), DB_ARG(event->key),
                                            DB_ARG(event->payload_json)));
}
