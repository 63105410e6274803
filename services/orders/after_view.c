/* What happened to an order, as messages. */
#include <string.h>

#include "after.h"
#include "after_return.h"
#include "clock.h"
#include "money.h"

static size_t line_at(const struct after_state *state, int64_t position)
{
    size_t i = 0;
    while (i + 1 < state->line_count && state->lines[i].position != position)
        i++;
    return i;
}

static Orders__V1__SoldUnits *units_of(const struct after_job *job, int64_t position, int64_t quantity)
{
    size_t i = line_at(&job->state, position);
    Orders__V1__SoldUnits *units = ARENA_NEW(job->call->arena, Orders__V1__SoldUnits);
    orders__v1__sold_units__init(units);
    units->variant_id = (char *)job->state.lines[i].variant_id;
    units->product_title = (char *)job->state.words[i].product_title;
    units->variant_title = (char *)job->state.words[i].variant_title;
    units->sku = (char *)job->state.words[i].sku;
    units->quantity = quantity;
    return units;
}

void after_view_shipment(const struct after_job *job, const struct after_shipment *shipment, Orders__V1__Shipment *reply)
{
    struct arena *arena = job->call->arena;
    const struct after_parts *parts = &shipment->parts;
    reply->id = (char *)shipment->id;
    reply->order_id = (char *)shipment->order_id;
    reply->number = shipment->number;
    reply->state =
        shipment->delivered_at_us ? ORDERS__V1__SHIPMENT__STATE__DELIVERED : ORDERS__V1__SHIPMENT__STATE__ON_ITS_WAY;
    reply->carrier = (char *)shipment->carrier;
    reply->tracking_number = (char *)shipment->tracking_number;
    reply->tracking_url = (char *)shipment->tracking_url;
    reply->note = (char *)shipment->note;
    reply->lines = ARENA_ARRAY(arena, Orders__V1__SoldUnits *, parts->positions.count);
    for (; reply->n_lines < parts->positions.count; reply->n_lines++)
        reply->lines[reply->n_lines] =
            units_of(job, parts->positions.values[reply->n_lines], parts->quantities.values[reply->n_lines]);
    reply->shipped_at = clock_to_timestamp(arena, shipment->shipped_at_us);
    if (shipment->delivered_at_us)
        reply->delivered_at = clock_to_timestamp(arena, shipment->delivered_at_us);
}

static Orders__V1__Refund__State refund_state_of(const struct after_credit *credit)
{
    static const struct {
        const char *name;
        Orders__V1__Refund__State state;
    } states[] = {
        {"", ORDERS__V1__REFUND__STATE__TAKEN_OFF},          {"requested", ORDERS__V1__REFUND__STATE__REQUESTED},
        {"sending", ORDERS__V1__REFUND__STATE__REQUESTED},   {"pending", ORDERS__V1__REFUND__STATE__PENDING},
        {"succeeded", ORDERS__V1__REFUND__STATE__SUCCEEDED}, {"failed", ORDERS__V1__REFUND__STATE__FAILED},
        {"review", ORDERS__V1__REFUND__STATE__REVIEW},
    };
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(states[i].name, credit->refund_state) == 0)
            return states[i].state;
    return ORDERS__V1__REFUND__STATE__STATE_UNSPECIFIED;
}

static Orders__V1__RefundedUnits *refunded_units_of(const struct after_job *job, const struct after_credit *credit, size_t i)
{
    Orders__V1__RefundedUnits *units = ARENA_NEW(job->call->arena, Orders__V1__RefundedUnits);
    orders__v1__refunded_units__init(units);
    units->units = units_of(job, credit->positions.values[i],
                            credit->dropped.values[i] + credit->credited.values[i] + credit->returned.values[i]);
    units->amount = money_message(job->call->arena, credit->amounts_minor.values[i], credit->currency_code);
    units->restocked = credit->restocked.values[i];
    return units;
}

void after_view_credit(const struct after_job *job, const struct after_credit *credit, Orders__V1__Refund *reply)
{
    struct arena *arena = job->call->arena;
    reply->id = (char *)credit->id;
    reply->order_id = (char *)credit->order_id;
    reply->state = refund_state_of(credit);
    reply->amount = money_message(arena, credit->amount_minor, credit->currency_code);
    reply->vat = money_message(arena, credit->vat_minor, credit->currency_code);
    reply->reason = (char *)credit->reason;
    reply->lines = ARENA_ARRAY(arena, Orders__V1__RefundedUnits *, credit->positions.count);
    for (; reply->n_lines < credit->positions.count; reply->n_lines++)
        reply->lines[reply->n_lines] = refunded_units_of(job, credit, reply->n_lines);
    reply->with_delivery = credit->with_delivery;
    reply->return_id = (char *)(credit->return_id ? credit->return_id : "");
    reply->made_at = clock_to_timestamp(arena, credit->made_at_us);
}

