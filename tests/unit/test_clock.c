/* Times that people and programs read: RFC 3339 both ways, to the microsecond, also before 1970. */
#include "check.h"

#include <string.h>

#include "clock.h"

/* Seconds from `date -u -d ... +%s`. */
static const struct {
    const char *text;
    int64_t us;
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-23T20:36:38Z", INT64_C(1795466198) * US_PER_S},
    {"2000-02-29T12:00:00.500Z", INT64_C(951825600) * US_PER_S + 500000},
    {"1969-12-31T23:59:59.999999Z", -1},
    {"1900-03-01T00:00:00.000001Z", INT64_C(-2203891200) * US_PER_S + 1},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800) * US_PER_S},
    {"9999-12-31T23:59:59Z", INT64_C(253402300799) * US_PER_S},
};

static void test_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        char text[CLOCK_RFC3339_SIZE];
        clock_format_rfc3339(times[i].us, text);
        assert_string_equal(text, times[i].text);
        int64_t us;
        struct error err;
        error_clear(&err);
        assert_int_equal(clock_parse_rfc3339(times[i].text, &us, &err), STATUS_OK);
        assert_int_equal(us, times[i].us);
    }
}

/* RFC 3339, section 5.8: both name the same instant. */
static void test_offsets(void **state)
{
    (void)state;
    int64_t west;
    int64_t utc;
    struct error err;
    error_clear(&err);
    assert_int_equal(clock_parse_rfc3339("1996-12-19T16:39:57-08:00", &west, &err), STATUS_OK);
    assert_int_equal(clock_parse_rfc3339("1996-12-20T00:39:57Z", &utc, &err), STATUS_OK);
    assert_int_equal(west, utc);
    assert_int_equal(clock_parse_rfc3339("2026-01-01T03:00:00.123456789+03:00", &west, &err), STATUS_OK);
    assert_int_equal(clock_parse_rfc3339("2026-01-01T00:00:00.123456Z", &utc, &err), STATUS_OK);
    assert_int_equal(west, utc);
}

static void test_what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "now", "2026-11-23", "2026-11-23 20:36:38Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00Zx", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00.1234567890Z",
        "2026-1-1T00:00:00Z"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t us = 77;
        struct error err;
        error_clear(&err);
        assert_int_equal(clock_parse_rfc3339(bad[i], &us, &err), STATUS_INVALID_ARGUMENT);
        assert_int_equal(us, 77);
    }
}

static void test_messages_keep_the_microsecond(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024, 1024);
    for (size_t i = 1; i < sizeof(times) / sizeof(times[0]); i++) {
        Google__Protobuf__Timestamp *timestamp = clock_to_timestamp(arena, times[i].us);
        assert_in_range(timestamp->nanos, 0, 999999999);
        assert_int_equal(clock_from_timestamp(timestamp), times[i].us);
    }
    assert_null(clock_to_timestamp(arena, 0));
    assert_int_equal(clock_from_timestamp(NULL), 0);
    arena_free(arena);
}

RUN_TESTS(cmocka_unit_test(test_both_ways), cmocka_unit_test(test_offsets), cmocka_unit_test(test_what_is_no_time_is_refused),
          cmocka_unit_test(test_messages_keep_the_microsecond))
