/* Page tokens: the next page is the next page of that list, and nobody can make one up. */
#include "check.h"

#include <string.h>

#include "cursor.h"

#define LISTING "products|KE|NAME"

static const unsigned char key[CURSOR_KEY_SIZE] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const struct cursor row = {{"Kikoi — blue", "0199"}, 2};

/* Made with Python's hashlib.blake2b(key=..., digest_size=16) and base64.urlsafe_b64encode. */
static const char token_of_row[] = "AUtpa29pIOKAlCBibHVlADAxOTkA_gtX6vUSlabKHwWCy8nQVA";

static struct arena *arena;
static struct error err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(16384, 16384);
    error_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void refused(const char *token, const char *listing, const unsigned char *with_key)
{
    struct cursor cursor = {.count = 77};
    error_clear(&err);
    assert_int_equal(cursor_decode(token, listing, with_key, "pageToken", arena, &cursor, &err), STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "pageToken");
    assert_string_equal(err.violations[0].code, "malformed");
    assert_int_equal(cursor.count, 77);
}

static void test_a_token_by_its_published_parts(void **state)
{
    (void)state;
    assert_string_equal(cursor_encode(&row, LISTING, key, arena), token_of_row);
}

static void test_the_values_come_back(void **state)
{
    (void)state;
    static const struct cursor rows[] = {
        {{"", "", "", ""}, 4}, {{"only"}, 1}, {{"", "last"}, 2}, {{"Kikoi — blue", "0199"}, 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cursor cursor;
        const char *token = cursor_encode(&rows[i], LISTING, key, arena);
        assert_int_equal(cursor_decode(token, LISTING, key, "pageToken", arena, &cursor, &err), STATUS_OK);
        assert_int_equal(cursor.count, rows[i].count);
        for (size_t k = 0; k < cursor.count; k++)
            assert_string_equal(cursor.values[k], rows[i].values[k]);
    }
}

static void test_no_token_is_the_first_page(void **state)
{
    (void)state;
    struct cursor cursor = {.count = 77};
    assert_int_equal(cursor_decode("", LISTING, key, "pageToken", arena, &cursor, &err), STATUS_OK);
    assert_int_equal(cursor.count, 0);
}

static void test_a_token_of_another_list_is_refused(void **state)
{
    (void)state;
    const unsigned char other_key[CURSOR_KEY_SIZE] = {1};
    refused(token_of_row, "products|NG|NAME", key);
    refused(token_of_row, "", key);
    refused(token_of_row, LISTING, other_key);
}

static void test_no_character_can_be_changed(void **state)
{
    (void)state;
    char token[sizeof(token_of_row)];
    for (size_t i = 0; i < sizeof(token) - 1; i++) {
        memcpy(token, token_of_row, sizeof(token));
        token[i] = token[i] == 'A' ? 'B' : 'A';
        refused(token, LISTING, key);
    }
}

static void test_pieces_and_rubbish_are_refused(void **state)
{
    (void)state;
    char longer[8192];
    memset(longer, 'A', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    refused(longer, LISTING, key);
    refused("?", LISTING, key);
    refused("AQ==", LISTING, key);
    for (size_t length = 1; length < sizeof(token_of_row) - 1; length++)
        refused(arena_strndup(arena, token_of_row, length), LISTING, key);
    refused(arena_printf(arena, "%sA", token_of_row), LISTING, key);
    refused(arena_printf(arena, "%s=", token_of_row), LISTING, key);
    refused(arena_printf(arena, " %s", token_of_row), LISTING, key);
}

static void test_page_sizes(void **state)
{
    (void)state;
    int32_t size = 77;
    assert_int_equal(cursor_page_size(-1, 24, 100, "pageSize", &size, &err), STATUS_INVALID_ARGUMENT);
    assert_int_equal(cursor_page_size(101, 24, 100, "pageSize", &size, &err), STATUS_INVALID_ARGUMENT);
    assert_int_equal(size, 77);
    assert_string_equal(err.violations[1].field, "pageSize");
    assert_string_equal(err.violations[1].code, "out_of_range");
    assert_int_equal(cursor_page_size(0, 24, 100, "pageSize", &size, &err), STATUS_OK);
    assert_int_equal(size, 24);
    assert_int_equal(cursor_page_size(100, 24, 100, "pageSize", &size, &err), STATUS_OK);
    assert_int_equal(size, 100);
    assert_int_equal(cursor_page_size(1, 24, 100, "pageSize", &size, &err), STATUS_OK);
    assert_int_equal(size, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN_TESTS(TEST(test_a_token_by_its_published_parts), TEST(test_the_values_come_back), TEST(test_no_token_is_the_first_page),
          TEST(test_a_token_of_another_list_is_refused), TEST(test_no_character_can_be_changed),
          TEST(test_pieces_and_rubbish_are_refused), TEST(test_page_sizes))
