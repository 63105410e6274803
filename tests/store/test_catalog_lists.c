/* Lists of products: complete, in order, page by page, however many products share a price or a title. */
#include "catalog_shop.h"

#include <string.h>

static struct shelf open_shelf(const char *path)
{
    struct shelf shelf;
    assert_int_equal(catalog_store_find_shelf(shop.db, path, "", &shelf, shop.arena, &shop.err), STATUS_OK);
    return shelf;
}

/* All pages of a list, put together; no page may be longer than asked. */
static const char *whole_list(const char *path, const char *currency, enum listing_sort sort, int64_t page_size)
{
    const char *all = "";
    struct listing_request request = {.category = open_shelf(path).number,
                                      .currency = currency,
                                      .country = "KE",
                                      .sort = sort,
                                      .search = {.words = "", .did_you_mean = ""},
                                      .after = listing_start(sort, false),
                                      .limit = page_size};
    for (int pages = 0; pages < 1000; pages++) {
        const struct card_row *rows;
        size_t count;
        assert_int_equal(catalog_store_list(shop.db, &request, &rows, &count, shop.arena, &shop.err), STATUS_OK);
        assert_true((int64_t)count <= page_size);
        all = arena_printf(shop.arena, "%s%s%s", all, *all && count > 0 ? "|" : "", titles(rows, count));
        if ((int64_t)count < page_size)
            return all;
        request.after =
            (struct listing_place){rows[count - 1].number_key, rows[count - 1].text_key, rows[count - 1].product_id};
    }
    fail_msg("the list has no end");
    return NULL;
}

static const char *by_hand(const char *order)
{
    return arena_strdup(shop.arena,
                        text_of(arena_printf(
                            shop.arena,
                            "SELECT string_agg(title, '|' ORDER BY %s) FROM product JOIN variant ON product_id = product.id "
                            "JOIN variant_price ON variant_id = variant.id",
                            order)));
}

/* 60 products, of which many share a price and some a title. */
static void fill_shelves(void)
{
    for (int i = 0; i < 60; i++)
        PUT(.title = arena_printf(shop.arena, i % 4 == 0 ? "Lamp" : "Lamp %d", i % 20),
            .handle = arena_printf(shop.arena, "lamp-%d", i), .category = i % 2 ? "Home > Light" : "Home > Gifts",
            .price_minor = 100 + i % 3);
}

static void test_every_order_is_complete_over_ties(void **state)
{
    (void)state;
    static const struct {
        enum listing_sort sort;
        const char *order;
    } orders[] = {
        {LISTING_NEWEST, "product.id DESC"},
        {LISTING_PRICE_LOW, "amount_minor, product.id"},
        {LISTING_PRICE_HIGH, "amount_minor DESC, product.id DESC"},
        {LISTING_NAME, "lower(title) COLLATE \"C\", product.id"},
    };
    fill_shelves();
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        const char *expected = by_hand(orders[i].order);
        for (int64_t size = 1; size <= 61; size = size * 2 + 5)
            assert_string_equal(whole_list("", "KES", orders[i].sort, size), expected);
    }
}

static void test_a_category_lists_what_lies_in_it_and_below(void **state)
{
    (void)state;
    PUT(.title = "Lamp", .category = "Home > Light");
    PUT(.title = "Bed", .category = "Home");
    PUT(.title = "Shoe", .category = "Fashion");
    PUT(.title = "Loose");
    assert_string_equal(whole_list("home", "KES", LISTING_NAME, 10), "Bed|Lamp");
    assert_string_equal(whole_list("home/light", "KES", LISTING_NAME, 10), "Lamp");
    assert_string_equal(whole_list("", "KES", LISTING_NAME, 10), "Bed|Lamp|Loose|Shoe");
}

