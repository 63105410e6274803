/* Names, places and kinds of fields, by descriptor. */
#include "pbjson_internal.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "google/protobuf/timestamp.pb-c.h"

/* The next character of the lowerCamelCase form of the .proto name at *at, which moves behind it; NUL at the end. */
static char next_camel(const char **at)
{
    bool upper = false;
    for (; **at == '_'; (*at)++)
        upper = true;
    char c = **at;
    if (c != '\0')
        (*at)++;
    return upper ? (char)toupper((unsigned char)c) : c;
}

void pbjson_name(const char *proto_name, char out[PBJSON_NAME_MAX])
{
    size_t i = 0;
    while ((out[i] = next_camel(&proto_name)) != '\0') {
        i++;
        assert(i < PBJSON_NAME_MAX && "field names of the portal are short");
    }
}

static bool is_camel_of(const char *proto_name, const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (next_camel(&proto_name) != name[i])
            return false;
    return next_camel(&proto_name) == '\0';
}

const ProtobufCFieldDescriptor *pbjson_field(const ProtobufCMessageDescriptor *descriptor, const char *name, size_t length)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const char *proto_name = descriptor->fields[i].name;
        if ((strncmp(proto_name, name, length) == 0 && proto_name[length] == '\0') || is_camel_of(proto_name, name, length))
            return &descriptor->fields[i];
    }
    return NULL;
}

bool pbjson_is_timestamp(const ProtobufCFieldDescriptor *field)
{
    return field->descriptor == &google__protobuf__timestamp__descriptor;
}

bool pbjson_is_message(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && !pbjson_is_timestamp(field);
}

void *pbjson_slot(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (char *)message + field->offset;
}

size_t *pbjson_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (size_t *)((char *)message + field->quantifier_offset);
}

uint32_t *pbjson_case(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (uint32_t *)((char *)message + field->quantifier_offset);
}

size_t pbjson_room(size_t count)
{
    size_t room = 1;
    while (room < count)
        room *= 2;
    return room;
}

ProtobufCMessage *pbjson_new(const ProtobufCMessageDescriptor *descriptor, struct arena *arena)
{
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

static void write_path(const struct pbjson_place *place, char *out, size_t size)
{
    if (!place)
        return;
    write_path(place->outer, out, size);
    size_t used = strlen(out);
    char name[PBJSON_NAME_MAX];
    if (place->field)
        pbjson_name(place->field->name, name);
    if (place->member)
        snprintf(out + used, size - used, "%s%s", used ? "." : "", place->field ? name : place->member);
    else
        snprintf(out + used, size - used, "[%zu]", place->index);
}

enum status pbjson_fail(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *code,
                        const char *format, ...)
{
    char path[ERROR_FIELD_MAX * 2] = "";
    char message[ERROR_MESSAGE_MAX * 2];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    write_path(place, path, sizeof(path));
    return error_field(reader->err, path, code, "%s", message);
}

enum status pbjson_claim(const struct pbjson_reader *reader, const struct pbjson_place *place, ProtobufCMessage *message)
{
    if (!(place->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return STATUS_OK;
    uint32_t *which = pbjson_case(message, place->field);
    if (*which != 0 && *which != place->field->id) {
        char other[PBJSON_NAME_MAX];
        pbjson_name(protobuf_c_message_descriptor_get_field(message->descriptor, *which)->name, other);
        return pbjson_fail(reader, place, "duplicate", "Give this or %s, not both.", other);
    }
    *which = place->field->id;
    return STATUS_OK;
}
