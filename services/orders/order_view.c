/* How an order is shown. */
#include "order_view.h"

#include "clock.h"
#include "money.h"
#include "payment_view.h"

static Types__V1__Picture *picture_of(struct arena *arena, const char *url, const char *srcset, const char *alt,
                                      int64_t width, int64_t height)
{
    if (url[0] == '\0')
        return NULL;
    Types__V1__Picture *picture = ARENA_NEW(arena, Types__V1__Picture);
    types__v1__picture__init(picture);
    picture->url = (char *)url;
    picture->srcset = (char *)srcset;
    picture->alt = (char *)alt;
    picture->width = (int32_t)width;
    picture->height = (int32_t)height;
    return picture;
}

static Orders__V1__OrderLine *line_of(const struct order_line *line, const char *currency_code, struct arena *arena)
{
    Orders__V1__OrderLine *message = ARENA_NEW(arena, Orders__V1__OrderLine);
    orders__v1__order_line__init(message);
    message->variant_id = (char *)line->variant_id;
    message->product_handle = (char *)line->product_handle;
    message->product_title = (char *)line->product_title;
    message->variant_title = (char *)line->variant_title;
    message->sku = (char *)line->sku;
    message->unit_price = money_message(arena, line->unit_price_minor, currency_code);
    message->quantity = line->quantity;
    message->line_total = money_message(arena, line->line_total_minor, currency_code);
    message->picture = picture_of(arena, line->picture_url, line->picture_srcset, line->picture_alt, line->picture_width,
                                  line->picture_height);
    message->awaited = line->awaited;
    message->expected_at = clock_to_timestamp(arena, line->expected_at_us);
    return message;
}

static Orders__V1__OrderStep *step_of(const struct order_step *step, struct arena *arena)
{
    Orders__V1__OrderStep *message = ARENA_NEW(arena, Orders__V1__OrderStep);
    orders__v1__order_step__init(message);
    message->status = (Orders__V1__OrderStatus)order_status_of(step->status);
    message->at = clock_to_timestamp(arena, step->made_at_us);
    message->note = (char *)step->note;
    message->what = (Orders__V1__OrderStep__What)order_what_of(step->what);
    return message;
}

static Types__V1__Totals *totals_of(const struct order_record *order, struct arena *arena)
{
    const struct totals totals = {.subtotal_minor = order->subtotal_minor,
                                  .delivery_minor = order->delivery_minor,
                                  .vat_minor = order->vat_minor,
                                  .total_minor = order->total_minor,
                                  .vat_basis_points = (int32_t)order->vat_basis_points,
                                  .vat_included = order->vat_included};
    return totals_message(arena, &totals, order->currency_code);
}

static Types__V1__Address *address_of(const struct order_record *order, struct arena *arena)
{
    Types__V1__Address *address = ARENA_NEW(arena, Types__V1__Address);
    types__v1__address__init(address);
    address->recipient = (char *)order->recipient;
    address->phone = (char *)order->recipient_phone;
    address->line1 = (char *)order->line1;
    address->line2 = (char *)order->line2;
    address->landmark = (char *)order->landmark;
    address->city = (char *)order->city;
    address->region = (char *)order->region;
    address->postal_code = (char *)order->postal_code;
    address->country_code = (char *)order->country_code;
    return address;
}

static Orders__V1__Contact *contact_of(const struct order_record *order, struct arena *arena)
{
    Orders__V1__Contact *contact = ARENA_NEW(arena, Orders__V1__Contact);
    orders__v1__contact__init(contact);
    contact->name = (char *)order->contact_name;
    contact->phone = (char *)order->contact_phone;
    contact->email = (char *)order->contact_email;
    return contact;
}

