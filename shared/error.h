/*
 * What went wrong, told the same way from the database to the browser.
 *
 * A function with more than one way to fail returns an enum status and fills a struct error that its caller owns, always the
 * last argument. The numbers are gRPC's (github.com/grpc/grpc/blob/master/doc/statuscodes.md), and the same enum travels in
 * the RPC envelope and becomes an HTTP code in gateway/http_status.c, so that a status cannot be lost at a boundary.
 *
 * Every text put into a struct error may be shown to the person who sent the request: no SQL, no path, no secret.
 */
#ifndef PORTAL_ERROR_H
#define PORTAL_ERROR_H

#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

enum status {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,              /* it may or may not have happened: a commit whose answer was lost */
    STATUS_INVALID_ARGUMENT = 3,     /* wrong in itself, whatever the state of the shop */
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,   /* too many, too fast: come again later */
    STATUS_FAILED_PRECONDITION = 9,  /* right in itself, not possible as things stand */
    STATUS_ABORTED = 10,             /* somebody else was faster; asking again may help */
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,            /* a bug of ours */
    STATUS_UNAVAILABLE = 14,         /* nothing was done; asking again is safe */
    STATUS_DATA_LOSS = 15,
    STATUS_UNAUTHENTICATED = 16,
};

#define STATUS_COUNT 17
#define ERROR_VIOLATIONS_MAX 8
#define ERROR_FIELD_MAX 96
#define ERROR_CODE_MAX 32
#define ERROR_MESSAGE_MAX 240

/* One thing that is wrong with the request; the limits cut, they do not fail. */
struct violation {
    char field[ERROR_FIELD_MAX];     /* JSON path: "items[0].quantity"; empty: the request as a whole */
    char code[ERROR_CODE_MAX];       /* for programs: required, too_long, too_short, out_of_range, malformed, unknown ... */
    char message[ERROR_MESSAGE_MAX]; /* for people */
};

struct error {
    enum status status;
    uint32_t retry_after_s;          /* 0: no advice */
    size_t violation_count;
    char message[ERROR_MESSAGE_MAX];
    struct violation violations[ERROR_VIOLATIONS_MAX];
};

/* Makes `err` say OK. Call it before the first use of a struct error. */
void error_clear(struct error *err);

/* Sets status and message, keeps the violations, and returns `status`, so that a failing function can `return error_set(...)`. */
enum status error_set(struct error *err, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * Adds a violation and makes the error INVALID_ARGUMENT, keeping the message of an earlier violation. Returns STATUS_INVALID_ARGUMENT.
 * A check function calls it once for each bad field, so that a person learns of all of them at once; the ninth is dropped.
 */
enum status error_field(struct error *err, const char *field, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);

/* Puts `prefix` and a dot in front of every violation's field, from violation `first` on: "line1" -> "deliveryAddress.line1". */
void error_prefix(struct error *err, size_t first, const char *prefix);

/* gRPC's name of the status, "NOT_FOUND"; a number that is none of them is "UNKNOWN". */
const char *status_name(enum status status);

#endif
