/* Pictures: pages name only renditions that exist, and never an address that is none. */
#include "check.h"

#include <string.h>

#include "picture.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, 65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_renditions_are_never_larger_than_the_source(void **state)
{
    (void)state;
    static const struct {
        int64_t full;
        size_t count;
        int64_t widths[PICTURE_WIDTHS_MAX];
    } rows[] = {
        {100, 1, {100}},
        {320, 1, {320}},
        {500, 2, {320, 500}},
        {640, 2, {320, 640}},
        {800, 3, {320, 640, 800}},
        {1024, 3, {320, 640, 1024}},
        {4000, 3, {320, 640, 1024}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t widths[PICTURE_WIDTHS_MAX];
        assert_int_equal(picture_widths(rows[i].full, widths), rows[i].count);
        assert_memory_equal(widths, rows[i].widths, rows[i].count * sizeof(widths[0]));
    }
}

static void test_a_picture_of_ours_has_all_its_addresses(void **state)
{
    (void)state;
    const struct picture picture = {"", "abc", "", 800, 600};
    assert_string_equal(picture_page_url(&picture, arena), "/media/abc-800.webp");
    assert_string_equal(picture_srcset(&picture, arena),
                        "/media/abc-320.webp 320w, /media/abc-640.webp 640w, /media/abc-800.webp 800w");
    assert_string_equal(picture_social_url(&picture, arena), "/media/abc-social.jpg");
}

static void test_a_small_picture_needs_no_set(void **state)
{
    (void)state;
    const struct picture picture = {"", "abc", "", 200, 200};
    assert_string_equal(picture_page_url(&picture, arena), "/media/abc-200.webp");
    assert_string_equal(picture_srcset(&picture, arena), "");
}

static void test_a_picture_elsewhere_is_its_address(void **state)
{
    (void)state;
    const struct picture picture = {"https://example.com/a.jpg", "", "", 0, 0};
    assert_string_equal(picture_page_url(&picture, arena), "https://example.com/a.jpg");
    assert_string_equal(picture_srcset(&picture, arena), "");
    assert_string_equal(picture_social_url(&picture, arena), "");
}

static void test_only_web_addresses_are_addresses(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "http://",
                                      "javascript:alert(1)",
                                      "data:image/png;base64,AA",
                                      "//example.com/a",
                                      "https://a b",
                                      "https://a\"onerror=",
                                      "https://a<b",
                                      "https://a\nb",
                                      "ftp://a/b"};
    assert_true(picture_is_url("https://example.com/a@2x.jpg?v=1&w=2"));
    assert_true(picture_is_url("HTTP://example.com"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(picture_is_url(bad[i]));
    char *endless = arena_alloc(arena, PICTURE_URL_MAX + 20);
    memset(endless, 'a', PICTURE_URL_MAX + 19);
    memcpy(endless, "https://", 8);
    assert_false(picture_is_url(endless));
}

RUN_TESTS(cmocka_unit_test_setup_teardown(test_renditions_are_never_larger_than_the_source, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_picture_of_ours_has_all_its_addresses, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_small_picture_needs_no_set, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_picture_elsewhere_is_its_address, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_only_web_addresses_are_addresses, set_up, tear_down))