static void test_names_are_ordered_without_case_and_accents(void **state)
{
    (void)state;
    PUT(.title = "banana");
    PUT(.title = "Zebra rug");
    PUT(.title = "\xC3\x89toffe");
    PUT(.title = "Apron");
    assert_string_equal(whole_list("", "KES", LISTING_NAME, 2), "Apron|banana|\xC3\x89toffe|Zebra rug");
}

static void test_what_has_no_price_in_the_currency_is_not_shown(void **state)
{
    (void)state;
    PUT(.title = "Here");
    PUT(.title = "There", .currency = "NGN");
    assert_string_equal(whole_list("", "KES", LISTING_NEWEST, 10), "Here");
    assert_string_equal(whole_list("", "NGN", LISTING_NEWEST, 10), "There");
    assert_string_equal(whole_list("", "ZAR", LISTING_NEWEST, 10), "");
}

static void test_drafts_and_archived_products_are_not_shown(void **state)
{
    (void)state;
    PUT(.title = "Shown");
    PUT(.title = "Draft", .status = PRODUCT_DRAFT);
    PUT(.title = "Gone");
    PUT(.title = "Gone", .status = PRODUCT_ARCHIVED);
    assert_string_equal(whole_list("", "KES", LISTING_NEWEST, 10), "Shown");
    struct product_detail product;
    assert_int_equal(catalog_store_get_product(shop.db, "gone", "KES", "KE", &product, shop.arena, &shop.err),
                     STATUS_NOT_FOUND);
    assert_int_equal(number_of("SELECT count(*) FROM product_index"), 1);
}

static void test_a_change_moves_a_product_in_every_list(void **state)
{
    (void)state;
    PUT(.title = "Lamp", .category = "Home > Light", .price_minor = 100);
    PUT(.title = "Torch", .category = "Home > Light", .price_minor = 200);
    PUT(.title = "Lamp", .category = "Camping", .price_minor = 300);
    assert_string_equal(whole_list("home/light", "KES", LISTING_NEWEST, 10), "Torch");
    assert_string_equal(whole_list("camping", "KES", LISTING_NEWEST, 10), "Lamp");
    assert_string_equal(whole_list("", "KES", LISTING_PRICE_HIGH, 10), "Lamp|Torch");
    assert_int_equal(number_of("SELECT count(*) FROM listing"), 2 + 3);
}

static void test_categories_know_how_many_products_they_hold(void **state)
{
    (void)state;
    PUT(.title = "Lamp", .category = "Home > Light");
    PUT(.title = "Bed", .category = "Home");
    PUT(.title = "Draft", .category = "Home", .status = PRODUCT_DRAFT);
    PUT(.title = "Bed", .category = "Sleep");
    struct shelf root = open_shelf("");
    assert_int_equal(root.breadcrumb_count, 0);
    assert_int_equal(root.child_count, 2);
    assert_string_equal(root.children[0].path, "home");
    assert_int_equal(root.children[0].product_count, 1);
    assert_int_equal(root.children[1].product_count, 1);
    struct shelf light = open_shelf("home/light");
    assert_int_equal(light.breadcrumb_count, 2);
    assert_string_equal(light.breadcrumbs[0].name, "Home");
    assert_string_equal(light.breadcrumbs[1].parent_path, "home");
    PUT(.title = "Bed", .category = "Sleep", .status = PRODUCT_ARCHIVED);
    assert_int_equal(open_shelf("sleep").breadcrumbs[0].product_count, 0);
    assert_int_equal(number_of("SELECT product_count FROM category WHERE path = ''"), 1);
}

static void test_a_category_that_is_not_there(void **state)
{
    (void)state;
    struct shelf shelf;
    assert_int_equal(catalog_store_find_shelf(shop.db, "nowhere", "", &shelf, shop.arena, &shop.err), STATUS_NOT_FOUND);
}

