/*
 * JSON and messages: clients are understood exactly, or told which field is wrong. That Google's own code agrees is for
 * pbjson_oracle.py to show.
 */
#include "probe.h"

#include <stdbool.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "orders.pb-c.h"
#include "rpc.pb-c.h"

static void refused_bytes(const char *text, size_t length, const char *field, const char *code)
{
    ProtobufCMessage *message = (ProtobufCMessage *)&err;
    error_clear(&err);
    assert_int_equal(pbjson_parse(&probe__v1__probe__descriptor, text, length, arena, &message, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, 1);
    assert_string_equal(err.violations[0].field, field);
    assert_string_equal(err.violations[0].code, code);
    assert_true(strlen(err.message) > 0 && strlen(err.violations[0].message) > 0);
    assert_ptr_equal(message, &err);
}

static void refused(const char *text, const char *field, const char *code)
{
    refused_bytes(text, strlen(text), field, code);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"id", "id"},       {"page_size", "pageSize"},
                                           {"line1", "line1"}, {"next_page_token", "nextPageToken"},
                                           {"a_1b", "a1b"},    {"_odd__name", "OddName"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char name[PBJSON_NAME_MAX];
        pbjson_name(names[i][0], name);
        assert_string_equal(name, names[i][1]);
    }
}

static void test_nothing_is_an_empty_message(void **state)
{
    (void)state;
    assert_true(protobuf_c_message_check(&parse("")->base));
    assert_int_equal(protobuf_c_message_get_packed_size(&parse("")->base), 0);
    assert_int_equal(protobuf_c_message_get_packed_size(&parse(" {} ")->base), 0);
}

static void test_the_text_need_not_end_with_nul(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    assert_int_equal(pbjson_parse(&probe__v1__probe__descriptor, "{\"anInt32\":7}garbage", 13, arena, &message, &err),
                     STATUS_OK);
    assert_int_equal(((Probe__V1__Probe *)message)->an_int32, 7);
}

static void test_both_spellings(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"anInt32\":7}")->an_int32, 7);
    assert_int_equal(parse("{\"an_int32\":7}")->an_int32, 7);
    assert_string_equal(parse("{\"OddName1x\":\"a\"}")->_odd__name_1x, "a");
    refused("{\"AnInt32\":7}", "AnInt32", "unknown");
    refused("{\"anint32\":7}", "anint32", "unknown");
    refused("{\"anInt\":7}", "anInt", "unknown");
    refused("{\"anInt322\":7}", "anInt322", "unknown");
    refused("{\"\":7}", "", "unknown");
    refused("{\"anInt32\":7,\"an_int32\":8}", "anInt32", "duplicate");
    refused("{\"an_int32\":8,\"anInt32\":7}", "anInt32", "duplicate");
}

static void test_integers_to_their_limits(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"anInt32\":-2147483648}")->an_int32, INT32_MIN);
    assert_int_equal(parse("{\"anInt32\":\"2147483647\"}")->an_int32, INT32_MAX);
    assert_true(parse("{\"anInt64\":-9223372036854775808}")->an_int64 == INT64_MIN);
    assert_true(parse("{\"anInt64\":\"9223372036854775807\"}")->an_int64 == INT64_MAX);
    assert_int_equal(parse("{\"aUint32\":4294967295}")->a_uint32, UINT32_MAX);
    assert_true(parse("{\"aUint64\":\"18446744073709551615\"}")->a_uint64 == UINT64_MAX);
    assert_int_equal(parse("{\"aSint32\":\"-1\"}")->a_sint32, -1);
    assert_int_equal(parse("{\"aFixed32\":1e2}")->a_fixed32, 100);
    assert_int_equal(parse("{\"anSfixed64\":-100.0}")->an_sfixed64, -100);
    assert_int_equal(parse("{\"aUint32\":\"-0\"}")->a_uint32, 0);
}

