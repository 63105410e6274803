/* Reads queries, forms and cookie headers; writes escaped text. */
#include "params.h"

#include <string.h>

#include "text.h"

const char *params_get(const struct params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++) {
        if (strcmp(params->items[i].name, name) == 0)
            return params->items[i].value;
    }
    return NULL;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool params_unescape(const char *text, size_t length, bool plus_is_blank, struct arena *arena, const char **ret_text)
{
    char *out = arena_alloc(arena, length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < length ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        out[used++] = c;
    }
    if (!text_is_utf8(out, used))
        return false;
    *ret_text = out;
    return true;
}

/* One "name=value"; a pair without '=' is a name with an empty value. */
static enum status parse_pair(const char *pair, size_t length, struct arena *arena, struct param *ret, struct error *err)
{
    const char *equals = memchr(pair, '=', length);
    size_t name_length = equals ? (size_t)(equals - pair) : length;
    if (!params_unescape(pair, name_length, true, arena, &ret->name))
        return error_set(err, STATUS_INVALID_ARGUMENT, "The name of a parameter is not text in UTF-8, percent-encoded.");
    const char *value = equals ? equals + 1 : "";
    if (params_unescape(value, equals ? length - name_length - 1 : 0, true, arena, &ret->value))
        return STATUS_OK;
    return error_field(err, ret->name, "malformed", "The value is not text in UTF-8, percent-encoded.");
}

/* How many pieces `separator` divides a text into. */
static size_t count_pieces(const char *text, size_t length, char separator)
{
    size_t count = 1;
    for (size_t i = 0; i < length; i++)
        count += text[i] == separator;
    return count;
}

enum status params_parse(const char *text, size_t length, struct arena *arena, struct params *ret_params, struct error *err)
{
    size_t pieces = count_pieces(text, length, '&');
    if (pieces > PARAMS_MAX)
        return error_set(err, STATUS_INVALID_ARGUMENT, "There are %zu parameters; at most %d are taken.", pieces,
                         PARAMS_MAX);
    struct param *items = ARENA_ARRAY(arena, struct param, pieces);
    size_t count = 0;
    const char *end = text + length;
    while (text < end) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        size_t size = (size_t)((stop ? stop : end) - text);
        enum status status = size > 0 ? parse_pair(text, size, arena, &items[count], err) : STATUS_OK;
        if (status)
            return status;
        count += size > 0;
        text += size + 1;
    }
    *ret_params = (struct params){items, count};
    return STATUS_OK;
}

struct params params_parse_cookies(const char *header, struct arena *arena)
{
    if (!header)
        return (struct params){NULL, 0};
    size_t pieces = count_pieces(header, strlen(header), ';');
    struct param *items = ARENA_ARRAY(arena, struct param, pieces);
    size_t count = 0;
    while (*header) {
        header += strspn(header, " \t;");
        size_t size = strcspn(header, ";");
        const char *equals = memchr(header, '=', size);
        if (equals && equals > header) {
            size_t name_length = (size_t)(equals - header);
            items[count].name = arena_strndup(arena, header, name_length);
            items[count++].value = arena_strndup(arena, equals + 1, size - name_length - 1);
        }
        header += size;
    }
    return (struct params){items, count};
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

const char *params_escape(const char *text, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, strlen(text) * 3 + 1);
    size_t used = 0;
    for (; *text; text++) {
        if (is_unreserved(*text)) {
            out[used++] = *text;
            continue;
        }
        out[used++] = '%';
        out[used++] = digits[(unsigned char)*text >> 4];
        out[used++] = digits[(unsigned char)*text & 15];
    }
    return out;
}
