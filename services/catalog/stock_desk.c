/* The statements of stock_desk.sql: arguments in, rows out. */
#include "stock_desk.h"

#include "stock.h"
#include "stock_desk_sql.h"

static enum status status_of(enum db_outcome outcome)
{
    return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
}

static const struct db_column desk_columns[] = {
    DB_COLUMN(struct stock_desk_row, variant_id),
    DB_COLUMN(struct stock_desk_row, handle),
    DB_COLUMN(struct stock_desk_row, title),
    DB_COLUMN(struct stock_desk_row, options[0]),
    DB_COLUMN(struct stock_desk_row, options[1]),
    DB_COLUMN(struct stock_desk_row, options[2]),
    DB_COLUMN(struct stock_desk_row, sku),
    DB_COLUMN(struct stock_desk_row, location_code),
    DB_COLUMN(struct stock_desk_row, location_id),
    DB_COLUMN(struct stock_desk_row, on_hand),
    DB_COLUMN(struct stock_desk_row, reserved),
    DB_COLUMN(struct stock_desk_row, owed),
    DB_COLUMN(struct stock_desk_row, policy.policy),
    DB_COLUMN(struct stock_desk_row, policy.ahead_max),
    DB_COLUMN(struct stock_desk_row, policy.available_from_us),
    DB_COLUMN(struct stock_desk_row, policy.low_at),
};
static const struct db_shape desk_shape = DB_SHAPE(struct stock_desk_row, desk_columns);

enum status stock_desk_list(struct db *db, const struct stock_desk_request *request, const struct stock_desk_row **ret_rows,
                            size_t *ret_count, struct arena *arena, struct error *err)
{
    return status_of(
        db_all(db, &sql_stock_desk_list_stock,
               DB_ARGS(DB_ARG(request->after_variant_id), DB_ARG(request->after_location_id), DB_ARG(request->location_code),
                       DB_ARG(request->query), DB_ARG(request->low_only), DB_ARG(STOCK_LOW), DB_ARG(request->limit)),
               &desk_shape, (void **)ret_rows, ret_count, arena, err));
}

static const struct db_column movement_columns[] = {
    DB_COLUMN(struct movement_row, id),
    DB_COLUMN(struct movement_row, location_code),
    DB_COLUMN(struct movement_row, kind),
    DB_COLUMN(struct movement_row, on_hand_change),
    DB_COLUMN(struct movement_row, reserved_change),
    DB_COLUMN(struct movement_row, owed_change),
    DB_COLUMN(struct movement_row, order_id),
    DB_COLUMN(struct movement_row, reason),
    DB_COLUMN(struct movement_row, made_by),
    DB_COLUMN(struct movement_row, made_at_us),
};
static const struct db_shape movement_shape = DB_SHAPE(struct movement_row, movement_columns);

enum status stock_desk_movements(struct db *db, const char *variant_id, int64_t before_id, int64_t limit,
                                 const struct movement_row **ret_rows, size_t *ret_count, struct arena *arena,
                                 struct error *err)
{
    return status_of(db_all(db, &sql_stock_desk_list_movements,
                            DB_ARGS(DB_ARG(variant_id), DB_ARG(before_id), DB_ARG(limit)), &movement_shape,
                            (void **)ret_rows, ret_count, arena, err));
}

static const struct db_column location_columns[] = {
    DB_COLUMN(struct location_row, code),          DB_COLUMN(struct location_row, name),
    DB_COLUMN(struct location_row, country_codes), DB_COLUMN(struct location_row, priority),
    DB_COLUMN(struct location_row, active),
};
static const struct db_shape location_shape = DB_SHAPE(struct location_row, location_columns);

enum status stock_desk_locations(struct db *db, const struct location_row **ret_rows, size_t *ret_count, struct arena *arena,
                                 struct error *err)
{
    return status_of(
        db_all(db, &sql_stock_desk_list_locations, DB_NO_ARGS, &location_shape, (void **)ret_rows, ret_count, arena, err));
}

struct save_work {
    const struct location_row *location;
    struct arena *arena;
};

/* Savings wait for each other, so that two cannot turn off the last two locations at once. */
static enum status save(struct db *db, void *arg, struct error *err)
{
    const struct save_work *work = arg;
    const struct location_row *location = work->location;
    struct count_row {
        int64_t active;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN(struct count_row, active)};
    static const struct db_shape shape = DB_SHAPE(struct count_row, columns);
    db_send(db, &sql_stock_desk_lock_locations, DB_NO_ARGS);
    db_send(db, &sql_stock_desk_save_location,
            DB_ARGS(DB_ARG(location->code), DB_ARG(location->name), DB_ARG(location->country_codes),
                    DB_ARG(location->priority), DB_ARG(location->active)));
    enum db_outcome outcome = db_one(db, &sql_stock_desk_count_active_locations, DB_NO_ARGS, &shape, &row, work->arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    if (row.active > 0)
        return STATUS_OK;
    error_field(err, "location.active", "last", "The shop needs a location that is active.");
    return error_set(err, STATUS_FAILED_PRECONDITION, "The last active location cannot be turned off.");
}

enum status stock_desk_save_location(struct db *db, const struct location_row *location, struct arena *arena,
                                     struct error *err)
{
    struct save_work work = {location, arena};
    return db_transact(db, save, &work, err);
}

/* The table has NULL where the message has 0, and 0 where it has -1. */
enum status stock_desk_set_policy(struct db *db, const char *variant_id, const struct sell_policy *policy, struct error *err)
{
    struct db_arg available_from = policy->available_from_us ? DB_ARG(policy->available_from_us) : db_arg_null(DB_INT);
    struct db_arg low_at = policy->low_at == 0  ? db_arg_null(DB_INT)
                           : policy->low_at < 0 ? db_arg_int(0)
                                                : db_arg_int(policy->low_at);
    enum db_outcome outcome = db_exec(
        db, &sql_stock_desk_set_policy,
        DB_ARGS(DB_ARG(variant_id), DB_ARG(policy->policy), DB_ARG(policy->ahead_max), available_from, low_at), NULL, err);
    if (outcome == DB_NONE)
        return error_set(err, STATUS_NOT_FOUND, "There is no such variant.");
    return db_status(outcome);
}
