/* Single values: what each kind of field takes, from a number or from text. */
#include "pbjson_internal.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"

/* The years 1 to 9999, as the Timestamp message has it. */
#define TIME_MIN_US (INT64_C(-62135596800) * US_PER_S)
#define TIME_MAX_US (INT64_C(253402300800) * US_PER_S - 1)

/* Magnitudes of the least integers of 32 and of 64 bits. */
#define BELOW_32 (UINT64_C(1) << 31)
#define BELOW_64 (UINT64_C(1) << 63)
#define WHOLE "a whole number"

/* Floating point is left out: see the contract. */
static const struct kind {
    size_t size;
    uint64_t below_zero;            /* magnitude of the least integer */
    uint64_t max;                   /* 0: not an integer */
    const char *expected;
} kinds[] = {
    [PROTOBUF_C_TYPE_INT32] = {sizeof(int32_t), BELOW_32, INT32_MAX, WHOLE},
    [PROTOBUF_C_TYPE_SINT32] = {sizeof(int32_t), BELOW_32, INT32_MAX, WHOLE},
    [PROTOBUF_C_TYPE_SFIXED32] = {sizeof(int32_t), BELOW_32, INT32_MAX, WHOLE},
    [PROTOBUF_C_TYPE_INT64] = {sizeof(int64_t), BELOW_64, INT64_MAX, WHOLE},
    [PROTOBUF_C_TYPE_SINT64] = {sizeof(int64_t), BELOW_64, INT64_MAX, WHOLE},
    [PROTOBUF_C_TYPE_SFIXED64] = {sizeof(int64_t), BELOW_64, INT64_MAX, WHOLE},
    [PROTOBUF_C_TYPE_UINT32] = {sizeof(uint32_t), 0, UINT32_MAX, WHOLE},
    [PROTOBUF_C_TYPE_FIXED32] = {sizeof(uint32_t), 0, UINT32_MAX, WHOLE},
    [PROTOBUF_C_TYPE_UINT64] = {sizeof(uint64_t), 0, UINT64_MAX, WHOLE},
    [PROTOBUF_C_TYPE_FIXED64] = {sizeof(uint64_t), 0, UINT64_MAX, WHOLE},
    [PROTOBUF_C_TYPE_ENUM] = {sizeof(int32_t), BELOW_32, INT32_MAX, "one of the names known here"},
    [PROTOBUF_C_TYPE_BOOL] = {sizeof(protobuf_c_boolean), 0, 0, "true or false"},
    [PROTOBUF_C_TYPE_STRING] = {sizeof(char *), 0, 0, "a string"},
    [PROTOBUF_C_TYPE_BYTES] = {sizeof(ProtobufCBinaryData), 0, 0, "a string in base64"},
    [PROTOBUF_C_TYPE_MESSAGE] = {sizeof(ProtobufCMessage *), 0, 0, "an object"},
};

static const struct kind *kind_of(const ProtobufCFieldDescriptor *field)
{
    assert(kinds[field->type].size > 0 && "messages of the portal have no floating point");
    return &kinds[field->type];
}

size_t pbjson_size(const ProtobufCFieldDescriptor *field)
{
    return kind_of(field)->size;
}

bool pbjson_is_whole(const ProtobufCFieldDescriptor *field)
{
    return kind_of(field)->max > 0;
}

enum status pbjson_wrong_type(const struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const char *found)
{
    bool array = field->label == PROTOBUF_C_LABEL_REPEATED && place->member;
    const char *expected = pbjson_is_timestamp(field) ? "a string with a time" : kind_of(field)->expected;
    if (array)
        expected = "an array";
    return pbjson_fail(reader, place, "wrong_type", "Must be %s, not %s.", expected, found);
}

enum status pbjson_store_whole(const struct pbjson_reader *reader, const struct pbjson_place *place,
                               const ProtobufCFieldDescriptor *field, struct pbjson_whole number, void *slot)
{
    const struct kind *kind = kind_of(field);
    if (number.huge || number.magnitude > (number.negative ? kind->below_zero : kind->max))
        return pbjson_fail(reader, place, "out_of_range", "Must be a whole number between %s%" PRIu64 " and %" PRIu64 ".",
                           kind->below_zero ? "-" : "", kind->below_zero, kind->max);
    uint64_t bits = number.negative ? 0 - number.magnitude : number.magnitude;
    uint32_t low_bits = (uint32_t)bits;
    memcpy(slot, kind->size == sizeof(low_bits) ? (void *)&low_bits : (void *)&bits, kind->size);
    return STATUS_OK;
}

