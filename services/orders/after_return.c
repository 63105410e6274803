/* The life of a return as a table. */
#include "after_return.h"

#include <string.h>

#include "clock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY_US (INT64_C(24) * 3600 * US_PER_S)

/* clang-format off: rows of a table */
static const struct return_transition transitions[] = {
    {RETURN_REQUESTED, RETURN_APPROVE, RETURN_APPROVED, ORDER_BY_STAFF},
    {RETURN_REQUESTED, RETURN_REFUSE, RETURN_REFUSED, ORDER_BY_STAFF},
    {RETURN_APPROVED, RETURN_REFUSE, RETURN_REFUSED, ORDER_BY_STAFF}, /* it never came */
    {RETURN_REQUESTED, RETURN_WITHDRAW, RETURN_WITHDRAWN, ORDER_BY_CUSTOMER},
    {RETURN_APPROVED, RETURN_WITHDRAW, RETURN_WITHDRAWN, ORDER_BY_CUSTOMER},
    {RETURN_APPROVED, RETURN_RECEIVE, RETURN_RECEIVED, ORDER_BY_STAFF},
    {RETURN_RECEIVED, RETURN_REFUND, RETURN_REFUNDED, ORDER_BY_STAFF},
    {RETURN_RECEIVED, RETURN_CLOSE, RETURN_CLOSED, ORDER_BY_STAFF},
};
/* clang-format on */

static const char *const state_names[] = {"",          "requested", "approved", "refused",
                                          "withdrawn", "received",  "refunded", "closed"};
static const char *const reason_names[] = {
    "", "damaged", "wrong_item", "not_as_described", "does_not_fit", "changed_mind", "other"};
static const char *const condition_names[] = {"", "as_new", "used", "broken"};

/* As in "It cannot be approved." */
static const char *const participles[] = {"changed", "approved", "refused", "closed", "withdrawn", "received", "refunded"};

/* Every event leads to one state, wherever it came from. */
static const struct return_transition *find_event(enum return_event event)
{
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].event == event)
            return &transitions[i];
    return NULL;
}

enum status after_return_decide(enum return_state from, enum return_event event, enum order_actor who,
                                const struct return_transition **ret_transition, struct error *err)
{
    const struct return_transition *leading = find_event(event);
    if (!leading)
        return error_field(err, "event", "unknown", "A return has no such event.");
    if (!(leading->who & (unsigned)who))
        return error_set(err, STATUS_PERMISSION_DENIED, "This is not for you to do.");
    *ret_transition = NULL;
    for (size_t i = 0; i < COUNT(transitions); i++)
        if (transitions[i].from == from && transitions[i].event == event)
            *ret_transition = &transitions[i];
    if (!*ret_transition && leading->to != from)
        return error_set(err, STATUS_FAILED_PRECONDITION, "This return is %s, so it cannot be %s.",
                         after_return_state_name(from), participles[event]);
    return STATUS_OK;
}

static const char *name_of(const char *const *names, size_t count, int number)
{
    return number >= 0 && (size_t)number < count ? names[number] : "";
}

static int number_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return 0;
}

const char *after_return_state_name(enum return_state state)
{
    return name_of(state_names, COUNT(state_names), (int)state);
}

enum return_state after_return_state_of(const char *name)
{
    return (enum return_state)number_of(state_names, COUNT(state_names), name);
}

const char *after_return_reason_name(int reason)
{
    return name_of(reason_names, COUNT(reason_names), reason);
}

int after_return_reason_of(const char *name)
{
    return number_of(reason_names, COUNT(reason_names), name);
}

const char *after_return_condition_name(int condition)
{
    return name_of(condition_names, COUNT(condition_names), condition);
}

int after_return_condition_of(const char *name)
{
    return number_of(condition_names, COUNT(condition_names), name);
}

int64_t after_return_until_us(int64_t last_delivered_at_us, int32_t return_days)
{
    return last_delivered_at_us == 0 || return_days == 0 ? 0 : last_delivered_at_us + return_days * DAY_US;
}

enum status after_return_check_time(int64_t until_us, int64_t now_us, struct error *err)
{
    if (until_us == 0)
        return error_set(err, STATUS_FAILED_PRECONDITION, "Nothing of this order was delivered that could be sent back.");
    if (now_us >= until_us)
        return error_set(err, STATUS_FAILED_PRECONDITION, "The time for sending this order back is over.");
    return STATUS_OK;
}
