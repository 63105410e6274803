/* JSON to messages: the tree is walked along the descriptor, and the first thing that does not fit ends it. */
#include "pbjson_internal.h"

#include <stdio.h>
#include <string.h>

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
    [JSON_REAL] = "a number",    [JSON_TRUE] = "true",      [JSON_FALSE] = "false",     [JSON_NULL] = "null",
};

static enum status read_message(struct pbjson_reader *reader, const struct pbjson_place *place,
                                const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                ProtobufCMessage **ret_message);

static enum status read_string(struct pbjson_reader *reader, const struct pbjson_place *place,
                               const ProtobufCFieldDescriptor *field, const json_t *json, void *slot)
{
    const char *text = json_string_value(json);
    if (strlen(text) != json_string_length(json))
        return pbjson_fail(reader, place, "malformed", "Must not contain the character U+0000.");
    return pbjson_store_text(reader, place, field, text, slot);
}

/* 1e2 and 100.0 are whole; 1.5 is not. */
static enum status read_real(struct pbjson_reader *reader, const struct pbjson_place *place,
                             const ProtobufCFieldDescriptor *field, double value, void *slot)
{
    double magnitude = value < 0 ? -value : value;
    struct pbjson_whole number = {.negative = value < 0, .huge = magnitude >= 0x1p64};
    if (!number.huge)
        number.magnitude = (uint64_t)magnitude;
    if (!number.huge && (double)number.magnitude != magnitude)
        return pbjson_wrong_type(reader, place, field, "a number with a fraction");
    return pbjson_store_whole(reader, place, field, number, slot);
}

static enum status read_integer(struct pbjson_reader *reader, const struct pbjson_place *place,
                                const ProtobufCFieldDescriptor *field, int64_t value, void *slot)
{
    struct pbjson_whole number = {.negative = value < 0};
    number.magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    return pbjson_store_whole(reader, place, field, number, slot);
}

static enum status read_value(struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const json_t *json, void *slot)
{
    if (json_is_string(json))
        return read_string(reader, place, field, json, slot);
    if (json_is_integer(json) && pbjson_is_whole(field))
        return read_integer(reader, place, field, json_integer_value(json), slot);
    if (json_is_real(json) && pbjson_is_whole(field))
        return read_real(reader, place, field, json_real_value(json), slot);
    if (json_is_object(json) && pbjson_is_message(field))
        return read_message(reader, place, field->descriptor, json, slot);
    if (!json_is_boolean(json) || field->type != PROTOBUF_C_TYPE_BOOL)
        return pbjson_wrong_type(reader, place, field, type_names[json_typeof(json)]);
    *(protobuf_c_boolean *)slot = json_is_true(json);
    return STATUS_OK;
}

static enum status read_array(struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const json_t *json, ProtobufCMessage *message)
{
    size_t count = json_array_size(json);
    size_t size = pbjson_size(field);
    if (!json_is_array(json))
        return pbjson_wrong_type(reader, place, field, type_names[json_typeof(json)]);
    if (count > PBJSON_ARRAY_MAX)
        return pbjson_fail(reader, place, "too_many", "Must have at most %d elements; it has %zu.", PBJSON_ARRAY_MAX, count);
    if (count == 0)
        return STATUS_OK;
    char *items = arena_calloc(reader->arena, pbjson_room(count), size);
    for (size_t i = 0; i < count; i++) {
        struct pbjson_place element = {.outer = place, .index = i};
        enum status status = read_value(reader, &element, field, json_array_get(json, i), items + i * size);
        if (status)
            return status;
    }
    *(void **)pbjson_slot(message, field) = items;
    *pbjson_count(message, field) = count;
    return STATUS_OK;
}

/* A JSON object has no member twice, but it may have one in both spellings. */
static bool is_given_twice(const struct pbjson_place *place, const json_t *object)
{
    char name[PBJSON_NAME_MAX];
    pbjson_name(place->field->name, name);
    return strcmp(place->member, name) != 0 && json_object_get(object, name);
}

static enum status unknown_member(const struct pbjson_reader *reader, const struct pbjson_place *place,
                                  const ProtobufCMessageDescriptor *descriptor)
{
    char known[ERROR_MESSAGE_MAX] = "nothing";
    for (unsigned i = 0, used = 0; i < descriptor->n_fields && used < sizeof(known); i++) {
        char name[PBJSON_NAME_MAX];
        pbjson_name(descriptor->fields[i].name, name);
        used += (unsigned)snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", name);
    }
    return pbjson_fail(reader, place, "unknown", "There is no such field here. Known are: %s.", known);
}

static enum status read_member(struct pbjson_reader *reader, const struct pbjson_place *place, const json_t *object,
                               const json_t *json, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = place->field;
    if (!field)
        return unknown_member(reader, place, message->descriptor);
    if (is_given_twice(place, object))
        return pbjson_fail(reader, place, "duplicate",
                           "Given twice, as in the .proto file and in lowerCamelCase. Give it once.");
    if (json_is_null(json))
        return STATUS_OK;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_array(reader, place, field, json, message);
    enum status status = pbjson_claim(reader, place, message);
    return status ? status : read_value(reader, place, field, json, pbjson_slot(message, field));
}

static enum status read_message(struct pbjson_reader *reader, const struct pbjson_place *place,
                                const ProtobufCMessageDescriptor *descriptor, const json_t *json,
                                ProtobufCMessage **ret_message)
{
    if (reader->depth == PBJSON_DEPTH_MAX)
        return pbjson_fail(reader, place, "too_deep", "Nested more than %d levels deep.", PBJSON_DEPTH_MAX);
    reader->depth++;
    ProtobufCMessage *message = pbjson_new(descriptor, reader->arena);
    json_t *object = (json_t *)json; /* jansson's iterators do not change it */
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);
        struct pbjson_place member = {place, name, pbjson_field(descriptor, name, strlen(name)), 0};
        enum status status = read_member(reader, &member, json, json_object_iter_value(at), message);
        if (status)
            return status;
    }
    reader->depth--;
    *ret_message = message;
    return STATUS_OK;
}

enum status pbjson_decode(const ProtobufCMessageDescriptor *descriptor, const json_t *json, struct arena *arena,
                          ProtobufCMessage **ret_message, struct error *err)
{
    if (!json_is_object(json))
        return error_field(err, "", "wrong_type", "The JSON must be an object, not %s.", type_names[json_typeof(json)]);
    struct pbjson_reader reader = {arena, err, 0};
    return read_message(&reader, NULL, descriptor, json, ret_message);
}
