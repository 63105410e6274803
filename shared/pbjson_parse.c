/* JSON text: jansson reads it; what it refuses is told by line and column, in our own words. */
#include "pbjson.h"

#include <string.h>

/* The words must not repeat the text: it may be somebody's password. */
static const struct reason {
    enum json_error_code jansson;
    const char *code;
    const char *words;
} reasons[] = {
    {json_error_invalid_syntax, "malformed", "it is not well-formed here"},
    {json_error_premature_end_of_input, "malformed", "it ends too early"},
    {json_error_end_of_input_expected, "malformed", "there is more after its end"},
    {json_error_invalid_utf8, "malformed", "the text is not UTF-8"},
    {json_error_null_character, "malformed", "the character U+0000 is not allowed"},
    {json_error_null_byte_in_key, "malformed", "the character U+0000 is not allowed"},
    {json_error_duplicate_key, "duplicate", "this member is there twice"},
    {json_error_numeric_overflow, "out_of_range", "the number is too large; write it as a string if the field can hold it"},
    {json_error_stack_overflow, "too_deep", "it is nested too deeply"},
};

static enum status refuse(const json_error_t *error, struct error *err)
{
    const struct reason *reason = &reasons[0];
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].jansson == json_error_code(error))
            reason = &reasons[i];
    error_field(err, "", reason->code, "Line %d, column %d: %s.", error->line, error->column, reason->words);
    return error_set(err, STATUS_INVALID_ARGUMENT, "The JSON cannot be read.");
}

static json_t *load(const char *text, size_t length, size_t flags, json_error_t *error)
{
    return json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | flags, error);
}

/* jansson stops at an integer of more than 64 bits without saying where in the tree it is. Read as a real it gets there. */
static enum status refuse_number(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t length,
                                 const json_error_t *error, struct arena *arena, struct error *err)
{
    json_error_t ignored;
    ProtobufCMessage *message;
    json_t *json = load(text, length, JSON_DECODE_INT_AS_REAL, &ignored);
    enum status status = json ? pbjson_decode(descriptor, json, arena, &message, err) : STATUS_OK;
    json_decref(json);
    return status ? status : refuse(error, err);
}

enum status pbjson_parse(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t length, struct arena *arena,
                         ProtobufCMessage **ret_message, struct error *err)
{
    if (length == 0) {
        *ret_message = pbjson_new(descriptor, arena);
        return STATUS_OK;
    }
    if (memchr(text, '\0', length)) /* jansson skips one that follows a number */
        return error_field(err, "", "malformed", "The JSON must not contain a NUL byte.");
    json_error_t error;
    json_t *json = load(text, length, 0, &error);
    if (!json && json_error_code(&error) == json_error_numeric_overflow)
        return refuse_number(descriptor, text, length, &error, arena, err);
    if (!json)
        return refuse(&error, err);
    enum status status = pbjson_decode(descriptor, json, arena, ret_message, err);
    json_decref(json);
    return status;
}
