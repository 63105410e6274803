/* Saving products: what is known is found again by handle, SKU and options, and nothing that is held or counted is lost. */
#include "catalog_shop.h"

#include <string.h>

static const struct merge_options by_staff = {.replace_prices = true, .all_or_nothing = true};
static const struct merge_options by_file = {0};

static struct product_draft *shirt(void)
{
    struct product_draft *draft = draft_of((struct goods){.title = "Shirt"});
    draft->option_names[0] = "Size";
    draft->option_count = 1;
    draft->variant_count = 0;
    return draft;
}

/* The active variants as "SKU:option:on hand", in shop order. */
static const char *variants(void)
{
    return text_of("SELECT string_agg(coalesce(sku, '') || ':' || option1 || ':' || on_hand, ' ' ORDER BY position) "
                   "FROM variant JOIN stock ON variant_id = id WHERE active");
}

static void test_variants_are_found_again_by_sku(void **state)
{
    (void)state;
    struct product_draft *draft = shirt();
    add_variant_to(draft, "A", "S", 100)->on_hand = 5;
    add_variant_to(draft, "B", "M", 100)->on_hand = 6;
    assert_int_equal(merge_draft(draft, by_staff).created, 1);
    assert_string_equal(variants(), "A:S:5 B:M:6");
    draft = shirt();
    add_variant_to(draft, "B", "S", 100)->on_hand = 50;
    add_variant_to(draft, "A", "M", 100)->on_hand = 60;
    assert_int_equal(merge_draft(draft, by_staff).updated, 1);
    assert_string_equal(variants(), "B:S:6 A:M:5");
}

static void test_variants_without_sku_are_found_again_by_options(void **state)
{
    (void)state;
    struct product_draft *draft = shirt();
    add_variant_to(draft, "", "S", 100)->on_hand = 5;
    merge_draft(draft, by_staff);
    draft = shirt();
    add_variant_to(draft, "", "M", 100)->on_hand = 7;
    add_variant_to(draft, "NEW", "S", 100);
    merge_draft(draft, by_staff);
    assert_string_equal(variants(), ":M:7 NEW:S:5");
}

static void test_a_variant_left_out_is_retired_and_may_come_back(void **state)
{
    (void)state;
    struct product_draft *both = shirt();
    add_variant_to(both, "A", "S", 100)->on_hand = 5;
    add_variant_to(both, "B", "M", 100)->on_hand = 6;
    merge_draft(both, by_staff);
    struct product_draft *one = shirt();
    add_variant_to(one, "B", "M", 100);
    merge_draft(one, by_staff);
    assert_string_equal(variants(), "B:M:6");
    assert_int_equal(number_of("SELECT on_hand FROM stock JOIN variant ON id = variant_id WHERE sku = 'A'"), 5);
    merge_draft(both, by_staff);
    assert_string_equal(variants(), "A:S:5 B:M:6");
}

static void test_a_part_of_a_product_retires_nothing(void **state)
{
    (void)state;
    struct product_draft *both = shirt();
    add_variant_to(both, "A", "S", 100);
    add_variant_to(both, "B", "M", 100);
    merge_draft(both, by_file);
    struct product_draft *part = shirt();
    part->is_whole = false;
    add_variant_to(part, "B", "M", 200);
    merge_draft(part, by_file);
    assert_int_equal(number_of("SELECT count(*) FROM variant WHERE active"), 2);
}

static void test_a_sku_names_one_thing_in_the_shop(void **state)
{
    (void)state;
    struct merge_result result;
    PUT(.title = "Shoes", .sku = "A");
    struct product_draft *draft = shirt();
    add_variant_to(draft, "A", "S", 100)->line = 7;
    add_variant_to(draft, "B", "M", 100)->line = 8;
    assert_int_equal(try_merge_draft(draft, by_staff, &result), STATUS_ALREADY_EXISTS);
    assert_string_equal(shop.err.violations[0].field, "variants[0].sku");
    assert_int_equal(number_of("SELECT count(*) FROM product"), 1);
    result = merge_draft(draft, by_file);
    assert_int_equal(result.refused_count, 1);
    assert_int_equal(result.refused[0].line, 7);
    assert_string_equal(result.refused[0].field, "sku");
    assert_int_equal(number_of("SELECT count(*) FROM variant WHERE sku = 'A'"), 1);
    assert_int_equal(number_of("SELECT count(*) FROM variant WHERE sku = 'B'"), 1);
}

static void test_a_new_product_whose_variants_are_all_refused_is_not_made(void **state)
{
    (void)state;
    PUT(.title = "Shoes", .sku = "A");
    struct product_draft *draft = shirt();
    add_variant_to(draft, "A", "S", 100);
    assert_int_equal(merge_draft(draft, by_file).created, 0);
    assert_int_equal(number_of("SELECT count(*) FROM product"), 1);
}

static void test_options_taken_by_a_variant_that_stays_are_refused(void **state)
{
    (void)state;
    struct product_draft *both = shirt();
    add_variant_to(both, "A", "S", 100);
    add_variant_to(both, "B", "M", 100);
    merge_draft(both, by_file);
    struct product_draft *part = shirt();
    part->is_whole = false;
    add_variant_to(part, "B", "S", 100)->line = 9;
    struct merge_result result = merge_draft(part, by_file);
    assert_int_equal(result.refused_count, 1);
    assert_string_equal(result.refused[0].field, "option_values");
    assert_string_equal(variants(), "A:S:0 B:M:0");
}

