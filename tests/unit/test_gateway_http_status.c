/* What clients are told when something is wrong. */
#include "check.h"

#include <string.h>
#include <jansson.h>

#include "http_status.h"

/* Google's mapping of its status codes (google/rpc/code.proto) where it has one; FAILED_PRECONDITION is 409 here, since it
 * is about the state of a resource (RFC 9110, section 15.5.10). */
static void every_status_has_its_code(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        int code;
    } cases[] = {{STATUS_INVALID_ARGUMENT, 400},
                 {STATUS_OUT_OF_RANGE, 400},
                 {STATUS_UNAUTHENTICATED, 401},
                 {STATUS_PERMISSION_DENIED, 403},
                 {STATUS_NOT_FOUND, 404},
                 {STATUS_ALREADY_EXISTS, 409},
                 {STATUS_ABORTED, 409},
                 {STATUS_FAILED_PRECONDITION, 409},
                 {STATUS_RESOURCE_EXHAUSTED, 429},
                 {STATUS_INTERNAL, 500},
                 {STATUS_UNKNOWN, 504},
                 {STATUS_DATA_LOSS, 500},
                 {STATUS_UNIMPLEMENTED, 501},
                 {STATUS_UNAVAILABLE, 503},
                 {STATUS_DEADLINE_EXCEEDED, 504}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        error_clear(&err);
        error_set(&err, cases[i].status, "x");
        assert_int_equal(http_problem_of(&err)->status, cases[i].code);
    }
}

static void a_reused_key_is_its_own_problem(void **state)
{
    (void)state;
    struct error err;
    error_clear(&err);
    error_field(&err, "Idempotency-Key", "idempotency_key_reused", "x");
    assert_int_equal(http_problem_of(&err)->status, 422);
    error_clear(&err);
    error_field(&err, "Idempotency-Key", "required", "x");
    assert_int_equal(http_problem_of(&err)->status, 400);
}

/* RFC 9457, section 3. */
static void a_problem_names_what_is_wrong(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096, 0);
    struct error err;
    error_clear(&err);
    error_field(&err, "items[0].quantity", "out_of_range", "Between 1 and 99, \"please\".");
    size_t size;
    const char *text = http_problem_json(http_problem_of(&err), &err, "/v1/cart", "r-1", arena, &size);
    json_t *json = json_loadb(text, size, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "type")), "/problems/invalid-request");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 400);
    assert_string_equal(json_string_value(json_object_get(json, "instance")), "/v1/cart");
    assert_string_equal(json_string_value(json_object_get(json, "requestId")), "r-1");
    const json_t *violation = json_array_get(json_object_get(json, "violations"), 0);
    assert_string_equal(json_string_value(json_object_get(violation, "field")), "items[0].quantity");
    assert_string_equal(json_string_value(json_object_get(violation, "code")), "out_of_range");
    assert_string_equal(json_string_value(json_object_get(violation, "message")), "Between 1 and 99, \"please\".");
    json_decref(json);
    arena_free(arena);
}

static void every_type_can_be_read_about(void **state)
{
    (void)state;
    size_t count;
    const struct http_problem *all = http_problem_all(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(http_problem_by_slug(all[i].slug), &all[i]);
        assert_ptr_equal(http_problem_by_status(all[i].status), &all[i]);
        assert_true(strlen(all[i].help) > 20);
    }
    assert_null(http_problem_by_slug("nothing"));
}

RUN_TESTS(cmocka_unit_test(every_status_has_its_code), cmocka_unit_test(a_reused_key_is_its_own_problem),
          cmocka_unit_test(a_problem_names_what_is_wrong), cmocka_unit_test(every_type_can_be_read_about))
