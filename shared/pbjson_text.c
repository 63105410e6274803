/* Single fields from the text of a URL or an HTML form, by their path. */
#include "pbjson_internal.h"

#include <string.h>

#include "text.h"

/* The field that `path` leads to from a message of that type, or NULL: a field that text can be written to. */
static const ProtobufCFieldDescriptor *resolve(const ProtobufCMessageDescriptor *descriptor, const char *path)
{
    for (int depth = 1; depth < PBJSON_DEPTH_MAX; depth++) {
        size_t length = strcspn(path, ".");
        const ProtobufCFieldDescriptor *field = pbjson_field(descriptor, path, length);
        if (!field || path[length] == '\0')
            return field && !pbjson_is_message(field) ? field : NULL;
        if (!pbjson_is_message(field) || field->label == PROTOBUF_C_LABEL_REPEATED)
            return NULL;
        descriptor = field->descriptor;
        path += length + 1;
    }
    return NULL;
}

static enum status store(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *value, void *slot)
{
    if (!text_is_utf8(value, strlen(value)))
        return pbjson_fail(reader, place, "malformed", "Must be text in UTF-8.");
    if (place->field->type != PROTOBUF_C_TYPE_BOOL)
        return pbjson_store_text(reader, place, place->field, value, slot);
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return pbjson_fail(reader, place, "malformed", "Must be true or false.");
    *(protobuf_c_boolean *)slot = value[0] == 't';
    return STATUS_OK;
}

static enum status append(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *value,
                          ProtobufCMessage *message)
{
    size_t size = pbjson_size(place->field);
    size_t *count = pbjson_count(message, place->field);
    char **items = pbjson_slot(message, place->field);
    if (*count >= PBJSON_ARRAY_MAX)
        return pbjson_fail(reader, place, "too_many", "Must be given at most %d times.", PBJSON_ARRAY_MAX);
    if (*count == 0 || pbjson_room(*count + 1) > pbjson_room(*count)) {
        char *grown = arena_calloc(reader->arena, pbjson_room(*count + 1), size);
        if (*count > 0)
            memcpy(grown, *items, *count * size);
        *items = grown;
    }
    enum status status = store(reader, place, value, *items + *count * size);
    *count += status == STATUS_OK;
    return status;
}

/* Walks to the message that has the field, making those on the way. */
static enum status set(const struct pbjson_reader *reader, const struct pbjson_place *outer, ProtobufCMessage *message,
                       const char *path, const char *value)
{
    size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *field = pbjson_field(message->descriptor, path, length);
    struct pbjson_place place = {.outer = outer, .member = path, .field = field};
    if (path[length] == '\0' && field->label == PROTOBUF_C_LABEL_REPEATED)
        return append(reader, &place, value, message);
    enum status status = pbjson_claim(reader, &place, message);
    if (status)
        return status;
    if (path[length] == '\0')
        return store(reader, &place, value, pbjson_slot(message, field));
    ProtobufCMessage **inner = pbjson_slot(message, field);
    if (!*inner)
        *inner = pbjson_new(field->descriptor, reader->arena);
    return set(reader, &place, *inner, path + length + 1, value);
}

enum status pbjson_set_text(ProtobufCMessage *message, const char *path, const char *value, struct arena *arena,
                            struct error *err)
{
    const ProtobufCFieldDescriptor *field = resolve(message->descriptor, path);
    if (!field)
        return error_set(err, STATUS_NOT_FOUND, "There is no such field.");
    if (value[0] == '\0' && field->type != PROTOBUF_C_TYPE_STRING)
        return STATUS_OK;
    struct pbjson_reader reader = {arena, err, 0};
    return set(&reader, NULL, message, path, value);
}
