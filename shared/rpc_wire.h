/*
 * Envelopes as bytes: what rpc_server and rpc_client share. Private to them.
 */
#ifndef PORTAL_RPC_WIRE_H
#define PORTAL_RPC_WIRE_H

#include <nng/nng.h>

#include "arena.h"
#include "rpc_meta.h"

#define RPC_WIRE_REQUEST_PAYLOAD 7      /* field numbers of proto/rpc.proto, the last of their messages */
#define RPC_WIRE_REPLY_PAYLOAD 6
#define RPC_WIRE_RECV_MAX (RPC_MESSAGE_MAX + 1024u)     /* nng counts its own header, too */

/*
 * The packed envelope with `payload` (may be NULL) packed behind it as the bytes field of number `payload_field`, so that the
 * payload is never copied. That field must be the envelope's last and must not be set in it. NULL when the whole is larger
 * than RPC_MESSAGE_MAX. The caller owns the message.
 */
nng_msg *rpc_wire_pack(const ProtobufCMessage *envelope, unsigned payload_field, const ProtobufCMessage *payload);

/* The nng message's body as a message of that kind, in the arena; NULL when it is none. */
void *rpc_wire_unpack(const ProtobufCMessageDescriptor *kind, nng_msg *message, struct arena *arena);

/* A reply that tells an error, with what it points to. */
struct rpc_wire_failure {
    Rpc__V1__Reply reply;
    Rpc__V1__FieldViolation *list[ERROR_VIOLATIONS_MAX];
    Rpc__V1__FieldViolation violations[ERROR_VIOLATIONS_MAX];
};

/* Points into `err`, which must outlive it. */
void rpc_wire_from_error(const struct error *err, struct rpc_wire_failure *failure);

/* What a reply says went wrong; a status that is none is INTERNAL. */
void rpc_wire_to_error(const Rpc__V1__Reply *reply, struct error *err);

#endif