static void test_integers_beyond_their_limits(void **state)
{
    (void)state;
    refused("{\"anInt32\":2147483648}", "anInt32", "out_of_range");
    refused("{\"anInt32\":\"-2147483649\"}", "anInt32", "out_of_range");
    refused("{\"aUint32\":-1}", "aUint32", "out_of_range");
    refused("{\"aUint64\":\"-1\"}", "aUint64", "out_of_range");
    refused("{\"aUint64\":\"18446744073709551616\"}", "aUint64", "out_of_range");
    refused("{\"aUint64\":\"99999999999999999999999999\"}", "aUint64", "out_of_range");
    refused("{\"anInt64\":\"9223372036854775808\"}", "anInt64", "out_of_range");
    refused("{\"anInt64\":9.3e18}", "anInt64", "out_of_range");
    refused("{\"aUint64\":1e30}", "aUint64", "out_of_range");
    refused("{\"colour\":2147483648}", "colour", "out_of_range");
}

/* A quantity of 2^63 is more than jansson takes; the shopper must still learn which field it was. */
static void test_huge_numbers_are_named(void **state)
{
    (void)state;
    refused("{\"anInt64\":9223372036854775808}", "anInt64", "out_of_range");
    refused("{\"anInt32\":1,\"inners\":[{},{\"int64s\":[1,-9223372036854779904]}]}", "inners[1].int64s[1]", "out_of_range");
    refused("{\"anInt64\":1e999}", "", "out_of_range");
    refused("{\"aUint64\":18446744073709551615}", "aUint64", "out_of_range");
    refused("{\"aUint64\":9223372036854775808}", "", "out_of_range");
}

static void test_what_is_no_integer(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " 1", "1 ", "+1", "1.0", "1e3", "0x1", "01", "-", "--1", "1_000", "one", "٣"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        refused(arena_printf(arena, "{\"anInt32\":\"%s\"}", texts[i]), "anInt32", "malformed");
    refused("{\"anInt32\":1.5}", "anInt32", "wrong_type");
    refused("{\"anInt32\":1e-1}", "anInt32", "wrong_type");
    refused("{\"anInt32\":true}", "anInt32", "wrong_type");
    refused("{\"anInt32\":[1]}", "anInt32", "wrong_type");
    refused("{\"anInt32\":{}}", "anInt32", "wrong_type");
}

static void test_wrong_kinds(void **state)
{
    (void)state;
    refused("{\"aString\":1}", "aString", "wrong_type");
    refused("{\"aBool\":\"true\"}", "aBool", "wrong_type");
    refused("{\"aBool\":1}", "aBool", "wrong_type");
    refused("{\"someBytes\":1}", "someBytes", "wrong_type");
    refused("{\"colour\":true}", "colour", "wrong_type");
    refused("{\"at\":1}", "at", "wrong_type");
    refused("{\"at\":{\"seconds\":1}}", "at", "wrong_type");
    refused("{\"inner\":[]}", "inner", "wrong_type");
    refused("{\"inner\":\"\"}", "inner", "wrong_type");
    refused("{\"strings\":\"a\"}", "strings", "wrong_type");
    refused("{\"strings\":{}}", "strings", "wrong_type");
    refused("{\"strings\":[[]]}", "strings[0]", "wrong_type");
    refused("{\"inners\":[{},null]}", "inners[1]", "wrong_type");
    refused("[]", "", "wrong_type");
    refused("null", "", "wrong_type");
    refused("\"text\"", "", "wrong_type");
}

static void test_paths_lead_to_the_field(void **state)
{
    (void)state;
    refused("{\"inner\":{\"inners\":[{},{\"an_int32\":\"x\"}]}}", "inner.inners[1].anInt32", "malformed");
    refused("{\"inner\":{\"what\":1}}", "inner.what", "unknown");
    refused("{\"probe\":{\"strings\":[\"a\",2]}}", "probe.strings[1]", "wrong_type");
}

static void test_messages_say_what_to_do(void **state)
{
    (void)state;
    refused("{\"aUint32\":-1}", "aUint32", "out_of_range");
    assert_string_equal(err.violations[0].message, "Must be a whole number between 0 and 4294967295.");
    refused("{\"anInt64\":1e19}", "anInt64", "out_of_range");
    assert_string_equal(err.violations[0].message,
                        "Must be a whole number between -9223372036854775808 and 9223372036854775807.");
    refused("{\"colour\":\"GREEN\"}", "colour", "unknown");
    assert_string_equal(err.violations[0].message, "Must be one of BELOW, NONE, RED, BLUE.");
    refused("{\"strings\":\"a\"}", "strings", "wrong_type");
    assert_string_equal(err.violations[0].message, "Must be an array, not a string.");
}

