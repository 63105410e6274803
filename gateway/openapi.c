/* Walks the rows: each becomes an operation; what they refer to becomes components. */
#include "openapi.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pbjson.h"

#include "api.h"
#include "http_status.h"
#include "openapi_schema.h"
#include "reference.h"
#include "route_check.h"

#define PATH_SIZE 256
#define ID_SIZE 128

static const char description[] = "JSON over HTTP. Amounts are integers in minor units of their currency, as strings; times "
                                  "are RFC 3339 in UTC; lists are read page by "
                                  "page with `pageToken`. Errors are `application/problem+json` (RFC 9457) with the field "
                                  "at fault in `violations`. Shoppers send "
                                  "`Authorization: Bearer` with the access token of a guest, a customer or staff. Unknown "
                                  "members and parameters are refused.";

/* "/v1/orders/{order_id}" -> "/v1/orders/{orderId}" */
static void public_path(const char *pattern, char out[PATH_SIZE])
{
    size_t used = 0;
    while (*pattern && used + PBJSON_NAME_MAX < PATH_SIZE) {
        if (*pattern != '{') {
            out[used++] = *pattern++;
            continue;
        }
        char name[PBJSON_NAME_MAX];
        char camel[PBJSON_NAME_MAX];
        size_t length = strcspn(++pattern, "=}");
        snprintf(name, sizeof(name), "%.*s", (int)length, pattern);
        pbjson_name(name, camel);
        used += (size_t)snprintf(out + used, PATH_SIZE - used, "{%s}", camel);
        pattern += strcspn(pattern, "}") + 1;
    }
    out[used] = '\0';
}

static bool is_captured(const struct route *row, const char *field)
{
    char capture[PBJSON_NAME_MAX + 2];
    snprintf(capture, sizeof(capture), "{%s}", field);
    return strstr(row->pattern, capture) != NULL;
}

static bool takes_body(const struct route *row)
{
    return row->method != ROUTE_GET && row->method != ROUTE_DELETE;
}

static json_t *parameter(const char *name, const char *where, bool is_required, json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", where, "required", is_required, "schema", schema);
}

static json_t *key_parameter(const struct route *row)
{
    json_t *schema = json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", API_KEY_MAX);
    json_t *key = parameter(HTTP_IDEMPOTENCY_KEY, "header", row->needs_idempotency_key, schema);
    json_object_set_new(key, "description",
                        json_string("A value of your own, a UUID for instance. The same request sent again with it within a day "
                                    "has no second effect and gets the first answer."));
    return key;
}

static json_t *parameters_of(const struct route *row, json_t *schemas)
{
    json_t *list = json_array();
    const ProtobufCMessageDescriptor *request = route_rpc(row)->input;
    for (unsigned i = 0; i < request->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &request->fields[i];
        bool is_in_path = is_captured(row, field->name);
        char name[PBJSON_NAME_MAX];
        pbjson_name(field->name, name);
        if (is_in_path || !takes_body(row))
            json_array_append_new(list, parameter(name, is_in_path ? "path" : "query", is_in_path,
                                                  openapi_schema_field(schemas, field, OPENAPI_INPUT)));
    }
    if (row->method != ROUTE_GET)
        json_array_append_new(list, key_parameter(row));
    return list;
}

/* The request without what the path says already. */
static json_t *rest_schema(const struct route *row, json_t *schemas)
{
    const ProtobufCMessageDescriptor *request = route_rpc(row)->input;
    json_t *properties = json_object();
    for (unsigned i = 0; i < request->n_fields; i++) {
        char name[PBJSON_NAME_MAX];
        pbjson_name(request->fields[i].name, name);
        if (!is_captured(row, request->fields[i].name))
            json_object_set_new(properties, name, openapi_schema_field(schemas, &request->fields[i], OPENAPI_INPUT));
    }
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

static json_t *body_schema(const struct route *row, json_t *schemas)
{
    const ProtobufCMessageDescriptor *request = route_rpc(row)->input;
    if (row->body) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(request, row->body);
        return openapi_schema_ref(schemas, field->descriptor, OPENAPI_INPUT);
    }
    return strchr(row->pattern, '{') ? rest_schema(row, schemas) : openapi_schema_ref(schemas, request, OPENAPI_INPUT);
}

