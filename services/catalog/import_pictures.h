/*
 * Pictures that lie as files beside the CSV: made into renditions by portal-pictures, a program of its own, so that this one
 * carries no image library and a picture that breaks a decoder breaks nothing else.
 */
#ifndef CATALOG_IMPORT_PICTURES_H
#define CATALOG_IMPORT_PICTURES_H

#include "picture.h"

struct import_pictures;

/* Starts the program `path`; renditions go to `media_dir`, and relative names in the CSV are below `base_dir`. */
enum status import_pictures_start(const char *path, const char *media_dir, const char *base_dir,
                                  struct import_pictures **ret_pictures, struct error *err) MUST_CHECK;
void import_pictures_stop(struct import_pictures *pictures); /* accepts NULL */

/*
 * Makes renditions of a file named as in the CSV and fills media, width and height; strings live in the arena.
 * INVALID_ARGUMENT when it is not a picture the shop can show, or its name leads out of the CSV's folder.
 */
enum status import_pictures_add(struct import_pictures *pictures, const char *name, struct picture *picture,
                                struct arena *arena, struct error *err) MUST_CHECK;

#endif
