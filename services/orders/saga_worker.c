/* The threads that do the steps of the saga that are left to do: one for the shop's own services, some for providers. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "idempotency.h"
#include "log.h"
#include "payments_store.h"
#include "saga_step.h"

#define PAUSE_MAX_S 600
#define IDLE_MIN_S 30 /* a thread looks for what other replicas left, ever less often while there is nothing */
#define IDLE_MAX_S 3600
#define DATABASE_PAUSE_S 5
#define SWEEP_LIMIT 1000
#define NOTICES_KEPT_S (30 * INT64_C(86400)) /* no provider repeats one for longer */
#define ARENA_SIZE (64 * 1024)
#define ARENA_LIMIT (8 * 1024 * 1024)
#define THREADS_MAX 5

/* How a lane works. A thread of the provider's lane has one task at a time, so that a slow provider holds up no other task.
 */
struct lane {
    size_t threads;
    int64_t tasks_at_once;
    int64_t taken_for_s; /* no batch takes longer */
};
#define SHOP_TASKS 16
static const struct lane lanes[SAGA_LANE_COUNT] = {
    [SAGA_LANE_SHOP] = {1, SHOP_TASKS, (SHOP_TASKS + 1) * SAGA_CALL_S + 9},
    [SAGA_LANE_PROVIDER] = {THREADS_MAX - 1, 1, SAGA_PROVIDER_S + 20},
};

struct saga_thread {
    struct saga *saga;
    enum saga_lane lane;
    struct saga_room room;
    struct background *background;
    int64_t idle_s;
    int64_t next_sweep_us; /* clock_monotonic_us() */
};

struct saga {
    struct saga_shop shop;
    struct saga_thread threads[THREADS_MAX];
    size_t thread_count;
    int waiting_max;
    atomic_int waiting; /* calls at a provider */
};

static int64_t pause_s(int64_t attempts)
{
    int64_t pause = attempts < 10 ? INT64_C(1) << attempts : PAUSE_MAX_S;
    return pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
}

static enum db_outcome put_off(const struct saga_room *room, const struct errand *errand, struct error *err)
{
    const struct task *task = errand->task;
    int64_t now_us = clock_now_us();
    struct task_delay delay = {.why = errand->err.message, .due_at_us = now_us + pause_s(task->attempts) * US_PER_S};
    delay.has_failed = errand->is_hopeless || delay.due_at_us > task->deadline_at_us;
    log_write(delay.has_failed ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
              LOG_FIELDS_(LOG_EVENT(delay.has_failed ? "order_task_failed" : "order_task_put_off"),
                          LOG_STR("order_id", task->order_id), LOG_STR("step", task->step),
                          LOG_STR("subject_id", task->subject_id), LOG_INT("attempts", task->attempts),
                          LOG_STR("status", status_name(errand->err.status)), LOG_STR("why", errand->err.message)));
    return task_store_postpone(room->db, task, &delay, now_us, err);
}

static enum db_outcome come_again(const struct saga_room *room, const struct errand *errand, struct error *err)
{
    const struct task_delay delay = {.due_at_us = errand->again_at_us, .starts_afresh = true, .why = ""};
    return task_store_postpone(room->db, errand->task, &delay, clock_now_us(), err);
}

/* One write for all that is done, one each for what is not. */
static enum db_outcome settle(const struct saga_room *room, const struct errand *errands, size_t count, struct error *err)
{
    const struct task **done = ARENA_ARRAY(room->arena, const struct task *, count);
    size_t done_count = 0;
    for (size_t i = 0; i < count; i++) {
        enum db_outcome outcome = DB_OK;
        if (errands[i].is_done)
            done[done_count++] = errands[i].task;
        else if (errands[i].again_at_us != 0)
            outcome = come_again(room, &errands[i], err);
        else
            outcome = put_off(room, &errands[i], err);
        if (outcome != DB_OK)
            return outcome;
    }
    return done_count == 0 ? DB_OK : task_store_finish(room->db, done, done_count, clock_now_us(), room->arena, err);
}

static enum db_outcome run_step(const struct saga_room *room, const struct saga_step *step, struct task *tasks, size_t count,
                                struct error *err)
{
    struct errand *errands = ARENA_ARRAY(room->arena, struct errand, count);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(tasks[i].step, step->name) == 0)
            errands[wanted++].task = &tasks[i];
    if (wanted == 0)
        return DB_OK;
    step->run(room, errands, wanted);
    return settle(room, errands, wanted, err);
}

/* Takes a batch and does it. *ret_count: how many there were. */
static enum db_outcome work_batch(struct saga_thread *thread, size_t *ret_count, struct error *err)
{
    struct task *tasks;
    const struct lane *lane = &lanes[thread->lane];
    const struct saga_room *room = &thread->room;
    int64_t now_us = clock_now_us();
    arena_reset(room->arena);
    enum db_outcome outcome =
        task_store_take(room->db, saga_lane_names[thread->lane], now_us, now_us + lane->taken_for_s * US_PER_S,
                        lane->tasks_at_once, &tasks, ret_count, room->arena, err);
    for (size_t i = 0; i < SAGA_STEP_COUNT && outcome == DB_OK; i++)
        if (saga_steps[i].run)
            outcome = run_step(room, &saga_steps[i], tasks, *ret_count, err);
    return outcome;
}

/* What a provider said may have put down work for the shop's own services. Their thread is the first: it is there before any
 * other starts, and until all others have stopped. */
