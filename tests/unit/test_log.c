/* Log lines stay one JSON object each, whatever is put into them. */
#include "check.h"

#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "log.h"

/* What `write_lines` writes to standard error; the caller frees. */
static char *captured(void (*write_lines)(void))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int before = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    write_lines();
    dup2(before, STDERR_FILENO);
    close(before);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    rewind(file);
    assert_true(fread(text, 1, 65535, file) < 65535);
    fclose(file);
    return text;
}

static void write_hostile(void)
{
    log_init("test", LOG_LEVEL_INFO);
    log_debug(LOG_EVENT("hidden"));
    log_warn(LOG_EVENT("hostile"), LOG_STR("text", "a\"b\\c\nd\x01}{"), LOG_STR("none", NULL), LOG_INT("n", INT64_MIN),
             LOG_BOOL("yes", 1));
}

static void test_hostile_text_stays_one_object(void **state)
{
    (void)state;
    char *text = captured(write_hostile);
    assert_int_equal(strchr(text, '\n') - text, (long)strlen(text) - 1);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "event")), "hostile");
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(line, "text")), "a\"b\\c\nd\x01}{");
    assert_true(json_is_null(json_object_get(line, "none")));
    assert_int_equal(json_integer_value(json_object_get(line, "n")), INT64_MIN);
    assert_true(json_is_true(json_object_get(line, "yes")));
    json_decref(line);
    free(text);
}

static void write_long(void)
{
    char text[8000];
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_init("test", LOG_LEVEL_DEBUG);
    log_info(LOG_EVENT("long"), LOG_STR("kept", "yes"), LOG_STR("text", text), LOG_STR("after", "cut"));
}

static void test_a_long_line_is_cut_at_a_field(void **state)
{
    (void)state;
    char *text = captured(write_long);
    assert_true(strlen(text) <= 4096);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "kept")), "yes");
    assert_null(json_object_get(line, "text"));
    json_decref(line);
    free(text);
}

RUN_TESTS(cmocka_unit_test(test_hostile_text_stays_one_object), cmocka_unit_test(test_a_long_line_is_cut_at_a_field))
