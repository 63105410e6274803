/*
 * The steps of the saga as its worker sees them. For saga.c, which tells them, and saga_worker.c, which does them.
 */
#ifndef ORDERS_SAGA_STEP_H
#define ORDERS_SAGA_STEP_H

#include "saga.h"
#include "task_store.h"

#define SAGA_STEP_COUNT 5
#define SAGA_CALL_S 3               /* longest time for one call of another service */

/* A taken task, and what came of it. */
struct errand {
    struct task *task;
    bool is_done;
    bool is_hopeless;               /* trying again would not help */
    struct error err;
};

struct saga_step {
    const char *name;
    const char *undo;               /* the step that takes it back; NULL: nothing has to be taken back */
    /* Does the step for some orders; safe to repeat. NULL: the request itself does it before the order is saved. */
    void (*run)(const struct saga_peers *peers, struct arena *arena, struct errand *errands, size_t count);
    bool follows_order;             /* put down as a task when the order is saved */
    int64_t head_start_s;           /* how long the worker leaves it to the calling thread */
};

extern const struct saga_step saga_steps[SAGA_STEP_COUNT];

#endif
