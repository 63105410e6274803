/*
 * Names in addresses for whatever people call a thing, in any script.
 */
#ifndef CATALOG_SLUG_H
#define CATALOG_SLUG_H

#include "arena.h"

/* text_slug(); where that leaves nothing, as of an Arabic name, `prefix`, a hyphen and a digest of the text, so that the
 * same name always gives the same address. In the arena; `max` is at least 32. */
const char *slug_of(const char *text, const char *prefix, size_t max, struct arena *arena);

#endif
