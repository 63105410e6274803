/*
 * Events that arrived, messages and webhook endpoints in the database.
 */
#ifndef ORDERS_COURIER_STORE_H
#define ORDERS_COURIER_STORE_H

#include "db.h"

/* ---- events ---- */

struct courier_event {
    const char *id;
    const char *topic;
    const char *key;
    const char *payload;            /* "" when sealed */
    struct db_bytes sealed;         /* data NULL: not sealed */
    int64_t made_at_us;
    struct db_texts kinds;          /* "mail", "sms": which notices it makes */
    bool for_webhooks;
};

/* Inside db_transact(): the event and its messages, once; those who send them are woken at the commit. */
void courier_store_send_event(struct db *db, const struct courier_event *event);

/* Events that arrived before `before_us` go, with their messages, unless one is still to be sent. */
enum db_outcome courier_store_sweep(struct db *db, int64_t before_us, int64_t limit, int64_t *ret_count,
                                    struct error *err) MUST_CHECK;

/* ---- messages, for those who send them ---- */

struct courier_job {
    const char *id;
    const char *kind;               /* "webhook", "mail", "sms" */
    const char *event_id;
    const char *endpoint_id;        /* this and the last four: of a webhook; else NULL, 0 */
    int64_t attempts;               /* this one included */
    int64_t created_at_us;
    const char *topic;
    const char *key;
    const char *payload;
    struct db_bytes sealed;
    int64_t made_at_us;             /* of the event */
    const char *url;
    struct db_bytes secret;
    struct db_bytes previous_secret;
    int64_t failures;               /* of the endpoint in a row, before this */
    int64_t until_us;               /* whose message it is until then */
};

/* The oldest due message of a kind, now `sending` and ours until `until_us`. DB_NONE: there is none. */
enum db_outcome courier_store_take(struct db *db, const char *kind, int64_t now_us, int64_t until_us,
                                   struct courier_job *ret_job, struct arena *arena, struct error *err) MUST_CHECK;

/* What became of it. Does nothing when the message is no longer ours. */
struct courier_end {
    const char *state;              /* "due": again at due_at_us */
    int64_t due_at_us;
    int64_t code;
    const char *why;                /* "" when delivered */
    int64_t failures;               /* the rest: of a webhook's endpoint */
    int64_t paused_until_us;
    bool keeps_active;
};
enum db_outcome courier_store_finish(struct db *db, const struct courier_job *job, const struct courier_end *end,
                                     struct error *err) MUST_CHECK;

/* Messages whose sender died come due again, SMS become in_doubt. */
enum db_outcome courier_store_recover(struct db *db, const char *kind, int64_t now_us, struct error *err) MUST_CHECK;

/* When to look again; 0: nothing waits. */
enum db_outcome courier_store_next_due(struct db *db, const char *kind, int64_t *ret_due_at_us, struct arena *arena,
                                       struct error *err) MUST_CHECK;

/* How many messages there are that are not delivered. */
struct courier_count {
    const char *kind;
    const char *state;
    int64_t messages;
    int64_t age_us;                 /* of the oldest */
};
enum db_outcome courier_store_counts(struct db *db, struct courier_count **ret_counts, size_t *ret_count, struct arena *arena,
                                     struct error *err) MUST_CHECK;

/* ---- for staff ---- */

struct courier_endpoint {
    const char *id;
    const char *url;
    const char *description;
    struct db_texts topics;
    bool active;
    int64_t previous_until_us;
    int64_t created_at_us;
    int64_t failures;
    int64_t paused_until_us;
    int64_t waiting;
    int64_t failed;
};

enum db_outcome courier_store_insert_endpoint(struct db *db, const struct courier_endpoint *endpoint, struct db_bytes secret,
                                              struct error *err) MUST_CHECK;
/* These three: DB_NONE when there is no such endpoint. */
enum db_outcome courier_store_update_endpoint(struct db *db, const struct courier_endpoint *endpoint, struct arena *arena,
                                              struct error *err) MUST_CHECK;
enum db_outcome courier_store_rotate_secret(struct db *db, const char *id, struct db_bytes secret, int64_t previous_until_us,
                                            struct error *err) MUST_CHECK;
enum db_outcome courier_store_delete_endpoint(struct db *db, const char *id, struct error *err) MUST_CHECK;
/* `id` NULL: all. */
enum db_outcome courier_store_list_endpoints(struct db *db, const char *id, struct courier_endpoint **ret_endpoints,
                                             size_t *ret_count, struct arena *arena, struct error *err) MUST_CHECK;

struct courier_message {
    const char *id;
    const char *kind;
    const char *state;
    const char *endpoint_id;        /* "" */
    const char *event_id;
    const char *topic;
    const char *key;
    int64_t attempts;
    int64_t last_code;
    const char *last_error;
    int64_t created_at_us;
    int64_t due_at_us;
    int64_t changed_at_us;
};

/* Newest first, older than (before_us, before_id). NULL in a filter: any. */
struct courier_page {
    const char *endpoint_id;
    const char *kind;
    const char *state;
    int64_t before_us;
    const char *before_id;
    int64_t limit;
};
enum db_outcome courier_store_list_messages(struct db *db, const struct courier_page *page,
                                            struct courier_message **ret_messages, size_t *ret_count, struct arena *arena,
                                            struct error *err) MUST_CHECK;

/* One message; or with NULL all that failed, of an endpoint or (NULL) of all. */
enum db_outcome courier_store_replay(struct db *db, const char *message_id, const char *endpoint_id, int64_t *ret_count,
                                     struct arena *arena, struct error *err) MUST_CHECK;

#endif
