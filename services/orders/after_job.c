/* What the calls after the sale share: loading, the line of history, the parts of a form. */
#include "after.h"

#include <string.h>

#include "service.h"

enum status after_job_load(struct after_job *job, const char *id_or_number, struct error *err)
{
    if (orders_load(job->call, id_or_number, &job->order, err) != STATUS_OK)
        return err->status;
    enum db_outcome outcome = after_store_load(service_db(job->call), job->order.id, &job->state, job->call->arena, err);
    return outcome == DB_OK
               ? STATUS_OK
               : error_set(err, db_status(outcome), "Orders cannot be reached at the moment. Try again shortly.");
}

enum status after_job_reload(struct db *db, struct after_job *job, struct error *err)
{
    enum db_outcome outcome = db_flush(db, err);
    if (outcome != DB_OK)
        return err->status;
    return after_job_load(job, job->order.id, err);
}

enum status after_job_turn(struct db *db, const struct after_job *job, enum order_event event, const char *what,
                           const char *note, struct error *err)
{
    struct orders_turn turn = {.self = job->self,
                               .order = &job->order,
                               .what = what,
                               .note = note,
                               .made_by = job->call->meta.caller->subject,
                               .now_us = job->now_us};
    if (event != 0 &&
        order_decide(order_status_of(job->order.status), event, ORDER_BY_STAFF, &turn.transition, err) != STATUS_OK)
        return err->status;
    orders_send_turn(db, &turn, job->call->arena);
    return STATUS_OK;
}

enum status after_job_status(const struct after_job *job, enum status status, struct error *err)
{
    if (status == STATUS_ALREADY_EXISTS && after_store_is_over(service_db(job->call)))
        return error_set(err, STATUS_FAILED_PRECONDITION, "That was done already. Look at the order again.");
    return status;
}

static bool has_delivered(const struct after_state *state)
{
    for (size_t i = 0; i < state->shipment_count; i++)
        if (state->shipments[i].delivered_at_us != 0)
            return true;
    return false;
}

enum status after_follow_event(struct db *db, struct after_job *job, enum order_event event, const char *note,
                               struct error *err)
{
    switch (event) {
    case ORDER_SHIP:
        return after_ship_rest(db, job, note, err);
    case ORDER_SHIP_PART:
        return error_field(err, "event", "unknown", "Say which units are in the parcel: make a shipment of them.");
    case ORDER_DELIVER:
        after_store_send_delivered(db, job->order.id, NULL, job->now_us);
        return STATUS_OK;
    case ORDER_RETURN:
        if (has_delivered(&job->state))
            return error_set(err, STATUS_FAILED_PRECONDITION,
                             "A parcel of this order was handed over. Refund the lines of the one that came back.");
        return after_give_back(db, job, note, err);
    case ORDER_CANCEL:
        return after_give_back(db, job, note, err);
    default:
        return STATUS_OK;
    }
}

enum status after_form_units(Orders__V1__Units *const *lines, size_t line_count, const Orders__V1__Units *line,
                             struct arena *arena, struct after_units **ret_units, size_t *ret_count, struct error *err)
{
    if (line_count > AFTER_LINES_MAX)
        return error_field(err, "lines", "too_long", "At most %d lines are named at once.", AFTER_LINES_MAX);
    struct after_units *units = ARENA_ARRAY(arena, struct after_units, line_count + 1);
    for (size_t i = 0; i < line_count; i++)
        units[i] = (struct after_units){lines[i]->variant_id, lines[i]->quantity};
    if (line)
        units[line_count] = (struct after_units){line->variant_id, line->quantity};
    *ret_units = units;
    *ret_count = line_count + (line ? 1 : 0);
    return STATUS_OK;
}

struct after_parts after_parts_of(const struct after_state *state, const int64_t *taken, struct arena *arena)
{
    int64_t *positions = ARENA_ARRAY(arena, int64_t, state->line_count);
    int64_t *quantities = ARENA_ARRAY(arena, int64_t, state->line_count);
    size_t count = 0;
    for (size_t i = 0; i < state->line_count; i++) {
        if (taken[i] == 0)
            continue;
        positions[count] = state->lines[i].position;
        quantities[count++] = taken[i];
    }
    return (struct after_parts){{positions, count}, {quantities, count}};
}
