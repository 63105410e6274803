/*
 * What mustache.c makes of a template and mustache_render.c runs: a flat array of operations.
 */
#ifndef PORTAL_MUSTACHE_PROGRAM_H
#define PORTAL_MUSTACHE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "mustache.h"

enum mustache_op_kind {
    MUSTACHE_TEXT,          /* text as it stands */
    MUSTACHE_ESCAPED,       /* {{name}} */
    MUSTACHE_RAW,           /* {{{name}}}, {{&name}} */
    MUSTACHE_SECTION,       /* {{#name}}: runs up to `end` for each element */
    MUSTACHE_INVERTED,      /* {{^name}}: runs up to `end` when there is nothing */
    MUSTACHE_PARTIAL,       /* {{>name}} */
};

struct mustache_op {
    enum mustache_op_kind kind;
    bool starts_line;                       /* TEXT: a partial's indentation goes in front of it */
    const char *text;                       /* TEXT: the text; PARTIAL: the indentation */
    size_t size;
    char *name;                             /* the parts of a dotted name, each with a NUL; "" for "." */
    size_t name_parts;                      /* 0: the implicit iterator "." */
    size_t end;                             /* SECTION, INVERTED: index of the operation behind the section */
    const struct mustache_template *partial;
};

struct mustache_template {
    const char *name;
    struct mustache_op *ops;
    size_t op_count;
    size_t op_capacity;
};

struct mustache {
    struct mustache_template *templates;
    size_t count;
};

#endif
