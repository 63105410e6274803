/* Memory of a request: aligned, zeroed, counted, and closed to foreign bytes that want too much. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

static int open_arena(void **state)
{
    *state = arena_new(1024, 4096);
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_pieces_are_aligned_zeroed_and_apart(void **state)
{
    unsigned char *previous = NULL;
    for (size_t size = 0; size < 300; size++) {
        unsigned char *piece = arena_alloc(*state, size);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xAA, size);
        if (previous && size > 1)
            assert_int_equal(previous[0], 0xAA);
        previous = piece;
    }
}

static void test_reset_gives_everything_back(void **state)
{
    for (int round = 0; round < 100; round++) {
        assert_int_equal(arena_used(*state), 0);
        memset(arena_alloc(*state, 100000), 1, 100000);
        assert_true(arena_used(*state) >= 100000);
        arena_reset(*state);
    }
}

static void test_texts_are_copied(void **state)
{
    char source[] = "maize flour";
    char *copy = arena_strdup(*state, source);
    char *part = arena_strndup(*state, source, 5);
    source[0] = 'X';
    assert_string_equal(copy, "maize flour");
    assert_string_equal(part, "maize");
    assert_null(arena_strdup(*state, NULL));
    assert_string_equal(arena_printf(*state, "%s/%d", part, 42), "maize/42");
    assert_memory_equal(arena_memdup(*state, "a\0b", 3), "a\0b", 3);
}

static void test_foreign_messages_stop_at_the_limit(void **state)
{
    ProtobufCAllocator *allocator = arena_allocator(*state);
    assert_non_null(allocator->alloc(allocator->allocator_data, 4000));
    assert_null(allocator->alloc(allocator->allocator_data, 200));
    assert_null(allocator->alloc(allocator->allocator_data, SIZE_MAX));
    assert_non_null(arena_alloc(*state, 10000));
    arena_reset(*state);
    assert_non_null(allocator->alloc(allocator->allocator_data, 4000));
}

RUN_TESTS(cmocka_unit_test_setup_teardown(test_pieces_are_aligned_zeroed_and_apart, open_arena, close_arena),
          cmocka_unit_test_setup_teardown(test_reset_gives_everything_back, open_arena, close_arena),
          cmocka_unit_test_setup_teardown(test_texts_are_copied, open_arena, close_arena),
          cmocka_unit_test_setup_teardown(test_foreign_messages_stop_at_the_limit, open_arena, close_arena))
