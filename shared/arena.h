/*
 * Memory for one request: taken piece by piece, given back all at once.
 *
 * An arena serves one thread at a time. Pointers into it die with arena_reset() and arena_free(). arena_alloc() never returns
 * NULL: what a user can make large is bounded before it gets here, so running out is a bug or a machine without memory, and
 * the process ends with a message. The protobuf allocator is the exception: it unpacks foreign bytes, obeys the arena's limit,
 * and makes the unpacking fail cleanly when that is reached.
 */
#ifndef PORTAL_ARENA_H
#define PORTAL_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <protobuf-c/protobuf-c.h>

#include "error.h"

struct arena;

/* `block_size`: bytes of the first block, kept over resets. `limit`: bytes that the protobuf allocator may take in all. */
struct arena *arena_new(size_t block_size, size_t limit);
void arena_free(struct arena *arena);      /* accepts NULL */

/* Forgets everything but the first block. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_calloc(struct arena *arena, size_t count, size_t size);    /* ends the process when count * size overflows */
char *arena_strdup(struct arena *arena, const char *text);             /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
void *arena_memdup(struct arena *arena, const void *data, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

/* An allocator for protobuf_c_*_unpack(); its free() does nothing. Lives as long as the arena. */
ProtobufCAllocator *arena_allocator(struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_calloc((arena), (count), sizeof(type)))

#endif
