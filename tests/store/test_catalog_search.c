/* Search: found by any of its words, in any case and with or without accents, and by a word that was nearly right. */
#include "catalog_shop.h"

#include <string.h>

/* What a shopper gets who types that: all pages of two, put together. */
struct found {
    const char *titles;
    const char *did_you_mean;
};

static const struct card_row *last_rows;

static struct found search(const char *query, const char *path, const char *currency, enum listing_sort sort)
{
    struct shelf shelf;
    assert_int_equal(catalog_store_find_shelf(shop.db, path, query, &shelf, shop.arena, &shop.err), STATUS_OK);
    struct listing_request request = {
        .category = shelf.number, .is_root = *path == '\0', .currency = currency, .country = "KE", .sort = sort, .limit = 2};
    request.search = listing_plan(query, shelf.words, shelf.word_count, shop.arena);
    request.after = listing_start(sort, true);
    struct found found = {"", request.search.did_you_mean};
    for (size_t count = 2; count == 2;) {
        assert_int_equal(catalog_store_list(shop.db, &request, &last_rows, &count, shop.arena, &shop.err), STATUS_OK);
        found.titles = arena_printf(shop.arena, "%s%s%s", found.titles, *found.titles && count > 0 ? "|" : "",
                                    titles(last_rows, count));
        if (count > 0)
            request.after = (struct listing_place){last_rows[count - 1].number_key, last_rows[count - 1].text_key,
                                                   last_rows[count - 1].product_id};
    }
    return found;
}

static const char *find(const char *query)
{
    return search(query, "", "KES", LISTING_RELEVANCE).titles;
}

static void test_every_text_of_a_product_is_searched(void **state)
{
    (void)state;
    struct product_draft *draft = draft_of((struct goods){.title = "Ankara Dress",
                                                          .category = "Fashion > Women",
                                                          .vendor = "Adunni",
                                                          .tag = "wedding",
                                                          .description = "Pockets deep enough for a phone"});
    draft->option_names[0] = "Colour";
    draft->option_count = 1;
    draft->variants[0].options[0] = "Indigo";
    merge_draft(draft, (struct merge_options){0});
    PUT(.title = "Kettle");
    static const char *const words[] = {"ankara", "DRESS", "adunni", "wedding", "pockets", "indigo", "women", "dress phone"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_string_equal(find(words[i]), "Ankara Dress");
    assert_string_equal(find("dress kettle"), "");
}

static void test_accents_and_endings_do_not_matter(void **state)
{
    (void)state;
    PUT(.title = "Caf\xC3\xA9 Cr\xC3\xA8me Cups");
    assert_string_equal(find("cafe creme"), "Caf\xC3\xA9 Cr\xC3\xA8me Cups");
    assert_string_equal(find("CAF\xC3\x89"), "Caf\xC3\xA9 Cr\xC3\xA8me Cups");
    assert_string_equal(find("cup"), "Caf\xC3\xA9 Cr\xC3\xA8me Cups");
}

static void test_every_script_is_searched(void **state)
{
    (void)state;
    PUT(.title = "\xD8\xAD\xD8\xB0\xD8\xA7\xD8\xA1 \xD8\xAC\xD9\x84\xD8\xAF", .handle = "shoe"); /* leather shoe */
    assert_string_equal(find("\xD8\xAC\xD9\x84\xD8\xAF"), "\xD8\xAD\xD8\xB0\xD8\xA7\xD8\xA1 \xD8\xAC\xD9\x84\xD8\xAF");
}

static void test_marks_of_syntax_are_only_marks(void **state)
{
    (void)state;
    PUT(.title = "T-Shirt 4.5\" & more");
    static const char *const queries[] = {"t-shirt",   "t shirt 4.5", "shirt!",      "shirt & (more)",
                                          "'shirt':*", "\"shirt\"",   "shirt|x more"};
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(find(queries[i]), "T-Shirt 4.5\" & more");
    assert_string_equal(find("&|!:*()'"), "");
    assert_string_equal(find("#kes"), "");
}

static void test_a_word_nearly_right_finds_and_tells(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *meant;
    } rows[] = {
        {"samsng galaxy", "samsung galaxy"}, {"galxy", "galaxy"}, {"Samsnug", "samsung"}, {"phne samsung", "phone samsung"}};
    PUT(.title = "Samsung Galaxy Phone");
    PUT(.title = "Kettle");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct found found = search(rows[i].typed, "", "KES", LISTING_RELEVANCE);
        assert_string_equal(found.titles, "Samsung Galaxy Phone");
        assert_string_equal(found.did_you_mean, rows[i].meant);
    }
    assert_string_equal(search("samsung", "", "KES", LISTING_RELEVANCE).did_you_mean, "");
}

