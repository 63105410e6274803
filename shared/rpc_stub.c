/* The waiting form of a call: the generated stub's invoke(). */
#include "rpc_client.h"

#include <errno.h>
#include <semaphore.h>

static void wake(void *arg)
{
    sem_post(arg);
}

static void invoke(ProtobufCService *service, unsigned method_index, const ProtobufCMessage *request,
                   ProtobufCClosure closure, void *closure_data)
{
    struct rpc_stub *stub = (struct rpc_stub *)service;
    struct rpc_result result;
    sem_t finished;
    sem_init(&finished, 0, 0);
    rpc_client_start(stub->client, &service->descriptor->methods[method_index], stub->meta, request, stub->arena, &result,
                     wake, &finished);
    while (sem_wait(&finished) != 0 && errno == EINTR)
        continue;
    sem_destroy(&finished);
    stub->status = result.err.status;
    if (stub->status == STATUS_OK)
        closure(result.reply, closure_data);
    else
        *stub->err = result.err;
}

void rpc_stub_init(struct rpc_stub *stub, struct rpc_client *client, const struct rpc_meta *meta, struct arena *arena,
                   struct error *err)
{
    *stub = (struct rpc_stub){
        .base = {.descriptor = rpc_client_service(client), .invoke = invoke},
        .client = client,
        .meta = meta,
        .arena = arena,
        .err = err,
        .status = STATUS_INTERNAL,
    };
}
