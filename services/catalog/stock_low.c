/* Looks for variants that ran low, and tells of each. */
#include "stock_low.h"

#include "events.pb-c.h"
#include "outbox.h"
#include "product.h"
#include "stock_sql.h"

struct name_row {
    const char *handle;
    const char *title;
    const char *options[PRODUCT_OPTIONS_MAX];
    const char *sku;
};

static const struct db_column name_columns[] = {
    DB_COLUMN(struct name_row, handle),     DB_COLUMN(struct name_row, title),      DB_COLUMN(struct name_row, options[0]),
    DB_COLUMN(struct name_row, options[1]), DB_COLUMN(struct name_row, options[2]), DB_COLUMN(struct name_row, sku),
};
static const struct db_shape name_shape = DB_SHAPE(struct name_row, name_columns);

static const char *title_of(const struct name_row *name, struct arena *arena)
{
    const char *variant = product_variant_title(name->options, arena);
    return *variant ? arena_printf(arena, "%s (%s)", name->title, variant) : name->title;
}

static enum status tell(struct db *db, const struct stock_level *level, int64_t left, struct arena *arena, struct error *err)
{
    struct name_row name = {0};
    enum db_outcome outcome = db_one(db, &sql_stock_name_variant, DB_ARGS(DB_ARG((const char *)level->variant_id)),
                                     &name_shape, &name, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    Events__V1__StockEvent event = EVENTS__V1__STOCK_EVENT__INIT;
    event.variant_id = (char *)level->variant_id;
    event.product_handle = (char *)name.handle;
    event.title = (char *)title_of(&name, arena);
    event.sku = (char *)name.sku;
    event.available = left;
    event.low_stock_at = level->low_at;
    outbox_send_message(db, "stock.low", level->variant_id, &event.base);
    return STATUS_OK;
}

enum status stock_low_send(struct db *db, const struct stock_levels *levels, struct arena *arena, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t first = 0; first < levels->count && status == STATUS_OK;) {
        struct stock_levels own = stock_levels_of(levels, levels->list[first].variant_id);
        int64_t left;
        if (stock_runs_low(&own, &left))
            status = tell(db, own.list, left, arena, err);
        first += own.count;
    }
    return status;
}