static void test_enums(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"colour\":\"BLUE\"}")->colour, PROBE__V1__PROBE__COLOUR__BLUE);
    assert_int_equal(parse("{\"colour\":2}")->colour, PROBE__V1__PROBE__COLOUR__BLUE);
    assert_int_equal(parse("{\"colour\":-1}")->colour, PROBE__V1__PROBE__COLOUR__BELOW);
    assert_int_equal((int)parse("{\"colour\":99}")->colour, 99);
    refused("{\"colour\":\"blue\"}", "colour", "unknown");
}

/* RFC 4648, section 10; the last ones differ between its two alphabets. */
static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *base64;
        const char *bytes;
    } vectors[] = {{"", ""},
                   {"Zg==", "f"},
                   {"Zm8=", "fo"},
                   {"Zm9v", "foo"},
                   {"Zm9vYg", "foob"},
                   {"Zm9vYmE", "fooba"},
                   {"Zm9vYmFy", "foobar"},
                   {"+/8=", "\xFB\xFF"},
                   {"-_8=", "\xFB\xFF"},
                   {"-_8", "\xFB\xFF"}};
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        ProtobufCBinaryData bytes = parse(arena_printf(arena, "{\"someBytes\":\"%s\"}", vectors[i].base64))->some_bytes;
        assert_int_equal(bytes.len, strlen(vectors[i].bytes));
        assert_true(bytes.len == 0 || memcmp(bytes.data, vectors[i].bytes, bytes.len) == 0);
    }
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "Zh==", "Zm 9v", "Zm9v!", "=", "+_8="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(arena_printf(arena, "{\"someBytes\":\"%s\"}", bad[i]), "someBytes", "malformed");
}

static void test_times(void **state)
{
    (void)state;
    Google__Protobuf__Timestamp *at = parse("{\"at\":\"1969-12-31T23:59:59.5Z\"}")->at;
    assert_int_equal(at->seconds, -1);
    assert_int_equal(at->nanos, 500000000);
    at = parse("{\"at\":\"1970-01-01T03:00:00+03:00\"}")->at;
    assert_non_null(at);
    assert_int_equal(at->seconds, 0);
    assert_null(parse("{\"at\":null}")->at);
    refused("{\"at\":\"yesterday\"}", "at", "malformed");
    refused("{\"times\":[\"2026-01-01T00:00:00Z\",\"2026-02-30T00:00:00Z\"]}", "times[1]", "malformed");
    refused("{\"at\":\"0001-01-01T00:00:00+00:01\"}", "at", "out_of_range");
    refused("{\"at\":\"9999-12-31T23:59:59-00:01\"}", "at", "out_of_range");
}

static void test_one_of_several(void **state)
{
    (void)state;
    assert_int_equal(parse("{}")->choice_case, PROBE__V1__PROBE__CHOICE__NOT_SET);
    assert_int_equal(parse("{\"number\":0}")->choice_case, PROBE__V1__PROBE__CHOICE_NUMBER);
    assert_string_equal(parse("{\"word\":\"\",\"number\":null}")->word, "");
    refused("{\"word\":\"a\",\"number\":1}", "number", "duplicate");
    assert_string_equal(err.violations[0].message, "Give this or word, not both.");
}

static void test_null_is_absent(void **state)
{
    (void)state;
    Probe__V1__Probe *probe =
        parse("{\"anInt32\":null,\"aString\":null,\"strings\":null,\"inner\":null,\"colour\":null,\"someBytes\":null}");
    assert_int_equal(protobuf_c_message_get_packed_size(&probe->base), 0);
}

