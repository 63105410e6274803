/* Take, send, say what became of it. */
#include "courier_lane.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "courier_retry.h"
#include "log.h"
#include "metrics.h"

#define TAKEN_FOR_S 120            /* more than any sender takes */
#define WEBHOOK_GOOD_S (4 * 86400) /* of one whose endpoint rested for long */
#define IDLE_MIN_S 30
#define IDLE_MAX_S 3600
#define DATABASE_PAUSE_S 5
#define KEPT_US (30 * 86400 * US_PER_S)
#define SWEEP_LIMIT 500
#define ARENA_SIZE (64 * 1024)

struct courier_lane {
    struct courier_lane_options options;
    struct arena *arena;
    struct background *worker;
    atomic_bool ending;
    int64_t idle_s;
    int64_t next_sweep_us; /* clock_monotonic_us() */
    struct metric *sent;
    struct metric_series *lag;
};

/* ---- what becomes of a message ---- */

static int64_t good_us(const struct courier_job *job, const struct notice *notice)
{
    if (strcmp(job->kind, "webhook") == 0)
        return WEBHOOK_GOOD_S * US_PER_S;
    return (strcmp(job->kind, "sms") == 0 ? notice->sms_good_s : notice->mail_good_s) * US_PER_S;
}

static int64_t next_try_us(const struct courier_job *job, const struct courier_outcome *outcome, int64_t now_us,
                           uint32_t chance)
{
    int64_t pause_us = courier_retry_pause_us(job->attempts, chance);
    int64_t asked_us = outcome->retry_after_s * US_PER_S;
    return now_us + (pause_us > asked_us ? pause_us : asked_us);
}

struct courier_end courier_lane_decide(const struct courier_job *job, const struct notice *notice,
                                       const struct courier_outcome *outcome, int64_t now_us, uint32_t chance)
{
    bool works = outcome->result == COURIER_SENT;
    struct courier_end end = {.state = "failed", .due_at_us = now_us, .code = outcome->code, .why = outcome->why};
    end.failures = works ? 0 : job->failures + 1;
    end.paused_until_us = works ? 0 : now_us + courier_retry_rest_us(end.failures, chance);
    end.keeps_active = outcome->result != COURIER_GONE;
    if (works)
        end.state = "delivered";
    if (outcome->result == COURIER_DOUBT)
        end.state = "in_doubt";
    if (outcome->result != COURIER_AGAIN || job->attempts >= COURIER_ATTEMPTS_MAX)
        return end;
    int64_t due_at_us = next_try_us(job, outcome, now_us, chance);
    if (due_at_us - job->created_at_us < good_us(job, notice)) {
        end.state = "due";
        end.due_at_us = due_at_us;
    }
    return end;
}

/* ---- one message ---- */

static enum db_outcome finish(struct courier_lane *lane, const struct courier_job *job, const struct notice *notice,
                              const struct courier_outcome *outcome, struct error *err)
{
    struct courier_post *post = lane->options.post;
    int64_t now_us = clock_now_us();
    struct courier_end end = courier_lane_decide(job, notice, outcome, now_us, randombytes_random());
    bool is_over = strcmp(end.state, "failed") == 0 || strcmp(end.state, "in_doubt") == 0;
    metric_add(metric_series(lane->sent, (const char *const[]){lane->options.kind, end.state}), 1);
    if (outcome->result == COURIER_SENT)
        metric_observe_us(lane->lag, now_us - job->made_at_us);
    else
        log_write(is_over ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
                  LOG_FIELDS_(LOG_EVENT("message_not_sent"), LOG_STR("id", job->id), LOG_STR("kind", lane->options.kind),
                              LOG_STR("topic", job->topic), LOG_STR("state", end.state), LOG_INT("attempts", job->attempts),
                              LOG_STR("why", outcome->why)));
    pthread_mutex_lock(&post->lock);
    enum db_outcome written = courier_store_finish(post->db, job, &end, err);
    pthread_mutex_unlock(&post->lock);
    return written;
}

/* NULL when it can no longer be read. */
static const char *payload_of(const struct courier_post *post, const struct courier_job *job, struct arena *arena)
{
    struct db_bytes opened;
    if (!job->sealed.data)
        return job->payload;
    return courier_unseal(post->key, job->sealed, &opened, arena) ? opened.data : NULL;
}

static bool is_too_old(const struct courier_job *job, const struct notice *notice)
{
    return clock_now_us() - job->created_at_us > good_us(job, notice);
}

static void deliver(struct courier_lane *lane, const struct courier_job *job, const struct notice *notice,
                    struct courier_outcome *outcome)
{
    const struct courier_post *post = lane->options.post;
    const struct courier_errand errand = {.settings = post->settings,
                                          .text = post->text,
                                          .key = post->key,
                                          .receivers = post->receivers,
                                          .companies = post->companies,
                                          .job = job,
                                          .notice = notice,
                                          .payload = payload_of(post, job, lane->arena),
                                          .arena = lane->arena};
    if (!errand.payload)
        courier_outcome_set(outcome, COURIER_NEVER, 0, "What it was to say is no longer here.");
    else if (!notice || is_too_old(job, notice))
        courier_outcome_set(outcome, COURIER_NEVER, 0, "It is too late for this message.");
    else
        lane->options.send(&errand, outcome);
    if (job->sealed.data && errand.payload)
        sodium_memzero((void *)(uintptr_t)errand.payload, strlen(errand.payload));
}

