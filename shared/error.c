/* Fills struct error; texts that do not fit are cut at a character boundary. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[STATUS_COUNT] = {
    [STATUS_OK] = "OK",
    [STATUS_CANCELLED] = "CANCELLED",
    [STATUS_UNKNOWN] = "UNKNOWN",
    [STATUS_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [STATUS_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [STATUS_NOT_FOUND] = "NOT_FOUND",
    [STATUS_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [STATUS_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [STATUS_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [STATUS_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [STATUS_ABORTED] = "ABORTED",
    [STATUS_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [STATUS_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [STATUS_INTERNAL] = "INTERNAL",
    [STATUS_UNAVAILABLE] = "UNAVAILABLE",
    [STATUS_DATA_LOSS] = "DATA_LOSS",
    [STATUS_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

/* A cut must not leave half a UTF-8 character: continuation bytes are 10xxxxxx. */
static void mend_cut(char *text, size_t size)
{
    size_t end = size - 1;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        end--;
    text[end] = '\0';
}

static void write_text(char *out, size_t size, const char *format, va_list args)
{
    if (vsnprintf(out, size, format, args) >= (int)size)
        mend_cut(out, size);
}

PRINTF_LIKE(3, 4) static void print_text(char *out, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_text(out, size, format, args);
    va_end(args);
}

void error_clear(struct error *err)
{
    err->status = STATUS_OK;
    err->retry_after_s = 0;
    err->violation_count = 0;
    err->message[0] = '\0';
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_text(err->message, sizeof(err->message), format, args);
    va_end(args);
    err->status = status;
    return status;
}

enum status error_field(struct error *err, const char *field, const char *code, const char *format, ...)
{
    if (err->violation_count < ERROR_VIOLATIONS_MAX) {
        struct violation *violation = &err->violations[err->violation_count++];
        print_text(violation->field, sizeof(violation->field), "%s", field);
        print_text(violation->code, sizeof(violation->code), "%s", code);
        va_list args;
        va_start(args, format);
        write_text(violation->message, sizeof(violation->message), format, args);
        va_end(args);
    }
    if (err->status != STATUS_INVALID_ARGUMENT)
        error_set(err, STATUS_INVALID_ARGUMENT, "Some of the request is not right.");
    return STATUS_INVALID_ARGUMENT;
}

void error_prefix(struct error *err, size_t first, const char *prefix)
{
    for (size_t i = first; i < err->violation_count; i++) {
        char *field = err->violations[i].field;
        char own[ERROR_FIELD_MAX];
        memcpy(own, field, sizeof(own));
        print_text(field, ERROR_FIELD_MAX, own[0] == '\0' || own[0] == '[' ? "%s%s" : "%s.%s", prefix, own);
    }
}

const char *status_name(enum status status)
{
    return (unsigned)status < STATUS_COUNT ? names[status] : names[STATUS_UNKNOWN];
}
