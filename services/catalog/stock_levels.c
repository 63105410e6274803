/* Locks stock and sends movements of it: the two ends of every transaction of stock. */
#include "stock_levels.h"

#include <string.h>

#include "stock_sql.h"

/* Locked counts as the database gives them. */
struct level_row {
    const char *variant_id;
    int64_t location_id;
    bool is_active;
    struct db_texts countries;
    int64_t on_hand;
    int64_t reserved;
    int64_t owed;
    int64_t ahead_max;
    int64_t low_at;
};

static const struct db_column level_columns[] = {
    DB_COLUMN(struct level_row, variant_id), DB_COLUMN(struct level_row, location_id),
    DB_COLUMN(struct level_row, is_active),  DB_COLUMN(struct level_row, countries),
    DB_COLUMN(struct level_row, on_hand),    DB_COLUMN(struct level_row, reserved),
    DB_COLUMN(struct level_row, owed),       DB_COLUMN(struct level_row, ahead_max),
    DB_COLUMN(struct level_row, low_at),
};
static const struct db_shape level_shape = DB_SHAPE(struct level_row, level_columns);

static void level_init(struct stock_level *level, const struct level_row *row)
{
    *level = (struct stock_level){
        .location_id = row->location_id,
        .is_active = row->is_active,
        .countries = row->countries.values,
        .country_count = row->countries.count,
        .on_hand = row->on_hand,
        .reserved = row->reserved,
        .owed = row->owed,
        .ahead_max = row->ahead_max,
        .low_at = row->low_at,
    };
    strncpy(level->variant_id, row->variant_id, UUID_SIZE - 1);
}

enum status stock_levels_lock(struct db *db, struct db_texts variant_ids, struct stock_levels *ret_levels,
                              struct arena *arena, struct error *err)
{
    void *found = NULL;
    size_t count = 0;
    enum db_outcome outcome =
        db_all(db, &sql_stock_lock_stock, DB_ARGS(DB_ARG(variant_ids), DB_ARG(STOCK_QUANTITY_MAX), DB_ARG(STOCK_LOW)),
               &level_shape, &found, &count, arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const struct level_row *rows = found;
    ret_levels->list = ARENA_ARRAY(arena, struct stock_level, count);
    ret_levels->count = count;
    for (size_t i = 0; i < count; i++)
        level_init(&ret_levels->list[i], &rows[i]);
    return STATUS_OK;
}

void stock_levels_send(struct db *db, const struct stock_moves *moves, const char *made_by, const char *reason)
{
    size_t count = moves->count;
    if (count == 0)
        return;
    const char **ids = ARENA_ARRAY(moves->arena, const char *, count);
    const char **kinds = ARENA_ARRAY(moves->arena, const char *, count);
    const char **orders = ARENA_ARRAY(moves->arena, const char *, count);
    int64_t *numbers = ARENA_ARRAY(moves->arena, int64_t, 4 * count);
    for (size_t i = 0; i < count; i++) {
        const struct stock_movement *move = &moves->list[i];
        ids[i] = move->variant_id;
        kinds[i] = move->kind;
        orders[i] = move->order_id;
        numbers[i] = move->location_id;
        numbers[count + i] = move->on_hand;
        numbers[2 * count + i] = move->reserved;
        numbers[3 * count + i] = move->owed;
    }
    db_send(db, &sql_stock_insert_movements,
            DB_ARGS(DB_ARG(((struct db_texts){ids, count})), DB_ARG(((struct db_ints){numbers, count})),
                    DB_ARG(((struct db_texts){kinds, count})), DB_ARG(((struct db_ints){numbers + count, count})),
                    DB_ARG(((struct db_ints){numbers + 2 * count, count})),
                    DB_ARG(((struct db_ints){numbers + 3 * count, count})), DB_ARG(((struct db_texts){orders, count})),
                    DB_ARG(made_by), DB_ARG(reason)));
}
