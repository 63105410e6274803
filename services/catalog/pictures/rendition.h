/*
 * Makes the renditions of one picture file: WebP in the widths of picture.h, a JPEG for link previews, no metadata, sRGB.
 *
 * Takes JPEG, PNG, WebP, GIF (its first frame) and SVG of at most RENDITION_FILE_MAX bytes and RENDITION_PIXELS_MAX pixels.
 * SVG is for files that the shop's owner has on the machine: it is drawn in the largest width, for it has no size of its
 * own. The name is a digest of the file's bytes and of the rules here, so the same file gives the same names and is made
 * once.
 */
#ifndef PICTURES_RENDITION_H
#define PICTURES_RENDITION_H

#include "picture.h"

#define RENDITION_FILE_MAX (20u << 20)
#define RENDITION_PIXELS_MAX INT64_C(50000000)

struct rendition {
    char name[PICTURE_NAME_SIZE];
    int width; /* of the largest WebP */
    int height;
};

/* Writes what is not there yet into `media_dir`. `err` tells a person what is wrong with the file. */
enum status rendition_make(const char *path, const char *media_dir, struct rendition *ret_rendition,
                           struct error *err) MUST_CHECK;

#endif
