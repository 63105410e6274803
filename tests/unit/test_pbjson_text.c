/* Single fields from URLs and HTML forms: what a shopper typed arrives in its field, or the field is named. */
#include "probe.h"

static enum status set(Probe__V1__Probe *probe, const char *path, const char *value)
{
    error_clear(&err);
    return pbjson_set_text(&probe->base, path, value, arena, &err);
}

static void test_fields_from_a_form(void **state)
{
    (void)state;
    Probe__V1__Probe *probe = parse("{\"int32s\":[1,2,3]}");
    static const char *const values[][2] = {{"an_int32", "-7"},
                                            {"aUint64", "18446744073709551615"},
                                            {"aBool", "true"},
                                            {"aString", "ô"},
                                            {"colour", "RED"},
                                            {"at", "1970-01-01T00:00:01Z"},
                                            {"inner.inner.a_string", "deep"},
                                            {"inner.anInt64", "5"},
                                            {"int32s", "4"},
                                            {"int32s", "5"},
                                            {"strings", "a"},
                                            {"strings", ""},
                                            {"strings", "c"},
                                            {"inner.colours", "BLUE"},
                                            {"number", "9"},
                                            {"some_bytes", "Zm9v"}};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(set(probe, values[i][0], values[i][1]), STATUS_OK);
    Probe__V1__Probe *same = parse(
        "{\"anInt32\":-7,\"aUint64\":\"18446744073709551615\",\"aBool\":true,\"aString\":\"ô\",\"colour\":\"RED\","
        "\"at\":\"1970-01-01T00:00:01Z\",\"inner\":{\"inner\":{\"aString\":\"deep\"},\"anInt64\":5,\"colours\":[\"BLUE\"]},"
        "\"int32s\":[1,2,3,4,5],\"strings\":[\"a\",\"\",\"c\"],\"number\":9,\"someBytes\":\"Zm9v\"}");
    assert_string_equal(encoded(probe), encoded(same));
}

static void test_what_a_form_leaves_empty(void **state)
{
    (void)state;
    static const char *const paths[] = {"anInt32", "aBool", "colour", "at", "int32s", "times", "inner.anInt64", "aString"};
    Probe__V1__Probe *probe = parse("");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_int_equal(set(probe, paths[i], ""), STATUS_OK);
    assert_int_equal(protobuf_c_message_get_packed_size(&probe->base), 0);
}

static void test_paths_that_are_no_field(void **state)
{
    (void)state;
    static const char *const paths[] = {"",         ".",      "nothing",       "anInt32.x",      "inner",
                                        "inner.",   ".inner", "inner.nothing", "inners.aString", "at.seconds",
                                        "a String", "inners"};
    Probe__V1__Probe *probe = parse("");
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(set(probe, paths[i], "1"), STATUS_NOT_FOUND);
        assert_int_equal(err.violation_count, 0);
    }
    const char *endless = repeated("inner.", 4000);
    assert_int_equal(set(probe, arena_printf(arena, "%saString", endless), "1"), STATUS_NOT_FOUND);
    assert_int_equal(protobuf_c_message_get_packed_size(&probe->base), 0);
}

static void test_bad_values_in_a_form(void **state)
{
    (void)state;
    static const char *const values[][3] = {{"an_int32", "x", "malformed"},      {"anInt32", "2147483648", "out_of_range"},
                                            {"aBool", "yes", "malformed"},       {"colour", "GREEN", "unknown"},
                                            {"inner.at", "now", "malformed"},    {"a_string", "\xFF", "malformed"},
                                            {"inner.int32s", "1.5", "malformed"}};
    static const char *const fields[] = {"anInt32", "anInt32", "aBool", "colour", "inner.at", "aString", "inner.int32s"};
    Probe__V1__Probe *probe = parse("{\"word\":\"a\"}");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_int_equal(set(probe, values[i][0], values[i][1]), STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, fields[i]);
        assert_string_equal(err.violations[0].code, values[i][2]);
    }
    assert_int_equal(set(probe, "number", "1"), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].code, "duplicate");
    for (int i = 0; i < PBJSON_ARRAY_MAX; i++)
        assert_int_equal(set(probe, "bools", "true"), STATUS_OK);
    assert_int_equal(set(probe, "bools", "true"), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].code, "too_many");
}

RUN_TESTS(TEST(test_fields_from_a_form), TEST(test_what_a_form_leaves_empty), TEST(test_paths_that_are_no_field),
          TEST(test_bad_values_in_a_form))