static void test_text_that_is_no_text(void **state)
{
    (void)state;
    refused("{\"aString\":\"\xC3\x28\"}", "", "malformed");
    refused("{\"aString\":\"\xED\xA0\x80\"}", "", "malformed");
    refused("{\"\xFF\":1}", "", "malformed");
    refused("{\"aString\":\"\\ud800\"}", "", "malformed");
    refused("{\"aString\":\"a\\u0000b\"}", "", "malformed");
    refused("{\"a\\u0000b\":1}", "", "malformed");
    refused_bytes("{\"aString\":\"a\0b\"}", 17, "", "malformed");
    refused_bytes("{}\0", 3, "", "malformed");
    refused_bytes("{\"anInt32\":1\0}", 14, "", "malformed");
    assert_string_equal(parse("{\"aString\":\"\\ud83c\\uddf0\\ud83c\\uddea \\u00f4\"}")->a_string, "🇰🇪 ô");
}

/* A tree that was not made by pbjson_parse() may hold a NUL, which would cut a password short. */
static void test_a_tree_with_nul(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    json_t *json = json_pack("{s:s%}", "aString", "a\0b", (size_t)3);
    assert_int_equal(pbjson_decode(&probe__v1__probe__descriptor, json, arena, &message, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "aString");
    json_decref(json);
}

static void test_broken_json_is_told_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
    } broken[] = {
        {"{", "malformed"},
        {"{\"anInt32\":1,}", "malformed"},
        {"{anInt32:1}", "malformed"},
        {"{'anInt32':1}", "malformed"},
        {"{} {}", "malformed"},
        {"{}]", "malformed"},
        {"{\"anInt32\":01}", "malformed"},
        {"{\"anInt32\":+1}", "malformed"},
        {"{\"anInt32\":NaN}", "malformed"},
        {"// {}", "malformed"},
        {"{\"aString\":\"a\nb\"}", "malformed"},
        {"{\"aString\":\"\\x\"}", "malformed"},
        {" ", "malformed"},
        {"\xEF\xBB\xBF{}", "malformed"},
        {"{\"anInt32\":1,\"anInt32\":1}", "duplicate"},
        {"{\"inner\":{\"aBool\":true,\"aBool\":true}}", "duplicate"},
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        refused(broken[i].text, "", broken[i].code);
    refused("{\n  \"password\": \"hunter2\",\n  \"anInt32\": }", "", "malformed");
    assert_non_null(strstr(err.violations[0].message, "Line 3"));
    assert_null(strstr(err.violations[0].message, "hunter2"));
}

static const char *nested_probes(size_t levels)
{
    return arena_printf(arena, "%s{}%s", repeated("{\"inner\":", levels - 1), repeated("}", levels - 1));
}