static json_t *json_content(json_t *schema)
{
    return json_pack("{s:{s:o}}", "application/json", "schema", schema);
}

static void add_header(json_t *headers, const char *name, const char *meaning)
{
    json_object_set_new(headers, name, json_pack("{s:s, s:{s:s}}", "description", meaning, "schema", "type", "string"));
}

static json_t *success_of(const struct route *row, json_t *schemas)
{
    json_t *response = json_pack("{s:s}", "description", row->success == 201 ? "Made" : "Done");
    if (row->produces)
        json_object_set_new(response, "content", json_pack("{s:{}}", row->produces));
    else if (row->success != 204)
        json_object_set_new(response, "content",
                            json_content(openapi_schema_ref(schemas, route_rpc(row)->output, OPENAPI_OUTPUT)));
    json_t *headers = json_object();
    if (row->location)
        add_header(headers, "Location", "Where it is now");
    if (row->method != ROUTE_GET)
        add_header(headers, HTTP_IDEMPOTENCY_REPLAYED, "\"true\" when this is the stored answer to an earlier request with the same key");
    if (json_object_size(headers) > 0)
        json_object_set(response, "headers", headers);
    json_decref(headers);
    return response;
}

static void add_problem(json_t *responses, const char *status, const char *text)
{
    json_object_set_new(responses, status,
                        json_pack("{s:s, s:{s:{s:{s:s}}}}", "description", text, "content", "application/problem+json",
                                  "schema", "$ref", "#/components/schemas/Problem"));
}

static json_t *responses_of(const struct route *row, json_t *schemas)
{
    json_t *responses = json_object();
    char status[12];
    snprintf(status, sizeof(status), "%d", row->success ? row->success : 200);
    json_object_set_new(responses, status, success_of(row, schemas));
    if (row->cache_s > 0)
        json_object_set_new(responses, "304",
                            json_pack("{s:s}", "description", "Nothing changed since the entity tag in If-None-Match"));
    add_problem(responses, "400", "Something in the request is wrong; the violations name the fields");
    if (row->access > ACCESS_PUBLIC)
        add_problem(responses, "401", "No access token, or one that is no good");
    if (row->access > ACCESS_SHOPPER)
        add_problem(responses, "403", "The caller may not do this");
    if (strchr(row->pattern, '{'))
        add_problem(responses, "404", "There is nothing of that name, or it is not the caller's");
    if (row->method != ROUTE_GET) {
        add_problem(responses, "409", "Not possible as things stand, or the same request is still being worked on (Retry-After)");
        add_problem(responses, "422", "The idempotency key belongs to another request");
    }
    add_problem(responses, "503", "Too much to do, or a part of the shop cannot be reached (Retry-After)");
    add_problem(responses, "default", "Any other problem");
    return responses;
}

/* "AddItem" -> "addItem"; a second address of the same call says what its path adds: "addItemByCartId". */
static void operation_id(const struct route *row, json_t *taken, char out[ID_SIZE])
{
    size_t used = (size_t)snprintf(out, ID_SIZE, "%s", row->rpc);
    out[0] = (char)tolower((unsigned char)out[0]);
    const char *open = strchr(row->pattern, '{');
    if (json_object_get(taken, out) && open) {
        char name[PBJSON_NAME_MAX];
        char camel[PBJSON_NAME_MAX];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(open + 1, "=}"), open + 1);
        pbjson_name(name, camel);
        camel[0] = (char)toupper((unsigned char)camel[0]);
        used += (size_t)snprintf(out + used, ID_SIZE - used, "By%s", camel);
    }
    for (int number = 2; json_object_get(taken, out); number++)
        snprintf(out + used, ID_SIZE - used, "%d", number);
    json_object_set_new(taken, out, json_true());
}

/* "auth.v1.AuthService" -> "auth" */
static json_t *tag_of(const struct route *row)
{
    return json_stringn(row->service->name, strcspn(row->service->name, "."));
}

static json_t *security_of(const struct route *row)
{
    if (row->access == ACCESS_PUBLIC)
        return json_array();
    return json_pack("[{s:[]}, {s:[]}]", "bearer", "cookie");
}

