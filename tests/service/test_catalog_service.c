/* The catalog service as its callers meet it, over inproc: what is refused and why, what is answered, who may do what. */
#include "catalog_shop.h"

#include <string.h>

#include "clock.h"
#include "store_test.h"
#include "uuid.h"

RPC_STUB(list_markets, catalog__v1__catalog_service__list_markets, Catalog__V1__ListMarketsRequest,
         Catalog__V1__ListMarketsReply)
RPC_STUB(list_categories, catalog__v1__catalog_service__list_categories, Catalog__V1__ListCategoriesRequest,
         Catalog__V1__ListCategoriesReply)
RPC_STUB(list_products, catalog__v1__catalog_service__list_products, Catalog__V1__ListProductsRequest,
         Catalog__V1__ListProductsReply)
RPC_STUB(get_product, catalog__v1__catalog_service__get_product, Catalog__V1__GetProductRequest, Catalog__V1__Product)
RPC_STUB(get_product_record, catalog__v1__catalog_service__get_product_record, Catalog__V1__GetProductRecordRequest,
         Catalog__V1__ProductRecord)
RPC_STUB(adjust_stock, catalog__v1__catalog_service__adjust_stock, Catalog__V1__AdjustStockRequest,
         Catalog__V1__AdjustStockReply)

/* ---- what shoppers read ---- */

static void test_markets(void **state)
{
    (void)state;
    const Catalog__V1__ListMarketsRequest request = CATALOG__V1__LIST_MARKETS_REQUEST__INIT;
    const Catalog__V1__ListMarketsReply *reply;
    assert_int_equal(CALL(list_markets, &request, &reply), STATUS_OK);
    assert_int_equal(reply->n_markets, 10);
}

static void test_a_product_page(void **state)
{
    (void)state;
    product_saved("kitenge-shirt", "Kitenge Shirt");
    Catalog__V1__GetProductRequest request = CATALOG__V1__GET_PRODUCT_REQUEST__INIT;
    const Catalog__V1__Product *product;
    request.handle = (char *)"kitenge-shirt";
    request.country_code = (char *)"KE";
    assert_int_equal(CALL(get_product, &request, &product), STATUS_OK);
    assert_string_equal(product->title, "Kitenge Shirt");
    assert_int_equal(product->price->amount_minor, 125000);
    assert_string_equal(product->price->currency_code, "KES");
    assert_true(product->price_varies);
    assert_true(product->in_stock);
    assert_int_equal(product->n_options, 1);
    assert_int_equal(product->options[0]->n_values, 2);
    assert_int_equal(product->n_variants, 2);
    assert_string_equal(product->variants[1]->title, "M");
    assert_true(product->variants[0]->low_stock);
    assert_false(product->variants[1]->in_stock);
    assert_int_equal(product->n_breadcrumbs, 2);
    assert_string_equal(product->breadcrumbs[1]->path, "fashion/shirts");
    assert_non_null(product->created_at);
}

static void test_a_product_that_is_not_there(void **state)
{
    (void)state;
    product_saved("kitenge-shirt", "Kitenge Shirt");
    Catalog__V1__GetProductRequest request = CATALOG__V1__GET_PRODUCT_REQUEST__INIT;
    const Catalog__V1__Product *product;
    request.country_code = (char *)"KE";
    assert_refused(CALL(get_product, &request, &product), STATUS_INVALID_ARGUMENT, "handle", "required");
    request.handle = (char *)"../etc/passwd' --";
    assert_int_equal(CALL(get_product, &request, &product), STATUS_NOT_FOUND);
    request.handle = (char *)"kitenge-shirt";
    request.country_code = (char *)"NG";
    assert_int_equal(CALL(get_product, &request, &product), STATUS_NOT_FOUND);
    request.country_code = (char *)"XX";
    assert_refused(CALL(get_product, &request, &product), STATUS_INVALID_ARGUMENT, "countryCode", "unknown");
}

static Catalog__V1__ListProductsRequest listing(void)
{
    Catalog__V1__ListProductsRequest request = CATALOG__V1__LIST_PRODUCTS_REQUEST__INIT;
    request.country_code = (char *)"KE";
    return request;
}

