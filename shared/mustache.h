/*
 * Mustache templates (mustache.github.io/mustache.5.html, github.com/mustache/spec): interpolation with and without escaping,
 * dotted names, sections, inverted sections, the implicit iterator, partials with indentation, comments, set delimiters, and
 * the rules for tags that stand alone on a line. No lambdas and no inheritance.
 *
 * Templates are compiled once into flat programs and rendered as often as wanted; rendering allocates nothing but its output.
 * Values come from jansson trees. Where the specification leaves room:
 *   - false, null, "", 0, an empty array and a name that is not found are falsey; everything else is truthy.
 *   - A number is written as it is, true as "true", null, false, arrays and objects as nothing.
 *   - Escaping turns & < > " ' into entities, so that a value is safe as text and inside a quoted attribute.
 *   - A partial that does not exist renders as nothing, or is an error when compiling: as whoever compiles wishes.
 */
#ifndef PORTAL_MUSTACHE_H
#define PORTAL_MUSTACHE_H

#include <stddef.h>
#include <jansson.h>

#include "error.h"

#define MUSTACHE_DEPTH_MAX 64                       /* contexts on the stack: sections open at once, in all partials */
#define MUSTACHE_PARTIALS_MAX 32                    /* partials within partials; a recursive one ends here */
#define MUSTACHE_OUTPUT_MAX (4u * 1024 * 1024)      /* bytes of one rendered page */
#define MUSTACHE_NAME_PARTS_MAX 8                   /* "a.b.c" has 3 */

struct mustache;            /* a set of compiled templates that may use each other as partials */
struct mustache_template;   /* one of the set */

struct mustache_source {
    const char *name;       /* as partial tags call it */
    const char *text;       /* need not end with NUL */
    size_t size;
};

/* What a partial of an unknown name is: nothing, as the specification has it, or the misspelling that it is on our own pages. */
enum mustache_lookup { MUSTACHE_LOOKUP_LENIENT, MUSTACHE_LOOKUP_STRICT };

/*
 * Compiles all sources. On failure `err` names template and line. The sources' text must live as long as the set; their array
 * need not.
 */
enum status mustache_compile(const struct mustache_source *sources, size_t count, enum mustache_lookup lookup,
                             struct mustache **ret_set, struct error *err) MUST_CHECK;
void mustache_free(struct mustache *set);           /* accepts NULL */

/* NULL when the set has none of that name. Lives as long as the set. */
const struct mustache_template *mustache_find(const struct mustache *set, const char *name);

/* Rendered text; data is malloc()ed, followed by a NUL that size does not count, and belongs to the caller. */
struct mustache_output {
    char *data;
    size_t size;
    size_t capacity;
};

/*
 * Renders into *output (appends to what is there; start with all zero). `contexts` is the stack at the start, its last element
 * on top. Any number of threads may render one template. INTERNAL when one of the limits above is passed; the output is then
 * incomplete, and still the caller's to free.
 */
enum status mustache_render(const struct mustache_template *template, const json_t *const *contexts, size_t context_count,
                            struct mustache_output *output, struct error *err) MUST_CHECK;

#endif
