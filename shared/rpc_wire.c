/* Packs envelopes straight into nng messages and translates errors to and from them. */
#include "rpc_wire.h"

#include <stdio.h>
#include <stdlib.h>

#define VARINT_MAX 5 /* bytes; no length here passes 32 bits */
#define WIRE_BYTES 2 /* wire type "length-delimited" of the protobuf encoding */

static size_t write_varint(uint8_t *out, size_t value)
{
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        out[size++] = (uint8_t)(value | 0x80);
    out[size++] = (uint8_t)value;
    return size;
}

static nng_msg *new_message(size_t size)
{
    nng_msg *message;
    if (nng_msg_alloc(&message, size) == 0)
        return message;
    fprintf(stderr, "out of memory: a message wanted %zu bytes\n", size);
    abort();
}

nng_msg *rpc_wire_pack(const ProtobufCMessage *envelope, unsigned payload_field, const ProtobufCMessage *payload)
{
    uint8_t head[1 + VARINT_MAX];
    size_t head_size = 0;
    size_t envelope_size = protobuf_c_message_get_packed_size(envelope);
    size_t payload_size = payload ? protobuf_c_message_get_packed_size(payload) : 0;
    if (envelope_size > RPC_MESSAGE_MAX || payload_size > RPC_MESSAGE_MAX - sizeof(head) ||
        envelope_size + payload_size > RPC_MESSAGE_MAX - sizeof(head))
        return NULL;
    if (payload_size > 0) {
        head[0] = (uint8_t)(payload_field << 3 | WIRE_BYTES);
        head_size = 1 + write_varint(head + 1, payload_size);
    }
    nng_msg *message = new_message(envelope_size + head_size + payload_size);
    uint8_t *out = nng_msg_body(message);
    out += protobuf_c_message_pack(envelope, out);
    for (size_t i = 0; i < head_size; i++)
        *out++ = head[i];
    if (payload_size > 0)
        protobuf_c_message_pack(payload, out);
    return message;
}

void *rpc_wire_unpack(const ProtobufCMessageDescriptor *kind, nng_msg *message, struct arena *arena)
{
    return protobuf_c_message_unpack(kind, arena_allocator(arena), nng_msg_len(message), nng_msg_body(message));
}

void rpc_wire_from_error(const struct error *err, struct rpc_wire_failure *failure)
{
    rpc__v1__reply__init(&failure->reply);
    failure->reply.status = (int32_t)err->status;
    failure->reply.message = (char *)err->message;
    failure->reply.retry_after_s = err->retry_after_s;
    failure->reply.n_violations = err->violation_count;
    failure->reply.violations = failure->list;
    for (size_t i = 0; i < err->violation_count; i++) {
        const struct violation *violation = &err->violations[i];
        Rpc__V1__FieldViolation *message = failure->list[i] = &failure->violations[i];
        rpc__v1__field_violation__init(message);
        message->field = (char *)violation->field;
        message->code = (char *)violation->code;
        message->message = (char *)violation->message;
    }
}

void rpc_wire_to_error(const Rpc__V1__Reply *reply, struct error *err)
{
    bool known = reply->status >= 0 && reply->status < STATUS_COUNT;
    error_clear(err);
    for (size_t i = 0; i < reply->n_violations; i++) {
        const Rpc__V1__FieldViolation *violation = reply->violations[i];
        error_field(err, violation->field, violation->code, "%s", violation->message);
    }
    error_set(err, known ? (enum status)reply->status : STATUS_INTERNAL, "%s", reply->message);
    err->retry_after_s = reply->retry_after_s;
}
