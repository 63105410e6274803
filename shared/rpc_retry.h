/*
 * When a call is asked again, of another replica where there is one. Private to rpc_client.
 *
 *   it was never handed over, or the server refused it before running it     any call
 *   its connection broke, or its replica keeps silent                        calls that may be repeated
 *
 * Retries are paid from a bucket that every call fills by a tenth, so that a service in trouble is not asked twice as much as
 * when it was well. A silent replica is given up after half of the time that is left.
 */
#ifndef PORTAL_RPC_RETRY_H
#define PORTAL_RPC_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RPC_RETRY_TRIES_MAX 4           /* of one call, the first included */
#define RPC_RETRY_PRICE 10              /* drops in the bucket; a call brings one */
#define RPC_RETRY_BUCKET (256 * RPC_RETRY_PRICE)    /* as many calls can be in flight when their replica dies */

enum rpc_fault {
    RPC_FAULT_NONE,     /* answered, whatever the answer */
    RPC_FAULT_NOT_SENT, /* nobody was connected */
    RPC_FAULT_NOT_RUN,  /* refused by a server that is full, or stops */
    RPC_FAULT_LOST,     /* the connection broke: it may have run */
    RPC_FAULT_SILENT,   /* no answer in time: it may still run */
    RPC_FAULT_FINAL,    /* no use in asking again */
};
#define RPC_FAULT_COUNT 6

/* "not_sent", for metrics. */
const char *rpc_fault_name(enum rpc_fault fault);

struct rpc_retry_bucket {
    int64_t drops;
};

void rpc_retry_fill(struct rpc_retry_bucket *bucket);       /* for each new call */
bool rpc_retry_pay(struct rpc_retry_bucket *bucket);        /* false: there is not enough */

/* The rule above; `tries` were made. */
bool rpc_retry_helps(enum rpc_fault fault, bool may_repeat, int tries, bool has_others);

/* When this try is given up; all times are clock_monotonic_us(). */
int64_t rpc_retry_until(int64_t now_us, int64_t deadline_us, bool may_repeat, int tries, bool has_others);

#endif
