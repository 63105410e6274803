/*
 * The API's description as one HTML page: no script, nothing from outside, readable at 360 px.
 */
#ifndef PORTAL_REFERENCE_H
#define PORTAL_REFERENCE_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* From an OpenAPI document of ours; free() the result. */
char *reference_render(const json_t *document, size_t *ret_size);

/* The style sheet inside the page, for its Content-Security-Policy. */
const char *reference_style(void);

/* The page's frame, for other small documents in the same look. */
void reference_begin(FILE *out, const char *title);
void reference_end(FILE *out);

/* Text with the characters escaped that HTML knows. */
void reference_text(FILE *out, const char *text);

#endif
