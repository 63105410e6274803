/* A background thread around idempotency_sweep(). */
#include "idempotency_sweeper.h"

#include <stdlib.h>

#include "clock.h"
#include "idempotency.h"
#include "log.h"

#define BATCH 1000
#define PAUSE_MIN_US (60 * US_PER_S)        /* keys that come due one after the other are swept together */
#define PAUSE_FAILED_US (60 * US_PER_S)
#define ARENA_SIZE 1024

struct idempotency_sweeper {
    const struct service_settings *settings;
    struct background *background;
};

static enum db_outcome sweep_all(struct db *db, int64_t *ret_swept, struct error *err)
{
    enum db_outcome outcome = DB_OK;
    int64_t deleted = BATCH;
    for (*ret_swept = 0; outcome == DB_OK && deleted == BATCH; *ret_swept += deleted) {
        deleted = 0;
        outcome = idempotency_sweep(db, clock_now_us(), BATCH, &deleted, err);
    }
    return outcome == DB_NONE ? DB_OK : outcome;
}

static int64_t work(void *arg)
{
    const struct idempotency_sweeper *self = arg;
    struct db *db = service_db_new(self->settings, "key sweeper");
    struct arena *arena = arena_new(ARENA_SIZE, ARENA_SIZE);
    struct error err;
    int64_t swept;
    int64_t due_us = 0;
    error_clear(&err);
    bool ok = sweep_all(db, &swept, &err) == DB_OK && idempotency_next_sweep(db, arena, &due_us, &err) == DB_OK;
    if (!ok)
        log_warn(LOG_EVENT("keys_not_swept"), LOG_STR("status", status_name(err.status)), LOG_STR("why", err.message));
    else if (swept > 0)
        log_info(LOG_EVENT("keys_swept"), LOG_INT("keys", swept));
    arena_free(arena);
    db_free(db);
    int64_t pause_us = ok ? due_us - clock_now_us() : PAUSE_FAILED_US;
    return clock_monotonic_us() + (pause_us > PAUSE_MIN_US ? pause_us : PAUSE_MIN_US);
}

enum status idempotency_sweeper_start(const struct service_settings *settings, struct idempotency_sweeper **ret_self,
                                      struct error *err)
{
    struct idempotency_sweeper *self = calloc(1, sizeof(*self));
    if (!self)
        return error_set(err, STATUS_RESOURCE_EXHAUSTED, "There is no memory for the key sweeper.");
    self->settings = settings;
    if (background_start("key sweeper", work, self, &self->background, err) != STATUS_OK) {
        free(self);
        return err->status;
    }
    *ret_self = self;
    return STATUS_OK;
}

void idempotency_sweeper_stop(struct idempotency_sweeper *self)
{
    if (!self)
        return;
    background_stop(self->background);
    free(self);
}
