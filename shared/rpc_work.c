/* One call from its unpacked envelope to its packed answer. */
#include "rpc_work.h"

#include <assert.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "rpc_server.h"

#define REQUEST_ID_MAX 128
#define IDEMPOTENCY_KEY_MAX 255
#define ROLES_MAX 32

/* A call on its worker's stack: the closure data of the generated vtable. */
struct running {
    struct rpc_call call;
    const struct rpc_work *work;
    struct rpc_slot *slot;
    bool answered;
    struct error err;
};

void rpc_work_init(struct rpc_work *work, ProtobufCService *service)
{
    *work = (struct rpc_work){
        .service = service,
        .calls = metric_new(METRIC_COUNTER, "rpc_server_calls_total", "method,status", "Calls answered."),
        .durations =
            metric_new(METRIC_HISTOGRAM_US, "rpc_server_duration_seconds", "method", "From a call's arrival to its answer."),
        .dropped = metric_new(METRIC_COUNTER, "rpc_server_dropped_total", "reason", "Calls that were not run."),
    };
}

static const char *method_label(const struct rpc_slot *slot)
{
    return slot->method ? slot->method->name : "unknown";
}

static bool is_our_fault(enum status status)
{
    return status == STATUS_INTERNAL || status == STATUS_UNKNOWN || status == STATUS_UNAVAILABLE ||
           status == STATUS_DATA_LOSS;
}

static void count_answer(const struct rpc_work *work, const struct rpc_slot *slot, enum status status)
{
    const char *method = method_label(slot);
    int64_t duration_us = clock_monotonic_us() - slot->received_us;
    metric_add(metric_series(work->calls, (const char *const[]){method, status_name(status)}), 1);
    metric_observe_us(metric_series(work->durations, (const char *const[]){method}), duration_us);
}

/* The slot serves its next call, on another thread perhaps, once the answer is handed over: it is counted before. */
static void send_answer(const struct rpc_work *work, struct rpc_slot *slot, nng_msg *answer, enum status status)
{
    count_answer(work, slot, status);
    rpc_slot_send(slot, answer);
}

static void answer_error(const struct rpc_work *work, struct rpc_slot *slot, const struct error *err, bool not_run)
{
    struct rpc_wire_failure failure;
    rpc_wire_from_error(err, &failure);
    failure.reply.not_run = not_run;
    nng_msg *answer = rpc_wire_pack(&failure.reply.base, RPC_WIRE_REPLY_PAYLOAD, NULL);
    assert(answer && "an error's texts are short");
    send_answer(work, slot, answer, err->status);
}

static void answer_reply(const ProtobufCMessage *message, void *closure_data)
{
    struct running *running = closure_data;
    Rpc__V1__Reply reply;
    rpc__v1__reply__init(&reply);
    reply.replayed = running->call.replayed;
    nng_msg *answer = rpc_wire_pack(&reply.base, RPC_WIRE_REPLY_PAYLOAD, message);
    if (!answer) {
        error_set(&running->err, STATUS_INTERNAL, "The answer is too large to be sent.");
        return;
    }
    running->answered = true;
    send_answer(running->work, running->slot, answer, STATUS_OK);
}

/* The three below are declared in rpc_server.h for RPC_HANDLER. */
struct rpc_call *rpc_call_of(void *data)
{
    return &((struct running *)data)->call;
}

struct error *rpc_call_error(void *data)
{
    return &((struct running *)data)->err;
}

bool rpc_call_finish(void *data, enum status status)
{
    struct running *running = data;
    if (status == STATUS_OK)
        return true;
    if (running->err.status != status)
        error_set(&running->err, status, "The request could not be served.");
    return false;
}

static const char *trace_of(const Rpc__V1__Request *request, struct arena *arena)
{
    if (*request->traceparent)
        return request->traceparent;
    char *traceparent = arena_alloc(arena, RPC_TRACEPARENT_SIZE);
    rpc_traceparent_next("", traceparent);
    return traceparent;
}

/* NULL, and the error says so, when it is none. */
static ProtobufCMessage *unpack_request(struct running *running)
{
    const struct rpc_slot *slot = running->slot;
    const ProtobufCBinaryData *payload = &slot->request->payload;
    ProtobufCMessage *request =
        protobuf_c_message_unpack(slot->method->input, arena_allocator(running->call.arena), payload->len, payload->data);
    if (!request)
        error_set(&running->err, STATUS_INVALID_ARGUMENT,
                  "The request cannot be read as the message that this method takes.");
    return request;
}

static void log_fault(const struct rpc_slot *slot, const struct error *err)
{
    log_error(LOG_EVENT("call_failed"), LOG_STR("method", method_label(slot)), LOG_STR("status", status_name(err->status)),
              LOG_STR("reason", err->message), LOG_STR("request_id", slot->request->request_id),
              LOG_STR("traceparent", slot->request->traceparent),
              LOG_INT("duration_us", clock_monotonic_us() - slot->received_us));
}

