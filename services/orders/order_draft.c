/* An order being put together. */
#include "order_draft.h"

#include "clock.h"
#include "order.h"
#include "uuid.h"

static struct order_step *first_step(const struct order_record *order, struct arena *arena)
{
    struct order_step *step = ARENA_NEW(arena, struct order_step);
    *step = (struct order_step){.status = order->status, .what = "", .note = "", .made_at_us = order->placed_at_us};
    return step;
}

void order_draft_head(struct order_record *order, const struct checkout_form *form, const char *subject, int64_t now_us,
                      struct arena *arena)
{
    const Types__V1__Address *address = form->address;
    *order = (struct order_record){
        .id = uuid_new(arena),
        .subject = subject,
        .status = order_status_name(ORDER_PLACED),
        .version = 1,
        .country_code = form->market->country_code,
        .currency_code = form->market->currency_code,
        .contact_name = form->name,
        .contact_phone = form->phone,
        .contact_email = form->email,
        .recipient = address->recipient,
        .recipient_phone = address->phone,
        .line1 = address->line1,
        .line2 = address->line2,
        .landmark = address->landmark,
        .city = address->city,
        .region = address->region,
        .postal_code = address->postal_code,
        .note = form->note,
        .placed_at_us = now_us,
        .payment_method = order_method_name(form->payment_method),
        .payment_status = order_payment_name(ORDER_PAYMENT_TO_COLLECT),
        .step_count = 1,
    };
    order->steps = first_step(order, arena);
}

void order_draft_prepaid(struct order_record *order, int64_t window_s)
{
    order->status = order_status_name(ORDER_PENDING_PAYMENT);
    order->steps[0].status = order->status;
    order->payment_status = order_payment_name(ORDER_PAYMENT_AWAITED);
    order->pay_until_us = order->placed_at_us + window_s * US_PER_S;
}

static struct order_line line_of(const Catalog__V1__VariantQuote *quote, int64_t quantity)
{
    const Types__V1__Picture *picture = quote->picture;
    return (struct order_line){.variant_id = quote->variant_id,
                               .product_handle = quote->product_handle,
                               .product_title = quote->product_title,
                               .variant_title = quote->variant_title,
                               .sku = quote->sku,
                               .picture_url = picture ? picture->url : "",
                               .picture_srcset = picture ? picture->srcset : "",
                               .picture_alt = picture ? picture->alt : "",
                               .picture_width = picture ? picture->width : 0,
                               .picture_height = picture ? picture->height : 0,
                               .awaited = quote->awaited,
                               .expected_at_us = quote->awaited > 0 ? clock_from_timestamp(quote->available_from) : 0,
                               .unit_price_minor = quote->price->amount_minor,
                               .quantity = quantity};
}

static enum status add_up(struct order_record *order, const Types__V1__Market *market, struct arena *arena,
                          struct error *err)
{
    int64_t *unit_prices = ARENA_ARRAY(arena, int64_t, order->line_count);
    int64_t *quantities = ARENA_ARRAY(arena, int64_t, order->line_count);
    int64_t *line_totals = ARENA_ARRAY(arena, int64_t, order->line_count);
    struct totals totals;
    for (size_t i = 0; i < order->line_count; i++) {
        unit_prices[i] = order->lines[i].unit_price_minor;
        quantities[i] = order->lines[i].quantity;
    }
    if (order_price(market, unit_prices, quantities, order->line_count, order->placed_at_us, line_totals, &totals, err) !=
        STATUS_OK)
        return err->status;
    for (size_t i = 0; i < order->line_count; i++)
        order->lines[i].line_total_minor = line_totals[i];
    order->subtotal_minor = totals.subtotal_minor;
    order->delivery_minor = totals.delivery_minor;
    order->vat_minor = totals.vat_minor;
    order->total_minor = totals.total_minor;
    order->payment_minor = totals.total_minor;
    order->vat_basis_points = totals.vat_basis_points;
    order->vat_included = totals.vat_included;
    return STATUS_OK;
}

enum status order_draft_lines(struct order_record *order, const struct checkout_form *form, const Cart__V1__Cart *cart,
                              const Catalog__V1__ReserveStockReply *reserved, struct arena *arena, struct error *err)
{
    order->cart_id = cart->id;
    order->line_count = cart->n_items;
    order->lines = ARENA_ARRAY(arena, struct order_line, cart->n_items);
    for (size_t i = 0; i < cart->n_items; i++) {
        order->lines[i] = line_of(reserved->quotes[i], cart->items[i]->quantity);
        order->item_count += cart->items[i]->quantity;
    }
    return add_up(order, form->market, arena, err);
}