static void test_pages_follow_each_other(void **state)
{
    (void)state;
    Catalog__V1__ListProductsRequest request = listing();
    const Catalog__V1__ListProductsReply *page;
    size_t seen = 0;
    for (int i = 0; i < 5; i++)
        product_saved(arena_printf(shop.arena, "shirt-%d", i), "Shirt");
    request.page_size = 2;
    do {
        assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
        for (size_t i = 0; i < page->n_products; i++)
            assert_string_equal(page->products[i]->handle, arena_printf(shop.arena, "shirt-%zu", 4 - seen++));
        request.page_token = page->next_page_token;
    } while (*page->next_page_token);
    assert_int_equal(seen, 5);
}

static void test_a_list_tells_where_it_stands(void **state)
{
    (void)state;
    Catalog__V1__ListProductsRequest request = listing();
    const Catalog__V1__ListProductsReply *page;
    product_saved("shirt", "Shirt");
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    assert_null(page->category);
    assert_int_equal(page->n_children, 1);
    assert_string_equal(page->children[0]->name, "Fashion");
    request.category_path = (char *)"fashion/shirts";
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    assert_string_equal(page->category->name, "Shirts");
    assert_int_equal(page->category->product_count, 1);
    assert_int_equal(page->n_breadcrumbs, 2);
    request.category_path = (char *)"fashion/nothing";
    assert_refused(CALL(list_products, &request, &page), STATUS_NOT_FOUND, "categoryPath", "unknown");
}

static void test_a_token_is_good_for_its_own_list_only(void **state)
{
    (void)state;
    Catalog__V1__ListProductsRequest request = listing();
    const Catalog__V1__ListProductsReply *page;
    product_saved("shirt-1", "Shirt");
    product_saved("shirt-2", "Shirt");
    request.page_size = 1;
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    request.page_token = page->next_page_token;
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    request.sort = CATALOG__V1__LIST_PRODUCTS_REQUEST__SORT__PRICE_LOW;
    assert_refused(CALL(list_products, &request, &page), STATUS_INVALID_ARGUMENT, "pageToken", "malformed");
    request.page_token = (char *)"forged";
    assert_refused(CALL(list_products, &request, &page), STATUS_INVALID_ARGUMENT, "pageToken", "malformed");
}

static void test_bad_lists_are_refused(void **state)
{
    (void)state;
    Catalog__V1__ListProductsRequest request = CATALOG__V1__LIST_PRODUCTS_REQUEST__INIT;
    const Catalog__V1__ListProductsReply *page;
    request.page_size = 101;
    request.q = arena_alloc(shop.arena, 1002);
    memset(request.q, 'a', 1001);
    request.sort = (Catalog__V1__ListProductsRequest__Sort)77;
    assert_refused(CALL(list_products, &request, &page), STATUS_INVALID_ARGUMENT, "countryCode", "required");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "pageSize", "out_of_range");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "q", "too_long");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "sort", "unknown");
}

static void test_a_search_with_a_slip_of_the_finger(void **state)
{
    (void)state;
    Catalog__V1__ListProductsRequest request = listing();
    const Catalog__V1__ListProductsReply *page;
    product_saved("kitenge-shirt", "Kitenge Shirt");
    request.q = (char *)"Kitnge shirt";
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    assert_int_equal(page->n_products, 1);
    assert_string_equal(page->did_you_mean, "kitenge shirt");
    request.q = (char *)"xyzzy";
    assert_int_equal(CALL(list_products, &request, &page), STATUS_OK);
    assert_int_equal(page->n_products, 0);
    assert_string_equal(page->did_you_mean, "");
}

static void test_the_tree_of_categories(void **state)
{
    (void)state;
    Catalog__V1__ListCategoriesRequest request = CATALOG__V1__LIST_CATEGORIES_REQUEST__INIT;
    const Catalog__V1__ListCategoriesReply *reply;
    product_saved("kitenge-shirt", "Kitenge Shirt");
    assert_int_equal(CALL(list_categories, &request, &reply), STATUS_OK);
    assert_int_equal(reply->n_categories, 2);
    assert_int_equal(reply->categories[0]->depth, 0);
    assert_string_equal(reply->categories[1]->parent_path, "fashion");
}

