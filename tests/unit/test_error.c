/* What people are told when something is wrong: cut without breaking characters, complete, and with the right paths. */
#include "check.h"

#include <string.h>

#include "error.h"
#include "text.h"

static void test_all_bad_fields_are_told(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    assert_int_equal(error_field(&err, "name", "required", "Say a name."), STATUS_INVALID_ARGUMENT);
    assert_int_equal(error_field(&err, "phone", "malformed", "Not a number of %s.", "Kenya"), STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, 2);
    assert_string_equal(err.violations[1].field, "phone");
    assert_string_equal(err.violations[1].code, "malformed");
    assert_string_equal(err.violations[1].message, "Not a number of Kenya.");
    assert_int_equal(err.status, STATUS_INVALID_ARGUMENT);
    assert_true(strlen(err.message) > 0);
}

static void test_too_many_bad_fields_do_no_harm(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    for (int i = 0; i < ERROR_VIOLATIONS_MAX + 5; i++)
        assert_int_equal(error_field(&err, "f", "c", "%d", i), STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, ERROR_VIOLATIONS_MAX);
    assert_string_equal(err.violations[ERROR_VIOLATIONS_MAX - 1].message, "7");
}

static void test_a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    for (size_t pad = 0; pad < 4; pad++) {
        char text[ERROR_MESSAGE_MAX * 2] = "";
        memset(text, 'x', pad);
        for (size_t i = pad; i + 4 < sizeof(text); i += 3)
            memcpy(text + i, "€", 4);
        struct error err;
        error_clear(&err);
        error_set(&err, STATUS_INTERNAL, "%s", text);
        size_t length = strlen(err.message);
        assert_true(length >= ERROR_MESSAGE_MAX - 8 && length < ERROR_MESSAGE_MAX);
        assert_true(text_is_utf8(err.message, length));
    }
}

static void test_paths_grow_from_the_inside(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    error_field(&err, "other", "c", "m");
    error_field(&err, "line1", "c", "m");
    error_field(&err, "[2].x", "c", "m");
    error_field(&err, "", "c", "m");
    error_prefix(&err, 1, "address");
    assert_string_equal(err.violations[0].field, "other");
    assert_string_equal(err.violations[1].field, "address.line1");
    assert_string_equal(err.violations[2].field, "address[2].x");
    assert_string_equal(err.violations[3].field, "address");
}

/* The numbers are gRPC's: doc/statuscodes.md of github.com/grpc/grpc. */
static void test_numbers_are_those_of_grpc(void **state)
{
    (void)state;
    static const char *const published[] = {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};
    for (int i = 0; i < STATUS_COUNT; i++)
        assert_string_equal(status_name((enum status)i), published[i]);
    assert_string_equal(status_name((enum status)99), "UNKNOWN");
    assert_string_equal(status_name((enum status)-1), "UNKNOWN");
}

RUN_TESTS(cmocka_unit_test(test_all_bad_fields_are_told), cmocka_unit_test(test_too_many_bad_fields_do_no_harm),
          cmocka_unit_test(test_a_long_message_is_cut_between_characters), cmocka_unit_test(test_paths_grow_from_the_inside),
          cmocka_unit_test(test_numbers_are_those_of_grpc))