static void test_depth(void **state)
{
    (void)state;
    assert_non_null(parse(nested_probes(PBJSON_DEPTH_MAX))->inner);
    assert_int_equal(parse(arena_printf(arena, "{\"inners\":[{}%s]}", repeated(",{}", 2 * PBJSON_DEPTH_MAX)))->n_inners,
                     2 * PBJSON_DEPTH_MAX + 1);
    ProtobufCMessage *message;
    const char *text = nested_probes(PBJSON_DEPTH_MAX + 1);
    assert_int_equal(pbjson_parse(&probe__v1__probe__descriptor, text, strlen(text), arena, &message, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_memory_equal(err.violations[0].field, "inner.inner.inner.", 18);
    assert_string_equal(err.violations[0].code, "too_deep");
    refused(repeated("[", 100000), "", "too_deep");
}

static void test_array_length(void **state)
{
    (void)state;
    char *text = arena_alloc(arena, 2 * PBJSON_ARRAY_MAX + 64);
    for (size_t count = PBJSON_ARRAY_MAX; count <= PBJSON_ARRAY_MAX + 1; count++) {
        char *at = stpcpy(text, "{\"int32s\":[0");
        for (size_t i = 1; i < count; i++)
            at = stpcpy(at, ",1");
        strcpy(at, "]}");
        if (count > PBJSON_ARRAY_MAX)
            refused(text, "int32s", "too_many");
        else
            assert_int_equal(parse(text)->n_int32s, PBJSON_ARRAY_MAX);
    }
}

/* protobuf.dev/programming-guides/json: lowerCamelCase, 64 bits as strings, enums by name, bytes in base64, defaults
 * written. */
static void test_written_by_the_mapping(void **state)
{
    (void)state;
    static const char text[] = "{\"anInt32\":-1,\"anInt64\":\"-2\",\"aUint32\":3,\"aUint64\":\"18446744073709551615\","
                               "\"aSint32\":0,\"aSint64\":\"0\","
                               "\"aFixed32\":0,\"aFixed64\":\"0\",\"anSfixed32\":0,\"anSfixed64\":\"0\",\"aBool\":true,"
                               "\"aString\":\"ô\",\"someBytes\":\"+/8=\","
                               "\"colour\":\"BLUE\",\"at\":\"2026-11-23T20:36:38.123Z\",\"int32s\":[],\"int64s\":[\"1\"],"
                               "\"uint32s\":[],\"uint64s\":[],"
                               "\"bools\":[false],\"strings\":[\"\"],\"bytesList\":[],\"colours\":[\"NONE\",77],\"times\":["
                               "\"1970-01-01T00:00:00Z\"],\"inners\":[],"
                               "\"number\":\"5\",\"OddName1x\":\"\"}";
    assert_string_equal(encoded(parse(text)), text);
}

static void test_written_even_when_a_handler_left_null(void **state)
{
    (void)state;
    Types__V1__Money money = TYPES__V1__MONEY__INIT;
    money.currency_code = NULL;
    assert_string_equal(encoded(&money), "{\"amountMinor\":\"0\",\"currencyCode\":\"\"}");
    money.currency_code = (char[]){"K\xFFS"};
    assert_string_equal(encoded(&money), "{\"amountMinor\":\"0\",\"currencyCode\":\"\xEF\xBF\xBD\"}");
}

/* protoc makes of a map a repeated message of this form; protobuf-c does not tell it from any other. */
static bool is_entry_of_map(const ProtobufCMessageDescriptor *descriptor)
{
    size_t length = strlen(descriptor->short_name);
    return length > 5 && strcmp(descriptor->short_name + length - 5, "Entry") == 0 && descriptor->n_fields == 2 &&
           strcmp(descriptor->fields[0].name, "key") == 0 && strcmp(descriptor->fields[1].name, "value") == 0;
}

static void check_supported(const ProtobufCMessageDescriptor *descriptor)
{
    if (is_entry_of_map(descriptor))
        fail_msg("%s looks like a map, which pbjson cannot write", descriptor->name);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_FLOAT || field->type == PROTOBUF_C_TYPE_DOUBLE)
            fail_msg("%s.%s is a floating point number", descriptor->name, field->name);
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            check_supported(field->descriptor);
    }
}

/* A price in floating point loses money; a map would be written wrongly. */
static void test_no_message_has_what_pbjson_cannot_do(void **state)
{
    (void)state;
    static const ProtobufCServiceDescriptor *const services[] = {
        &auth__v1__auth_service__descriptor, &catalog__v1__catalog_service__descriptor, &cart__v1__cart_service__descriptor,
        &orders__v1__order_service__descriptor};
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        for (unsigned k = 0; k < services[i]->n_methods; k++) {
            check_supported(services[i]->methods[k].input);
            check_supported(services[i]->methods[k].output);
        }
    check_supported(&rpc__v1__request__descriptor);
    check_supported(&rpc__v1__reply__descriptor);
}

RUN_TESTS(TEST(test_names), TEST(test_nothing_is_an_empty_message), TEST(test_the_text_need_not_end_with_nul),
          TEST(test_both_spellings), TEST(test_integers_to_their_limits), TEST(test_integers_beyond_their_limits),
          TEST(test_huge_numbers_are_named), TEST(test_what_is_no_integer), TEST(test_wrong_kinds),
          TEST(test_paths_lead_to_the_field), TEST(test_messages_say_what_to_do), TEST(test_enums), TEST(test_bytes),
          TEST(test_times), TEST(test_one_of_several), TEST(test_null_is_absent), TEST(test_text_that_is_no_text),
          TEST(test_a_tree_with_nul), TEST(test_broken_json_is_told_by_line), TEST(test_depth), TEST(test_array_length),
          TEST(test_written_by_the_mapping), TEST(test_written_even_when_a_handler_left_null),
          TEST(test_no_message_has_what_pbjson_cannot_do))
