/* Splits what people wrote into levels, and gives each its slug and its name. */
#include "category.h"

#include <ctype.h>
#include <string.h>

#include "slug.h"
#include "text.h"

const char *category_path_text(const struct category_path *path)
{
    return path->depth > 0 ? path->paths[path->depth - 1] : "";
}

const char *category_parent_text(const struct category_path *path, size_t level)
{
    return level > 0 ? path->paths[level - 1] : "";
}

static void add_level(struct category_path *path, const char *slug, const char *name, struct arena *arena)
{
    const char *parent = category_path_text(path);
    path->paths[path->depth] = *parent ? arena_printf(arena, "%s/%s", parent, slug) : slug;
    path->names[path->depth++] = name;
}

static enum status add_name(struct category_path *path, const char *part, const char *field, struct arena *arena,
                            struct error *err)
{
    size_t before = err->violation_count;
    const char *name = text_check(part, field, 1, CATEGORY_NAME_MAX, false, arena, err);
    if (err->violation_count > before)
        return err->status;
    add_level(path, slug_of(name, "category", CATEGORY_SLUG_MAX, arena), name, arena);
    return STATUS_OK;
}

static enum status add_slug(struct category_path *path, const char *part, const char *field, struct arena *arena,
                            struct error *err)
{
    const char *slug = text_slug(part, CATEGORY_SLUG_MAX, arena);
    if (!*slug || strcmp(slug, part) != 0)
        return error_field(
            err, field, "malformed",
            "A category is written as slugs of at most %d of a-z, 0-9 and hyphens, with / between: fashion/shoes.",
            CATEGORY_SLUG_MAX);
    char *name = arena_strdup(arena, slug);
    name[0] = (char)toupper((unsigned char)name[0]);
    for (char *c = name; *c; c++)
        if (*c == '-')
            *c = ' ';
    add_level(path, slug, name, arena);
    return STATUS_OK;
}

typedef enum status add_part_fn(struct category_path *, const char *, const char *, struct arena *, struct error *);

static enum status split(const char *text, char separator, add_part_fn *add, const char *field, struct arena *arena,
                         struct category_path *ret_path, struct error *err)
{
    struct category_path path = {0};
    for (const char *part = text; part && *text;) {
        const char *end = strchr(part, separator);
        size_t length = end ? (size_t)(end - part) : strlen(part);
        if (path.depth == CATEGORY_DEPTH_MAX)
            return error_field(err, field, "too_long", "A category has at most %d levels.", CATEGORY_DEPTH_MAX);
        enum status status = add(&path, arena_strndup(arena, part, length), field, arena, err);
        if (status)
            return status;
        part = end ? end + 1 : NULL;
    }
    *ret_path = path;
    return STATUS_OK;
}

enum status category_from_names(const char *text, const char *field, struct arena *arena, struct category_path *ret_path,
                                struct error *err)
{
    return split(text, '>', add_name, field, arena, ret_path, err);
}

enum status category_from_slugs(const char *text, const char *field, struct arena *arena, struct category_path *ret_path,
                                struct error *err)
{
    return split(text, '/', add_slug, field, arena, ret_path, err);
}
