/* One table for scalar types; messages and enums become components that refer to each other. */
#include "openapi_schema.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pbjson.h"

#define NAME_MAX_SIZE 96
#define REF_SIZE (NAME_MAX_SIZE + 32)

static const struct {
    ProtobufCType type;
    const char *json_type;
    const char *format;
} scalars[] = {
    {PROTOBUF_C_TYPE_INT32, "integer", "int32"},    {PROTOBUF_C_TYPE_SINT32, "integer", "int32"},
    {PROTOBUF_C_TYPE_SFIXED32, "integer", "int32"}, {PROTOBUF_C_TYPE_UINT32, "integer", "uint32"},
    {PROTOBUF_C_TYPE_FIXED32, "integer", "uint32"}, {PROTOBUF_C_TYPE_INT64, "string", "int64"},
    {PROTOBUF_C_TYPE_SINT64, "string", "int64"},    {PROTOBUF_C_TYPE_SFIXED64, "string", "int64"},
    {PROTOBUF_C_TYPE_UINT64, "string", "uint64"},   {PROTOBUF_C_TYPE_FIXED64, "string", "uint64"},
    {PROTOBUF_C_TYPE_BOOL, "boolean", NULL},        {PROTOBUF_C_TYPE_STRING, "string", NULL},
    {PROTOBUF_C_TYPE_BYTES, "string", "byte"},
};

/* "catalog.v1.ProductRecord.Status" of package "catalog.v1" -> "ProductRecordStatus" */
static void component_name(const char *full_name, const char *package, const char *suffix, char out[NAME_MAX_SIZE])
{
    const char *at = full_name + strlen(package) + 1;
    size_t used = 0;
    for (; *at && used + 1 < NAME_MAX_SIZE; at++) {
        if (*at != '.')
            out[used++] = *at;
    }
    out[used] = '\0';
    snprintf(out + used, NAME_MAX_SIZE - used, "%s", suffix);
}

static json_t *ref_to(const char *name)
{
    char ref[REF_SIZE];
    snprintf(ref, sizeof(ref), "#/components/schemas/%s", name);
    return json_pack("{s:s}", "$ref", ref);
}

static json_t *enum_ref(json_t *schemas, const ProtobufCEnumDescriptor *descriptor)
{
    char name[NAME_MAX_SIZE];
    component_name(descriptor->name, descriptor->package_name, "", name);
    if (!json_object_get(schemas, name)) {
        json_t *values = json_array();
        for (unsigned i = 0; i < descriptor->n_values; i++)
            json_array_append_new(values, json_string(descriptor->values[i].name));
        json_object_set_new(schemas, name, json_pack("{s:s, s:o}", "type", "string", "enum", values));
    }
    return ref_to(name);
}

/* 64-bit integers come out as strings, which every client can hold, and may go in as numbers too. */
static bool is_either(const char *format, enum openapi_direction direction)
{
    return direction == OPENAPI_INPUT && format && strstr(format, "int64");
}

static json_t *scalar_schema(ProtobufCType type, enum openapi_direction direction)
{
    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        if (scalars[i].type != type)
            continue;
        json_t *schema = json_pack("{s:s}", "type", scalars[i].json_type);
        if (scalars[i].format)
            json_object_set_new(schema, "format", json_string(scalars[i].format));
        if (is_either(scalars[i].format, direction))
            json_object_set_new(schema, "type", json_pack("[s,s]", "string", "integer"));
        return schema;
    }
    assert(!"pbjson supports no other scalar");
    return json_object();
}

static json_t *single_schema(json_t *schemas, const ProtobufCFieldDescriptor *field, enum openapi_direction direction)
{
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return enum_ref(schemas, field->descriptor);
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return scalar_schema(field->type, direction);
    const ProtobufCMessageDescriptor *message = field->descriptor;
    if (strcmp(message->name, "google.protobuf.Timestamp") == 0)
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    return openapi_schema_ref(schemas, message, direction);
}

json_t *openapi_schema_field(json_t *schemas, const ProtobufCFieldDescriptor *field, enum openapi_direction direction)
{
    json_t *single = single_schema(schemas, field, direction);
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return single;
    json_t *array = json_pack("{s:s, s:o}", "type", "array", "items", single);
    if (direction == OPENAPI_INPUT)
        json_object_set_new(array, "maxItems", json_integer(PBJSON_ARRAY_MAX));
    return array;
}

/* Messages and members of a oneof are left out when they are not set; everything else is always there. */
static bool is_always_there(const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return true;
    return field->type != PROTOBUF_C_TYPE_MESSAGE && !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
}

static void fill_schema(json_t *schema, json_t *schemas, const ProtobufCMessageDescriptor *message,
                        enum openapi_direction direction)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (unsigned i = 0; i < message->n_fields; i++) {
        char name[PBJSON_NAME_MAX];
        pbjson_name(message->fields[i].name, name);
        json_object_set_new(properties, name, openapi_schema_field(schemas, &message->fields[i], direction));
        if (direction == OPENAPI_OUTPUT && is_always_there(&message->fields[i]))
            json_array_append_new(required, json_string(name));
    }
    json_object_set_new(schema, "type", json_string("object"));
    json_object_set_new(schema, "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    if (direction == OPENAPI_INPUT)
        json_object_set_new(schema, "additionalProperties", json_false());
    json_decref(required);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

json_t *openapi_schema_ref(json_t *schemas, const ProtobufCMessageDescriptor *message, enum openapi_direction direction)
{
    char name[NAME_MAX_SIZE];
    bool needs_suffix = direction == OPENAPI_INPUT && !ends_with(message->name, "Request");
    component_name(message->name, message->package_name, needs_suffix ? "Input" : "", name);
    if (!json_object_get(schemas, name)) {
        json_t *schema = json_object();
        json_object_set_new(schemas, name, schema); /* before its fields, so that it may contain itself */
        fill_schema(schema, schemas, message, direction);
    }
    return ref_to(name);
}
