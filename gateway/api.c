/* The four steps of a plain call: key, message, call, answer. */
#include "api.h"

#include <string.h>
#include <strings.h>

#include "pbjson.h"

#include "http_status.h"
#include "route_check.h"
#include "transcode.h"

/* Printable ASCII, so that every service and every log can carry it. */
static enum status check_key(const char *key, struct error *err)
{
    if (strlen(key) > API_KEY_MAX)
        return error_field(err, HTTP_IDEMPOTENCY_KEY, "too_long", "A key has at most %d characters.", API_KEY_MAX);
    for (const char *c = key; *c; c++) {
        if (*c < 0x21 || *c > 0x7E)
            return error_field(err, HTTP_IDEMPOTENCY_KEY, "malformed",
                               "A key is made of printable ASCII characters without blanks.");
    }
    return STATUS_OK;
}

static enum status read_key(struct exchange *x, struct error *err)
{
    if (x->method == ROUTE_GET)
        return STATUS_OK;
    const char *key = exchange_header(x, HTTP_IDEMPOTENCY_KEY);
    if (!key || !*key) {
        if (!x->route->needs_idempotency_key)
            return STATUS_OK;
        return error_field(
            err, HTTP_IDEMPOTENCY_KEY, "required",
            "Send this header with a key of your own, a UUID for instance, so that a repeated request is not done twice.");
    }
    x->idempotency_key = arena_strdup(x->arena, key);
    return check_key(key, err);
}

/* "/v1/orders/{id}" with the fields of the reply. */
static const char *expand_location(const char *pattern, const ProtobufCMessage *reply, struct arena *arena)
{
    const char *out = "";
    while (*pattern) {
        size_t literal = strcspn(pattern, "{");
        out = arena_printf(arena, "%s%.*s", out, (int)literal, pattern);
        pattern += literal;
        if (*pattern != '{')
            break;
        size_t length = strcspn(++pattern, "}");
        const char *name = arena_strndup(arena, pattern, length);
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(reply->descriptor, name);
        const char *value = *(const char *const *)((const char *)reply + field->offset);
        out = arena_printf(arena, "%s%s", out, params_escape(value, arena));
        pattern += length + 1;
    }
    return out;
}

/* Violations of services name the fields of the request message; the client knows only its body. */
static void strip_body_prefix(const struct route *row, struct error *err)
{
    char prefix[PBJSON_NAME_MAX];
    pbjson_name(row->body, prefix);
    size_t length = strlen(prefix);
    for (size_t i = 0; i < err->violation_count; i++) {
        char *field = err->violations[i].field;
        if (strncmp(field, prefix, length) == 0 && field[length] == '.')
            memmove(field, field + length + 1, strlen(field + length + 1) + 1);
    }
}

static void answer_failure(struct exchange *x, const struct rpc_result *result)
{
    struct error *err = arena_memdup(x->arena, &result->err, sizeof(result->err));
    if (x->route->body)
        strip_body_prefix(x->route, err);
    exchange_problem(x, err);
}

static void answer(struct exchange *x)
{
    const struct rpc_result *result = *(const struct rpc_result **)x->state;
    const struct route *row = x->route;
    if (!result->reply) {
        answer_failure(x, result);
        return;
    }
    if (result->replayed)
        exchange_set_header(x, HTTP_IDEMPOTENCY_REPLAYED, "true");
    if (row->answer) {
        row->answer(x, result->reply);
        return;
    }
    if (row->location)
        exchange_set_header(x, "Location", expand_location(row->location, result->reply, x->arena));
    if (row->success == 204)
        exchange_reply(x, 204, NULL, "", 0);
    else
        exchange_reply_message(x, row->success ? row->success : 200, result->reply);
}

static bool is_json_type(const char *type)
{
    static const char json[] = "application/json";
    size_t length = sizeof(json) - 1;
    return type && strncasecmp(type, json, length) == 0 && strchr("; \t", type[length]);
}

/* A body is JSON, as it is, or there is none. */
static bool has_wrong_type(const struct exchange *x)
{
    const char *coding = exchange_header(x, "Content-Encoding");
    if (coding && strcasecmp(coding, "identity") != 0)
        return true;
    return x->body_size > 0 && !is_json_type(exchange_header(x, "Content-Type"));
}

void api_handle(struct exchange *x)
{
    struct error err;
    error_clear(&err);
    if (has_wrong_type(x)) {
        exchange_refuse(x, 415, "The body must be JSON: Content-Type: application/json, without Content-Encoding.");
        return;
    }
    const ProtobufCMethodDescriptor *method = route_rpc(x->route);
    ProtobufCMessage *request = NULL;
    if (read_key(x, &err) || transcode_request(x, method->input, &request, &err)) {
        exchange_problem(x, &err);
        return;
    }
    const struct rpc_result **result = ARENA_NEW(x->arena, const struct rpc_result *);
    x->state = (void *)result;
    *result = exchange_call(x, x->route->service, x->route->rpc, request);
    exchange_wait(x, answer);
}