static enum db_outcome take(struct courier_lane *lane, struct courier_job *job, struct error *err)
{
    struct courier_post *post = lane->options.post;
    int64_t now_us = clock_now_us();
    arena_reset(lane->arena);
    pthread_mutex_lock(&post->lock);
    enum db_outcome outcome =
        courier_store_take(post->db, lane->options.kind, now_us, now_us + TAKEN_FOR_S * US_PER_S, job, lane->arena, err);
    pthread_mutex_unlock(&post->lock);
    return outcome;
}

/* DB_NONE: there is nothing to do. */
static enum db_outcome work_one(struct courier_lane *lane, struct error *err)
{
    static const struct notice unknown = {.topic = ""};
    struct courier_job job;
    struct courier_outcome outcome;
    enum db_outcome taken = take(lane, &job, err);
    if (taken != DB_OK)
        return taken;
    lane->idle_s = IDLE_MIN_S / 2;
    const struct notice *notice = notice_find(job.topic);
    deliver(lane, &job, notice, &outcome);
    return finish(lane, &job, notice ? notice : &unknown, &outcome, err);
}

/* ---- the thread ---- */

/* What the first lane of a kind does beside sending. */
static enum db_outcome look_after(struct courier_lane *lane, struct error *err)
{
    struct courier_post *post = lane->options.post;
    int64_t count = SWEEP_LIMIT;
    int64_t now_us = clock_now_us();
    enum db_outcome outcome = courier_store_recover(post->db, lane->options.kind, now_us, err);
    if (clock_monotonic_us() < lane->next_sweep_us || strcmp(lane->options.kind, "webhook") != 0)
        return outcome;
    while (outcome == DB_OK && count == SWEEP_LIMIT)
        outcome = courier_store_sweep(post->db, now_us - KEPT_US, SWEEP_LIMIT, &count, err);
    lane->next_sweep_us = clock_monotonic_us() + IDLE_MAX_S * US_PER_S;
    return outcome;
}

static enum db_outcome plan(struct courier_lane *lane, int64_t *ret_next_us, struct error *err)
{
    int64_t due_at_us;
    enum db_outcome outcome =
        courier_store_next_due(lane->options.post->db, lane->options.kind, &due_at_us, lane->arena, err);
    if (outcome != DB_OK)
        return outcome;
    lane->idle_s = lane->idle_s * 2 < IDLE_MAX_S ? lane->idle_s * 2 : IDLE_MAX_S;
    int64_t wait_us = lane->idle_s * US_PER_S;
    if (due_at_us != 0 && due_at_us - clock_now_us() < wait_us)
        wait_us = due_at_us - clock_now_us();
    *ret_next_us = clock_monotonic_us() + (wait_us > 0 ? wait_us : US_PER_S);
    return DB_OK;
}

/* Each for itself: one may be held up by a silent receiver for as long as a call may take. */
static enum db_outcome rest(struct courier_lane *lane, int64_t *ret_next_us, struct error *err)
{
    struct courier_post *post = lane->options.post;
    pthread_mutex_lock(&post->lock);
    enum db_outcome outcome = plan(lane, ret_next_us, err);
    pthread_mutex_unlock(&post->lock);
    return outcome;
}

static int64_t work(void *arg)
{
    struct courier_lane *lane = arg;
    struct error err;
    int64_t next_us;
    enum db_outcome outcome = DB_OK;
    error_clear(&err);
    if (lane->options.is_first) {
        pthread_mutex_lock(&lane->options.post->lock);
        outcome = look_after(lane, &err);
        pthread_mutex_unlock(&lane->options.post->lock);
    }
    while (outcome == DB_OK && !atomic_load(&lane->ending))
        outcome = work_one(lane, &err);
    if ((outcome == DB_OK || outcome == DB_NONE) && rest(lane, &next_us, &err) == DB_OK)
        return next_us;
    log_warn(LOG_EVENT("courier_paused"), LOG_STR("kind", lane->options.kind), LOG_STR("status", status_name(err.status)),
             LOG_STR("why", err.message));
    return clock_monotonic_us() + DATABASE_PAUSE_S * US_PER_S;
}

enum status courier_lane_open(const struct courier_lane_options *options, struct courier_lane **ret_lane, struct error *err)
{
    struct courier_lane *lane = calloc(1, sizeof(*lane));
    if (!lane)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    lane->options = *options;
    lane->idle_s = IDLE_MIN_S / 2;
    lane->arena = arena_new(ARENA_SIZE, 0);
    lane->sent = metric_new(METRIC_COUNTER, "courier_messages_total", "kind,state", "Messages by what became of a sending");
    lane->lag = metric_series(metric_new(METRIC_HISTOGRAM_US, "courier_lag_seconds", "kind",
                                         "From the writing of an event to the delivery of its message"),
                              (const char *const[]){options->kind});
    *ret_lane = lane;
    return background_start(options->kind, work, lane, &lane->worker, err);
}

void courier_lane_wake(struct courier_lane *lane, const char *kind)
{
    if (kind[0] == '\0' || strcmp(kind, lane->options.kind) == 0)
        background_wake(lane->worker);
}

void courier_lane_end(struct courier_lane *lane)
{
    atomic_store(&lane->ending, true);
}

void courier_lane_close(struct courier_lane *lane)
{
    background_stop(lane->worker);
    arena_free(lane->arena);
    free(lane);
}