static void start(struct running *running, const struct rpc_work *work, struct rpc_slot *slot, void *worker,
                  struct arena *arena)
{
    running->call.meta = (struct rpc_meta){
        .caller = slot->request->caller ? slot->request->caller : &RPC_NOBODY,
        .request_id = slot->request->request_id,
        .traceparent = trace_of(slot->request, arena),
        .idempotency_key = slot->request->idempotency_key,
        .deadline_us = slot->deadline_us,
    };
    running->call.arena = arena;
    running->call.worker = worker;
    running->call.replayed = false;
    running->work = work;
    running->slot = slot;
    running->answered = false;
    error_clear(&running->err);
}

/* Whoever has no reply yet gets the error. */
static void finish(struct running *running)
{
    if (running->answered)
        return;
    if (running->err.status == STATUS_OK)
        error_set(&running->err, STATUS_INTERNAL, "The method gave no answer.");
    if (is_our_fault(running->err.status))
        log_fault(running->slot, &running->err);
    answer_error(running->work, running->slot, &running->err, false);
}

void rpc_work_run(const struct rpc_work *work, struct rpc_slot *slot, void *worker, struct arena *arena)
{
    struct running running;
    ProtobufCService *service = work->service;
    start(&running, work, slot, worker, arena);
    ProtobufCMessage *request = unpack_request(&running);
    if (request)
        service->invoke(service, (unsigned)(slot->method - service->descriptor->methods), request, answer_reply, &running);
    finish(&running);
}

static struct rpc_batch_call batch_call(struct running *running, const ProtobufCMessage *request)
{
    const ProtobufCMessageDescriptor *output = running->slot->method->output;
    ProtobufCMessage *reply = arena_alloc(running->call.arena, output->sizeof_message);
    protobuf_c_message_init(output, reply);
    return (struct rpc_batch_call){&running->call, request, reply, &running->err, STATUS_INTERNAL};
}

void rpc_work_run_batch(const struct rpc_work *work, const struct rpc_lane *lane, struct rpc_slot **slots, size_t count,
                        void *worker, struct arena *arena)
{
    struct running *running = ARENA_ARRAY(arena, struct running, count);
    struct rpc_batch_call *calls = ARENA_ARRAY(arena, struct rpc_batch_call, count);
    size_t *owners = ARENA_ARRAY(arena, size_t, count);
    size_t readable = 0;
    for (size_t i = 0; i < count; i++) {
        assert(slots[i]->method == slots[0]->method && "a batch lane is for one method");
        start(&running[i], work, slots[i], worker, arena);
        ProtobufCMessage *request = unpack_request(&running[i]);
        if (!request)
            continue;
        owners[readable] = i;
        calls[readable++] = batch_call(&running[i], request);
    }
    if (readable > 0)
        lane->batch(work->service, calls, readable);
    for (size_t i = 0; i < readable; i++)
        if (rpc_call_finish(&running[owners[i]], calls[i].status))
            answer_reply(calls[i].reply, &running[owners[i]]);
    for (size_t i = 0; i < count; i++)
        finish(&running[i]);
}

void rpc_work_refuse(const struct rpc_work *work, struct rpc_slot *slot, enum status status, const char *sentence)
{
    struct error err;
    error_clear(&err);
    error_set(&err, status, "%s", sentence);
    err.retry_after_s = status == STATUS_UNAVAILABLE ? 1 : 0;
    answer_error(work, slot, &err, status == STATUS_UNAVAILABLE);
}

const ProtobufCMethodDescriptor *rpc_work_method(const struct rpc_work *work, const char *path)
{
    const ProtobufCService *service = work->service;
    const ProtobufCServiceDescriptor *descriptor = service->descriptor;
    size_t length = strlen(descriptor->name);
    if (strncmp(path, descriptor->name, length) != 0 || path[length] != '/')
        return NULL;
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(descriptor, path + length + 1);
    void (*const *handlers)(void) = (void (*const *)(void))(service + 1); /* as protoc-c lays a service out */
    return method && handlers[method - descriptor->methods] ? method : NULL;
}

const char *rpc_work_fault(const struct rpc_slot *slot)
{
    const Rpc__V1__Request *request = slot->request;
    if (!request)
        return "The call is not an envelope of ours.";
    if (strlen(request->method) > RPC_METHOD_MAX)
        return "The method's name is too long.";
    if (request->timeout_ms == 0)
        return "The call has no deadline.";
    if (strlen(request->request_id) > REQUEST_ID_MAX)
        return "The request id is too long.";
    if (strlen(request->idempotency_key) > IDEMPOTENCY_KEY_MAX)
        return "The idempotency key is too long.";
    if (strlen(request->traceparent) >= RPC_TRACEPARENT_SIZE)
        return "The trace context is too long.";
    if (request->caller && request->caller->n_roles > ROLES_MAX)
        return "The caller has too many roles.";
    return NULL;
}

void rpc_work_count_dropped(const struct rpc_work *work, const char *reason)
{
    metric_add(metric_series(work->dropped, (const char *const[]){reason}), 1);
}

void rpc_work_drop_expired(const struct rpc_work *work, struct rpc_slot *slot)
{
    rpc_work_count_dropped(work, "expired");
    count_answer(work, slot, STATUS_DEADLINE_EXCEEDED);
    rpc_slot_drop(slot);
}
