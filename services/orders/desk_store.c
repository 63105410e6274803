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
};
static const struct db_shape work_shape = DB_SHAPE(struct desk_work, work_columns);

enum db_outcome desk_store_count_work(struct db *db, struct desk_work *ret_work, struct arena *arena, struct error *err)
{
    return db_one(db, &sql_desk_count_work, DB_NO_ARGS, &work_shape, ret_work, arena, err);
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
