/*
 * Pictures of products: which renditions there are of one, and what they are called.
 *
 * A picture in the media folder is known by a name, a digest of its source; its renditions are <name>-<width>.webp for pages
 * and <name>-social.jpg for link previews. Widths are the standard ones, never larger than the source, so they follow from
 * the width of the largest. A picture elsewhere is just its address.
 */
#ifndef CATALOG_PICTURE_H
#define CATALOG_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

#define PICTURE_WIDTHS_MAX 3
#define PICTURE_SOCIAL_WIDTH 1200
#define PICTURE_NAME_SIZE 33 /* 128 bits in hexadecimal and a NUL */
#define PICTURE_URL_MAX 2048

struct picture {
    const char *url;   /* elsewhere; "" for one of ours */
    const char *media; /* name in the media folder; "" for one elsewhere */
    const char *alt;
    int64_t width; /* of the largest rendition; 0: not known */
    int64_t height;
};

/* The widths of the renditions of a source `full_width` pixels wide, ascending; returns how many (at least 1). */
size_t picture_widths(int64_t full_width, int64_t widths[PICTURE_WIDTHS_MAX]);

/* Where browsers find the renditions, in the arena; "" when there is none of the kind. */
const char *picture_page_url(const struct picture *picture, struct arena *arena);
const char *picture_srcset(const struct picture *picture, struct arena *arena);
const char *picture_social_url(const struct picture *picture, struct arena *arena);

/* An absolute http or https address of at most PICTURE_URL_MAX bytes without white space, quotes or control characters. */
bool picture_is_url(const char *text);

#endif
