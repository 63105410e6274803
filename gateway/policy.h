/*
 * The headers that tell browsers what an answer may do (OWASP Secure Headers).
 */
#ifndef PORTAL_POLICY_H
#define PORTAL_POLICY_H

#include "exchange.h"

#define POLICY_SOURCE_SIZE 56 /* "'sha256-<44 characters>'" and its NUL */

/*
 * The Content-Security-Policy source that allows one inline <style>, whose text must be exactly these bytes. Compute it once
 * per style sheet and put it into x->answer.style_source. Pages have: default-src 'self', img-src 'self' https: data:,
 * style-src 'self' and that source, no inline script, no framing, forms only to ourselves. JSON-LD blocks are data and are
 * not affected. x->answer.script_origin lets the script of a payment provider in, on the one page that needs it.
 */
void policy_style_source(const char *css, size_t size, char out[POLICY_SOURCE_SIZE]);

/* Adds the headers to the answer. */
void policy_apply(struct exchange *x);

#endif
