/*
 * Identifiers: UUID version 7 (RFC 9562, section 5.7), so that new rows land at the end of an index, as lower-case text.
 */
#ifndef PORTAL_UUID_H
#define PORTAL_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

#define UUID_SIZE 37                /* 36 characters and a NUL */

/* Milliseconds of `now_us`, 12 bits of its fraction (method 3 of section 6.2), 62 bits from the kernel's random source. */
void uuid_v7(int64_t now_us, char out[UUID_SIZE]);

/* A new one, of now, in the arena. */
const char *uuid_new(struct arena *arena);

/* Only the canonical form: 8-4-4-4-12 lower- or upper-case hexadecimal digits; any version. NULL and "" are not. */
bool uuid_is_valid(const char *text);

#endif
