/* Patterns as lists of segments, most particular first, so that the first one that fits is the right one. */
#include "router.h"

#include <stdlib.h>
#include <string.h>

#include "route_check.h"

#define SEGMENTS_MAX 12      /* of a pattern */
#define PATH_SEGMENTS_MAX 32 /* of a path; what is behind is cut, and no pattern is that long */
#define ROUTER_ARENA_BLOCK 16384

enum segment_kind { SEGMENT_LITERAL, SEGMENT_CAPTURE, SEGMENT_REST }; /* in order of precedence */

struct segment {
    enum segment_kind kind;
    const char *text; /* the literal, or the name of the capture */
    size_t length;
};

/* One pattern with its rows. */
struct path_entry {
    const char *pattern;
    struct segment segments[SEGMENTS_MAX];
    size_t count;
    const struct route *rows[ROUTE_METHOD_COUNT];
};

struct router {
    struct arena *arena;
    struct path_entry *entries;
    size_t entry_count;
    const struct route **rows;
    size_t row_count;
};

static enum status bad_pattern(const char *pattern, const char *complaint, struct error *err)
{
    return error_set(err, STATUS_FAILED_PRECONDITION, "The pattern %s cannot work: %s.", pattern, complaint);
}

/* "{name}" or "{name=**}" or a literal. */
static bool parse_segment(const char *text, size_t length, struct arena *arena, struct segment *ret)
{
    ret->kind = SEGMENT_LITERAL;
    if (length > 0 && text[0] == '{') {
        if (length < 3 || text[length - 1] != '}')
            return false;
        ret->kind = SEGMENT_CAPTURE;
        text++;
        length -= 2;
        if (length > 3 && memcmp(text + length - 3, "=**", 3) == 0) {
            ret->kind = SEGMENT_REST;
            length -= 3;
        }
    }
    ret->text = arena_strndup(arena, text, length);
    ret->length = length;
    return strcspn(ret->text, "{}=*") == length;
}

static enum status parse_pattern(struct path_entry *entry, struct arena *arena, struct error *err)
{
    const char *at = entry->pattern;
    while (*at == '/') {
        size_t length = strcspn(++at, "/");
        if (entry->count > 0 && entry->segments[entry->count - 1].kind == SEGMENT_REST)
            return bad_pattern(entry->pattern, "nothing can follow a {name=**}", err);
        if (entry->count == SEGMENTS_MAX)
            return bad_pattern(entry->pattern, "it has too many segments", err);
        if (!parse_segment(at, length, arena, &entry->segments[entry->count++]))
            return bad_pattern(entry->pattern, "a segment is neither a literal, {name} nor {name=**}", err);
        at += length;
    }
    return STATUS_OK;
}

/* Order of precedence; 0: both fit the same paths. */
static int compare_entries(const void *left, const void *right)
{
    const struct path_entry *a = left;
    const struct path_entry *b = right;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        const struct segment *x = &a->segments[i];
        const struct segment *y = &b->segments[i];
        if (x->kind != y->kind)
            return x->kind < y->kind ? -1 : 1;
        int order = x->kind == SEGMENT_LITERAL ? strcmp(x->text, y->text) : 0;
        if (order)
            return order;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static struct path_entry *find_entry(struct router *router, const char *pattern)
{
    for (size_t i = 0; i < router->entry_count; i++) {
        if (strcmp(router->entries[i].pattern, pattern) == 0)
            return &router->entries[i];
    }
    return NULL;
}

static enum status add_row(struct router *router, const struct route *row, struct error *err)
{
    enum status status = route_check(row, err);
    if (status)
        return status;
    struct path_entry *entry = find_entry(router, row->pattern);
    if (!entry) {
        entry = &router->entries[router->entry_count++];
        entry->pattern = row->pattern;
        status = parse_pattern(entry, router->arena, err);
        if (status)
            return status;
    }
    if (entry->rows[row->method])
        return error_set(err, STATUS_FAILED_PRECONDITION, "The route %s %s is there twice.", route_method_name(row->method),
                         row->pattern);
    entry->rows[row->method] = row;
    router->rows[router->row_count++] = row;
    return STATUS_OK;
}

/* Neighbours that compare equal would fit the same paths, and one of them would never be reached. */
static enum status sort_entries(struct router *router, struct error *err)
{
    qsort(router->entries, router->entry_count, sizeof(struct path_entry), compare_entries);
    for (size_t i = 1; i < router->entry_count; i++) {
        const struct path_entry *one = &router->entries[i - 1];
        if (compare_entries(one, &router->entries[i]) == 0)
            return error_set(err, STATUS_FAILED_PRECONDITION, "The patterns %s and %s fit the same paths.", one->pattern,
                             router->entries[i].pattern);
    }
    return STATUS_OK;
}

static enum status build(struct router *router, const struct router_table *tables, size_t table_count, struct error *err)
{
    enum status status = STATUS_OK;
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < tables[t].count && status == STATUS_OK; i++)
            status = add_row(router, &tables[t].rows[i], err);
    }
    return status ? status : sort_entries(router, err);
}

