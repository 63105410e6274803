/* Lists and searches: the plan for what a shopper typed, and places that survive the way through a page token. */
#include "check.h"

#include "listing.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, 65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void test_relevance_is_for_searches(void **state)
{
    (void)state;
    assert_int_equal(listing_effective_sort(LISTING_UNSPECIFIED, false), LISTING_NEWEST);
    assert_int_equal(listing_effective_sort(LISTING_UNSPECIFIED, true), LISTING_RELEVANCE);
    assert_int_equal(listing_effective_sort(LISTING_RELEVANCE, false), LISTING_NEWEST);
    assert_int_equal(listing_effective_sort(LISTING_PRICE_LOW, true), LISTING_PRICE_LOW);
}

static void test_no_words_list_everything(void **state)
{
    (void)state;
    struct listing_search plan = listing_plan("", NULL, 0, arena);
    assert_string_equal(plan.words, "");
    assert_false(plan.is_hopeless);
}

static void test_a_misspelt_word_is_replaced_and_told(void **state)
{
    (void)state;
    const struct listing_word words[] = {{"blue", 12, NULL}, {"shrit", 0, "shirt"}};
    struct listing_search plan = listing_plan("Blue shrit", words, 2, arena);
    assert_string_equal(plan.words, "blue shirt");
    assert_string_equal(plan.did_you_mean, "blue shirt");
}

static void test_words_that_are_known_are_not_questioned(void **state)
{
    (void)state;
    const struct listing_word words[] = {{"shirt", 12, NULL}};
    assert_string_equal(listing_plan("shirt", words, 1, arena).did_you_mean, "");
}

static void test_a_word_like_nothing_finds_nothing(void **state)
{
    (void)state;
    const struct listing_word words[] = {{"blue", 12, NULL}, {"xqzzy", 0, NULL}};
    assert_true(listing_plan("blue xqzzy", words, 2, arena).is_hopeless);
    assert_true(listing_plan("!?", NULL, 0, arena).is_hopeless);
}

static void test_a_place_survives_its_token(void **state)
{
    (void)state;
    const struct listing_place place = {-605, "kitenge dress", "0190a000-0000-7000-8000-000000000001"};
    struct cursor cursor = listing_to_cursor(&place, arena);
    struct listing_place back = listing_from_cursor(&cursor, LISTING_PRICE_LOW, true);
    assert_int_equal(back.number_key, -605);
    assert_string_equal(back.text_key, "kitenge dress");
    assert_string_equal(back.product_id, place.product_id);
}

static void test_a_list_without_a_token_starts_before_everything(void **state)
{
    (void)state;
    struct cursor none = {.count = 0};
    assert_string_equal(listing_from_cursor(&none, LISTING_NEWEST, false).product_id,
                        "ffffffff-ffff-ffff-ffff-ffffffffffff");
    assert_true(listing_from_cursor(&none, LISTING_PRICE_HIGH, false).number_key == INT64_MAX);
    assert_true(listing_from_cursor(&none, LISTING_PRICE_LOW, false).number_key == INT64_MIN);
    assert_string_equal(listing_from_cursor(&none, LISTING_NAME, false).text_key, "");
    assert_true(listing_from_cursor(&none, LISTING_PRICE_HIGH, true).number_key == INT64_MIN);
}

RUN_TESTS(cmocka_unit_test_setup_teardown(test_relevance_is_for_searches, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_no_words_list_everything, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_misspelt_word_is_replaced_and_told, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_words_that_are_known_are_not_questioned, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_word_like_nothing_finds_nothing, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_place_survives_its_token, set_up, tear_down),
          cmocka_unit_test_setup_teardown(test_a_list_without_a_token_starts_before_everything, set_up, tear_down))
