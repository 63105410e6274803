/* Locks stock and sends changes of it: the two ends of every transaction of stock. */
#include "stock_levels.h"

#include <string.h>

#include "stock_sql.h"

/* Locked counts as the database gives them. */
struct level_row {
    const char *variant_id;
    int64_t on_hand;
    int64_t reserved;
};

static const struct db_column level_columns[] = {
    DB_COLUMN(struct level_row, variant_id),
    DB_COLUMN(struct level_row, on_hand),
    DB_COLUMN(struct level_row, reserved),
};
static const struct db_shape level_shape = DB_SHAPE(struct level_row, level_columns);

enum status stock_levels_lock(struct db *db, struct db_texts variant_ids, struct stock_level **ret_levels, size_t *ret_count,
                              struct arena *arena, struct error *err)
{
    void *found = NULL;
    size_t count = 0;
    enum db_outcome outcome =
        db_all(db, &sql_stock_lock_stock, DB_ARGS(DB_ARG(variant_ids)), &level_shape, &found, &count, arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    const struct level_row *rows = found;
    struct stock_level *levels = ARENA_ARRAY(arena, struct stock_level, count);
    for (size_t i = 0; i < count; i++) {
        levels[i].on_hand = rows[i].on_hand;
        levels[i].reserved = rows[i].reserved;
        strncpy(levels[i].variant_id, rows[i].variant_id, UUID_SIZE - 1);
    }
    *ret_levels = levels;
    *ret_count = count;
    return STATUS_OK;
}

void stock_levels_send(struct db *db, const struct stock_level *levels, size_t count, struct arena *arena)
{
    const char **ids = ARENA_ARRAY(arena, const char *, count);
    int64_t *on_hand = ARENA_ARRAY(arena, int64_t, count);
    int64_t *reserved = ARENA_ARRAY(arena, int64_t, count);
    size_t moved = 0;
    for (size_t i = 0; i < count; i++) {
        if (levels[i].on_hand_change == 0 && levels[i].reserved_change == 0)
            continue;
        ids[moved] = levels[i].variant_id;
        on_hand[moved] = levels[i].on_hand_change;
        reserved[moved++] = levels[i].reserved_change;
    }
    if (moved > 0)
        db_send(db, &sql_stock_move_stock,
                DB_ARGS(DB_ARG(((struct db_texts){ids, moved})), DB_ARG(((struct db_ints){on_hand, moved})),
                        DB_ARG(((struct db_ints){reserved, moved}))));
}
