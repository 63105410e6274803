/* Endpoints and messages as rows, for staff. */
#include "courier_store.h"

#include "courier_sql.h"

enum db_outcome courier_store_insert_endpoint(struct db *db, const struct courier_endpoint *endpoint, struct db_bytes secret,
                                              struct error *err)
{
    return db_exec(db, &sql_courier_insert_endpoint,
                   DB_ARGS(DB_ARG(endpoint->id), DB_ARG(endpoint->url), DB_ARG(endpoint->description),
                           DB_ARG(endpoint->topics), DB_ARG(secret)),
                   NULL, err);
}

enum db_outcome courier_store_update_endpoint(struct db *db, const struct courier_endpoint *endpoint, struct arena *arena,
                                              struct error *err)
{
    static const struct db_column columns[] = {{DB_TEXT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(const char *)};
    const char *woken;
    return db_one(db, &sql_courier_update_endpoint,
                  DB_ARGS(DB_ARG(endpoint->id), DB_ARG(endpoint->url), DB_ARG(endpoint->description),
                          DB_ARG(endpoint->topics), DB_ARG(endpoint->active)),
                  &shape, &woken, arena, err);
}

enum db_outcome courier_store_rotate_secret(struct db *db, const char *id, struct db_bytes secret, int64_t previous_until_us,
                                            struct error *err)
{
    return db_exec(db, &sql_courier_rotate_secret, DB_ARGS(DB_ARG(id), DB_ARG(secret), DB_ARG(previous_until_us)), NULL,
                   err);
}

enum db_outcome courier_store_delete_endpoint(struct db *db, const char *id, struct error *err)
{
    return db_exec(db, &sql_courier_delete_endpoint, DB_ARGS(DB_ARG(id)), NULL, err);
}

enum db_outcome courier_store_list_endpoints(struct db *db, const char *id, struct courier_endpoint **ret_endpoints,
                                             size_t *ret_count, struct arena *arena, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct courier_endpoint, id),
                                               DB_COLUMN(struct courier_endpoint, url),
                                               DB_COLUMN(struct courier_endpoint, description),
                                               DB_COLUMN(struct courier_endpoint, topics),
                                               DB_COLUMN(struct courier_endpoint, active),
                                               DB_COLUMN(struct courier_endpoint, previous_until_us),
                                               DB_COLUMN(struct courier_endpoint, created_at_us),
                                               DB_COLUMN(struct courier_endpoint, failures),
                                               DB_COLUMN(struct courier_endpoint, paused_until_us),
                                               DB_COLUMN(struct courier_endpoint, waiting),
                                               DB_COLUMN(struct courier_endpoint, failed)};
    static const struct db_shape shape = DB_SHAPE(struct courier_endpoint, columns);
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_courier_list_endpoints, DB_ARGS(DB_ARG(id)), &shape, &rows, ret_count, arena, err);
    *ret_endpoints = rows;
    return outcome;
}

enum db_outcome courier_store_list_messages(struct db *db, const struct courier_page *page,
                                            struct courier_message **ret_messages, size_t *ret_count, struct arena *arena,
                                            struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct courier_message, id),
                                               DB_COLUMN(struct courier_message, kind),
                                               DB_COLUMN(struct courier_message, state),
                                               DB_COLUMN(struct courier_message, endpoint_id),
                                               DB_COLUMN(struct courier_message, event_id),
                                               DB_COLUMN(struct courier_message, topic),
                                               DB_COLUMN(struct courier_message, key),
                                               DB_COLUMN(struct courier_message, attempts),
                                               DB_COLUMN(struct courier_message, last_code),
                                               DB_COLUMN(struct courier_message, last_error),
                                               DB_COLUMN(struct courier_message, created_at_us),
                                               DB_COLUMN(struct courier_message, due_at_us),
                                               DB_COLUMN(struct courier_message, changed_at_us)};
    static const struct db_shape shape = DB_SHAPE(struct courier_message, columns);
    void *rows = NULL;
    enum db_outcome outcome = db_all(db, &sql_courier_list_messages,
                                     DB_ARGS(DB_ARG(page->endpoint_id), DB_ARG(page->kind), DB_ARG(page->state),
                                             DB_ARG(page->before_us), DB_ARG(page->before_id), DB_ARG(page->limit)),
                                     &shape, &rows, ret_count, arena, err);
    *ret_messages = rows;
    return outcome;
}

enum db_outcome courier_store_replay(struct db *db, const char *message_id, const char *endpoint_id, int64_t *ret_count,
                                     struct arena *arena, struct error *err)
{
    struct replayed {
        int64_t count;
        const char *woken;
    } row;
    static const struct db_column columns[] = {DB_COLUMN(struct replayed, count), DB_COLUMN(struct replayed, woken)};
    static const struct db_shape shape = DB_SHAPE(struct replayed, columns);
    enum db_outcome outcome =
        db_one(db, &sql_courier_replay, DB_ARGS(DB_ARG(message_id), DB_ARG(endpoint_id)), &shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_count = row.count;
    return outcome;
}
