/*
 * What the files of pbjson share: fields by name, where they lie in a message, values from text, and errors with a path.
 * For those files only.
 */
#ifndef PORTAL_PBJSON_INTERNAL_H
#define PORTAL_PBJSON_INTERNAL_H

#include <stdbool.h>

#include "pbjson.h"

/* A member or an array element that is being read. The frames of a path lie on the stack of the functions that read it. */
struct pbjson_place {
    const struct pbjson_place *outer;       /* NULL: the root */
    const char *member;                     /* as the client wrote it; NULL: an array element, by its index */
    const ProtobufCFieldDescriptor *field;  /* of the member; NULL when it is unknown */
    size_t index;
};

struct pbjson_reader {
    struct arena *arena;
    struct error *err;
    int depth;                              /* messages that are being read, each within the one before */
};

/* A whole number of any sign and 64 bits; `huge` is one that has more. */
struct pbjson_whole {
    uint64_t magnitude;
    bool negative;
    bool huge;
};

/* The field of that name (not ended by a NUL) in either spelling, or NULL. */
const ProtobufCFieldDescriptor *pbjson_field(const ProtobufCMessageDescriptor *descriptor, const char *name, size_t length);

bool pbjson_is_timestamp(const ProtobufCFieldDescriptor *field);
bool pbjson_is_whole(const ProtobufCFieldDescriptor *field);        /* integers and enums */
bool pbjson_is_message(const ProtobufCFieldDescriptor *field);      /* and not a timestamp */

/* Bytes of one value of the field. */
size_t pbjson_size(const ProtobufCFieldDescriptor *field);

/* The field's value, or the pointer to its array; the number of elements of a repeated one; the case of a oneof member. */
void *pbjson_slot(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
size_t *pbjson_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
uint32_t *pbjson_case(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Elements to make room for, so that an array of `count` can grow by one each time without being copied each time. */
size_t pbjson_room(size_t count);

/* Adds a violation with the path of `place`; INVALID_ARGUMENT. */
enum status pbjson_fail(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *code,
                        const char *format, ...) PRINTF_LIKE(4, 5);

/* The same for a value of another kind; `found` with its article: "an array". */
enum status pbjson_wrong_type(const struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const char *found);

/* Makes a oneof be that of its member at `place`; refuses when it is that of another. Does nothing for other fields. */
enum status pbjson_claim(const struct pbjson_reader *reader, const struct pbjson_place *place,
                         ProtobufCMessage *message) MUST_CHECK;

/* One value into `slot`, from a number or from text (which is UTF-8 and ends at its NUL). */
enum status pbjson_store_whole(const struct pbjson_reader *reader, const struct pbjson_place *place,
                               const ProtobufCFieldDescriptor *field, struct pbjson_whole number, void *slot) MUST_CHECK;
enum status pbjson_store_text(const struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const char *text, void *slot) MUST_CHECK;

#endif
