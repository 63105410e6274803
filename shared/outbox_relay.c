/* The thread that takes events and hands them over. */
#include "outbox_relay.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "clock.h"
#include "db_listen.h"
#include "log.h"
#include "metrics.h"
#include "outbox_sql.h"

#define TAKEN_FOR_S 60 /* more than OUTBOX_DELIVER_S and what the database may take */
#define PAUSE_MAX_S 60
#define IDLE_MIN_S 30
#define IDLE_MAX_S 3600
#define DATABASE_PAUSE_S 5
#define ARENA_SIZE (64 * 1024)
#define ARENA_LIMIT (16 * 1024 * 1024)

struct outbox_relay {
    outbox_deliver *deliver;
    void *arg;
    struct db *db;
    struct arena *arena;
    struct background *worker;
    struct db_listener *listener;
    atomic_bool closing;
    int64_t failures; /* deliveries in a row that failed */
    int64_t idle_s;
    struct metric_series *delivered, *refused, *put_off, *lag, *due, *failed;
};

/* ---- rows ---- */

static enum db_outcome or_none(enum db_outcome outcome)
{
    return outcome == DB_NONE ? DB_OK : outcome;
}

static enum db_outcome take(struct outbox_relay *relay, struct outbox_record **ret_events, size_t *ret_count,
                            struct error *err)
{
    static const struct db_column columns[] = {
        DB_COLUMN(struct outbox_record, seq),          DB_COLUMN(struct outbox_record, id),
        DB_COLUMN(struct outbox_record, topic),        DB_COLUMN(struct outbox_record, key),
        DB_COLUMN(struct outbox_record, payload_json), DB_COLUMN(struct outbox_record, attempts),
        DB_COLUMN(struct outbox_record, made_at_us)};
    static const struct db_shape shape = DB_SHAPE(struct outbox_record, columns);
    void *rows = NULL;
    int64_t now_us = clock_now_us();
    enum db_outcome outcome = db_all(relay->db, &sql_outbox_take,
                                     DB_ARGS(DB_ARG(now_us), DB_ARG(now_us + TAKEN_FOR_S * US_PER_S), DB_ARG(OUTBOX_BATCH)),
                                     &shape, &rows, ret_count, relay->arena, err);
    *ret_events = rows;
    return outcome;
}

static struct db_ints seqs_of(const struct outbox_record *events, size_t count, struct arena *arena)
{
    int64_t *seqs = ARENA_ARRAY(arena, int64_t, count);
    struct db_ints list = {seqs, 0};
    for (size_t i = 0; i < count; i++)
        if (!events[i].refusal)
            seqs[list.count++] = events[i].seq;
    return list;
}

static enum db_outcome refuse(struct outbox_relay *relay, const struct outbox_record *event, struct error *err)
{
    log_error(LOG_EVENT("event_refused"), LOG_STR("id", event->id), LOG_STR("topic", event->topic),
              LOG_STR("why", event->refusal));
    metric_add(relay->refused, 1);
    return or_none(db_exec(relay->db, &sql_outbox_refuse, DB_ARGS(DB_ARG(event->seq), DB_ARG(event->refusal)), NULL, err));
}

static enum db_outcome finish(struct outbox_relay *relay, const struct outbox_record *events, size_t count,
                              struct error *err)
{
    struct db_ints taken = seqs_of(events, count, relay->arena);
    enum db_outcome outcome = or_none(db_exec(relay->db, &sql_outbox_finish, DB_ARGS(DB_ARG(taken)), NULL, err));
    for (size_t i = 0; i < count && outcome == DB_OK; i++) {
        if (events[i].refusal)
            outcome = refuse(relay, &events[i], err);
        else
            metric_observe_us(relay->lag, clock_now_us() - events[i].made_at_us);
    }
    metric_add(relay->delivered, (int64_t)taken.count);
    return outcome;
}

static int64_t pause_s(int64_t failures)
{
    int64_t pause = failures < 7 ? INT64_C(1) << (failures - 1) : PAUSE_MAX_S;
    return pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
}

static enum db_outcome put_off(struct outbox_relay *relay, const struct outbox_record *events, size_t count,
                               const struct error *why, struct error *err)
{
    int64_t pause = pause_s(++relay->failures);
    log_warn(LOG_EVENT("events_put_off"), LOG_INT("events", count), LOG_INT("pause_s", pause),
             LOG_STR("status", status_name(why->status)), LOG_STR("why", why->message));
    metric_add(relay->put_off, (int64_t)count);
    return or_none(db_exec(relay->db, &sql_outbox_postpone,
                           DB_ARGS(DB_ARG(seqs_of(events, count, relay->arena)), DB_ARG(clock_now_us() + pause * US_PER_S),
                                   DB_ARG((const char *)why->message)),
                           NULL, err));
}

/* ---- the work ---- */

