/* Identifiers: RFC 9562's form, in the order of their making, never twice. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"
#include "uuid.h"

/* RFC 9562, appendix A.6: the time 2022-02-22T19:22:22Z begins 017f22e2-79b0-7. */
static void test_time_stands_in_front(void **state)
{
    (void)state;
    char id[UUID_SIZE];
    uuid_v7(INT64_C(1645557742000) * US_PER_MS, id);
    assert_memory_equal(id, "017f22e2-79b0-7", 15);
    assert_non_null(strchr("89ab", id[19]));
    assert_true(uuid_is_valid(id));
}

static void test_later_sorts_behind(void **state)
{
    (void)state;
    char previous[UUID_SIZE];
    uuid_v7(INT64_C(1795466198000000), previous);
    for (int64_t us = 1; us < 5000; us++) {
        char id[UUID_SIZE];
        uuid_v7(INT64_C(1795466198000000) + us, id);
        assert_true(memcmp(id, previous, 18) >= 0);
        memcpy(previous, id, sizeof(id));
    }
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, UUID_SIZE);
}

static void test_never_twice_within_one_microsecond(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    char(*ids)[UUID_SIZE] = calloc(COUNT, UUID_SIZE);
    assert_non_null(ids);
    for (size_t i = 0; i < COUNT; i++)
        uuid_v7(INT64_C(1795466198000000), ids[i]);
    qsort(ids, COUNT, UUID_SIZE, compare);
    for (size_t i = 1; i < COUNT; i++)
        assert_int_not_equal(memcmp(ids[i - 1], ids[i], UUID_SIZE), 0);
    free(ids);
}

static void test_what_is_none_is_refused(void **state)
{
    (void)state;
    assert_true(uuid_is_valid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"));
    assert_false(uuid_is_valid(NULL));
    assert_false(uuid_is_valid(""));
    assert_false(uuid_is_valid("017f22e2-79b0-7cc3-98c4-dc0c0c07398"));
    assert_false(uuid_is_valid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"));
    assert_false(uuid_is_valid("017f22e279b0-7cc3-98c4-dc0c0c07398f00"));
    assert_false(uuid_is_valid("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"));
    assert_false(uuid_is_valid("{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"));
}

RUN_TESTS(cmocka_unit_test(test_time_stands_in_front), cmocka_unit_test(test_later_sorts_behind),
          cmocka_unit_test(test_never_twice_within_one_microsecond), cmocka_unit_test(test_what_is_none_is_refused))
