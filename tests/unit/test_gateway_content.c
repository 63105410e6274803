/* Tags, conditions and codings: who loses them downloads every page again on a link paid by the megabyte. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "content.h"

/* RFC 9110, section 12.5.3 and its examples. */
static void gzip_is_sent_to_those_who_take_it(void **state)
{
    (void)state;
    static const char *const yes[] = {"gzip",
                                      "compress, gzip",
                                      "*",
                                      "compress;q=0.5, gzip;q=1.0",
                                      "gzip;q=1.0, identity; q=0.5, *;q=0",
                                      "GZIP",
                                      "x-gzip",
                                      "deflate, gzip;q=0.001",
                                      "br , gzip ; q=0.8"};
    static const char *const no[] = {"",          "identity", "compress",       "gzip;q=0",    "gzip;q=0.000",
                                     "gzip; q=0", "*;q=0",    "deflate, *;q=0", "gzip;q=0, *", "gzipped",
                                     "br"};
    assert_false(content_takes_gzip(NULL));
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(content_takes_gzip(yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(content_takes_gzip(no[i]));
}

/* RFC 9110, section 8.8.3.2: weak comparison. */
static void a_condition_is_met_by_its_tag(void **state)
{
    (void)state;
    static const char *const yes[] = {"\"a1\"",         "W/\"a1\"",          "*",           "\"x\", \"a1\"",
                                      "\"x\",W/\"a1\"", " \"a,b\" , \"a1\"", "\"x\" \"a1\""};
    static const char *const no[] = {"", "a1", "\"a\"", "\"a1", "\"x\"", "W/\"a2\"", "\"a1-gz\"", "\"", "\"x, \"a2\""};
    assert_false(content_etag_matches(NULL, "\"a1\""));
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(content_etag_matches(yes[i], "\"a1\""));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(content_etag_matches(no[i], "\"a1\""));
}

static void each_representation_has_its_own_tag(void **state)
{
    (void)state;
    char plain[CONTENT_ETAG_SIZE];
    char coded[CONTENT_ETAG_SIZE];
    char other[CONTENT_ETAG_SIZE];
    content_etag("hello", 5, false, plain);
    content_etag("hello", 5, true, coded);
    content_etag("hullo", 5, false, other);
    assert_string_not_equal(plain, coded);
    assert_string_not_equal(plain, other);
    assert_int_equal(plain[0], '"');
    assert_int_equal(plain[strlen(plain) - 1], '"');
}

static void what_was_packed_can_be_unpacked(void **state)
{
    (void)state;
    static char text[20000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 23);
    size_t size;
    void *packed = content_gzip(text, sizeof(text), &size);
    assert_non_null(packed);
    static char out[sizeof(text)];
    z_stream stream = {.next_in = packed, .avail_in = (uInt)size, .next_out = (Bytef *)out, .avail_out = sizeof(out)};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    assert_memory_equal(out, text, sizeof(text));
    free(packed);
}

static void pictures_are_left_as_they_are(void **state)
{
    (void)state;
    assert_true(content_is_text("text/html; charset=utf-8"));
    assert_true(content_is_text("application/problem+json"));
    assert_true(content_is_text("image/svg+xml"));
    assert_false(content_is_text("image/webp"));
    assert_false(content_is_text("font/woff2"));
}

RUN_TESTS(cmocka_unit_test(gzip_is_sent_to_those_who_take_it), cmocka_unit_test(a_condition_is_met_by_its_tag),
          cmocka_unit_test(each_representation_has_its_own_tag), cmocka_unit_test(what_was_packed_can_be_unpacked),
          cmocka_unit_test(pictures_are_left_as_they_are))
