/* The thread that does the steps of the saga that are left to do. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "idempotency.h"
#include "log.h"
#include "saga_step.h"

#define TASKS_AT_ONCE 32
#define TAKEN_FOR_S ((TASKS_AT_ONCE + 1) * SAGA_CALL_S + 20) /* no batch takes longer */
#define ATTEMPTS_MAX 20                                      /* with the pauses below: about two hours */
#define PAUSE_MAX_S 600
#define IDLE_MIN_S 30 /* the worker looks for what other replicas left, ever less often while there is nothing */
#define IDLE_MAX_S 3600
#define DATABASE_PAUSE_S 5
#define SWEEP_LIMIT 1000
#define ARENA_SIZE (64 * 1024)
#define ARENA_LIMIT (8 * 1024 * 1024)

struct saga {
    struct saga_peers peers;
    struct db *db;
    struct arena *arena;
    struct background *worker;
    int64_t idle_s;
    int64_t next_sweep_us; /* clock_monotonic_us() */
};

static int64_t pause_s(int64_t attempts)
{
    int64_t pause = attempts < 10 ? INT64_C(1) << attempts : PAUSE_MAX_S;
    return pause < PAUSE_MAX_S ? pause : PAUSE_MAX_S;
}

static enum db_outcome put_off(struct saga *saga, const struct errand *errand, struct error *err)
{
    const struct task *task = errand->task;
    bool failed = errand->is_hopeless || task->attempts >= ATTEMPTS_MAX;
    log_write(failed ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
              LOG_FIELDS_(LOG_EVENT(failed ? "order_task_failed" : "order_task_put_off"),
                          LOG_STR("order_id", task->order_id), LOG_STR("step", task->step),
                          LOG_INT("attempts", task->attempts), LOG_STR("status", status_name(errand->err.status)),
                          LOG_STR("why", errand->err.message)));
    int64_t due_at_us = clock_now_us() + pause_s(task->attempts) * US_PER_S;
    return task_store_postpone(saga->db, task, failed, due_at_us, errand->err.message, err);
}

/* One write for all that is done, one each for what is not. */
static enum db_outcome settle(struct saga *saga, const struct errand *errands, size_t count, struct error *err)
{
    const char **ids = ARENA_ARRAY(saga->arena, const char *, count);
    const char **names = ARENA_ARRAY(saga->arena, const char *, count);
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        if (errands[i].is_done) {
            ids[done] = errands[i].task->order_id;
            names[done++] = errands[i].task->step;
            continue;
        }
        enum db_outcome outcome = put_off(saga, &errands[i], err);
        if (outcome != DB_OK)
            return outcome;
    }
    return done == 0 ? DB_OK
                     : task_store_finish(saga->db, (struct db_texts){ids, done}, (struct db_texts){names, done}, err);
}

static enum db_outcome run_step(struct saga *saga, const struct saga_step *step, struct task *tasks, size_t count,
                                struct error *err)
{
    struct errand *errands = ARENA_ARRAY(saga->arena, struct errand, count);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(tasks[i].step, step->name) == 0)
            errands[wanted++].task = &tasks[i];
    if (wanted == 0)
        return DB_OK;
    step->run(&saga->peers, saga->arena, errands, wanted);
    return settle(saga, errands, wanted, err);
}

/* Takes a batch and does it. *ret_count: how many there were. */
static enum db_outcome work_batch(struct saga *saga, size_t *ret_count, struct error *err)
{
    struct task *tasks;
    int64_t now_us = clock_now_us();
    arena_reset(saga->arena);
    enum db_outcome outcome = task_store_take(saga->db, now_us, now_us + TAKEN_FOR_S * US_PER_S, TASKS_AT_ONCE, &tasks,
                                              ret_count, saga->arena, err);
    for (size_t i = 0; i < SAGA_STEP_COUNT && outcome == DB_OK; i++)
        if (saga_steps[i].run)
            outcome = run_step(saga, &saga_steps[i], tasks, *ret_count, err);
    return outcome;
}

static enum db_outcome work_all(struct saga *saga, struct error *err)
{
    size_t count = TASKS_AT_ONCE;
    while (count == TASKS_AT_ONCE) {
        enum db_outcome outcome = work_batch(saga, &count, err);
        if (outcome != DB_OK)
            return outcome;
        if (count > 0)
            saga->idle_s = IDLE_MIN_S / 2;
    }
    return DB_OK;
}

static enum db_outcome sweep_keys(struct saga *saga, struct error *err)
{
    int64_t deleted = SWEEP_LIMIT;
    if (clock_monotonic_us() < saga->next_sweep_us)
        return DB_OK;
    while (deleted == SWEEP_LIMIT) {
        enum db_outcome outcome = idempotency_sweep(saga->db, clock_now_us(), SWEEP_LIMIT, &deleted, err);
        if (outcome == DB_NONE)
            break;
        if (outcome != DB_OK)
            return outcome;
    }
    saga->next_sweep_us = clock_monotonic_us() + IDLE_MAX_S * US_PER_S;
    return DB_OK;
}

/* When the worker runs next: when a task comes due, at the latest after the pause in which it has found nothing. */
static enum db_outcome plan(struct saga *saga, int64_t *ret_next_us, struct error *err)
{
    int64_t due_at_us;
    enum db_outcome outcome = task_store_next_due(saga->db, &due_at_us, saga->arena, err);
    if (outcome != DB_OK)
        return outcome;
    saga->idle_s = saga->idle_s * 2 < IDLE_MAX_S ? saga->idle_s * 2 : IDLE_MAX_S;
    int64_t wait_us = saga->idle_s * US_PER_S;
    if (due_at_us != 0 && due_at_us - clock_now_us() < wait_us)
        wait_us = due_at_us - clock_now_us();
    *ret_next_us = clock_monotonic_us() + (wait_us > 0 ? wait_us : 0);
    return DB_OK;
}

static int64_t work(void *arg)
{
    struct saga *saga = arg;
    struct error err;
    int64_t next_us;
    error_clear(&err);
    if (work_all(saga, &err) == DB_OK && sweep_keys(saga, &err) == DB_OK && plan(saga, &next_us, &err) == DB_OK)
        return next_us;
    log_warn(LOG_EVENT("saga_paused"), LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
    return clock_monotonic_us() + DATABASE_PAUSE_S * US_PER_S;
}

enum status saga_open(const struct service_settings *settings, const struct saga_peers *peers, struct saga **ret_saga,
                      struct error *err)
{
    struct saga *saga = calloc(1, sizeof(*saga));
    if (!saga)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "out of memory");
    saga->peers = *peers;
    saga->idle_s = IDLE_MIN_S / 2;
    saga->arena = arena_new(ARENA_SIZE, ARENA_LIMIT);
    saga->db = service_db_new(settings, "orders saga");
    *ret_saga = saga;
    return background_start("saga", work, saga, &saga->worker, err);
}

void saga_close(struct saga *saga)
{
    if (!saga)
        return;
    background_stop(saga->worker);
    db_free(saga->db);
    arena_free(saga->arena);
    free(saga);
}

void saga_wake(struct saga *saga)
{
    background_wake(saga->worker);
}