static json_t *operation_of(const struct route *row, json_t *schemas, json_t *ids)
{
    static const char *const callers[] = {"Everybody", "Guests, customers and staff", "Customers and staff", "Staff"};
    char id[ID_SIZE];
    operation_id(row, ids, id);
    json_t *operation = json_pack("{s:s, s:s, s:s, s:[o], s:o}", "operationId", id, "summary", row->summary, "description",
                                  callers[row->access], "tags", tag_of(row), "security", security_of(row));
    json_t *parameters = parameters_of(row, schemas);
    if (json_array_size(parameters) > 0)
        json_object_set(operation, "parameters", parameters);
    json_decref(parameters);
    if (takes_body(row) && route_rpc(row)->input->n_fields > 0)
        json_object_set_new(operation, "requestBody",
                            json_pack("{s:o}", "content", json_content(body_schema(row, schemas))));
    json_object_set_new(operation, "responses", responses_of(row, schemas));
    return operation;
}

static json_t *problem_schema(void)
{
    json_t *violation =
        json_pack("{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}, s:[s,s,s]}", "type", "object", "properties", "field", "type",
                  "string", "code", "type", "string", "message", "type", "string", "required", "field", "code", "message");
    return json_pack("{s:s, s:{s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:o}}, s:[s,s,s,s,s,s]}",
                     "type", "object", "properties", "type", "type", "string", "format", "uri-reference", "title", "type",
                     "string", "status", "type", "integer", "detail", "type", "string", "instance", "type", "string",
                     "requestId", "type", "string", "violations", "type", "array", "items", violation, "required", "type",
                     "title", "status", "detail", "instance", "requestId");
}

static json_t *security_schemes(void)
{
    return json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}", "bearer", "type", "http", "scheme", "bearer", "bearerFormat",
                     "JWT", "cookie", "type", "apiKey", "in", "cookie", "name", "portal_access");
}

static void add_operation(json_t *paths, const struct route *row, json_t *schemas, json_t *ids)
{
    static const char *const names[ROUTE_METHOD_COUNT] = {"get", "post", "put", "patch", "delete"};
    char path[PATH_SIZE];
    public_path(row->pattern, path);
    json_t *item = json_object_get(paths, path);
    if (!item) {
        item = json_object();
        json_object_set_new(paths, path, item);
    }
    json_object_set_new(item, names[row->method], operation_of(row, schemas, ids));
}

static json_t *info(void)
{
    return json_pack("{s:s, s:s, s:s}", "title", "The portal's shop API", "version", PORTAL_VERSION, "description",
                     description);
}

static json_t *tags(void)
{
    return json_pack("[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}]", "name", "auth", "description", "Who somebody is", "name",
                     "catalog", "description", "What the shop sells", "name", "cart", "description",
                     "What a shopper means to buy", "name", "orders", "description",
                     "Orders from the moment they are placed");
}

json_t *openapi_document(const struct route *const *rows, size_t count, const char *public_url)
{
    json_t *paths = json_object();
    json_t *schemas = json_pack("{s:o}", "Problem", problem_schema());
    json_t *ids = json_object();
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->kind == ROUTE_RPC)
            add_operation(paths, rows[i], schemas, ids);
    }
    json_decref(ids);
    return json_pack("{s:s, s:o, s:[{s:s}], s:o, s:o, s:{s:o, s:o}}", "openapi", "3.1.0", "info", info(), "servers", "url",
                     public_url, "tags", tags(), "paths", paths, "components", "schemas", schemas, "securitySchemes",
                     security_schemes());
}

void openapi_build(const struct route *const *rows, size_t count, const char *public_url, struct openapi *ret)
{
    json_t *document = openapi_document(rows, count, public_url);
    ret->json = json_dumps(document, JSON_COMPACT);
    assert(ret->json && "the description holds UTF-8 only");
    ret->json_size = strlen(ret->json);
    ret->html = reference_render(document, &ret->html_size);
    json_decref(document);
}

void openapi_done(struct openapi *openapi)
{
    free(openapi->json);
    free(openapi->html);
    *openapi = (struct openapi){0};
}
