/*
 * Text that people typed: checked for length and trimmed, field by field.
 */
#ifndef PORTAL_TEXT_H
#define PORTAL_TEXT_H

#include <stdbool.h>

#include "arena.h"

/*
 * A trimmed copy in the arena, between min and max characters (code points) long, with each run of white space made one blank;
 * in `multiline` text a run with line ends becomes one line end, or one empty line. Marks that turn the direction of the text
 * around them (U+202A and its kin) and zero width spaces are left out, and text that shows nothing is ""; control characters
 * are refused. NULL is "". Adds a violation "required", "too_short", "too_long" or "malformed" for `field` otherwise, and
 * returns "" then, so that several fields can be checked in a row.
 */
const char *text_check(const char *text, const char *field, size_t min_chars, size_t max_chars, bool multiline,
                       struct arena *arena, struct error *err);

/* Well-formed UTF-8 (RFC 3629) without U+0000. */
bool text_is_utf8(const char *text, size_t length);

/* Code points in well-formed UTF-8. */
size_t text_length(const char *text);

/* "Kitenge Shirt, Men's" -> "kitenge-shirt-mens": a-z, 0-9 and single hyphens; Latin letters lose their accents. At most
 * `max` characters; "" when nothing is left. */
const char *text_slug(const char *text, size_t max, struct arena *arena);

/* A plausible e-mail address, lower-cased, in the arena; NULL when it is not one (RFC 5321 lengths, one @, a dotted domain). */
const char *text_email(const char *text, struct arena *arena);

#endif
