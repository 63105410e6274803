/* The table of statuses, and the writing of problem+json. */
#include "http_status.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "text.h"

/* clang-format off: rows of a table */
static const struct http_problem problems[] = {
    {400, "invalid-request", "The request is not right",
     "Something in the request is wrong in itself. The violations name the fields and say what each should be."},
    {401, "not-signed-in", "Sign in first",
     "This needs an access token, or the one that came is expired or not ours. Sign in, or use the refresh token."},
    {403, "not-allowed", "Not allowed", "Whoever asks is known and may not do this. Asking again changes nothing."},
    {404, "not-found", "Not found", "There is nothing here under this address, or it is not yours to see."},
    {405, "method-not-allowed", "Method not allowed",
     "This address exists and does not take this method. The Allow header lists those it takes."},
    {409, "conflict", "Not possible as things stand",
     "The request is right in itself and does not fit the state of the shop, such as a price or a stock that changed. Load "
     "again and decide anew."},
    {413, "body-too-large", "The body is too large",
     "This address takes a smaller body. The detail says how large it may be."},
    {414, "address-too-long", "The address is too long", "Path and query together are longer than any address of ours."},
    {415, "media-type", "The body is of a type that is not taken",
     "Send JSON in UTF-8 with Content-Type: application/json."},
    {422, "idempotency-key-reused", "The idempotency key belongs to another request",
     "Idempotency-Key was sent before with a different body. A new request needs a new key; a repeated one needs the same "
     "body."},
    {429, "too-many-requests", "Too many at once",
     "The shop is asked more than it can answer now. Retry-After says when to come again."},
    {431, "headers-too-large", "The headers are too large",
     "There are too many header fields, or they are too long together."},
    {500, "internal", "Something broke on our side",
     "This is our mistake and has been logged. The request id helps us to find it."},
    {501, "not-implemented", "Not implemented", "The server does not know this method."},
    {505, "http-version", "This version of HTTP is not spoken here",
     "Use HTTP/1.1, or HTTP/2 where the shop's edge offers it."},
    {503, "unavailable", "Not available at the moment",
     "A part of the shop cannot be reached just now. Ask again in a moment, with the same Idempotency-Key if you sent one."},
    {504, "took-too-long", "It took too long",
     "No answer came in time. It may or may not have been done: ask what became of it, or repeat with the same "
     "Idempotency-Key."},
};
/* clang-format on */

static const int codes[STATUS_COUNT] = {
    [STATUS_OK] = 500,
    [STATUS_CANCELLED] = 503,
    [STATUS_UNKNOWN] = 504, /* the answer to a commit was lost */
    [STATUS_INVALID_ARGUMENT] = 400,
    [STATUS_DEADLINE_EXCEEDED] = 504,
    [STATUS_NOT_FOUND] = 404,
    [STATUS_ALREADY_EXISTS] = 409,
    [STATUS_PERMISSION_DENIED] = 403,
    [STATUS_RESOURCE_EXHAUSTED] = 429,
    [STATUS_FAILED_PRECONDITION] = 409,
    [STATUS_ABORTED] = 409,
    [STATUS_OUT_OF_RANGE] = 400,
    [STATUS_UNIMPLEMENTED] = 501,
    [STATUS_INTERNAL] = 500,
    [STATUS_UNAVAILABLE] = 503,
    [STATUS_DATA_LOSS] = 500,
    [STATUS_UNAUTHENTICATED] = 401,
};

#define PROBLEM_COUNT (sizeof(problems) / sizeof(problems[0]))

const struct http_problem *http_problem_by_status(int status)
{
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        if (problems[i].status == status)
            return &problems[i];
    }
    assert(!"every HTTP status that the gateway sends for a problem is in the table");
    abort();
}

const struct http_problem *http_problem_by_slug(const char *slug)
{
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        if (strcmp(problems[i].slug, slug) == 0)
            return &problems[i];
    }
    return NULL;
}

const struct http_problem *http_problem_all(size_t *ret_count)
{
    *ret_count = PROBLEM_COUNT;
    return problems;
}

static bool is_key_reused(const struct error *err)
{
    for (size_t i = 0; i < err->violation_count; i++) {
        const struct violation *violation = &err->violations[i];
        if (strcmp(violation->field, HTTP_IDEMPOTENCY_KEY) == 0 && strcmp(violation->code, "idempotency_key_reused") == 0)
            return true;
    }
    return false;
}

const struct http_problem *http_problem_of(const struct error *err)
{
    if (is_key_reused(err))
        return http_problem_by_status(422);
    return http_problem_by_status((unsigned)err->status < STATUS_COUNT ? codes[err->status] : 500);
}

static json_t *violations_json(const struct error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < err->violation_count; i++) {
        const struct violation *violation = &err->violations[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "field", violation->field, "code", violation->code,
                                              "message", violation->message));
    }
    return list;
}

const char *http_problem_json(const struct http_problem *problem, const struct error *err, const char *instance,
                              const char *request_id, struct arena *arena, size_t *ret_size)
{
    const char *type = arena_printf(arena, "/problems/%s", problem->slug);
    const char *detail = *err->message ? err->message : problem->help;
    json_t *json = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "type", type, "title", problem->title, "status",
                             problem->status, "detail", text_is_utf8(detail, strlen(detail)) ? detail : problem->help,
                             "instance", instance, "requestId", request_id);
    if (err->violation_count > 0)
        json_object_set_new(json, "violations", violations_json(err));
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    const char *copy = arena_strdup(arena, text ? text : "{}");
    free(text);
    *ret_size = strlen(copy);
    return copy;
}
