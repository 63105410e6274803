/*
 * What orders tells of an order, as events of proto/events.proto in the outbox. For use inside db_transact(), after the
 * statement that changes the order's row. The key is the order's id.
 */
#ifndef ORDERS_ORDER_EVENTS_H
#define ORDERS_ORDER_EVENTS_H

#include "orders_store.h"

/* What an event says beside the order; leave out (NULL, 0) what does not apply. */
struct order_event_note {
    const char *status;             /* the new one; NULL: that of the record, which may have been loaded before the change */
    const char *subject_id;         /* UUID of the refund, return, shipment or payment attempt */
    const char *reason;
    int64_t amount_minor;           /* in the order's currency; 0: none */
    const char *carrier;
    const char *tracking_number;
    const char *tracking_url;
};

/* `topic`: one of OrderEvent's ("order.shipped"). `note` may be NULL. Temporaries go into the arena. */
void order_events_send(struct db *db, const char *topic, const struct order_record *order,
                       const struct order_event_note *note, struct arena *arena);

/* A code for the contact's phone: "order.confirm_code" or "order.delivery_code". */
void order_events_send_code(struct db *db, const char *topic, const struct order_record *order, const char *code);

#endif