static void test_all_categories_parents_first(void **state)
{
    (void)state;
    const struct category_row *rows;
    size_t count;
    PUT(.title = "Lamp", .category = "Home > Light > Solar");
    PUT(.title = "Shoe", .category = "Fashion > Shoes");
    assert_int_equal(catalog_store_list_categories(shop.db, "", &rows, &count, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(count, 5);
    assert_string_equal(rows[0].path, "home");
    assert_string_equal(rows[4].path, "home/light/solar");
    assert_int_equal(catalog_store_list_categories(shop.db, "home", &rows, &count, shop.arena, &shop.err), STATUS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(rows[0].path, "home/light");
}

static void test_a_product_with_all_that_belongs_to_it(void **state)
{
    (void)state;
    struct product_draft *draft =
        draft_of((struct goods){.title = "Kitenge Shirt", .category = "Fashion > Shirts", .tag = "men"});
    static const struct picture pictures[] = {{"https://example.com/a.jpg", "", "", 0, 0}, {"", "abc", "Back", 800, 600}};
    draft->option_names[0] = "Size";
    draft->option_count = 1;
    draft->variant_count = 0;
    add_variant_to(draft, "KS-M", "M", 90000)->on_hand = 3;
    add_variant_to(draft, "KS-S", "S", 80000)->prices[0].compare_at_minor = 100000;
    draft->pictures = (struct picture *)pictures;
    draft->picture_count = 2;
    merge_draft(draft, (struct merge_options){0});
    PUT(.title = "Other shirt", .category = "Fashion > Shirts");
    struct product_detail product;
    assert_int_equal(catalog_store_get_product(shop.db, "kitenge-shirt", "KES", "KE", &product, shop.arena, &shop.err),
                     STATUS_OK);
    assert_int_equal(product.variant_count, 2);
    assert_string_equal(product.variants[0].sku, "KS-M");
    assert_int_equal(product.variants[0].offer.ready, 3);
    assert_int_equal(product.variants[1].compare_at_minor, 100000);
    assert_int_equal(product.price_minor, 80000);
    assert_int_equal(product.compare_at_minor, 100000);
    assert_true(product.price_varies);
    assert_int_equal(product.picture_count, 2);
    assert_string_equal(product.pictures[1].picture.media, "abc");
    assert_int_equal(product.breadcrumb_count, 2);
    assert_int_equal(product.related_count, 1);
    assert_string_equal(product.related[0].handle, "other-shirt");
    assert_string_equal(product.tags.values[0], "men");
    assert_string_equal(product.option_names.values[0], "Size");
}

static void test_a_card_tells_whether_something_is_left(void **state)
{
    (void)state;
    PUT(.title = "Sold out");
    PUT(.title = "There", .stock = 1);
    const struct card_row *rows;
    size_t count;
    const struct listing_request request = {.category = open_shelf("").number,
                                            .currency = "KES",
                                            .country = "KE",
                                            .sort = LISTING_NAME,
                                            .search = {.words = ""},
                                            .after = listing_start(LISTING_NAME, false),
                                            .limit = 10};
    assert_int_equal(catalog_store_list(shop.db, &request, &rows, &count, shop.arena, &shop.err), STATUS_OK);
    assert_false(rows[0].in_stock);
    assert_true(rows[1].in_stock);
}

RUN_CATALOG_TESTS(CATALOG_TEST(test_every_order_is_complete_over_ties),
                  CATALOG_TEST(test_a_category_lists_what_lies_in_it_and_below),
                  CATALOG_TEST(test_names_are_ordered_without_case_and_accents),
                  CATALOG_TEST(test_what_has_no_price_in_the_currency_is_not_shown),
                  CATALOG_TEST(test_drafts_and_archived_products_are_not_shown),
                  CATALOG_TEST(test_a_change_moves_a_product_in_every_list),
                  CATALOG_TEST(test_categories_know_how_many_products_they_hold),
                  CATALOG_TEST(test_a_category_that_is_not_there), CATALOG_TEST(test_all_categories_parents_first),
                  CATALOG_TEST(test_a_product_with_all_that_belongs_to_it),
                  CATALOG_TEST(test_a_card_tells_whether_something_is_left))
