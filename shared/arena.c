/* Bump allocation in blocks: the first is kept over resets, later ones are as large as what is asked for needs. */
#include "arena.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)

struct block {
    struct block *next;         /* the one that was filled before */
    size_t size;
    size_t used;
    _Alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct block *current;
    struct block *first;
    size_t used;                /* over all blocks */
    size_t limit;
    ProtobufCAllocator allocator;
};

_Noreturn static void out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: a request wanted %zu bytes more\n", size);
    abort();
}

static struct block *block_new(size_t size, struct block *next)
{
    struct block *block = malloc(sizeof(*block) + size);
    if (!block)
        out_of_memory(size);
    block->next = next;
    block->size = size;
    block->used = 0;
    return block;
}

static void *take(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        out_of_memory(size);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > arena->current->size - arena->current->used) {
        size_t usual = arena->first->size;
        arena->current = block_new(size > usual ? size : usual, arena->current);
    }
    void *piece = arena->current->data + arena->current->used;
    arena->current->used += size;
    arena->used += size;
    return piece;
}

static void *allocator_alloc(void *allocator_data, size_t size)
{
    struct arena *arena = allocator_data;
    if (size > arena->limit || arena->used > arena->limit - size)
        return NULL;
    return take(arena, size);
}

static void allocator_free(void *allocator_data, void *pointer)
{
    (void)allocator_data;
    (void)pointer;
}

struct arena *arena_new(size_t block_size, size_t limit)
{
    struct arena *arena = malloc(sizeof(*arena));
    if (!arena)
        out_of_memory(sizeof(*arena));
    arena->first = arena->current = block_new(block_size, NULL);
    arena->used = 0;
    arena->limit = limit;
    arena->allocator = (ProtobufCAllocator){allocator_alloc, allocator_free, arena};
    return arena;
}

void arena_reset(struct arena *arena)
{
    while (arena->current != arena->first) {
        struct block *next = arena->current->next;
        free(arena->current);
        arena->current = next;
    }
    arena->first->used = 0;
    arena->used = 0;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    arena_reset(arena);
    free(arena->first);
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory(SIZE_MAX);
    return arena_alloc(arena, total);
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
    void *copy = take(arena, size);
    return size ? memcpy(copy, data, size) : copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = take(arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena_alloc(arena, size);
    vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

ProtobufCAllocator *arena_allocator(struct arena *arena)
{
    return &arena->allocator;
}