enum status router_new(const struct router_table *tables, size_t table_count, struct router **ret_router, struct error *err)
{
    size_t rows = 0;
    for (size_t t = 0; t < table_count; t++)
        rows += tables[t].count;
    struct arena *arena = arena_new(ROUTER_ARENA_BLOCK, 0);
    struct router *router = ARENA_NEW(arena, struct router);
    router->arena = arena;
    router->entries = ARENA_ARRAY(arena, struct path_entry, rows);
    router->rows = ARENA_ARRAY(arena, const struct route *, rows);
    enum status status = build(router, tables, table_count, err);
    if (status)
        router_free(router);
    else
        *ret_router = router;
    return status;
}

void router_free(struct router *router)
{
    if (router)
        arena_free(router->arena);
}

/* The segments of a path, decoded. */
struct path {
    const char *segments[PATH_SEGMENTS_MAX];
    size_t count;
};

static enum status split_path(const char *raw, struct arena *arena, struct path *ret, struct error *err)
{
    while (*raw == '/' && ret->count < PATH_SEGMENTS_MAX) {
        size_t length = strcspn(++raw, "/");
        const char **segment = &ret->segments[ret->count++];
        if (!params_unescape(raw, length, false, arena, segment))
            return error_set(err, STATUS_INVALID_ARGUMENT, "The path is not text in UTF-8, percent-encoded.");
        if (strchr(*segment, '/'))
            return error_set(err, STATUS_INVALID_ARGUMENT, "The path has an escaped slash; no address of ours has one.");
        raw += length;
    }
    return STATUS_OK;
}

static bool segment_fits(const struct segment *segment, const char *text)
{
    return segment->kind == SEGMENT_LITERAL ? strcmp(segment->text, text) == 0 : *text != '\0';
}

static bool entry_fits(const struct path_entry *entry, const struct path *path)
{
    bool has_rest = entry->segments[entry->count - 1].kind == SEGMENT_REST;
    if (has_rest ? path->count < entry->count : path->count != entry->count)
        return false;
    for (size_t i = 0; i < entry->count; i++) {
        if (!segment_fits(&entry->segments[i], path->segments[i]))
            return false;
    }
    return true;
}

static const char *join_rest(const struct path *path, size_t first, struct arena *arena)
{
    const char *joined = path->segments[first];
    for (size_t i = first + 1; i < path->count; i++)
        joined = arena_printf(arena, "%s/%s", joined, path->segments[i]);
    return joined;
}

static struct params take_captures(const struct path_entry *entry, const struct path *path, struct arena *arena)
{
    struct param *items = ARENA_ARRAY(arena, struct param, entry->count);
    size_t count = 0;
    for (size_t i = 0; i < entry->count; i++) {
        const struct segment *segment = &entry->segments[i];
        if (segment->kind == SEGMENT_CAPTURE)
            items[count++] = (struct param){segment->text, path->segments[i]};
        else if (segment->kind == SEGMENT_REST)
            items[count++] = (struct param){segment->text, join_rest(path, i, arena)};
    }
    return (struct params){items, count};
}

enum status router_find(const struct router *router, const char *raw_path, struct arena *arena,
                        struct router_match *ret_match, struct error *err)
{
    struct path path = {.count = 0};
    enum status status = split_path(raw_path, arena, &path, err);
    if (status)
        return status;
    *ret_match = (struct router_match){NULL, {NULL, 0}};
    for (size_t i = 0; i < router->entry_count; i++) {
        const struct path_entry *entry = &router->entries[i];
        if (entry_fits(entry, &path)) {
            *ret_match = (struct router_match){entry->rows, take_captures(entry, &path, arena)};
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

const char *router_allow(const struct route *const *rows, struct arena *arena)
{
    const char *allow = rows[ROUTE_GET] ? "GET, HEAD, OPTIONS" : "OPTIONS";
    for (int method = ROUTE_POST; method < ROUTE_METHOD_COUNT; method++) {
        if (rows[method])
            allow = arena_printf(arena, "%s, %s", allow, route_method_name((enum route_method)method));
    }
    return allow;
}

const struct route *const *router_rows(const struct router *router, size_t *ret_count)
{
    *ret_count = router->row_count;
    return router->rows;
}
