/* Checks rows one by one: a list of rules, each a function that gives a sentence when it is broken. */
#include "route_check.h"

#include <string.h>

#define CAPTURE_NAME_MAX 64
#define DEADLINE_MAX_MS 60000u

const ProtobufCMethodDescriptor *route_rpc(const struct route *row)
{
    return protobuf_c_service_descriptor_get_method_by_name(row->service, row->rpc);
}

static bool is_scalar(const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    return field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_BYTES;
}

static const char *check_kind(const struct route *row)
{
    if (row->pattern[0] != '/')
        return "its pattern does not start with '/'";
    if ((row->kind == ROUTE_RPC) != (row->rpc != NULL && row->service != NULL))
        return "a row with an RPC, and no other, names service and method";
    if ((row->kind != ROUTE_RPC) != (row->handle != NULL))
        return "a row without an RPC, and no other, has a handler";
    if (row->kind == ROUTE_DOOR && (row->access != ACCESS_PUBLIC || row->needs_idempotency_key))
        return "doors are open to everybody and have no keys";
    return NULL;
}

static const char *check_method(const struct route *row)
{
    if (row->kind == ROUTE_RPC && !route_rpc(row))
        return "the service has no such method";
    if (row->kind == ROUTE_RPC && (!row->summary || !*row->summary))
        return "it has no summary for the API's description";
    return NULL;
}

static const char *check_caching(const struct route *row)
{
    if (row->cache_s > 0 && row->access != ACCESS_PUBLIC)
        return "only public answers may be kept";
    if (row->cache_s > 0 && row->method != ROUTE_GET)
        return "only answers to GET may be kept";
    return NULL;
}

static const char *check_limits(const struct route *row)
{
    if (row->deadline_ms > DEADLINE_MAX_MS)
        return "its deadline is longer than a minute";
    if (row->body_max > ROUTE_BODY_LIMIT)
        return "its body limit is above what a call can carry";
    if (row->needs_idempotency_key && row->method == ROUTE_GET)
        return "reading needs no idempotency key";
    return NULL;
}

static const char *check_success(const struct route *row)
{
    if (row->success != 0 && row->success != 201 && row->success != 204)
        return "its success is none of 200, 201, 204";
    if (row->location && row->success != 201)
        return "only 201 has a Location";
    return NULL;
}

/* Parameters of a query become fields by their names, so a request without a body can have none but scalars. */
static const char *check_query(const struct route *row)
{
    if (row->kind != ROUTE_RPC || (row->method != ROUTE_GET && row->method != ROUTE_DELETE))
        return NULL;
    const ProtobufCMessageDescriptor *request = route_rpc(row)->input;
    for (unsigned i = 0; i < request->n_fields; i++) {
        if (!is_scalar(&request->fields[i]))
            return "its request has a field that a query cannot carry";
    }
    return NULL;
}

/* Every "{name}" of a text must be a text field of the message. */
static bool captures_fit(const char *text, const ProtobufCMessageDescriptor *message)
{
    for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
        char name[CAPTURE_NAME_MAX];
        size_t length = strcspn(open + 1, "=}");
        if (length >= sizeof(name))
            return false;
        memcpy(name, open + 1, length);
        name[length] = '\0';
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);
        if (!field || field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED)
            return false;
    }
    return true;
}

static const char *check_captures(const struct route *row)
{
    if (row->kind != ROUTE_RPC)
        return NULL;
    const ProtobufCMethodDescriptor *method = route_rpc(row);
    if (!captures_fit(row->pattern, method->input))
        return "a name in its pattern is no text field of the request";
    if (row->location && !captures_fit(row->location, method->output))
        return "a name in its Location is no text field of the reply";
    return NULL;
}

static const char *check_body(const struct route *row)
{
    if (!row->body)
        return NULL;
    if (row->kind != ROUTE_RPC || row->method == ROUTE_GET || row->method == ROUTE_DELETE)
        return "only calls that take a body name the field it becomes";
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(route_rpc(row)->input, row->body);
    if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED)
        return "its body is no message in the request";
    return NULL;
}

enum status route_check(const struct route *row, struct error *err)
{
    static const char *(*const rules[])(const struct route *) = {check_kind,    check_method, check_caching,  check_limits,
                                                                 check_success, check_query,  check_captures, check_body};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const char *complaint = rules[i](row);
        if (complaint)
            return error_set(err, STATUS_FAILED_PRECONDITION, "The route %s %s cannot work: %s.",
                             route_method_name(row->method), row->pattern, complaint);
    }
    return STATUS_OK;
}
