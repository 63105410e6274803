/*
 * Runs the call in a slot through the generated vtable, answers it, counts and logs it. Private to rpc_server.
 */
#ifndef PORTAL_RPC_WORK_H
#define PORTAL_RPC_WORK_H

#include "metrics.h"
#include "rpc_server.h"
#include "rpc_slot.h"

struct rpc_work {
    ProtobufCService *service;
    struct metric *calls;
    struct metric *durations;
    struct metric *dropped;
};

void rpc_work_init(struct rpc_work *work, ProtobufCService *service);

/* "catalog.v1.CatalogService/GetProduct" -> the method, or NULL; one that the service left out is none. */
const ProtobufCMethodDescriptor *rpc_work_method(const struct rpc_work *work, const char *path);

/* What is wrong with the slot's envelope, as a sentence; NULL: nothing. */
const char *rpc_work_fault(const struct rpc_slot *slot);

/* Each of these gives the slot (the slots) away: it must not be touched afterwards. */
void rpc_work_run(const struct rpc_work *work, struct rpc_slot *slot, void *worker, struct arena *arena);
void rpc_work_run_batch(const struct rpc_work *work, const struct rpc_lane *lane, struct rpc_slot **slots, size_t count,
                        void *worker, struct arena *arena);
void rpc_work_refuse(const struct rpc_work *work, struct rpc_slot *slot, enum status status, const char *sentence);
void rpc_work_drop_expired(const struct rpc_work *work, struct rpc_slot *slot);

/* `reason`: expired, queue_full, malformed, stopping. */
void rpc_work_count_dropped(const struct rpc_work *work, const char *reason);

#endif
