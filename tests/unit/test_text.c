/* What people type: nothing hidden, nothing endless, and nothing lost that they meant. */
#include "check.h"

#include <string.h>

#include "text.h"

static struct arena *arena;
static struct error err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(4096, 4096);
    error_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The Unicode Standard, table 3-7, and RFC 3629, section 4: the edges of what is well-formed. */
static void test_only_well_formed_utf8_is_text(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF0\x90\x80\x80",
                                       "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC2",
                                      "\xC2"
                                      "a",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xE2\x82",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\xFE",
                                      "\xFF",
                                      "ok\xE2\x28\xA1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(text_is_utf8(bad[i], strlen(bad[i])));
    assert_false(text_is_utf8("a\0b", 3));
}

static void test_length_is_in_characters(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("Ọjà"), 3);
    assert_int_equal(text_length("🇰🇪"), 2);
}

static void test_spaces_are_tidied(void **state)
{
    (void)state;
    assert_string_equal(text_check("  Amina \t  Otieno\n", "name", 1, 50, false, arena, &err), "Amina Otieno");
    assert_string_equal(text_check("a\xC2\xA0\xE3\x80\x80"
                                   "b",
                                   "name", 1, 50, false, arena, &err),
                        "a b");
    assert_string_equal(text_check(" one  two \r\n three\r\n\r\n\r\nfour\n", "note", 1, 50, true, arena, &err),
                        "one two\nthree\n\nfour");
    assert_string_equal(text_check("one\ntwo", "note", 1, 50, false, arena, &err), "one two");
    assert_string_equal(text_check(NULL, "note", 0, 50, false, arena, &err), "");
    assert_int_equal(err.status, STATUS_OK);
}

/* A name that turns the text around it (U+202E) could make a page or an invoice say something else. */
static void test_marks_of_direction_are_dropped(void **state)
{
    (void)state;
    assert_string_equal(text_check("\xE2\x80\xAE"
                                   "Ali\xE2\x80\xAC\xEF\xBB\xBF",
                                   "name", 1, 3, false, arena, &err),
                        "Ali");
    assert_int_equal(err.status, STATUS_OK);
}

/* Joiners make Persian words and families of emoji; a name of joiners and fillers alone would be an empty line on a parcel. */
static void test_what_shows_nothing_is_empty(void **state)
{
    (void)state;
    static const char *const nothing[] = {"\u200B", "\u200D \u2060", "\u00AD", "\u3164", "\u2800 \u2800", "\u200F\uFE0F"};
    assert_string_equal(text_check("می\u200Cخواهم\u200B", "name", 1, 20, false, arena, &err), "می\u200Cخواهم");
    assert_string_equal(text_check("👩\u200D🌾", "name", 1, 20, false, arena, &err), "👩\u200D🌾");
    assert_int_equal(err.status, STATUS_OK);
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
        error_clear(&err);
        assert_string_equal(text_check(nothing[i], "name", 1, 20, false, arena, &err), "");
        assert_string_equal(err.violations[0].code, "required");
    }
}

static void test_every_bad_text_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
    } bad[] = {
        {" \n ", "required"},
        {"ab", "too_short"},
        {"éééééé", "too_long"},
        {"a\x01z", "malformed"},
        {"a\xC2\x85z\xC2\x9F", "malformed"},
        {"a\x7Fz", "malformed"},
        {"caf\xE9", "malformed"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error_clear(&err);
        assert_string_equal(text_check(bad[i].text, "line1", 3, 5, false, arena, &err), "");
        assert_int_equal(err.violation_count, 1);
        assert_string_equal(err.violations[0].field, "line1");
        assert_string_equal(err.violations[0].code, bad[i].code);
    }
}

static void test_lengths_at_the_limit_pass(void **state)
{
    (void)state;
    assert_string_equal(text_check("ééééé", "f", 5, 5, false, arena, &err), "ééééé");
    assert_string_equal(text_check("", "f", 0, 5, false, arena, &err), "");
    assert_int_equal(err.status, STATUS_OK);
}

