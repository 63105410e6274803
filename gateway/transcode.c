/* Query, body and captures, in this order, into one message. */
#include "transcode.h"

#include <assert.h>
#include <string.h>

#include "pbjson.h"

static bool takes_body(const struct exchange *x)
{
    return x->method != ROUTE_GET && x->method != ROUTE_DELETE;
}

/* In either spelling, "page_size" and "pageSize", a name is one name. */
static bool is_same_name(const char *one, const char *other)
{
    char a[PBJSON_NAME_MAX];
    char b[PBJSON_NAME_MAX];
    if (strlen(one) >= PBJSON_NAME_MAX || strlen(other) >= PBJSON_NAME_MAX)
        return false;
    pbjson_name(one, a);
    pbjson_name(other, b);
    return strcmp(a, b) == 0;
}

static bool is_in(const struct params *params, size_t end, const char *name)
{
    for (size_t i = 0; i < end; i++) {
        if (is_same_name(params->items[i].name, name))
            return true;
    }
    return false;
}

static enum status set_parameter(struct exchange *x, ProtobufCMessage *request, size_t index, struct error *err)
{
    const struct param *param = &x->query.items[index];
    if (takes_body(x))
        return error_field(err, param->name, "unknown", "This address takes no parameters; put it into the body.");
    if (is_in(&x->captures, x->captures.count, param->name))
        return error_field(err, param->name, "conflict", "This is part of the path already; leave it out of the query.");
    if (is_in(&x->query, index, param->name))
        return error_field(err, param->name, "repeated", "This parameter is there twice.");
    enum status status = pbjson_set_text(request, param->name, param->value, x->arena, err);
    if (status != STATUS_NOT_FOUND)
        return status;
    error_clear(err);
    return error_field(err, param->name, "unknown", "There is no such parameter here.");
}

static enum status read_query(struct exchange *x, ProtobufCMessage *request, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < x->query.count && status == STATUS_OK; i++)
        status = set_parameter(x, request, i, err);
    return status;
}

/* The body is the whole request, or the one field of it that the row names. */
static enum status read_body(struct exchange *x, const ProtobufCMessageDescriptor *descriptor,
                             ProtobufCMessage **ret_request, struct error *err)
{
    const char *name = x->route->body;
    if (!name)
        return pbjson_parse(descriptor, x->body, x->body_size, x->arena, ret_request, err);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, name);
    ProtobufCMessage *request = pbjson_new(descriptor, x->arena);
    ProtobufCMessage **member = (ProtobufCMessage **)(void *)((char *)request + field->offset);
    *ret_request = request;
    return pbjson_parse(field->descriptor, x->body, x->body_size, x->arena, member, err);
}

static enum status set_capture(ProtobufCMessage *request, const struct param *capture, struct error *err)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(request->descriptor, capture->name);
    assert(field && field->type == PROTOBUF_C_TYPE_STRING && "the router checked it");
    const char **member = (const char **)(void *)((char *)request + field->offset);
    if (*member && **member && strcmp(*member, capture->value) != 0) {
        char name[PBJSON_NAME_MAX];
        pbjson_name(capture->name, name);
        return error_field(err, name, "conflict", "The path says something else; leave it out of the body.");
    }
    *member = capture->value;
    return STATUS_OK;
}

enum status transcode_request(struct exchange *x, const ProtobufCMessageDescriptor *descriptor,
                              ProtobufCMessage **ret_request, struct error *err)
{
    ProtobufCMessage *request = NULL;
    enum status status = STATUS_OK;
    if (takes_body(x))
        status = read_body(x, descriptor, &request, err);
    else if (x->body_size > 0)
        status = error_set(err, STATUS_INVALID_ARGUMENT, "%s takes no body.", route_method_name(x->method));
    else
        request = pbjson_new(descriptor, x->arena);
    if (status == STATUS_OK)
        status = read_query(x, request, err);
    for (size_t i = 0; i < x->captures.count && status == STATUS_OK; i++)
        status = set_capture(request, &x->captures.items[i], err);
    if (status == STATUS_OK)
        *ret_request = request;
    return status;
}
