/* Rules of asking again: values in, values out. */
#include "rpc_retry.h"

#include "clock.h"

#define NOT_SENT_TRIES_MAX 2            /* each took half a second: then people are told */
#define TRY_MIN_US (250 * US_PER_MS)    /* a replica that takes no longer is not called silent */

const char *rpc_fault_name(enum rpc_fault fault)
{
    static const char *const names[RPC_FAULT_COUNT] = {"none", "not_sent", "not_run", "lost", "silent", "final"};
    return names[fault];
}

void rpc_retry_fill(struct rpc_retry_bucket *bucket)
{
    if (bucket->drops < RPC_RETRY_BUCKET)
        bucket->drops++;
}

bool rpc_retry_pay(struct rpc_retry_bucket *bucket)
{
    if (bucket->drops < RPC_RETRY_PRICE)
        return false;
    bucket->drops -= RPC_RETRY_PRICE;
    return true;
}

bool rpc_retry_helps(enum rpc_fault fault, bool may_repeat, int tries, bool has_others)
{
    if (tries >= RPC_RETRY_TRIES_MAX)
        return false;
    switch (fault) {
    case RPC_FAULT_NOT_SENT:
        return has_others && tries < NOT_SENT_TRIES_MAX;
    case RPC_FAULT_NOT_RUN:
        return has_others;
    case RPC_FAULT_LOST:
        return may_repeat;
    case RPC_FAULT_SILENT:
        return may_repeat && has_others;
    default:
        return false;
    }
}

int64_t rpc_retry_until(int64_t now_us, int64_t deadline_us, bool may_repeat, int tries, bool has_others)
{
    int64_t half_us = (deadline_us - now_us) / 2;
    if (!may_repeat || !has_others || tries + 1 >= RPC_RETRY_TRIES_MAX || half_us < TRY_MIN_US)
        return deadline_us;
    return now_us + half_us;
}
