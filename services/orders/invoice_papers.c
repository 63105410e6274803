/* Finds out which papers an order lacks, and makes them. */
#include "invoice_papers.h"

#include "invoice.h"
#include "invoice_issue.h"
#include "invoice_store.h"
#include "order.h"

#define NOT_TAKEN "Came back without having been paid."

static bool is_due(const struct order_record *order, struct arena *arena)
{
    const char **statuses = ARENA_ARRAY(arena, const char *, order->step_count);
    for (size_t i = 0; i < order->step_count; i++)
        statuses[i] = order->steps[i].status;
    return invoice_is_due(statuses, order->step_count);
}

static enum status credit(const struct saga_room *room, const char *order_id, const struct invoice_uncredited *what,
                          struct error *err)
{
    const struct invoice_credit wish = {order_id, what->source_id, what->amount_minor, what->reason};
    return invoice_issue_credit(room->db, &wish, room->arena, err);
}

static enum status credit_all(const struct saga_room *room, const struct order_record *order, struct error *err)
{
    struct invoice_uncredited *rows = NULL;
    size_t count = 0;
    enum db_outcome outcome = invoice_store_list_uncredited(room->db, order->id, &rows, &count, room->arena, err);
    enum status status = outcome == DB_OK ? STATUS_OK : db_status(outcome);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = credit(room, order->id, &rows[i], err);
    const struct invoice_uncredited rest = {order->id, 0, NOT_TAKEN};
    bool was_never_paid = order_payment_of(order->payment_status) == ORDER_PAYMENT_VOID;
    return status == STATUS_OK && was_never_paid ? credit(room, order->id, &rest, err) : status;
}

static enum status make(const struct saga_room *room, const char *order_id, struct error *err)
{
    struct order_record order;
    enum db_outcome outcome = orders_store_find(room->db, order_id, NULL, NULL, &order, room->arena, err);
    if (outcome != DB_OK)
        return error_set(err, db_status(outcome), "the order cannot be read");
    if (!is_due(&order, room->arena))
        return STATUS_OK;
    enum status status = invoice_issue(room->db, room->shop->markets, order_id, room->arena, err);
    return status == STATUS_OK ? credit_all(room, &order, err) : status;
}

void invoice_papers_make(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        errands[i].is_done = make(room, errands[i].task->order_id, &errands[i].err) == STATUS_OK;
}