static enum db_outcome work_batch(struct outbox_relay *relay, size_t *ret_count, struct error *err)
{
    struct outbox_record *events;
    struct error why;
    arena_reset(relay->arena);
    error_clear(&why);
    enum db_outcome outcome = take(relay, &events, ret_count, err);
    if (outcome != DB_OK || *ret_count == 0)
        return outcome;
    relay->idle_s = IDLE_MIN_S / 2;
    if (relay->deliver(relay->arg, events, *ret_count, relay->arena, &why) != STATUS_OK) {
        for (size_t i = 0; i < *ret_count; i++)
            events[i].refusal = NULL;
        return put_off(relay, events, *ret_count, &why, err);
    }
    relay->failures = 0;
    return finish(relay, events, *ret_count, err);
}

/* A delivered event makes way for the next of its key: there is more until nothing was taken. */
static enum db_outcome work_all(struct outbox_relay *relay, struct error *err)
{
    size_t count = 1;
    enum db_outcome outcome = DB_OK;
    while (count > 0 && outcome == DB_OK && !atomic_load(&relay->closing))
        outcome = work_batch(relay, &count, err);
    return outcome;
}

static enum db_outcome next_due(struct outbox_relay *relay, int64_t *ret_due_at_us, struct error *err)
{
    static const struct db_column columns[] = {{DB_INT, 0}};
    static const struct db_shape shape = {columns, 1, sizeof(*ret_due_at_us)};
    return db_one(relay->db, &sql_outbox_next_due, DB_NO_ARGS, &shape, ret_due_at_us, relay->arena, err);
}

static enum db_outcome plan(struct outbox_relay *relay, int64_t *ret_next_us, struct error *err)
{
    int64_t due_at_us;
    struct outbox_state state;
    enum db_outcome outcome = next_due(relay, &due_at_us, err);
    if (outcome == DB_OK)
        outcome = outbox_look(relay->db, &state, relay->arena, err);
    if (outcome != DB_OK)
        return outcome;
    metric_set(relay->due, state.due);
    metric_set(relay->failed, state.failed);
    relay->idle_s = state.due > 0 ? IDLE_MIN_S : relay->idle_s * 2 < IDLE_MAX_S ? relay->idle_s * 2 : IDLE_MAX_S;
    int64_t wait_us = relay->idle_s * US_PER_S;
    if (due_at_us != 0 && due_at_us - clock_now_us() < wait_us)
        wait_us = due_at_us - clock_now_us();
    *ret_next_us = clock_monotonic_us() + (wait_us > 0 ? wait_us : US_PER_S); /* it is in the hands of another relay */
    return DB_OK;
}

static int64_t work(void *arg)
{
    struct outbox_relay *relay = arg;
    struct error err;
    int64_t next_us;
    error_clear(&err);
    if (work_all(relay, &err) == DB_OK && plan(relay, &next_us, &err) == DB_OK)
        return next_us;
    log_warn(LOG_EVENT("outbox_paused"), LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
    return clock_monotonic_us() + DATABASE_PAUSE_S * US_PER_S;
}

static void heard(void *arg, const char *what)
{
    struct outbox_relay *relay = arg;
    (void)what;
    background_wake(relay->worker);
}

/* ---- opening and closing ---- */

static struct metric_series *series(enum metric_kind kind, const char *name, const char *help)
{
    return metric_series(metric_new(kind, name, "", help), NULL);
}

static void make_metrics(struct outbox_relay *relay)
{
    relay->delivered = series(METRIC_COUNTER, "outbox_delivered_total", "Events that the consumer took");
    relay->refused = series(METRIC_COUNTER, "outbox_refused_total", "Events that the consumer will never take");
    relay->put_off = series(METRIC_COUNTER, "outbox_put_off_total", "Events that could not be handed over and wait");
    relay->lag = series(METRIC_HISTOGRAM_US, "outbox_lag_seconds", "From the writing of an event to its delivery");
    relay->due = series(METRIC_GAUGE, "outbox_due_events", "Events that wait, when the relay last looked");
    relay->failed = series(METRIC_GAUGE, "outbox_failed_events", "Events put aside as refused, when the relay last looked");
}

enum status outbox_relay_open(const struct service_settings *settings, outbox_deliver *deliver, void *arg,
                              struct outbox_relay **ret_relay, struct error *err)
{
    struct outbox_relay *relay = calloc(1, sizeof(*relay));
    if (!relay)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    relay->deliver = deliver;
    relay->arg = arg;
    relay->idle_s = IDLE_MIN_S / 2;
    relay->arena = arena_new(ARENA_SIZE, ARENA_LIMIT);
    relay->db = service_db_new(settings, "outbox relay");
    make_metrics(relay);
    *ret_relay = relay;
    enum status status = background_start("outbox", work, relay, &relay->worker, err);
    if (status == STATUS_OK)
        status = db_listener_start(settings->database_url, "outbox", heard, relay, &relay->listener, err);
    return status;
}

void outbox_relay_close(struct outbox_relay *relay)
{
    if (!relay)
        return;
    atomic_store(&relay->closing, true);
    db_listener_stop(relay->listener);
    background_stop(relay->worker);
    db_free(relay->db);
    arena_free(relay->arena);
    free(relay);
}
