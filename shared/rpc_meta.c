/* The two callers that need no token, and trace context. */
#include "rpc_meta.h"

#include <string.h>
#include <sodium.h>

#define TRACE_AT 3 /* "00-" stands before the trace id */
#define TRACE_SIZE 32
#define SPAN_AT (TRACE_AT + TRACE_SIZE + 1)
#define SPAN_SIZE 16
#define FLAGS_AT (SPAN_AT + SPAN_SIZE + 1)

const Rpc__V1__Caller RPC_NOBODY = RPC__V1__CALLER__INIT;

const Rpc__V1__Caller RPC_SERVICE = {
    .base = PROTOBUF_C_MESSAGE_INIT(&rpc__v1__caller__descriptor),
    .subject = (char *)protobuf_c_empty_string,
    .kind = RPC__V1__CALLER__KIND__KIND_SERVICE,
    .guest_subject = (char *)protobuf_c_empty_string,
    .session_id = (char *)protobuf_c_empty_string,
};

/* `size` lower-case hexadecimal digits that are not all 0. */
static bool is_id(const char *text, size_t size)
{
    return strspn(text, "0123456789abcdef") >= size && strspn(text, "0") < size;
}

static bool is_traceparent(const char *text)
{
    return strlen(text) == RPC_TRACEPARENT_SIZE - 1 && strncmp(text, "00-", 3) == 0 && is_id(text + TRACE_AT, TRACE_SIZE) &&
           text[SPAN_AT - 1] == '-' && is_id(text + SPAN_AT, SPAN_SIZE) && text[FLAGS_AT - 1] == '-' &&
           strspn(text + FLAGS_AT, "0123456789abcdef") == 2;
}

/* An id of all zeros is not valid, and 64 random bits are that once in 10^19 draws; the last bit makes it never. */
static void write_id(char *out, size_t size)
{
    unsigned char bytes[TRACE_SIZE / 2];
    char hex[TRACE_SIZE + 1];
    randombytes_buf(bytes, size / 2);
    bytes[size / 2 - 1] |= 1;
    sodium_bin2hex(hex, sizeof(hex), bytes, size / 2);
    memcpy(out, hex, size);
}

void rpc_traceparent_next(const char *traceparent, char out[RPC_TRACEPARENT_SIZE])
{
    if (is_traceparent(traceparent)) {
        memcpy(out, traceparent, RPC_TRACEPARENT_SIZE);
    } else {
        memcpy(out, "00-00000000000000000000000000000000-0000000000000000-00", RPC_TRACEPARENT_SIZE);
        write_id(out + TRACE_AT, TRACE_SIZE);
    }
    write_id(out + SPAN_AT, SPAN_SIZE);
}
