/* Messages to JSON: every field in the order of its number. */
#include "pbjson_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>

#include "clock.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD, for text that is not UTF-8 */
#define INT64_TEXT_SIZE 24

static json_t *encode_int64(int64_t value)
{
    char text[INT64_TEXT_SIZE];
    int length = snprintf(text, sizeof(text), "%" PRId64, value);
    return json_stringn_nocheck(text, (size_t)length);
}

static json_t *encode_uint64(uint64_t value)
{
    char text[INT64_TEXT_SIZE];
    int length = snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_stringn_nocheck(text, (size_t)length);
}

static json_t *encode_string(const char *text)
{
    json_t *json = json_string(text ? text : "");
    return json ? json : json_string_nocheck(REPLACEMENT);
}

static json_t *encode_enum(const ProtobufCEnumDescriptor *descriptor, int number)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(descriptor, number);
    return value ? json_string_nocheck(value->name) : json_integer(number);
}

static json_t *encode_bytes(const ProtobufCBinaryData *bytes)
{
    size_t room = sodium_base64_encoded_len(bytes->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (!text)
        abort();
    json_t *json =
        json_string_nocheck(sodium_bin2base64(text, room, bytes->data, bytes->len, sodium_base64_VARIANT_ORIGINAL));
    free(text);
    return json;
}

static json_t *encode_time(const Google__Protobuf__Timestamp *timestamp)
{
    char text[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(clock_from_timestamp(timestamp), text);
    return json_string_nocheck(text);
}

static json_t *encode_value(const ProtobufCFieldDescriptor *field, const void *slot)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return encode_string(*(char *const *)slot);
    case PROTOBUF_C_TYPE_BYTES:
        return encode_bytes(slot);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)slot);
    case PROTOBUF_C_TYPE_ENUM:
        return encode_enum(field->descriptor, *(const int *)slot);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)slot);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return encode_uint64(*(const uint64_t *)slot);
    case PROTOBUF_C_TYPE_MESSAGE:
        return pbjson_is_timestamp(field) ? encode_time(*(void *const *)slot) : pbjson_encode(*(void *const *)slot);
    default:
        return pbjson_size(field) == sizeof(int64_t) ? encode_int64(*(const int64_t *)slot)
                                                     : json_integer(*(const int32_t *)slot);
    }
}

static json_t *encode_array(const ProtobufCFieldDescriptor *field, const char *items, size_t count)
{
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(json, encode_value(field, items + i * pbjson_size(field)));
    return json;
}

/* Only messages and oneof members can be absent. */
static bool is_absent(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const void *slot)
{
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF && *pbjson_case(message, field) != field->id)
        return true;
    return field->type == PROTOBUF_C_TYPE_MESSAGE && !*(void *const *)slot;
}

json_t *pbjson_encode(const ProtobufCMessage *message)
{
    json_t *json = json_object();
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const void *slot = pbjson_slot(message, field);
        char name[PBJSON_NAME_MAX];
        pbjson_name(field->name, name);
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            json_object_set_new_nocheck(json, name,
                                        encode_array(field, *(char *const *)slot, *pbjson_count(message, field)));
        else if (!is_absent(message, field, slot))
            json_object_set_new_nocheck(json, name, encode_value(field, slot));
    }
    return json;
}
