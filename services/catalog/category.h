/*
 * Where a product lies in the tree of categories, from either of the ways in which people write it.
 */
#ifndef CATALOG_CATEGORY_H
#define CATALOG_CATEGORY_H

#include "arena.h"

#define CATEGORY_DEPTH_MAX 10
#define CATEGORY_NAME_MAX 80 /* characters of one level's name */
#define CATEGORY_SLUG_MAX 48

/* The levels from below the root down to the category; none: the root itself. Strings live in the arena. */
struct category_path {
    size_t depth;
    const char *paths[CATEGORY_DEPTH_MAX]; /* "fashion", "fashion/shoes" */
    const char *names[CATEGORY_DEPTH_MAX]; /* "Fashion", "Shoes" */
};

/* "fashion/shoes": the path of the last level, "" for the root. */
const char *category_path_text(const struct category_path *path);
const char *category_parent_text(const struct category_path *path, size_t level);

/* From names with " > " between: "Apparel & Accessories > Clothing". Violations are for `field`. */
enum status category_from_names(const char *text, const char *field, struct arena *arena, struct category_path *ret_path,
                                struct error *err) MUST_CHECK;

/* From slugs with "/" between; names are made of the slugs: "home-garden" -> "Home garden". */
enum status category_from_slugs(const char *text, const char *field, struct arena *arena, struct category_path *ret_path,
                                struct error *err) MUST_CHECK;

#endif
