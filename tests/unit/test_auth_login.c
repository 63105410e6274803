/* What people sign in with: however they write it, it is the same account. */
#include "check.h"

#include "login.h"

static struct arena *arena;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, 1 << 20);
    error_clear(&err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_one_account_however_it_is_written(void **state)
{
    (void)state;
    static const struct { const char *text, *country_code, *email, *phone; } rows[] = {
        {"amina@example.com", "", "amina@example.com", NULL},
        {"  Amina@Example.COM ", "KE", "amina@example.com", NULL},
        {"+254 712 345 678", "", NULL, "+254712345678"},
        {"0712 345678", "KE", NULL, "+254712345678"},
        {"00254712345678", "", NULL, "+254712345678"},
        {"0803 123 4567", "NG", NULL, "+2348031234567"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct login login = {NULL, NULL};
        assert_int_equal(login_parse(rows[i].text, rows[i].country_code, "login", arena, &login, &err), STATUS_OK);
        assert_string_equal(login_text(&login), rows[i].email ? rows[i].email : rows[i].phone);
        assert_true(rows[i].email ? !login.phone : !login.email);
    }
}

static void test_what_is_neither_is_told(void **state)
{
    (void)state;
    static const struct { const char *text, *country_code, *code; } rows[] = {
        {"", "KE", "required"},         {"   ", "KE", "required"},  {"amina", "KE", "malformed"},
        {"amina@", "KE", "malformed"},  {"@example.com", "KE", "malformed"},
        {"0712345678", "", "malformed"}, {"12", "KE", "malformed"}, {"+254712345678 or 1=1", "", "malformed"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct login login = {NULL, NULL};
        error_clear(&err);
        assert_int_equal(login_parse(rows[i].text, rows[i].country_code, "login", arena, &login, &err),
                         STATUS_INVALID_ARGUMENT);
        assert_int_equal(err.violation_count, 1);
        assert_string_equal(err.violations[0].field, "login");
        assert_string_equal(err.violations[0].code, rows[i].code);
        assert_null(login.email);
        assert_null(login.phone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_account_however_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_neither_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
