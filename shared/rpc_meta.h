/*
 * What travels beside the payload of a call, and is handed on from hop to hop. (proto/rpc.proto is the wire form.)
 */
#ifndef PORTAL_RPC_META_H
#define PORTAL_RPC_META_H

#include <stdbool.h>
#include <stdint.h>

#include "rpc.pb-c.h"

#define RPC_MESSAGE_MAX (4u * 1024 * 1024)     /* bytes of one envelope, either way; a larger one is refused before it is sent */
#define RPC_METHOD_MAX 128
#define RPC_TRACEPARENT_SIZE 56                /* "00-<32 hex>-<16 hex>-<2 hex>" and its NUL */

struct rpc_meta {
    const Rpc__V1__Caller *caller;      /* never NULL */
    const char *request_id;             /* never NULL */
    const char *traceparent;            /* "" when there is none */
    const char *idempotency_key;        /* "" when the caller gave none */
    int64_t deadline_us;                /* clock_monotonic_us() after which nobody waits for the answer */
    bool may_repeat;                    /* one's own, not sent along: a second run does no harm, since the method changes nothing,
                                           carries a key, or is idempotent by what it names; rpc_client may ask again */
};

/* A caller that is nobody, and one that is a service working on its own account. */
extern const Rpc__V1__Caller RPC_NOBODY;
extern const Rpc__V1__Caller RPC_SERVICE;

/*
 * The traceparent of the next hop (W3C Trace Context, level 1): the trace of `traceparent` under a new span id. Where that is
 * "" or malformed a new trace begins, not sampled. rpc_client does this for every call it sends.
 */
void rpc_traceparent_next(const char *traceparent, char out[RPC_TRACEPARENT_SIZE]);

#endif