/* JSON's form of an integer: a minus perhaps, no plus, no leading zero. */
static bool parse_whole(const char *text, struct pbjson_whole *ret_number)
{
    struct pbjson_whole number = {.negative = *text == '-'};
    const char *digits = text + number.negative;
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0' || (count > 1 && digits[0] == '0'))
        return false;
    for (; *digits; digits++)
        number.huge = number.huge || __builtin_mul_overflow(number.magnitude, 10u, &number.magnitude) ||
                      __builtin_add_overflow(number.magnitude, (uint64_t)(*digits - '0'), &number.magnitude);
    *ret_number = number;
    return true;
}

static enum status store_whole_text(const struct pbjson_reader *reader, const struct pbjson_place *place,
                                    const ProtobufCFieldDescriptor *field, const char *text, void *slot)
{
    struct pbjson_whole number;
    if (!parse_whole(text, &number))
        return pbjson_fail(reader, place, "malformed", "Must be a whole number, in digits only.");
    return pbjson_store_whole(reader, place, field, number, slot);
}

/* The enum's names, with commas, as many as fit. */
static void list_names(const ProtobufCEnumDescriptor *descriptor, char *out, size_t size)
{
    for (unsigned i = 0, used = 0; i < descriptor->n_values && used < size; i++)
        used += (unsigned)snprintf(out + used, size - used, "%s%s", i ? ", " : "", descriptor->values[i].name);
}

static enum status store_enum(const struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const char *text, void *slot)
{
    struct pbjson_whole number;
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(field->descriptor, text);
    if (!value && parse_whole(text, &number))
        return pbjson_store_whole(reader, place, field, number, slot);
    if (!value) {
        char names[ERROR_MESSAGE_MAX];
        list_names(field->descriptor, names, sizeof(names));
        return pbjson_fail(reader, place, "unknown", "Must be one of %s.", names);
    }
    memcpy(slot, &value->value, sizeof(value->value));
    return STATUS_OK;
}

/* Both alphabets of RFC 4648, with or without padding. */
static enum status store_bytes(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *text,
                               void *slot)
{
    static const int variants[2][2] = {
        {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_ORIGINAL},
        {sodium_base64_VARIANT_URLSAFE_NO_PADDING, sodium_base64_VARIANT_URLSAFE},
    };
    size_t length = strlen(text);
    int variant = variants[strpbrk(text, "-_") != NULL][strchr(text, '=') != NULL];
    ProtobufCBinaryData bytes = {.data = arena_alloc(reader->arena, length)};
    if (sodium_base642bin(bytes.data, length, text, length, NULL, &bytes.len, NULL, variant))
        return pbjson_fail(reader, place, "malformed", "Must be base64.");
    memcpy(slot, &bytes, sizeof(bytes));
    return STATUS_OK;
}

static enum status store_time(const struct pbjson_reader *reader, const struct pbjson_place *place, const char *text,
                              void *slot)
{
    int64_t time_us;
    struct error unused;
    if (clock_parse_rfc3339(text, &time_us, &unused))
        return pbjson_fail(reader, place, "malformed", "Must be a time like 2026-11-23T20:36:38Z.");
    if (time_us < TIME_MIN_US || time_us > TIME_MAX_US)
        return pbjson_fail(reader, place, "out_of_range", "Must be a time in the years 1 to 9999.");
    Google__Protobuf__Timestamp *timestamp = clock_to_timestamp(reader->arena, time_us);
    ProtobufCMessage *message =
        timestamp ? &timestamp->base : pbjson_new(&google__protobuf__timestamp__descriptor, reader->arena);
    memcpy(slot, &message, sizeof(message));
    return STATUS_OK;
}

static enum status store_string(const struct pbjson_reader *reader, const char *text, void *slot)
{
    char *copy = arena_strdup(reader->arena, text);
    memcpy(slot, &copy, sizeof(copy));
    return STATUS_OK;
}

enum status pbjson_store_text(const struct pbjson_reader *reader, const struct pbjson_place *place,
                              const ProtobufCFieldDescriptor *field, const char *text, void *slot)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return store_string(reader, text, slot);
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return store_bytes(reader, place, text, slot);
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return store_enum(reader, place, field, text, slot);
    if (pbjson_is_timestamp(field))
        return store_time(reader, place, text, slot);
    if (pbjson_is_whole(field))
        return store_whole_text(reader, place, field, text, slot);
    return pbjson_wrong_type(reader, place, field, "a string");
}
