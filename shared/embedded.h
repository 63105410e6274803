/*
 * A file that was put into the program at build time (cmake/embed.cmake, portal_embed).
 */
#ifndef PORTAL_EMBEDDED_H
#define PORTAL_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name;           /* path below the folder it came from: "pages/cart.mustache" */
    const char *data;           /* NUL behind the last byte, which `size` does not count */
    size_t size;
};

/* NULL when there is none of that name; `files` need not be sorted. */
const struct embedded_file *embedded_find(const struct embedded_file *files, size_t count, const char *name);

#endif
