/* Queries, forms and cookies, as browsers send them and as attackers do. */
#include "check.h"

#include <string.h>

#include "params.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum status parse(const char *text, struct params *ret, struct error *err)
{
    error_clear(err);
    return params_parse(text, strlen(text), arena, ret, err);
}

static void a_form_is_read_as_it_was_filled_in(void **state)
{
    (void)state;
    struct params form;
    struct error err;
    assert_int_equal(parse("name=Awa+Ndiaye&city=Thi%C3%A8s&&empty=&flag&a%26b=c%3Dd", &form, &err), STATUS_OK);
    assert_int_equal(form.count, 5);
    assert_string_equal(params_get(&form, "name"), "Awa Ndiaye");
    assert_string_equal(params_get(&form, "city"), "Thi\xC3\xA8s");
    assert_string_equal(params_get(&form, "empty"), "");
    assert_string_equal(params_get(&form, "flag"), "");
    assert_string_equal(params_get(&form, "a&b"), "c=d");
    assert_null(params_get(&form, "nothing"));
}

static void text_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"a=%00",  "a=%",   "a=%4",     "a=%zz",      "a=%ff",
                                      "a=\xff", "%00=a", "a=%C0%80", "a=%ED%A0%80"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct params form;
        struct error err;
        assert_int_equal(parse(bad[i], &form, &err), STATUS_INVALID_ARGUMENT);
    }
    struct params form;
    struct error err;
    assert_int_equal(parse("good=1&bad=%00", &form, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "bad");
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    char text[2 * PARAMS_MAX + 2];
    memset(text, '&', sizeof(text));
    for (size_t i = 0; i < sizeof(text); i += 2)
        text[i] = 'a';
    text[sizeof(text) - 1] = '\0';
    struct params form;
    struct error err;
    assert_int_equal(parse(text, &form, &err), STATUS_INVALID_ARGUMENT);
    text[2 * PARAMS_MAX - 1] = '\0';
    assert_int_equal(parse(text, &form, &err), STATUS_OK);
    assert_int_equal(form.count, PARAMS_MAX);
}

static void cookies_are_pairs(void **state)
{
    (void)state;
    struct params cookies = params_parse_cookies("market=KE; portal_access=a.b=.c;x=; junk; =y", arena);
    assert_int_equal(cookies.count, 3);
    assert_string_equal(params_get(&cookies, "market"), "KE");
    assert_string_equal(params_get(&cookies, "portal_access"), "a.b=.c");
    assert_string_equal(params_get(&cookies, "x"), "");
    assert_int_equal(params_parse_cookies(NULL, arena).count, 0);
}

/* RFC 3986, section 2.3: unreserved characters stay. */
static void escaping_leaves_nothing_that_means_something(void **state)
{
    (void)state;
    assert_string_equal(params_escape("/cart?a=b&c d", arena), "%2Fcart%3Fa%3Db%26c%20d");
    assert_string_equal(params_escape("aZ09-._~", arena), "aZ09-._~");
    assert_string_equal(params_escape("\xC3\xA8", arena), "%C3%A8");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(TEST(a_form_is_read_as_it_was_filled_in), TEST(text_that_is_none_is_refused),
          TEST(too_many_parameters_are_refused), TEST(cookies_are_pairs), TEST(escaping_leaves_nothing_that_means_something))
