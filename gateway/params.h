/*
 * Names and values as they come in a query, a form, a cookie header or the captures of a path: decoded, in order, names may
 * repeat.
 */
#ifndef PORTAL_PARAMS_H
#define PORTAL_PARAMS_H

#include <stdbool.h>

#include "arena.h"

#define PARAMS_MAX 256 /* of one query or form; more are refused */

struct param {
    const char *name;
    const char *value;
};

struct params {
    const struct param *items;
    size_t count;
};

/* The first value of that name; NULL when there is none. */
const char *params_get(const struct params *params, const char *name);

/*
 * application/x-www-form-urlencoded, as in a query or a form body. INVALID_ARGUMENT, naming the parameter where there is
 * one, for a bad escape, text that is not UTF-8, a NUL, or more than PARAMS_MAX pairs. Everything lives in the arena.
 */
enum status params_parse(const char *text, size_t length, struct arena *arena, struct params *ret_params,
                         struct error *err) MUST_CHECK;

/* A Cookie header's pairs (RFC 6265, section 5.4); what is no pair is left out. Values are taken as they are. */
struct params params_parse_cookies(const char *header, struct arena *arena);

/* Percent-decodes into the arena; false for a bad escape, or when the result is not UTF-8 or holds a NUL. */
bool params_unescape(const char *text, size_t length, bool plus_is_blank, struct arena *arena, const char **ret_text);

/* "a b&c" -> "a%20b%26c": everything but unreserved characters is escaped (RFC 3986, section 2). */
const char *params_escape(const char *text, struct arena *arena);

#endif
