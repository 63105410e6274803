/* An order, or a code of it, as the payload of an event. */
#include "order_events.h"

#include "clock.h"
#include "events.pb-c.h"
#include "money.h"
#include "order.h"
#include "order_view.h"
#include "outbox.h"

static char *text_or_empty(const char *text)
{
    return (char *)(text ? text : "");
}

static Events__V1__EventLine *line_of(const struct order_line *line, const char *currency_code, struct arena *arena)
{
    Events__V1__EventLine *message = ARENA_NEW(arena, Events__V1__EventLine);
    events__v1__event_line__init(message);
    message->variant_id = (char *)line->variant_id;
    message->sku = (char *)line->sku;
    message->title = line->variant_title[0] == '\0'
                         ? (char *)line->product_title
                         : arena_printf(arena, "%s, %s", line->product_title, line->variant_title);
    message->quantity = line->quantity;
    message->line_total = money_message(arena, line->line_total_minor, currency_code);
    return message;
}

static void fill_order(Events__V1__OrderEvent *event, const struct order_record *order, struct arena *arena)
{
    Orders__V1__Order shown = ORDERS__V1__ORDER__INIT;
    order_view(order, ORDER_BY_STAFF, arena, &shown);
    event->id = shown.id;
    event->number = shown.number;
    event->country_code = shown.country_code;
    event->totals = shown.totals;
    event->payment_method = shown.payment->method;
    event->contact = shown.contact;
    event->placed_at = shown.placed_at;
    event->lines = ARENA_ARRAY(arena, Events__V1__EventLine *, order->line_count);
    for (; event->n_lines < order->line_count; event->n_lines++)
        event->lines[event->n_lines] = line_of(&order->lines[event->n_lines], order->currency_code, arena);
}

void order_events_send(struct db *db, const char *topic, const struct order_record *order,
                       const struct order_event_note *note, struct arena *arena)
{
    static const struct order_event_note nothing;
    Events__V1__OrderEvent event = EVENTS__V1__ORDER_EVENT__INIT;
    note = note ? note : &nothing;
    fill_order(&event, order, arena);
    event.status = (Orders__V1__OrderStatus)order_status_of(note->status ? note->status : order->status);
    event.subject_id = text_or_empty(note->subject_id);
    event.reason = text_or_empty(note->reason);
    event.carrier = text_or_empty(note->carrier);
    event.tracking_number = text_or_empty(note->tracking_number);
    event.tracking_url = text_or_empty(note->tracking_url);
    if (note->amount_minor != 0)
        event.amount = money_message(arena, note->amount_minor, order->currency_code);
    outbox_send_message(db, topic, order->id, &event.base);
}

void order_events_send_code(struct db *db, const char *topic, const struct order_record *order, const char *code)
{
    Events__V1__CodeEvent event = EVENTS__V1__CODE_EVENT__INIT;
    event.order_id = (char *)order->id;
    event.number = (char *)order->number;
    event.country_code = (char *)order->country_code;
    event.phone = (char *)order->contact_phone;
    event.code = (char *)code;
    outbox_send_message(db, topic, order->id, &event.base);
}