static Orders__V1__ReturnedUnits *returned_units_of(const struct after_job *job, const struct after_return *shown, size_t i)
{
    Orders__V1__ReturnedUnits *units = ARENA_NEW(job->call->arena, Orders__V1__ReturnedUnits);
    orders__v1__returned_units__init(units);
    units->units = units_of(job, shown->parts.positions.values[i], shown->parts.quantities.values[i]);
    units->received = shown->received.values[i];
    units->restocked = shown->restocked.values[i];
    units->condition = (Orders__V1__Return__Condition)after_return_condition_of(shown->conditions.values[i]);
    return units;
}

void after_view_return(const struct after_job *job, const struct after_return *shown, Orders__V1__Return *reply)
{
    struct arena *arena = job->call->arena;
    enum return_state state = after_return_state_of(shown->state);
    reply->id = (char *)shown->id;
    reply->order_id = (char *)shown->order_id;
    reply->order_number = (char *)job->order.number;
    reply->number = shown->number;
    reply->state = (Orders__V1__Return__State)state;
    reply->reason = (Orders__V1__Return__Reason)after_return_reason_of(shown->reason);
    reply->note = (char *)shown->note;
    reply->answer = (char *)shown->answer;
    reply->lines = ARENA_ARRAY(arena, Orders__V1__ReturnedUnits *, shown->parts.positions.count);
    for (; reply->n_lines < shown->parts.positions.count; reply->n_lines++)
        reply->lines[reply->n_lines] = returned_units_of(job, shown, reply->n_lines);
    reply->refund_id = (char *)(shown->credit_id ? shown->credit_id : "");
    reply->can_withdraw =
        orders_actor(job->call) == ORDER_BY_CUSTOMER && (state == RETURN_REQUESTED || state == RETURN_APPROVED);
    reply->requested_at = clock_to_timestamp(arena, shown->requested_at_us);
    if (shown->received_at_us)
        reply->received_at = clock_to_timestamp(arena, shown->received_at_us);
}

/* ---- on the order ---- */

int64_t after_return_until(const struct after_job *job)
{
    const Types__V1__Market *market = markets_find(job->self->markets, job->order.country_code);
    int64_t last_us = 0;
    for (size_t i = 0; i < job->state.shipment_count; i++)
        if (job->state.shipments[i].delivered_at_us > last_us)
            last_us = job->state.shipments[i].delivered_at_us;
    return after_return_until_us(last_us, market ? market->return_days : 0);
}

static void show_lines(const struct after_job *job, bool is_in_time, Orders__V1__Order *reply)
{
    for (size_t i = 0; i < reply->n_lines && i < job->state.line_count; i++) {
        const struct after_line *line = &job->state.lines[i];
        Orders__V1__OrderLine *shown = reply->lines[i];
        shown->shipped = line->shipped;
        shown->delivered = line->delivered;
        shown->dropped = line->dropped;
        shown->to_ship = after_units_left(line, AFTER_SHIP);
        shown->returnable = is_in_time ? after_units_left(line, AFTER_RETURN) : 0;
        reply->can_return = reply->can_return || shown->returnable > 0;
    }
}

#define SHOW_ALL(job, items, count, Message, init, view, list, number)                                                      \
    (list) = ARENA_ARRAY((job)->call->arena, Message *, (count));                                                           \
    for (; (number) < (count); (number)++) {                                                                                \
        (list)[number] = ARENA_NEW((job)->call->arena, Message);                                                            \
        init((list)[number]);                                                                                               \
        view((job), &(items)[number], (list)[number]);                                                                      \
    }

void after_show(const struct after_job *job, Orders__V1__Order *reply)
{
    const struct after_state *state = &job->state;
    int64_t until_us = after_return_until(job);
    orders_show(&job->order, job->call, reply);
    show_lines(job, job->now_us < until_us, reply);
    SHOW_ALL(job, state->shipments, state->shipment_count, Orders__V1__Shipment, orders__v1__shipment__init,
             after_view_shipment, reply->shipments, reply->n_shipments)
    SHOW_ALL(job, state->credits, state->credit_count, Orders__V1__Refund, orders__v1__refund__init, after_view_credit,
             reply->refunds, reply->n_refunds)
    SHOW_ALL(job, state->returns, state->return_count, Orders__V1__Return, orders__v1__return__init, after_view_return,
             reply->returns, reply->n_returns)
    if (until_us)
        reply->return_until = clock_to_timestamp(job->call->arena, until_us);
}

/* ---- finding ---- */

const struct after_shipment *after_find_shipment(const struct after_state *state, const char *id)
{
    for (size_t i = 0; i < state->shipment_count; i++)
        if (strcmp(state->shipments[i].id, id) == 0)
            return &state->shipments[i];
    return NULL;
}

const struct after_credit *after_find_credit(const struct after_state *state, const char *id)
{
    for (size_t i = 0; i < state->credit_count; i++)
        if (strcmp(state->credits[i].id, id) == 0)
            return &state->credits[i];
    return NULL;
}

const struct after_return *after_find_return(const struct after_state *state, const char *id)
{
    for (size_t i = 0; i < state->return_count; i++)
        if (strcmp(state->returns[i].id, id) == 0)
            return &state->returns[i];
    return NULL;
}
