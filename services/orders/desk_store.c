/* Rows for staff. */
#include "desk_store.h"

#include "desk_sql.h"

static const struct db_column work_columns[] = {
    DB_COLUMN(struct desk_work, placed),
    DB_COLUMN(struct desk_work, paid),
    DB_COLUMN(struct desk_work, confirmed),
    DB_COLUMN(struct desk_work, partly_shipped),
    DB_COLUMN(struct desk_work, shipped),
    DB_COLUMN(struct desk_work, pending_payment),
    DB_COLUMN(struct desk_work, returns_requested),
    DB_COLUMN(struct desk_work, failed_tasks),
    DB_COLUMN(struct desk_work, payments_in_review),
    DB_COLUMN(struct desk_work, refunds_in_review),
    DB_COLUMN(struct desk_work, failed_messages),
};
static const struct db_shape work_shape = DB_SHAPE(struct desk_work, work_columns);

enum db_outcome desk_store_count_work(struct db *db, struct desk_work *ret_work, struct arena *arena, struct error *err)
{
    return db_one(db, &sql_desk_count_work, DB_NO_ARGS, &work_shape, ret_work, arena, err);
}

static const struct db_column refund_columns[] = {
    DB_COLUMN(struct desk_refund, refund_id),     DB_COLUMN(struct desk_refund, order_id),
    DB_COLUMN(struct desk_refund, order_number),  DB_COLUMN(struct desk_refund, method),
    DB_COLUMN(struct desk_refund, amount_minor),  DB_COLUMN(struct desk_refund, currency_code),
    DB_COLUMN(struct desk_refund, reason),        DB_COLUMN(struct desk_refund, detail),
    DB_COLUMN(struct desk_refund, changed_at_us),
};
static const struct db_shape refund_shape = DB_SHAPE(struct desk_refund, refund_columns);

enum db_outcome desk_store_list_refund_reviews(struct db *db, int64_t limit, struct desk_refund **ret_refunds,
                                               size_t *ret_count, struct arena *arena, struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_desk_list_refund_reviews, DB_ARGS(DB_ARG(limit)), &refund_shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_refunds = rows;
    return outcome;
}

enum db_outcome desk_store_find_orders(struct db *db, const struct desk_search *search, struct order_summary **ret_orders,
                                       size_t *ret_count, struct arena *arena, struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome = db_all(db, &sql_desk_find_orders,
                                     DB_ARGS(DB_ARG(search->order_number), DB_ARG(search->phone), DB_ARG(search->email),
                                             DB_ARG(search->invoice_number)),
                                     &orders_store_summary_shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_orders = rows;
    return outcome;
}
