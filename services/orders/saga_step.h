/*
 * The steps of the saga as its workers see them. For saga.c, which tells them, saga_worker.c, which does them, and the files
 * that do what is in them.
 */
#ifndef ORDERS_SAGA_STEP_H
#define ORDERS_SAGA_STEP_H

#include "arena.h"
#include "saga.h"

#define SAGA_STEP_COUNT 12
#define SAGA_CALL_S 3               /* longest time for one call of another service */
#define SAGA_PROVIDER_S 40          /* longest time for all that one step asks a payment provider */

/* A thread's own things. */
struct saga_room {
    const struct saga_shop *shop;
    struct db *db;
    struct arena *arena;
};

/* A taken task, and what came of it: done, come again at a time, hopeless, or (none of these) failed for now. */
struct errand {
    struct task *task;
    bool is_done;
    bool is_hopeless;               /* trying again would not help */
    int64_t again_at_us;            /* no failure: there is more to see to then */
    struct error err;
};

enum saga_lane { SAGA_LANE_SHOP, SAGA_LANE_PROVIDER };
#define SAGA_LANE_COUNT 2

/* What a step follows; a set of these. */
enum saga_follows {
    SAGA_AFTER_PLACED_AT_DOOR = 1,  /* an order that is paid when it is delivered was saved */
    SAGA_AFTER_PLACED_PREPAID = 2,  /* an order that is paid before it counts was saved */
    SAGA_AFTER_PAID = 4,
    SAGA_AFTER_PLACED_UNCONFIRMED = 8,      /* an order was saved that waits for the code that confirms it */
};

/* What staff do to a dead letter of a step instead of having it tried again. */
enum saga_give_up {
    SAGA_KEEP_TRYING,               /* it can only be tried again */
    SAGA_FORGET,                    /* nothing hangs on it */
    SAGA_CANCEL_ORDER,              /* the order ends: stock and money go back */
    SAGA_KEEP_MONEY,                /* the refund is given up */
};

struct saga_step {
    const char *name;
    enum saga_lane lane;
    const char *undo;               /* the step that takes it back when the order ends; NULL: nothing has to be taken back */
    enum saga_give_up give_up;
    /* Does the step for some subjects; safe to repeat. NULL: the request itself does it before the order is saved. */
    void (*run)(const struct saga_room *room, struct errand *errands, size_t count);
    unsigned follows;               /* enum saga_follows */
    int64_t head_start_s;           /* how long after its cause it is due: left to the calling thread, or given to a shopper */
    int64_t deadline_s;             /* not done by then: a dead letter */
};

/* payment_steps.c */
void payment_steps_start(const struct saga_room *room, struct errand *errands, size_t count);
void payment_steps_ask(const struct saga_room *room, struct errand *errands, size_t count);
void payment_steps_expire(const struct saga_room *room, struct errand *errands, size_t count);
void payment_steps_refund(const struct saga_room *room, struct errand *errands, size_t count);

extern const struct saga_step saga_steps[SAGA_STEP_COUNT];
extern const char *const saga_lane_names[SAGA_LANE_COUNT];

/* NULL when there is none of that name. */
const struct saga_step *saga_step_find(const char *name);

#endif