static void pass_on(struct saga_thread *thread)
{
    thread->idle_s = IDLE_MIN_S / 2;
    if (thread->lane != SAGA_LANE_SHOP)
        background_wake(thread->saga->threads[0].background);
}

static enum db_outcome work_all(struct saga_thread *thread, struct error *err)
{
    const size_t full = (size_t)lanes[thread->lane].tasks_at_once;
    size_t count = full;
    while (count == full) {
        enum db_outcome outcome = work_batch(thread, &count, err);
        if (outcome != DB_OK)
            return outcome;
        if (count > 0)
            pass_on(thread);
    }
    return DB_OK;
}

static enum db_outcome sweep_notices(struct db *db, int64_t now_us, int64_t limit, int64_t *ret_deleted, struct error *err)
{
    return payments_store_sweep(db, now_us - NOTICES_KEPT_S * US_PER_S, limit, ret_deleted, err);
}

static enum db_outcome sweep_all(struct saga_thread *thread,
                                 enum db_outcome (*delete_old)(struct db *, int64_t, int64_t, int64_t *, struct error *),
                                 struct error *err)
{
    int64_t deleted = SWEEP_LIMIT;
    while (deleted == SWEEP_LIMIT) {
        enum db_outcome outcome = delete_old(thread->room.db, clock_now_us(), SWEEP_LIMIT, &deleted, err);
        if (outcome != DB_OK)
            return outcome == DB_NONE ? DB_OK : outcome;
    }
    return DB_OK;
}

/* Keys and notices whose copies nobody sends any more. */
static enum db_outcome sweep(struct saga_thread *thread, struct error *err)
{
    if (thread->lane != SAGA_LANE_SHOP || clock_monotonic_us() < thread->next_sweep_us)
        return DB_OK;
    enum db_outcome outcome = sweep_all(thread, idempotency_sweep, err);
    if (outcome == DB_OK)
        outcome = sweep_all(thread, sweep_notices, err);
    if (outcome == DB_OK)
        thread->next_sweep_us = clock_monotonic_us() + IDLE_MAX_S * US_PER_S;
    return outcome;
}

/* When the thread runs next: when a task comes due, at the latest after the pause in which it has found nothing. */
static enum db_outcome plan(struct saga_thread *thread, int64_t *ret_next_us, struct error *err)
{
    int64_t due_at_us;
    enum db_outcome outcome =
        task_store_next_due(thread->room.db, saga_lane_names[thread->lane], &due_at_us, thread->room.arena, err);
    if (outcome != DB_OK)
        return outcome;
    thread->idle_s = thread->idle_s * 2 < IDLE_MAX_S ? thread->idle_s * 2 : IDLE_MAX_S;
    int64_t wait_us = thread->idle_s * US_PER_S;
    if (due_at_us != 0 && due_at_us - clock_now_us() < wait_us)
        wait_us = due_at_us - clock_now_us();
    *ret_next_us = clock_monotonic_us() + (wait_us > 0 ? wait_us : 0);
    return DB_OK;
}

static int64_t work(void *arg)
{
    struct saga_thread *thread = arg;
    struct error err;
    int64_t next_us;
    error_clear(&err);
    if (work_all(thread, &err) == DB_OK && sweep(thread, &err) == DB_OK && plan(thread, &next_us, &err) == DB_OK)
        return next_us;
    log_warn(LOG_EVENT("saga_paused"), LOG_STR("lane", saga_lane_names[thread->lane]),
             LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
    return clock_monotonic_us() + DATABASE_PAUSE_S * US_PER_S;
}

static enum status start_thread(struct saga *saga, const struct service_settings *settings, enum saga_lane lane,
                                struct error *err)
{
    struct saga_thread *thread = &saga->threads[saga->thread_count++];
    thread->saga = saga;
    thread->lane = lane;
    thread->idle_s = IDLE_MIN_S / 2;
    thread->room = (struct saga_room){
        .shop = &saga->shop, .db = service_db_new(settings, "orders saga"), .arena = arena_new(ARENA_SIZE, ARENA_LIMIT)};
    return background_start("saga", work, thread, &thread->background, err);
}

enum status saga_open(const struct service_settings *settings, const struct saga_shop *shop, struct saga **ret_saga,
                      struct error *err)
{
    struct saga *saga = calloc(1, sizeof(*saga));
    if (!saga)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    saga->shop = *shop;
    saga->waiting_max = (int)(settings->workers > 1 ? settings->workers / 2 : 1);
    *ret_saga = saga;
    for (int lane = 0; lane < SAGA_LANE_COUNT; lane++)
        for (size_t i = 0; i < lanes[lane].threads; i++)
            if (start_thread(saga, settings, (enum saga_lane)lane, err) != STATUS_OK)
                return err->status;
    return STATUS_OK;
}

void saga_close(struct saga *saga)
{
    if (!saga)
        return;
    for (size_t i = saga->thread_count; i-- > 0;) { /* backwards: those of providers wake the first, that of the shop */
        background_stop(saga->threads[i].background);
        db_free(saga->threads[i].room.db);
        arena_free(saga->threads[i].room.arena);
    }
    free(saga);
}

void saga_wake(struct saga *saga)
{
    for (size_t i = 0; i < saga->thread_count; i++)
        background_wake(saga->threads[i].background);
}

bool saga_may_wait(struct saga *saga)
{
    if (atomic_fetch_add(&saga->waiting, 1) < saga->waiting_max)
        return true;
    saga_waited(saga);
    return false;
}

void saga_waited(struct saga *saga)
{
    atomic_fetch_sub(&saga->waiting, 1);
}