static void test_words_of_products_that_are_gone_are_not_suggested(void **state)
{
    (void)state;
    PUT(.title = "Samsung");
    PUT(.title = "Samsung", .status = PRODUCT_ARCHIVED);
    struct found found = search("samsng", "", "KES", LISTING_RELEVANCE);
    assert_string_equal(found.titles, "");
    assert_string_equal(found.did_you_mean, "");
}

static void test_titles_count_more_than_descriptions(void **state)
{
    (void)state;
    PUT(.title = "Kettle", .description = "goes with every lamp");
    PUT(.title = "Lamp");
    PUT(.title = "Shade", .tag = "lamp");
    assert_string_equal(find("lamp"), "Lamp|Shade|Kettle");
}

static void test_search_in_a_category_and_a_market(void **state)
{
    (void)state;
    PUT(.title = "Desk lamp", .category = "Home > Light");
    PUT(.title = "Bike lamp", .category = "Sport");
    PUT(.title = "Lagos lamp", .category = "Home", .currency = "NGN");
    assert_string_equal(search("lamp", "home", "KES", LISTING_RELEVANCE).titles, "Desk lamp");
    assert_string_equal(search("lamp", "home", "NGN", LISTING_RELEVANCE).titles, "Lagos lamp");
    assert_string_equal(search("lamp", "", "KES", LISTING_NAME).titles, "Bike lamp|Desk lamp");
}

static void test_results_in_every_order_over_ties(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++)
        PUT(.title = arena_printf(shop.arena, "Lamp %d", i), .price_minor = 100 + i / 3);
    assert_string_equal(search("lamp", "", "KES", LISTING_PRICE_LOW).titles,
                        "Lamp 2|Lamp 1|Lamp 0|Lamp 5|Lamp 4|Lamp 3|Lamp 6");
    assert_string_equal(search("lamp", "", "KES", LISTING_PRICE_HIGH).titles,
                        "Lamp 6|Lamp 5|Lamp 4|Lamp 3|Lamp 2|Lamp 1|Lamp 0");
    assert_string_equal(search("lamp", "", "KES", LISTING_NAME).titles, "Lamp 0|Lamp 1|Lamp 2|Lamp 3|Lamp 4|Lamp 5|Lamp 6");
    assert_string_equal(search("lamp", "", "KES", LISTING_NEWEST).titles,
                        "Lamp 6|Lamp 5|Lamp 4|Lamp 3|Lamp 2|Lamp 1|Lamp 0");
    assert_string_equal(find("lamp"), "Lamp 6|Lamp 5|Lamp 4|Lamp 3|Lamp 2|Lamp 1|Lamp 0");
}

static void test_counts_of_words_follow_every_change(void **state)
{
    (void)state;
    PUT(.title = "Lamp one", .handle = "a");
    PUT(.title = "Lamp two", .handle = "b");
    PUT(.title = "Torch two", .handle = "a");
    assert_int_equal(number_of("SELECT products FROM lexeme WHERE lexeme = 'lamp'"), 1);
    assert_int_equal(number_of("SELECT products FROM lexeme WHERE lexeme = 'two'"), 2);
    assert_int_equal(number_of("SELECT products FROM lexeme WHERE lexeme = 'one'"), 0);
    assert_int_equal(number_of("SELECT count(*) FROM lexeme WHERE lexeme LIKE '#%'"), 0);
    assert_string_equal(find("lamp"), "Lamp two");
}

RUN_CATALOG_TESTS(CATALOG_TEST(test_every_text_of_a_product_is_searched),
                  CATALOG_TEST(test_accents_and_endings_do_not_matter), CATALOG_TEST(test_every_script_is_searched),
                  CATALOG_TEST(test_marks_of_syntax_are_only_marks), CATALOG_TEST(test_a_word_nearly_right_finds_and_tells),
                  CATALOG_TEST(test_words_of_products_that_are_gone_are_not_suggested),
                  CATALOG_TEST(test_titles_count_more_than_descriptions),
                  CATALOG_TEST(test_search_in_a_category_and_a_market), CATALOG_TEST(test_results_in_every_order_over_ties),
                  CATALOG_TEST(test_counts_of_words_follow_every_change))
