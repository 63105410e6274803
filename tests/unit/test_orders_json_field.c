/* Amounts in providers' JSON: a cent that is lost here is lost in the books. */
#include "check.h"

#include <string.h>

#include "json_field.h"

static json_t *json(const char *text)
{
    json_t *parsed = json_field_parse(text, strlen(text));
    assert_non_null(parsed);
    return parsed;
}

static void decimals_are_exact(void **state)
{
    (void)state;
    json_auto_t *root = json("{\"a\":1250.1,\"b\":\"1250.10\",\"c\":1250,\"d\":0.29,\"e\":999999999999.99,\"f\":12.345,\"g\":-5,"
                             "\"h\":\"12,50\",\"i\":null,\"j\":5000.0,\"k\":1e30}");
    assert_int_equal(json_field_decimal(root, "a", "KES"), 125010);
    assert_int_equal(json_field_decimal(root, "b", "KES"), 125010);
    assert_int_equal(json_field_decimal(root, "c", "KES"), 125000);
    assert_int_equal(json_field_decimal(root, "d", "KES"), 29);
    assert_int_equal(json_field_decimal(root, "e", "KES"), 99999999999999);
    assert_int_equal(json_field_decimal(root, "f", "KES"), -1);
    assert_int_equal(json_field_decimal(root, "f", "TND"), 12345);
    assert_int_equal(json_field_decimal(root, "g", "KES"), -1);
    assert_int_equal(json_field_decimal(root, "h", "KES"), -1);
    assert_int_equal(json_field_decimal(root, "i", "KES"), -1);
    assert_int_equal(json_field_decimal(root, "j", "UGX"), 5000);
    assert_int_equal(json_field_decimal(root, "k", "KES"), -1);
    assert_int_equal(json_field_decimal(root, "a", ""), -1);
    assert_int_equal(json_field_decimal(root, "none", "KES"), -1);
}

static void amounts_are_written_as_people_would(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024, 1024);
    json_t *root = json_pack("{s:o, s:o, s:o}", "a", json_field_amount(125010, "KES"), "b", json_field_amount(125000, "KES"), "c",
                             json_field_amount(7500, "RWF"));
    assert_string_equal(json_field_print(root, arena), "{\"a\":1250.1,\"b\":1250,\"c\":7500}");
    arena_free(arena);
}

static void paths_lead_to_members_or_nowhere(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1024, 1024);
    json_auto_t *root = json("{\"data\":{\"id\":4099260516,\"status\":\"success\",\"list\":[1],\"none\":null}}");
    int64_t number = 0;
    assert_string_equal(json_field_text(root, "data.id", arena), "4099260516");
    assert_string_equal(json_field_text(root, "data.status", arena), "success");
    assert_string_equal(json_field_text(root, "data.list", arena), "");
    assert_string_equal(json_field_text(root, "data.status.deeper", arena), "");
    assert_string_equal(json_field_text(NULL, "data", arena), "");
    assert_true(json_field_integer(root, "data.id", &number));
    assert_int_equal(number, 4099260516);
    assert_false(json_field_integer(root, "data.status", &number));
    arena_free(arena);
}

static void what_is_no_json_is_nothing(void **state)
{
    (void)state;
    assert_null(json_field_parse("<html>", 6));
    assert_null(json_field_parse("{\"a\":1,\"a\":2}", 13));
    assert_null(json_field_parse("", 0));
}

RUN_TESTS(cmocka_unit_test(decimals_are_exact), cmocka_unit_test(amounts_are_written_as_people_would),
          cmocka_unit_test(paths_lead_to_members_or_nowhere), cmocka_unit_test(what_is_no_json_is_nothing))