static void test_prices_of_staff_replace_and_those_of_a_file_add(void **state)
{
    (void)state;
    PUT(.title = "Shirt", .currency = "NGN", .price_minor = 900);
    merge_draft(draft_of((struct goods){.title = "Shirt", .price_minor = 100}), by_file);
    assert_string_equal(text_of("SELECT string_agg(currency || amount_minor, ' ' ORDER BY currency) FROM variant_price"),
                        "KES100 NGN900");
    PUT(.title = "Shirt", .price_minor = 200);
    assert_string_equal(text_of("SELECT string_agg(currency || amount_minor, ' ' ORDER BY currency) FROM variant_price"),
                        "KES200");
    assert_string_equal(text_of("SELECT string_agg(currency, ' ') FROM offer"), "KES");
    assert_int_equal(number_of("SELECT count(*) FROM listing"), 1);
}

static void test_a_count_never_falls_below_what_is_held(void **state)
{
    (void)state;
    PUT(.title = "Shirt", .stock = 10);
    store_test_run(shop.conninfo, "INSERT INTO stock_movement (variant_id, location_id, kind, reserved_change, made_by) "
                                  "SELECT variant_id, location_id, 'reserved', 4, 'test' FROM stock");
    const struct merge_options counted = {.set_stock = true};
    merge_draft(draft_of((struct goods){.title = "Shirt", .stock = 7}), counted);
    assert_int_equal(number_of("SELECT on_hand FROM stock"), 7);
    merge_draft(draft_of((struct goods){.title = "Shirt", .stock = 1}), counted);
    assert_int_equal(number_of("SELECT on_hand FROM stock"), 4);
    merge_draft(draft_of((struct goods){.title = "Shirt", .stock = 99}), by_staff);
    assert_int_equal(number_of("SELECT on_hand FROM stock"), 4);
}

static void test_pictures_are_replaced_only_when_there_are_new_ones(void **state)
{
    (void)state;
    static const struct picture first = {"https://example.com/1.jpg", "", "", 0, 0};
    static const struct picture second = {"https://example.com/2.jpg", "", "", 0, 0};
    struct product_draft *draft = draft_of((struct goods){.title = "Shirt", .category = "Fashion"});
    draft->pictures = (struct picture *)&first;
    draft->picture_count = 1;
    merge_draft(draft, by_file);
    PUT(.title = "Shirt", .category = "Fashion");
    assert_string_equal(text_of("SELECT url FROM picture"), first.url);
    draft->pictures = (struct picture *)&second;
    merge_draft(draft, by_file);
    assert_string_equal(text_of("SELECT string_agg(url, ' ') FROM picture"), second.url);
    assert_string_equal(text_of("SELECT picture_url FROM category_card WHERE path = 'fashion'"), second.url);
}

static void test_the_same_rows_again_change_nothing(void **state)
{
    (void)state;
    struct product_draft *draft = draft_of((struct goods){.title = "Shirt"});
    memset(draft->digest, 'a', 64);
    assert_int_equal(merge_draft(draft, by_file).created, 1);
    assert_int_equal(merge_draft(draft, by_file).unchanged, 1);
    PUT(.title = "Shirt", .price_minor = 300);
    assert_int_equal(merge_draft(draft, by_file).updated, 1);
    assert_int_equal(number_of("SELECT amount_minor FROM variant_price"), 100);
}

static void test_a_dry_run_changes_nothing(void **state)
{
    (void)state;
    struct merge_result result = merge_draft(draft_of((struct goods){.title = "Shirt", .category = "Fashion"}),
                                             (struct merge_options){.dry_run = true});
    assert_int_equal(result.created, 1);
    assert_int_equal(number_of("SELECT count(*) FROM product"), 0);
    assert_int_equal(number_of("SELECT count(*) FROM category"), 1);
}

static void test_a_record_is_what_was_saved(void **state)
{
    (void)state;
    struct product_record record;
    struct product_draft *draft = shirt();
    draft->status = PRODUCT_DRAFT;
    add_variant_to(draft, "A", "S", 100)->on_hand = 5;
    merge_draft(draft, by_staff);
    assert_int_equal(product_store_get_record(shop.db, "shirt", &record, shop.arena, &shop.err), STATUS_OK);
    assert_string_equal(record.status, "draft");
    assert_int_equal(record.variant_count, 1);
    assert_int_equal(record.variants[0].on_hand, 5);
    assert_int_equal(record.price_count, 1);
    assert_int_equal(record.prices[0].amount_minor, 100);
    assert_int_equal(product_store_get_record(shop.db, "nothing", &record, shop.arena, &shop.err), STATUS_NOT_FOUND);
}

RUN_CATALOG_TESTS(CATALOG_TEST(test_variants_are_found_again_by_sku),
                  CATALOG_TEST(test_variants_without_sku_are_found_again_by_options),
                  CATALOG_TEST(test_a_variant_left_out_is_retired_and_may_come_back),
                  CATALOG_TEST(test_a_part_of_a_product_retires_nothing),
                  CATALOG_TEST(test_a_sku_names_one_thing_in_the_shop),
                  CATALOG_TEST(test_a_new_product_whose_variants_are_all_refused_is_not_made),
                  CATALOG_TEST(test_options_taken_by_a_variant_that_stays_are_refused),
                  CATALOG_TEST(test_prices_of_staff_replace_and_those_of_a_file_add),
                  CATALOG_TEST(test_a_count_never_falls_below_what_is_held),
                  CATALOG_TEST(test_pictures_are_replaced_only_when_there_are_new_ones),
                  CATALOG_TEST(test_the_same_rows_again_change_nothing), CATALOG_TEST(test_a_dry_run_changes_nothing),
                  CATALOG_TEST(test_a_record_is_what_was_saved))