/* ---- staff ---- */

static void test_only_staff_change_the_catalogue(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    form_init(&form, "shirt", "Shirt");
    assert_int_equal(form_save(&form, &record), STATUS_UNAUTHENTICATED);
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_CUSTOMER;
    assert_int_equal(form_save(&form, &record), STATUS_PERMISSION_DENIED);
    Catalog__V1__GetProductRecordRequest get = CATALOG__V1__GET_PRODUCT_RECORD_REQUEST__INIT;
    assert_int_equal(CALL(get_product_record, &get, &record), STATUS_PERMISSION_DENIED);
    Catalog__V1__AdjustStockRequest adjust = CATALOG__V1__ADJUST_STOCK_REQUEST__INIT;
    const Catalog__V1__AdjustStockReply *adjusted;
    assert_int_equal(CALL(adjust_stock, &adjust, &adjusted), STATUS_PERMISSION_DENIED);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT count(*) FROM product"), "0");
}

static void test_saving_twice_keeps_ids_and_counts(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *first = product_saved("shirt", "Shirt");
    struct form form;
    const Catalog__V1__ProductRecord *second;
    form_init(&form, "shirt", "Better Shirt");
    form.variants[0].on_hand = 99;
    as_staff();
    assert_int_equal(form_save(&form, &second), STATUS_OK);
    assert_string_equal(second->id, first->id);
    assert_string_equal(second->title, "Better Shirt");
    assert_string_equal(second->variants[0]->id, first->variants[0]->id);
    assert_int_equal(second->variants[0]->on_hand, 3);
}

static void test_every_bad_field_of_a_product_is_named(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    form_init(&form, "Bad Handle", "");
    form.product.category_path = (char *)"Fashion";
    form.options[1][0] = (char *)"S";
    form.amounts[0].amount_minor = -1;
    form.variants[0].weight_grams = -5;
    as_staff();
    assert_refused(form_save(&form, &record), STATUS_INVALID_ARGUMENT, "handle", "malformed");
    static const char *const fields[][2] = {{"product.title", "required"},
                                            {"product.categoryPath", "malformed"},
                                            {"product.variants[0].prices[0].price.amountMinor", "out_of_range"},
                                            {"product.variants[0].weightGrams", "out_of_range"},
                                            {"product.variants[1].optionValues", "duplicate"}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, fields[i][0], fields[i][1]);
    form.request.product = NULL;
    assert_refused(form_save(&form, &record), STATUS_INVALID_ARGUMENT, "product", "required");
}

static void test_a_sku_of_another_product_is_refused(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    as_staff();
    form_init(&form, "shirt", "Shirt");
    form.variants[1].sku = (char *)"SAME";
    assert_int_equal(form_save(&form, &record), STATUS_OK);
    form_init(&form, "shoes", "Shoes");
    form.variants[1].sku = (char *)"SAME";
    assert_refused(form_save(&form, &record), STATUS_ALREADY_EXISTS, "product.variants[1].sku", "taken");
}

#define TEST(test) cmocka_unit_test_setup(test, catalog_shop_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_markets),
        TEST(test_a_product_page),
        TEST(test_a_product_that_is_not_there),
        TEST(test_pages_follow_each_other),
        TEST(test_a_list_tells_where_it_stands),
        TEST(test_a_token_is_good_for_its_own_list_only),
        TEST(test_bad_lists_are_refused),
        TEST(test_a_search_with_a_slip_of_the_finger),
        TEST(test_the_tree_of_categories),
        TEST(test_only_staff_change_the_catalogue),
        TEST(test_saving_twice_keeps_ids_and_counts),
        TEST(test_every_bad_field_of_a_product_is_named),
        TEST(test_a_sku_of_another_product_is_refused),
    };
    return cmocka_run_group_tests(tests, catalog_shop_open, catalog_shop_close);
}
