/* The steps of the saga that wait for payment providers. */
#include "clock.h"
#include "payment_flow.h"
#include "refund_flow.h"

/* From here on all that a step asks a provider. */
static int64_t provider_deadline_us(void)
{
    return clock_monotonic_us() + SAGA_PROVIDER_S * US_PER_S;
}

void payment_steps_start(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        errands[i].is_done =
            payment_start(room, errands[i].task->subject_id, provider_deadline_us(), &errands[i].err) == STATUS_OK;
}

void payment_steps_ask(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t next_us = 0;
        if (payment_ask(room, errands[i].task->subject_id, provider_deadline_us(), &next_us, &errands[i].err) != STATUS_OK)
            continue;
        errands[i].is_done = next_us == 0;
        errands[i].again_at_us = next_us;
    }
}

void payment_steps_expire(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++)
        errands[i].is_done =
            payment_expire(room, errands[i].task->order_id, provider_deadline_us(), &errands[i].err) == STATUS_OK;
}

void payment_steps_refund(const struct saga_room *room, struct errand *errands, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t next_us = 0;
        if (refund_send(room, errands[i].task->subject_id, provider_deadline_us(), &next_us, &errands[i].err) != STATUS_OK)
            continue;
        errands[i].is_done = next_us == 0;
        errands[i].again_at_us = next_us;
    }
}
