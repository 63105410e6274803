/*
 * What a page would lose: text that is not where the template says, or markup out of a product's name.
 * The cases are data in mustache/ (JSON), in the form of the Mustache specification's own. To run that specification's files
 * (github.com/mustache/spec, folder specs) as well, name their folder in PORTAL_MUSTACHE_SPEC.
 */
#include "check.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "mustache.h"

#define SOURCES_MAX 16

static char *render_with(enum mustache_lookup lookup, const char *text, const json_t *partials, const json_t *data,
                         struct error *err)
{
    struct mustache_source sources[SOURCES_MAX] = {{"main", text, strlen(text)}};
    size_t count = 1;
    const char *name;
    json_t *partial;
    json_object_foreach((json_t *)partials, name, partial) sources[count++] =
        (struct mustache_source){name, json_string_value(partial), json_string_length(partial)};
    struct mustache *set;
    struct mustache_output output = {0};
    error_clear(err);
    if (mustache_compile(sources, count, lookup, &set, err))
        return NULL;
    enum status status = mustache_render(mustache_find(set, "main"), &data, 1, &output, err);
    mustache_free(set);
    if (!status)
        return output.data;
    free(output.data);
    return NULL;
}

static char *render(const char *text, const json_t *partials, const json_t *data, struct error *err)
{
    return render_with(MUSTACHE_LOOKUP_STRICT, text, partials, data, err);
}

static size_t run_case(const char *path, const json_t *test)
{
    struct error err;
    char *got = render_with(MUSTACHE_LOOKUP_LENIENT, json_string_value(json_object_get(test, "template")),
                            json_object_get(test, "partials"), json_object_get(test, "data"), &err);
    const char *expected = json_string_value(json_object_get(test, "expected"));
    size_t failed = !got || strcmp(got, expected) != 0;
    if (failed)
        print_error("%s: %s\n  expected: %s\n  got:      %s\n", path, json_string_value(json_object_get(test, "name")),
                    expected, got ? got : err.message);
    free(got);
    return failed;
}

static size_t run_file(const char *path, size_t *ret_failed)
{
    json_error_t error;
    json_t *file = json_load_file(path, 0, &error);
    if (!file)
        fail_msg("%s: %s", path, error.text);
    size_t index;
    json_t *test;
    const json_t *tests = json_object_get(file, "tests");
    json_array_foreach((json_t *)tests, index, test) *ret_failed += run_case(path, test);
    json_decref(file);
    return index;
}

static size_t run_files(const char *folder)
{
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/[!~]*.json", folder);
    glob_t paths;
    size_t count = 0;
    size_t failed = 0;
    assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        count += run_file(paths.gl_pathv[i], &failed);
    globfree(&paths);
    print_message("%zu cases in %s\n", count, folder);
    assert_int_equal(failed, 0);
    return count;
}

static void test_behaves_as_specified(void **state)
{
    (void)state;
    assert_true(run_files(SOURCE_DIR "/tests/unit/mustache") > 60);
}

static void test_behaves_as_the_specification_s_own_cases(void **state)
{
    (void)state;
    const char *folder = getenv("PORTAL_MUSTACHE_SPEC");
    if (!folder)
        skip();
    assert_true(run_files(folder) > 100);
}

static void refuses(const char *text, const char *message)
{
    struct error err;
    assert_null(render(text, NULL, NULL, &err));
    assert_int_equal(err.status, STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.message, message);
}

static void test_a_broken_template_is_named_with_its_line(void **state)
{
    (void)state;
    refuses("a\n{{#b}}\nc", "template main, line 2: section b is not closed");
    refuses("a\n\n{{/b}}", "template main, line 3: a section ends that never began");
    refuses("{{#a}}\n{{#b}}\n{{/a}}", "template main, line 3: section b of line 2 ends as a");
    refuses("one\n{{two", "template main, line 2: a tag is not closed");
    refuses("{{{two}}", "template main, line 1: a tag is not closed");
    refuses("{{>nobody}}", "template main, line 1: there is no partial of that name");
    refuses("{{a b}}", "template main, line 1: a name has blanks or empty parts");
    refuses("{{a..b}}", "template main, line 1: a name has blanks or empty parts");
    refuses("{{.a}}", "template main, line 1: a name has blanks or empty parts");
    refuses("{{a.}}", "template main, line 1: a name has blanks or empty parts");
    refuses("{{}}", "template main, line 1: a name is empty or has too many parts");
    refuses("{{a.b.c.d.e.f.g.h.i}}", "template main, line 1: a name is empty or has too many parts");
    refuses("{{=<%=}}", "template main, line 1: these cannot be delimiters");
    refuses("{{=a b c=}}", "template main, line 1: a set-delimiter tag takes two delimiters");
}

static void test_sections_nested_without_end_are_refused(void **state)
{
    (void)state;
    char text[33 * 6 + 1] = "";
    for (int i = 0; i < 33; i++)
        strcat(text, "{{#a}}");
    refuses(text, "template main, line 1: sections are nested too deeply");
}

/* A partial that calls itself for ever must not take the gateway with it. */
static void test_endless_recursion_ends_with_an_error(void **state)
{
    (void)state;
    struct error err;
    json_t *partials = json_pack("{s:s}", "again", "x{{>again}}");
    assert_null(render("{{>again}}", partials, NULL, &err));
    assert_int_equal(err.status, STATUS_INTERNAL);
    json_decref(partials);
}

static void test_a_page_without_end_is_cut_with_an_error(void **state)
{
    (void)state;
    struct error err;
    size_t size = MUSTACHE_OUTPUT_MAX / 4;
    char *filler = calloc(1, size + 1);
    memset(filler, 'x', size);
    json_t *data = json_pack("{s:s, s:[iiiii]}", "filler", filler, "list", 1, 2, 3, 4, 5);
    assert_null(render("{{#list}}{{filler}}{{/list}}", NULL, data, &err));
    assert_int_equal(err.status, STATUS_INTERNAL);
    json_decref(data);
    free(filler);
}

static void test_several_contexts_are_searched_from_the_last(void **state)
{
    (void)state;
    struct error err;
    struct mustache *set;
    struct mustache_output output = {0};
    const struct mustache_source source = {"main", "{{a}} {{b}} {{c}}", 17};
    assert_int_equal(mustache_compile(&source, 1, MUSTACHE_LOOKUP_STRICT, &set, &err), STATUS_OK);
    json_t *below = json_pack("{s:i, s:i}", "a", 1, "b", 2);
    json_t *above = json_pack("{s:i, s:i}", "b", 20, "c", 30);
    const json_t *contexts[] = {below, above};
    assert_int_equal(mustache_render(mustache_find(set, "main"), contexts, 2, &output, &err), STATUS_OK);
    assert_string_equal(output.data, "1 20 30");
    free(output.data);
    json_decref(below);
    json_decref(above);
    mustache_free(set);
}

RUN_TESTS(cmocka_unit_test(test_behaves_as_specified), cmocka_unit_test(test_behaves_as_the_specification_s_own_cases),
          cmocka_unit_test(test_a_broken_template_is_named_with_its_line),
          cmocka_unit_test(test_sections_nested_without_end_are_refused),
          cmocka_unit_test(test_endless_recursion_ends_with_an_error),
          cmocka_unit_test(test_a_page_without_end_is_cut_with_an_error),
          cmocka_unit_test(test_several_contexts_are_searched_from_the_last))