static void test_slugs_are_readable_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *slug;
    } slugs[] = {
        {"Kitenge Shirt, Men's", "kitenge-shirt-mens"},
        {"  Crème brûlée — 500 g!  ", "creme-brulee-500-g"},
        {"Straße Ærø Œuvre Þing", "strasse-aero-oeuvre-thing"},
        {"Ọjà Ẹbùn Ṣọ́ọ̀bù", "oja-ebun-soobu"},
        {"Ɗanyen Ƙwai, Ɔkɔ", "danyen-kwai-oko"},
        {"Łódź Żółć", "lodz-zolc"},
        {"L’Oréal", "loreal"},
        {"cafe\xCC\x81", "cafe"},
        {"--a--b--", "a-b"},
        {"قميص", ""},
        {"قميص 2", "2"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++)
        assert_string_equal(text_slug(slugs[i].text, 80, arena), slugs[i].slug);
}

static void test_slugs_keep_their_limit_without_a_hanging_hyphen(void **state)
{
    (void)state;
    assert_string_equal(text_slug("ankara dress", 80, arena), "ankara-dress");
    assert_string_equal(text_slug("ankara dress", 8, arena), "ankara-d");
    assert_string_equal(text_slug("ankara dress", 7, arena), "ankara");
    assert_string_equal(text_slug("ankara dress", 6, arena), "ankara");
    assert_string_equal(text_slug("ß", 1, arena), "");
}

static void test_addresses_that_mail_can_reach(void **state)
{
    (void)state;
    assert_string_equal(text_email(" Amina.Otieno+shop@Example.CO.KE\n", arena), "amina.otieno+shop@example.co.ke");
    assert_string_equal(text_email("o'brien@xn--bcher-kva.example", arena), "o'brien@xn--bcher-kva.example");
    assert_string_equal(text_email("a@b.co", arena), "a@b.co");
}

static void test_what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "amina",
                                      "amina@",
                                      "@example.com",
                                      "a@b",
                                      "a@@b.com",
                                      "a@b@c.com",
                                      ".a@b.com",
                                      "a.@b.com",
                                      "a..b@c.com",
                                      "a b@c.com",
                                      "a@-b.com",
                                      "a@b-.com",
                                      "a@b..com",
                                      "a@.com",
                                      "a@b.com.",
                                      "a@b.c",
                                      "a@127.0.0.1",
                                      "a@[127.0.0.1]",
                                      "\"a b\"@c.com",
                                      "a@b_c.com",
                                      "a@ex\xC3\xA9mple.com",
                                      "a\n@b.com",
                                      "a@b.com\nBcc: c@d.com",
                                      "a,b@c.com",
                                      "<a@b.com>"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(text_email(bad[i], arena));
}

/* RFC 5321, section 4.5.3.1: 64 before the @, 254 in all; RFC 1035: 63 in a label. */
static void test_address_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t local;
        size_t label;
        size_t labels;
        bool good;
    } cases[] = {{64, 63, 1, true}, {65, 63, 1, false}, {64, 64, 1, false},
                 {57, 63, 3, true}, {59, 63, 3, true},  {60, 63, 3, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512] = "";
        char *at = text;
        at = memset(at, 'a', cases[i].local) ? at + cases[i].local : at;
        *at++ = '@';
        for (size_t k = 0; k < cases[i].labels; k++) {
            memset(at, 'b', cases[i].label);
            at += cases[i].label;
            *at++ = '.';
        }
        strcpy(at, "co");
        assert_int_equal(text_email(text, arena) != NULL, cases[i].good);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN_TESTS(TEST(test_only_well_formed_utf8_is_text), TEST(test_length_is_in_characters), TEST(test_spaces_are_tidied),
          TEST(test_marks_of_direction_are_dropped), TEST(test_what_shows_nothing_is_empty),
          TEST(test_every_bad_text_is_named), TEST(test_lengths_at_the_limit_pass), TEST(test_slugs_are_readable_addresses),
          TEST(test_slugs_keep_their_limit_without_a_hanging_hyphen), TEST(test_addresses_that_mail_can_reach),
          TEST(test_what_is_no_address_is_refused), TEST(test_address_lengths))
