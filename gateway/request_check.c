/* Rules for header fields as they are walked through, then rules for the request as a whole. */
#include "request_check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

#define CONTENT_LENGTH_DIGITS_MAX 15

struct fields {
    struct edge *edge;
    size_t count;
    size_t size;
    size_t hosts;
    size_t lengths;
    size_t codings;
    bool is_bad; /* told already */
};

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return length > 0;
}

/* Visible characters, blanks, tabs, and bytes above ASCII (RFC 9110, section 5.5). */
static bool is_field_value(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

/* A name or an address with an optional port; user information and lists are none of it. */
static bool is_host(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= ' ' || c >= 0x7F || strchr("\"#%,/<>?@\\^`{|}", c))
            return false;
    }
    return true;
}

static bool is_length(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= CONTENT_LENGTH_DIGITS_MAX && text[digits] == '\0';
}

static void refuse(struct fields *fields, int status, const char *sentence)
{
    fields->is_bad = true;
    fields->edge->must_close = true;
    edge_refuse(fields->edge, status, "%s", sentence);
}

static void count_framing(struct fields *fields, const char *name, const char *value)
{
    if (strcasecmp(name, "Host") == 0) {
        fields->hosts++;
        if (!is_host(value))
            refuse(fields, 400, "The Host header is not the name of a host.");
    } else if (strcasecmp(name, "Content-Length") == 0) {
        fields->lengths++;
        if (!is_length(value))
            refuse(fields, 400, "The Content-Length header is not a number.");
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        fields->codings++;
        if (strcasecmp(value, "chunked") != 0)
            refuse(fields, 400, "The only Transfer-Encoding taken is chunked.");
    }
}

static enum MHD_Result check_field(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value,
                                   size_t value_size)
{
    (void)kind;
    struct fields *fields = arg;
    fields->count++;
    fields->size += name_size + value_size;
    if (!is_token(name, name_size))
        refuse(fields, 400, "A header has a name that is none.");
    else if (!is_field_value(value ? value : "", value_size))
        refuse(fields, 400, "A header has a control character in its value.");
    else if (fields->count > HTTP_HEADERS_MAX || fields->size > HTTP_HEADERS_SIZE_MAX)
        refuse(fields, 431, "The header fields are too many, or too long together.");
    else
        count_framing(fields, name, value ? value : "");
    return fields->is_bad ? MHD_NO : MHD_YES;
}

static void check_framing(struct fields *fields, bool is_http_11)
{
    if (fields->hosts > 1)
        refuse(fields, 400, "The Host header is there twice.");
    else if (fields->hosts == 0 && is_http_11)
        refuse(fields, 400, "The Host header is missing.");
    else if (fields->lengths > 1)
        refuse(fields, 400, "The Content-Length header is there twice.");
    else if (fields->lengths > 0 && fields->codings > 0)
        refuse(fields, 400, "Content-Length and Transfer-Encoding exclude each other.");
    else if (fields->codings > 1 || (fields->codings > 0 && !is_http_11))
        refuse(fields, 400, "The Transfer-Encoding header is not right here.");
}

void request_check(struct edge *edge, const char *version)
{
    struct fields fields = {.edge = edge};
    bool is_http_11 = strcmp(version, "HTTP/1.1") == 0;
    if (!is_http_11 && strcmp(version, "HTTP/1.0") != 0) {
        refuse(&fields, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
        return;
    }
    MHD_get_connection_values_n(edge->connection, MHD_HEADER_KIND, check_field, &fields);
    if (!fields.is_bad)
        check_framing(&fields, is_http_11);
}

int64_t request_length(const struct exchange *x)
{
    const char *text = exchange_header(x, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return text ? strtoll(text, NULL, 10) : -1;
}

/* Where the path begins in "http://host/path"; NULL when this is no such target. */
static const char *skip_authority(const char *uri)
{
    size_t scheme = strncasecmp(uri, "http://", 7) == 0 ? 7 : strncasecmp(uri, "https://", 8) == 0 ? 8 : 0;
    if (scheme == 0)
        return NULL;
    const char *authority = uri + scheme;
    const char *path = authority + strcspn(authority, "/?");
    return path > authority && *path == '/' ? path : *path == '\0' && path > authority ? "/" : NULL;
}

static bool is_target(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c <= ' ' || c >= 0x7F || c == '#')
            return false;
    }
    return true;
}

static void read_path_and_query(struct edge *edge, const char *target)
{
    struct exchange *x = &edge->x;
    struct error err;
    error_clear(&err);
    size_t path_length = strcspn(target, "?");
    x->target = target;
    x->raw_path = arena_strndup(x->arena, target, path_length);
    if (!params_unescape(x->raw_path, path_length, false, x->arena, &x->path)) {
        x->path = "";
        edge_refuse(edge, 400, "The path is not text in UTF-8, percent-encoded.");
        return;
    }
    const char *query = target[path_length] == '?' ? target + path_length + 1 : "";
    if (params_parse(query, strlen(query), x->arena, &x->query, &err))
        edge_refuse_error(edge, &err);
}

void request_check_target(struct edge *edge)
{
    const char *target = *edge->uri == '/' ? edge->uri : skip_authority(edge->uri);
    edge->x.target = edge->x.raw_path = edge->x.path = "/";
    if (strlen(edge->uri) > HTTP_TARGET_MAX) {
        edge->must_close = true;
        edge_refuse(edge, 414, "Path and query are longer than %d bytes.", HTTP_TARGET_MAX);
    } else if (strcmp(edge->uri, "*") == 0 && strcmp(edge->method_name, "OPTIONS") == 0) {
        edge->is_options = true;
        edge->allow = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";
    } else if (!target || !is_target(target)) {
        edge->must_close = true;
        edge_refuse(edge, 400, "The address of the request is not one.");
    } else {
        read_path_and_query(edge, target);
    }
}
