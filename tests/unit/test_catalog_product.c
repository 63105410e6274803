/* Products: what staff and files bring is tidied, or refused with the field that is wrong. */
#include "check.h"

#include <string.h>

#include "product.h"

static struct arena *arena;
static struct error err;
static struct product_draft draft;
static struct product_price price;

static int set_up(void **state)
{
    (void)state;
    static const char *tags[PRODUCT_TAGS_MAX + 1];
    arena = arena_new(65536, 1 << 20);
    error_clear(&err);
    for (size_t i = 0; i <= PRODUCT_TAGS_MAX; i++)
        tags[i] = arena_printf(arena, "tag %zu", i);
    draft = (struct product_draft){.handle = "kitenge-shirt",
                                   .title = " Kitenge  Shirt ",
                                   .description = "",
                                   .vendor = "",
                                   .type = "",
                                   .tags = tags,
                                   .option_names = {"Size", "Colour"},
                                   .option_count = 2};
    price = (struct product_price){"KES", 125000, 0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct product_variant variant(const char *sku, const char *size, const char *colour)
{
    return (struct product_variant){
        .sku = sku, .barcode = "", .options = {size, colour, ""}, .prices = &price, .price_count = 1};
}

static void assert_violation(const char *field, const char *code)
{
    assert_int_equal(err.status, STATUS_INVALID_ARGUMENT);
    assert_int_equal(err.violation_count, 1);
    assert_string_equal(err.violations[0].field, field);
    assert_string_equal(err.violations[0].code, code);
}

static void test_texts_are_tidied(void **state)
{
    (void)state;
    static const char *tags[] = {" men ", "", "cotton", "Men"};
    draft.tags = tags;
    draft.tag_count = 4;
    assert_int_equal(product_check(&draft, arena, &err), STATUS_OK);
    assert_string_equal(draft.title, "Kitenge Shirt");
    assert_int_equal(draft.tag_count, 2);
    assert_string_equal(draft.tags[0], "men");
    assert_string_equal(draft.tags[1], "cotton");
}

static void test_a_product_needs_a_title(void **state)
{
    (void)state;
    draft.title = "  ";
    assert_int_equal(product_check(&draft, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("title", "required");
}

static void test_too_many_tags_are_refused(void **state)
{
    (void)state;
    draft.tag_count = PRODUCT_TAGS_MAX;
    assert_int_equal(product_check(&draft, arena, &err), STATUS_OK);
    draft.tag_count = PRODUCT_TAGS_MAX + 1;
    assert_int_equal(product_check(&draft, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("tags", "too_long");
}

static void test_two_options_of_one_name_are_refused(void **state)
{
    (void)state;
    draft.option_names[1] = "size";
    assert_int_equal(product_check(&draft, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("optionNames[1]", "duplicate");
}

static void test_handles_are_fit_for_addresses(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "Shirt", "a b", "-a", "a-", "a--b", "caf\xC3\xA9", "a/b", "a'b"};
    assert_int_equal(product_check_handle("20-000-mah-power-bank", "handle", &err), STATUS_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error_clear(&err);
        assert_int_equal(product_check_handle(bad[i], "handle", &err), STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, "handle");
    }
}

static void test_every_option_needs_a_value(void **state)
{
    (void)state;
    struct product_variant bare = variant("", "XL", "");
    assert_int_equal(product_check_variant(&draft, NULL, 0, &bare, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("optionValues[1]", "required");
}

static void test_a_value_without_its_option_is_refused(void **state)
{
    (void)state;
    struct product_variant third = variant("", "XL", "Blue");
    third.options[2] = "Cotton";
    assert_int_equal(product_check_variant(&draft, NULL, 0, &third, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("optionValues[2]", "unknown");
}

static void test_variants_differ_in_options_and_sku(void **state)
{
    (void)state;
    const struct product_variant first = variant("KS-1", "XL", "Blue");
    struct product_variant same_choice = variant("KS-2", "XL", "Blue");
    struct product_variant same_sku = variant("KS-1", "L", "Blue");
    assert_int_equal(product_check_variant(&draft, &first, 1, &same_choice, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("optionValues", "duplicate");
    error_clear(&err);
    assert_int_equal(product_check_variant(&draft, &first, 1, &same_sku, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("sku", "duplicate");
}

static void test_prices_are_above_nothing_and_below_the_sky(void **state)
{
    (void)state;
    static const int64_t bad[] = {0, -1, INT64_C(1000000000000001), INT64_MAX};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error_clear(&err);
        price.amount_minor = bad[i];
        struct product_variant one = variant("", "XL", "Blue");
        assert_int_equal(product_check_variant(&draft, NULL, 0, &one, arena, &err), STATUS_INVALID_ARGUMENT);
        assert_violation("prices[0].price.amountMinor", "out_of_range");
    }
}

static void test_a_currency_nobody_knows_is_refused(void **state)
{
    (void)state;
    price.currency = "QQQ";
    struct product_variant one = variant("", "XL", "Blue");
    assert_int_equal(product_check_variant(&draft, NULL, 0, &one, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("prices[0].price.currencyCode", "unknown");
}

static void test_a_reduction_reduces(void **state)
{
    (void)state;
    price.compare_at_minor = 125000;
    struct product_variant one = variant("", "XL", "Blue");
    assert_int_equal(product_check_variant(&draft, NULL, 0, &one, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("prices[0].compareAtPrice.amountMinor", "out_of_range");
}

static void test_at_most_250_variants(void **state)
{
    (void)state;
    struct product_variant one = variant("", "XL", "Blue");
    struct product_variant *many = arena_calloc(arena, PRODUCT_VARIANTS_MAX, sizeof(*many));
    for (size_t i = 0; i < PRODUCT_VARIANTS_MAX; i++)
        many[i] = variant("", arena_printf(arena, "%zu", i % 50), arena_printf(arena, "%zu", i / 50));
    assert_int_equal(product_check_variant(&draft, many, PRODUCT_VARIANTS_MAX - 1, &one, arena, &err), STATUS_OK);
    assert_int_equal(product_check_variant(&draft, many, PRODUCT_VARIANTS_MAX, &one, arena, &err), STATUS_INVALID_ARGUMENT);
    assert_violation("", "too_long");
}

static void test_at_most_100_values_of_an_option(void **state)
{
    (void)state;
    struct product_variant one = variant("", "one more", "Blue");
    struct product_variant *many = arena_calloc(arena, PRODUCT_OPTION_VALUES_MAX, sizeof(*many));
    for (size_t i = 0; i < PRODUCT_OPTION_VALUES_MAX; i++)
        many[i] = variant("", arena_printf(arena, "%zu", i), "Blue");
    assert_int_equal(product_check_variant(&draft, many, PRODUCT_OPTION_VALUES_MAX - 1, &one, arena, &err), STATUS_OK);
    assert_int_equal(product_check_variant(&draft, many, PRODUCT_OPTION_VALUES_MAX, &one, arena, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_violation("optionValues", "too_long");
}

static void test_a_variant_is_called_by_its_values(void **state)
{
    (void)state;
    const char *const both[] = {"Blue", "XL", ""};
    const char *const none[] = {"", "", ""};
    assert_string_equal(product_variant_title(both, arena), "Blue / XL");
    assert_string_equal(product_variant_title(none, arena), "");
}

static void test_values_stand_in_the_order_of_the_variants(void **state)
{
    (void)state;
    const char *const variants[][PRODUCT_OPTIONS_MAX] = {{"S", "Red", ""}, {"M", "Red", ""}, {"S", "Blue", ""}};
    const char *sizes[3];
    const char *colours[3];
    const char **values[PRODUCT_OPTIONS_MAX] = {sizes, colours, NULL};
    size_t counts[PRODUCT_OPTIONS_MAX];
    product_option_values(variants, 3, 2, values, counts);
    assert_int_equal(counts[0], 2);
    assert_string_equal(sizes[0], "S");
    assert_string_equal(sizes[1], "M");
    assert_int_equal(counts[1], 2);
    assert_string_equal(colours[1], "Blue");
}

static void test_categories_from_names_and_from_slugs(void **state)
{
    (void)state;
    struct category_path path;
    assert_int_equal(category_from_names("Home & Garden > Caf\xC3\xA9 Cups", "f", arena, &path, &err), STATUS_OK);
    assert_int_equal(path.depth, 2);
    assert_string_equal(category_path_text(&path), "home-garden/cafe-cups");
    assert_string_equal(path.names[0], "Home & Garden");
    assert_string_equal(category_parent_text(&path, 1), "home-garden");
    assert_int_equal(category_from_slugs("home-garden/cups", "f", arena, &path, &err), STATUS_OK);
    assert_string_equal(path.names[0], "Home garden");
    assert_int_equal(category_from_slugs("", "f", arena, &path, &err), STATUS_OK);
    assert_int_equal(path.depth, 0);
}

static void test_bad_categories_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"Shoes", "a//b", "/a", "a/", "a b", "a/b/c/d/e/f/g/h/i/j/k"};
    struct category_path path;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        error_clear(&err);
        assert_int_equal(category_from_slugs(bad[i], "categoryPath", arena, &path, &err), STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, "categoryPath");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(TEST(test_texts_are_tidied), TEST(test_a_product_needs_a_title), TEST(test_too_many_tags_are_refused),
          TEST(test_two_options_of_one_name_are_refused), TEST(test_handles_are_fit_for_addresses),
          TEST(test_every_option_needs_a_value), TEST(test_a_value_without_its_option_is_refused),
          TEST(test_variants_differ_in_options_and_sku), TEST(test_prices_are_above_nothing_and_below_the_sky),
          TEST(test_a_currency_nobody_knows_is_refused), TEST(test_a_reduction_reduces), TEST(test_at_most_250_variants),
          TEST(test_at_most_100_values_of_an_option), TEST(test_a_variant_is_called_by_its_values),
          TEST(test_values_stand_in_the_order_of_the_variants), TEST(test_categories_from_names_and_from_slugs),
          TEST(test_bad_categories_are_refused))