static Orders__V1__Payment *payment_of(const struct order_record *order, enum order_actor who, struct arena *arena)
{
    Orders__V1__Payment *payment = ARENA_NEW(arena, Orders__V1__Payment);
    orders__v1__payment__init(payment);
    payment->method = order_method_of(order->payment_method);
    payment->status = (Orders__V1__Payment__Status)order_payment_of(order->payment_status);
    payment->amount = money_message(arena, order->payment_minor, order->currency_code);
    if (order->attempt.id)
        payment->attempt = payment_view(&order->attempt, order->currency_code, who, arena);
    if (order->pay_until_us != 0)
        payment->pay_until = clock_to_timestamp(arena, order->pay_until_us);
    payment->can_pay = order_status_of(order->status) == ORDER_PENDING_PAYMENT;
    return payment;
}

/* What is still to be paid, now or at the door. */
static int64_t due_of(const struct order_record *order)
{
    enum order_payment payment = order_payment_of(order->payment_status);
    return payment == ORDER_PAYMENT_TO_COLLECT || payment == ORDER_PAYMENT_AWAITED ? order->payment_minor : 0;
}

static void show_next_events(const struct order_record *order, struct arena *arena, Orders__V1__Order *reply)
{
    enum order_event events[ORDER_EVENT_COUNT];
    size_t count = order_next_events(order_status_of(order->status), ORDER_BY_STAFF, events);
    reply->next_events = ARENA_ARRAY(arena, Orders__V1__OrderEvent, count);
    for (; reply->n_next_events < count; reply->n_next_events++)
        reply->next_events[reply->n_next_events] = (Orders__V1__OrderEvent)events[reply->n_next_events];
}

void order_view(const struct order_record *order, enum order_actor who, struct arena *arena, Orders__V1__Order *reply)
{
    reply->id = (char *)order->id;
    reply->number = (char *)order->number;
    reply->status = (Orders__V1__OrderStatus)order_status_of(order->status);
    reply->country_code = (char *)order->country_code;
    reply->lines = ARENA_ARRAY(arena, Orders__V1__OrderLine *, order->line_count);
    for (; reply->n_lines < order->line_count; reply->n_lines++)
        reply->lines[reply->n_lines] = line_of(&order->lines[reply->n_lines], order->currency_code, arena);
    reply->totals = totals_of(order, arena);
    reply->item_count = order->item_count;
    reply->contact = contact_of(order, arena);
    reply->delivery_address = address_of(order, arena);
    reply->payment = payment_of(order, who, arena);
    reply->amount_due = money_message(arena, due_of(order), order->currency_code);
    reply->refunded = money_message(arena, order->refunded_minor, order->currency_code);
    reply->note = (char *)order->note;
    reply->history = ARENA_ARRAY(arena, Orders__V1__OrderStep *, order->step_count);
    for (; reply->n_history < order->step_count; reply->n_history++)
        reply->history[reply->n_history] = step_of(&order->steps[reply->n_history], arena);
    reply->can_cancel = order_can_cancel(order_status_of(order->status), who);
    reply->placed_at = clock_to_timestamp(arena, order->placed_at_us);
    reply->needs_code = order->needs_code;
    if (who == ORDER_BY_STAFF)
        show_next_events(order, arena, reply);
}

Orders__V1__OrderSummary *order_view_summary(const struct order_summary *order, struct arena *arena)
{
    Orders__V1__OrderSummary *summary = ARENA_NEW(arena, Orders__V1__OrderSummary);
    orders__v1__order_summary__init(summary);
    summary->id = (char *)order->id;
    summary->number = (char *)order->number;
    summary->status = (Orders__V1__OrderStatus)order_status_of(order->status);
    summary->total = money_message(arena, order->total_minor, order->currency_code);
    summary->item_count = order->item_count;
    summary->first_item_title = (char *)order->first_item_title;
    summary->picture = picture_of(arena, order->picture_url, order->picture_srcset, order->picture_alt, order->picture_width,
                                  order->picture_height);
    summary->placed_at = clock_to_timestamp(arena, order->placed_at_us);
    return summary;
}
