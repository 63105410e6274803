/* Orders that were never confirmed. */
#include "cod_steps.h"

#include "clock.h"
#include "order.h"
#include "orders_state.h"

struct expiry {
    struct orders_turn turn;
    struct arena *arena;
};

static enum status send_expiry(struct db *db, void *arg, struct error *err)
{
    (void)err;
    const struct expiry *expiry = arg;
    orders_send_turn(db, &expiry->turn, expiry->arena);
    return STATUS_OK;
}

/* A change by somebody else meanwhile is a failure for now: the order is looked at again. */
static enum status expire(const struct saga_room *room, const char *order_id, struct error *err)
{
    struct order_record order;
    const struct order_transition *transition = NULL;
    enum db_outcome outcome = orders_store_find(room->db, order_id, NULL, NULL, &order, room->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "the order could not be loaded");
    if (order_status_of(order.status) != ORDER_PLACED)
        return STATUS_OK;
    if (order_decide(ORDER_PLACED, ORDER_EXPIRE, ORDER_BY_SHOP, &transition, err) != STATUS_OK)
        return err->status;
    struct expiry expiry = {.turn = {.order = &order,
                                     .transition = transition,
                                     .what = "",
                                     .note = "Nobody confirmed it.",
                                     .now_us = clock_now_us()},
                            .arena = room->arena};
    return db_transact(room->db, send_expiry, &expiry, err);
}

void cod_steps_expire(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        errands[i].is_done = expire(room, errands[i].task->order_id, &errands[i].err) == STATUS_OK;
}
