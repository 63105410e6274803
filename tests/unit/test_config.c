/* Settings: a wrong or misspelt one stops the program with a sentence that names it. */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

struct settings {
    const char *name;
    const char *secret;
    int64_t workers;
    bool secure;
};

static const struct config_key keys[] = {
    {"CHECK_NAME", CONFIG_STRING, offsetof(struct settings, name), NULL, 0, 0, "a name"},
    {"CHECK_SECRET", CONFIG_SECRET, offsetof(struct settings, secret), "", 0, 0, "a secret"},
    {"CHECK_WORKERS", CONFIG_INT, offsetof(struct settings, workers), "4", 1, 16, "threads"},
    {"CHECK_SECURE", CONFIG_BOOL, offsetof(struct settings, secure), "no", 0, 0, "a choice"},
};
static const struct config_spec spec = {"check", "a test", "CHECK_", keys, sizeof(keys) / sizeof(keys[0])};

static int clean(void **state)
{
    (void)state;
    unsetenv("CHECK_NAME");
    unsetenv("CHECK_SECRET");
    unsetenv("CHECK_SECRET_FILE");
    unsetenv("CHECK_WORKERS");
    unsetenv("CHECK_SECURE");
    unsetenv("CHECK_WORKRES");
    return 0;
}

static void test_defaults_and_values(void **state)
{
    (void)state;
    setenv("CHECK_NAME", "duka", 1);
    setenv("CHECK_SECURE", "Yes", 1);
    struct settings settings;
    struct error err;
    error_clear(&err);
    assert_int_equal(config_load(&spec, &settings, &err), STATUS_OK);
    assert_string_equal(settings.name, "duka");
    assert_string_equal(settings.secret, "");
    assert_int_equal(settings.workers, 4);
    assert_true(settings.secure);
}

static void refuses(const char *key, const char *value)
{
    clean(NULL);
    setenv("CHECK_NAME", "duka", 1);
    setenv(key, value, 1);
    struct settings settings;
    struct error err;
    error_clear(&err);
    assert_int_equal(config_load(&spec, &settings, &err), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, key));
}

static void test_bad_values_are_named(void **state)
{
    (void)state;
    refuses("CHECK_WORKERS", "0");
    refuses("CHECK_WORKERS", "17");
    refuses("CHECK_WORKERS", "4x");
    refuses("CHECK_WORKERS", "");
    refuses("CHECK_WORKERS", "99999999999999999999");
    refuses("CHECK_SECURE", "perhaps");
    refuses("CHECK_WORKRES", "4");
    refuses("CHECK_SECRET_FILE", "/nonexistent/secret");
}

static void test_a_missing_value_is_named(void **state)
{
    (void)state;
    struct settings settings;
    struct error err;
    error_clear(&err);
    assert_int_equal(config_load(&spec, &settings, &err), STATUS_INVALID_ARGUMENT);
    assert_non_null(strstr(err.message, "CHECK_NAME"));
}

static void test_a_secret_comes_from_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/check-secret-XXXXXX";
    int file = mkstemp(path);
    assert_int_equal(write(file, "open sesame\n", 12), 12);
    close(file);
    setenv("CHECK_NAME", "duka", 1);
    setenv("CHECK_SECRET_FILE", path, 1);
    struct settings settings;
    struct error err;
    error_clear(&err);
    assert_int_equal(config_load(&spec, &settings, &err), STATUS_OK);
    assert_string_equal(settings.secret, "open sesame");
    free((void *)settings.secret);
    unlink(path);
}

RUN_TESTS(cmocka_unit_test_setup_teardown(test_defaults_and_values, clean, clean),
          cmocka_unit_test_setup_teardown(test_bad_values_are_named, clean, clean),
          cmocka_unit_test_setup_teardown(test_a_missing_value_is_named, clean, clean),
          cmocka_unit_test_setup_teardown(test_a_secret_comes_from_a_file, clean, clean))
