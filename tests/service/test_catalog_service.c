/* The catalog service as its callers meet it, over inproc: what is refused and why, what is answered, who may do what. */
#include "check.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

#include "catalog_migrations.h"
#include "catalog_service.h"
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
RPC_STUB(quote_variants, catalog__v1__catalog_service__quote_variants, Catalog__V1__QuoteVariantsRequest,
         Catalog__V1__QuoteVariantsReply)
RPC_STUB(reserve_stock, catalog__v1__catalog_service__reserve_stock, Catalog__V1__ReserveStockRequest,
         Catalog__V1__ReserveStockReply)
RPC_STUB(confirm_stock, catalog__v1__catalog_service__confirm_stock, Catalog__V1__ConfirmStockRequest,
         Catalog__V1__ConfirmStockReply)
RPC_STUB(release_stock, catalog__v1__catalog_service__release_stock, Catalog__V1__ReleaseStockRequest,
         Catalog__V1__ReleaseStockReply)
RPC_STUB(save_product, catalog__v1__catalog_service__save_product, Catalog__V1__SaveProductRequest,
         Catalog__V1__ProductRecord)
RPC_STUB(get_product_record, catalog__v1__catalog_service__get_product_record, Catalog__V1__GetProductRecordRequest,
         Catalog__V1__ProductRecord)
RPC_STUB(move_stock, catalog__v1__catalog_service__move_stock, Catalog__V1__MoveStockRequest, Catalog__V1__MoveStockReply)
RPC_STUB(list_stock, catalog__v1__catalog_service__list_stock, Catalog__V1__ListStockRequest, Catalog__V1__ListStockReply)
RPC_STUB(list_movements, catalog__v1__catalog_service__list_stock_movements, Catalog__V1__ListStockMovementsRequest,
         Catalog__V1__ListStockMovementsReply)
RPC_STUB(save_location, catalog__v1__catalog_service__save_stock_location, Catalog__V1__SaveStockLocationRequest,
         Catalog__V1__StockLocation)
RPC_STUB(set_policy, catalog__v1__catalog_service__set_sell_policy, Catalog__V1__SetSellPolicyRequest,
         Catalog__V1__SellPolicy)
RPC_STUB(restock, catalog__v1__catalog_service__restock_return, Catalog__V1__RestockReturnRequest,
         Catalog__V1__RestockReturnReply)
RPC_STUB(adjust_stock, catalog__v1__catalog_service__adjust_stock, Catalog__V1__AdjustStockRequest,
         Catalog__V1__AdjustStockReply)

#define ADDRESS "inproc://catalog-service-test"
#define SHOPPERS 1000
#define UNITS 100

static struct {
    struct catalog_settings settings;
    const char *conninfo;
    void *service;
    struct rpc_server *server;
    struct rpc_client *client;
    struct arena *arena;
    Rpc__V1__Caller caller;
    struct error err;
} shop;

/* ---- the shop under test ---- */

static void *worker_new(void *arg)
{
    (void)arg;
    return service_db_new(&shop.settings.base, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

static int open_shop(void **state)
{
    (void)state;
    ProtobufCService *vtable;
    assert_return_code(sodium_init(), 0);
    shop.conninfo = store_test_database(catalog_migrations, catalog_migrations_count);
    shop.settings = (struct catalog_settings){
        .base = {.database_url = shop.conninfo, .statement_timeout_ms = 5000},
        .markets_file = "",
        .cursor_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    };
    shop.arena = arena_new(1 << 16, 1 << 26);
    assert_int_equal(catalog_service_open(&shop.settings, &shop.service, &vtable, &shop.err), STATUS_OK);
    const struct rpc_lane lanes[] = {{"main", 2, 64, NULL}, catalog_lanes[0]};
    const struct rpc_server_options server = {.address = ADDRESS,
                                              .service = vtable,
                                              .lanes = lanes,
                                              .lane_count = 2,
                                              .lane_of = catalog_lane_of,
                                              .worker_new = worker_new,
                                              .worker_free = worker_free};
    assert_int_equal(rpc_server_start(&server, &shop.server, &shop.err), STATUS_OK);
    const struct rpc_client_options client = {ADDRESS, &catalog__v1__catalog_service__descriptor, SHOPPERS};
    assert_int_equal(rpc_client_open(&client, &shop.client, &shop.err), STATUS_OK);
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    rpc_client_close(shop.client);
    rpc_server_stop(shop.server, 1000);
    catalog_service_close(shop.service);
    arena_free(shop.arena);
    return 0;
}

static int empty_shop(void **state)
{
    (void)state;
    store_test_run(shop.conninfo,
                   "TRUNCATE reservation, reservation_line, stock, product, variant, variant_price, picture, category, "
                   "stock_movement, stock_policy, stock_return, outbox_event, offer, listing, product_index, lexeme, word "
                   "RESTART IDENTITY CASCADE;"
                   "INSERT INTO category (path, name, depth, position, lineage) VALUES ('', '', -1, 0, '{}');"
                   "UPDATE category SET lineage = ARRAY[number];"
                   "DELETE FROM stock_location WHERE code <> 'main';"
                   "UPDATE stock_location SET active = true, priority = 100, country_codes = '{}'");
    arena_reset(shop.arena);
    shop.caller = RPC_NOBODY;
    return 0;
}

static void as_staff(void)
{
    shop.caller = RPC_NOBODY;
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_STAFF;
    shop.caller.subject = (char *)"01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50";
}

static const struct rpc_meta *meta(void)
{
    struct rpc_meta *made = ARENA_NEW(shop.arena, struct rpc_meta);
    *made = (struct rpc_meta){.caller = &shop.caller,
                              .request_id = "test",
                              .traceparent = "",
                              .idempotency_key = "",
                              .deadline_us = clock_monotonic_us() + 20 * US_PER_S};
    error_clear(&shop.err);
    return made;
}

#define CALL(stub, request, ret_reply) stub(shop.client, meta(), shop.arena, (request), (ret_reply), &shop.err)

static void assert_refused(enum status status, enum status expected, const char *field, const char *code)
{
    assert_int_equal(status, expected);
    for (size_t i = 0; i < shop.err.violation_count; i++)
        if (strcmp(shop.err.violations[i].field, field) == 0 && strcmp(shop.err.violations[i].code, code) == 0)
            return;
    fail_msg("no violation %s of %s; the first is %s of %s", code, field, shop.err.violations[0].code,
             shop.err.violations[0].field);
}

/* ---- goods ---- */

/* A product with sizes S and M, the M sold out, to be changed by a test before it is saved. */
struct form {
    Catalog__V1__SaveProductRequest request;
    Catalog__V1__ProductRecord product;
    Catalog__V1__VariantRecord variants[2];
    Catalog__V1__VariantRecord *variant_list[2];
    Catalog__V1__PriceRecord prices[2];
    Catalog__V1__PriceRecord *price_lists[2][1];
    Types__V1__Money amounts[2];
    char *options[2][1];
    char *option_names[1];
};

static void form_init(struct form *form, const char *handle, const char *title)
{
    *form = (struct form){.request = CATALOG__V1__SAVE_PRODUCT_REQUEST__INIT, .product = CATALOG__V1__PRODUCT_RECORD__INIT};
    form->option_names[0] = (char *)"Size";
    form->request.handle = (char *)handle;
    form->request.product = &form->product;
    form->product.title = (char *)title;
    form->product.category_path = (char *)"fashion/shirts";
    form->product.n_option_names = 1;
    form->product.option_names = form->option_names;
    form->product.n_variants = 2;
    form->product.variants = form->variant_list;
    for (size_t i = 0; i < 2; i++) {
        form->variants[i] = (Catalog__V1__VariantRecord)CATALOG__V1__VARIANT_RECORD__INIT;
        form->prices[i] = (Catalog__V1__PriceRecord)CATALOG__V1__PRICE_RECORD__INIT;
        form->amounts[i] = (Types__V1__Money)TYPES__V1__MONEY__INIT;
        form->amounts[i].amount_minor = 125000 + (int64_t)i * 1000;
        form->amounts[i].currency_code = (char *)"KES";
        form->prices[i].price = &form->amounts[i];
        form->price_lists[i][0] = &form->prices[i];
        form->options[i][0] = (char *)(i == 0 ? "S" : "M");
        form->variants[i].n_option_values = 1;
        form->variants[i].option_values = form->options[i];
        form->variants[i].n_prices = 1;
        form->variants[i].prices = form->price_lists[i];
        form->variants[i].on_hand = i == 0 ? 3 : 0;
        form->variant_list[i] = &form->variants[i];
    }
}

static enum status save(struct form *form, const Catalog__V1__ProductRecord **ret_record)
{
    return CALL(save_product, &form->request, ret_record);
}

static const Catalog__V1__ProductRecord *saved(const char *handle, const char *title)
{
    struct form form;
    const Catalog__V1__ProductRecord *record;
    form_init(&form, handle, title);
    as_staff();
    assert_int_equal(save(&form, &record), STATUS_OK);
    shop.caller = RPC_NOBODY;
    return record;
}

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
    saved("kitenge-shirt", "Kitenge Shirt");
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
    saved("kitenge-shirt", "Kitenge Shirt");
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
        saved(arena_printf(shop.arena, "shirt-%d", i), "Shirt");
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
    saved("shirt", "Shirt");
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
    saved("shirt-1", "Shirt");
    saved("shirt-2", "Shirt");
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
    saved("kitenge-shirt", "Kitenge Shirt");
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
    saved("kitenge-shirt", "Kitenge Shirt");
    assert_int_equal(CALL(list_categories, &request, &reply), STATUS_OK);
    assert_int_equal(reply->n_categories, 2);
    assert_int_equal(reply->categories[0]->depth, 0);
    assert_string_equal(reply->categories[1]->parent_path, "fashion");
}

/* ---- quotes and holds ---- */

static void test_quotes_stand_in_the_order_asked_for(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("kitenge-shirt", "Kitenge Shirt");
    char *ids[] = {record->variants[1]->id, (char *)"nonsense", record->variants[0]->id, record->variants[1]->id};
    Catalog__V1__QuoteVariantsRequest request = CATALOG__V1__QUOTE_VARIANTS_REQUEST__INIT;
    const Catalog__V1__QuoteVariantsReply *reply;
    request.country_code = (char *)"KE";
    request.n_variant_ids = 4;
    request.variant_ids = ids;
    assert_int_equal(CALL(quote_variants, &request, &reply), STATUS_OK);
    assert_int_equal(reply->n_quotes, 4);
    assert_string_equal(reply->quotes[0]->variant_title, "M");
    assert_false(reply->quotes[1]->found);
    assert_string_equal(reply->quotes[1]->variant_id, "nonsense");
    assert_int_equal(reply->quotes[2]->available, 3);
    assert_true(reply->quotes[3]->found);
    request.country_code = (char *)"ZA";
    assert_int_equal(CALL(quote_variants, &request, &reply), STATUS_OK);
    assert_false(reply->quotes[0]->found);
}

static enum status reserve(const char *order_id, char *variant_id, int64_t quantity, int32_t seconds,
                           const Catalog__V1__ReserveStockReply **ret_reply)
{
    Catalog__V1__ReserveStockRequest request = CATALOG__V1__RESERVE_STOCK_REQUEST__INIT;
    Catalog__V1__StockLine line = CATALOG__V1__STOCK_LINE__INIT;
    Catalog__V1__StockLine *lines[] = {&line};
    line.variant_id = variant_id;
    line.quantity = quantity;
    request.order_id = (char *)order_id;
    request.country_code = (char *)"KE";
    request.hold_seconds = seconds;
    request.n_lines = 1;
    request.lines = lines;
    return CALL(reserve_stock, &request, ret_reply);
}

static void test_a_hold_and_its_sale(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("kitenge-shirt", "Kitenge Shirt");
    const Catalog__V1__ReserveStockReply *first;
    const Catalog__V1__ReserveStockReply *again;
    const char *order = uuid_new(shop.arena);
    assert_int_equal(reserve(order, record->variants[0]->id, 2, 60, &first), STATUS_OK);
    assert_int_equal(first->quotes[0]->price->amount_minor, 125000);
    assert_true(clock_from_timestamp(first->expires_at) > clock_now_us());
    assert_int_equal(reserve(order, record->variants[0]->id, 2, 60, &again), STATUS_OK);
    assert_int_equal(clock_from_timestamp(again->expires_at), clock_from_timestamp(first->expires_at));
    assert_refused(reserve(uuid_new(shop.arena), record->variants[0]->id, 2, 60, &again), STATUS_FAILED_PRECONDITION,
                   "lines[0]", "not_enough_stock");
    assert_refused(reserve(uuid_new(shop.arena), record->variants[1]->id, 1, 60, &again), STATUS_FAILED_PRECONDITION,
                   "lines[0]", "out_of_stock");
    char *orders[] = {(char *)order, (char *)uuid_new(shop.arena)};
    Catalog__V1__ConfirmStockRequest confirm = CATALOG__V1__CONFIRM_STOCK_REQUEST__INIT;
    const Catalog__V1__ConfirmStockReply *confirmed;
    confirm.n_order_ids = 2;
    confirm.order_ids = orders;
    assert_int_equal(CALL(confirm_stock, &confirm, &confirmed), STATUS_OK);
    assert_int_equal(confirmed->n_missing_order_ids, 1);
    assert_string_equal(confirmed->missing_order_ids[0], orders[1]);
    Catalog__V1__ReleaseStockRequest release = CATALOG__V1__RELEASE_STOCK_REQUEST__INIT;
    const Catalog__V1__ReleaseStockReply *released;
    release.order_id = (char *)order;
    assert_int_equal(CALL(release_stock, &release, &released), STATUS_OK);
    assert_true(released->released);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT max(on_hand) || '/' || max(reserved) FROM stock"), "3/0");
}

static void test_bad_holds_are_refused(void **state)
{
    (void)state;
    const Catalog__V1__ReserveStockReply *reply;
    assert_refused(reserve("17", (char *)"x", 0, 0, &reply), STATUS_INVALID_ARGUMENT, "orderId", "malformed");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "holdSeconds", "out_of_range");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "lines[0].variantId", "malformed");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "lines[0].quantity", "out_of_range");
}

static void test_a_hold_runs_out_by_itself(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("kitenge-shirt", "Kitenge Shirt");
    const Catalog__V1__ReserveStockReply *reply;
    assert_int_equal(reserve(uuid_new(shop.arena), record->variants[0]->id, 3, 1, &reply), STATUS_OK);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT max(reserved) FROM stock"), "3");
    int64_t until_us = clock_monotonic_us() + 10 * US_PER_S;
    while (strcmp(store_test_value(shop.conninfo, "SELECT max(reserved) FROM stock"), "0") != 0)
        assert_true(clock_monotonic_us() < until_us);
}

/* ---- everybody at once ---- */

/* One of many who want the same. */
struct shopper {
    struct arena *arena;
    struct rpc_meta meta;
    struct rpc_result result;
};

static atomic_int answered;

static void on_answer(void *arg)
{
    (void)arg;
    atomic_fetch_add(&answered, 1);
}

static void ask_for_one(struct shopper *shopper, char *variant_id)
{
    static const ProtobufCMethodDescriptor *method;
    if (!method)
        method = protobuf_c_service_descriptor_get_method_by_name(&catalog__v1__catalog_service__descriptor, "ReserveStock");
    Catalog__V1__ReserveStockRequest request = CATALOG__V1__RESERVE_STOCK_REQUEST__INIT;
    Catalog__V1__StockLine line = CATALOG__V1__STOCK_LINE__INIT;
    Catalog__V1__StockLine *lines[] = {&line};
    shopper->arena = arena_new(4096, 1 << 20);
    shopper->meta = *meta();
    shopper->meta.deadline_us = clock_monotonic_us() + 60 * US_PER_S;
    line.variant_id = variant_id;
    line.quantity = 1;
    request.order_id = (char *)uuid_new(shop.arena);
    request.country_code = (char *)"KE";
    request.hold_seconds = 600;
    request.n_lines = 1;
    request.lines = lines;
    rpc_client_start(shop.client, method, &shopper->meta, &request.base, shopper->arena, &shopper->result, on_answer, NULL);
}

/* A flash sale: nobody is sold a unit that is not there, and nobody is left in doubt. */
static void test_a_thousand_want_what_a_hundred_can_have(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    static struct shopper shoppers[SHOPPERS];
    form_init(&form, "flash", "Flash");
    form.variants[0].on_hand = UNITS;
    as_staff();
    assert_int_equal(save(&form, &record), STATUS_OK);
    answered = 0;
    for (size_t i = 0; i < SHOPPERS; i++)
        ask_for_one(&shoppers[i], record->variants[0]->id);
    int64_t until_us = clock_monotonic_us() + 60 * US_PER_S;
    while (atomic_load(&answered) < SHOPPERS) {
        assert_true(clock_monotonic_us() < until_us);
        usleep(1000);
    }
    int held = 0;
    int refused = 0;
    for (size_t i = 0; i < SHOPPERS; i++) {
        const struct error *err = &shoppers[i].result.err;
        held += err->status == STATUS_OK;
        refused += err->status == STATUS_FAILED_PRECONDITION && err->violation_count == 1 &&
                   strcmp(err->violations[0].code, "out_of_stock") == 0;
        arena_free(shoppers[i].arena);
    }
    assert_int_equal(held, UNITS);
    assert_int_equal(refused, SHOPPERS - UNITS);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT max(on_hand) || '/' || max(reserved) FROM stock"),
                        "100/100");
    assert_string_equal(store_test_value(shop.conninfo, "SELECT count(*) FROM reservation"), "100");
    assert_string_equal(store_test_value(shop.conninfo, "SELECT count(*) FROM outbox_event WHERE topic = 'stock.low'"), "1");
}

/* ---- staff ---- */

static void test_only_staff_change_the_catalogue(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    form_init(&form, "shirt", "Shirt");
    assert_int_equal(save(&form, &record), STATUS_UNAUTHENTICATED);
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_CUSTOMER;
    assert_int_equal(save(&form, &record), STATUS_PERMISSION_DENIED);
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
    const Catalog__V1__ProductRecord *first = saved("shirt", "Shirt");
    struct form form;
    const Catalog__V1__ProductRecord *second;
    form_init(&form, "shirt", "Better Shirt");
    form.variants[0].on_hand = 99;
    as_staff();
    assert_int_equal(save(&form, &second), STATUS_OK);
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
    assert_refused(save(&form, &record), STATUS_INVALID_ARGUMENT, "handle", "malformed");
    static const char *const fields[][2] = {{"product.title", "required"},
                                            {"product.categoryPath", "malformed"},
                                            {"product.variants[0].prices[0].price.amountMinor", "out_of_range"},
                                            {"product.variants[0].weightGrams", "out_of_range"},
                                            {"product.variants[1].optionValues", "duplicate"}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, fields[i][0], fields[i][1]);
    form.request.product = NULL;
    assert_refused(save(&form, &record), STATUS_INVALID_ARGUMENT, "product", "required");
}

static void test_a_sku_of_another_product_is_refused(void **state)
{
    (void)state;
    struct form form;
    const Catalog__V1__ProductRecord *record;
    as_staff();
    form_init(&form, "shirt", "Shirt");
    form.variants[1].sku = (char *)"SAME";
    assert_int_equal(save(&form, &record), STATUS_OK);
    form_init(&form, "shoes", "Shoes");
    form.variants[1].sku = (char *)"SAME";
    assert_refused(save(&form, &record), STATUS_ALREADY_EXISTS, "product.variants[1].sku", "taken");
}

static void test_counting_units(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("shirt", "Shirt");
    const Catalog__V1__ReserveStockReply *held;
    Catalog__V1__AdjustStockRequest request = CATALOG__V1__ADJUST_STOCK_REQUEST__INIT;
    const Catalog__V1__AdjustStockReply *reply;
    assert_int_equal(reserve(uuid_new(shop.arena), record->variants[0]->id, 2, 60, &held), STATUS_OK);
    as_staff();
    request.variant_id = record->variants[0]->id;
    request.delta = 7;
    assert_refused(CALL(adjust_stock, &request, &reply), STATUS_INVALID_ARGUMENT, "reason", "required");
    request.reason = (char *)"A delivery came";
    assert_int_equal(CALL(adjust_stock, &request, &reply), STATUS_OK);
    assert_int_equal(reply->on_hand, 10);
    assert_int_equal(reply->reserved, 2);
    request.delta = -9;
    assert_refused(CALL(adjust_stock, &request, &reply), STATUS_FAILED_PRECONDITION, "delta", "not_enough_stock");
    request.delta = INT64_MIN;
    assert_refused(CALL(adjust_stock, &request, &reply), STATUS_INVALID_ARGUMENT, "delta", "out_of_range");
}

static enum status open_mombasa(const Catalog__V1__StockLocation **ret_location)
{
    Catalog__V1__SaveStockLocationRequest request = CATALOG__V1__SAVE_STOCK_LOCATION_REQUEST__INIT;
    Catalog__V1__StockLocation location = CATALOG__V1__STOCK_LOCATION__INIT;
    char *countries[] = {(char *)"KE"};
    request.code = (char *)"mombasa";
    request.location = &location;
    location.name = (char *)"Mombasa";
    location.n_country_codes = 1;
    location.country_codes = countries;
    location.priority = 200;
    location.active = true;
    return CALL(save_location, &request, ret_location);
}

static void test_staff_see_units_by_place_and_how_they_came(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("shirt", "Shirt");
    const Catalog__V1__StockLocation *mombasa;
    assert_int_equal(open_mombasa(&mombasa), STATUS_UNAUTHENTICATED);
    as_staff();
    assert_int_equal(open_mombasa(&mombasa), STATUS_OK);
    assert_string_equal(mombasa->country_codes[0], "KE");
    Catalog__V1__MoveStockRequest move = CATALOG__V1__MOVE_STOCK_REQUEST__INIT;
    const Catalog__V1__MoveStockReply *moved;
    move.variant_id = record->variants[0]->id;
    move.from_code = (char *)"main";
    move.to_code = (char *)"mombasa";
    move.quantity = 2;
    assert_int_equal(CALL(move_stock, &move, &moved), STATUS_OK);
    assert_int_equal(moved->from->on_hand, 1);
    assert_int_equal(moved->to->on_hand, 2);
    move.quantity = 2;
    assert_refused(CALL(move_stock, &move, &moved), STATUS_FAILED_PRECONDITION, "quantity", "not_enough_stock");
    Catalog__V1__ListStockRequest list = CATALOG__V1__LIST_STOCK_REQUEST__INIT;
    const Catalog__V1__ListStockReply *stock;
    list.page_size = 2;
    assert_int_equal(CALL(list_stock, &list, &stock), STATUS_OK);
    assert_int_equal(stock->n_rows, 2);
    list.page_token = (char *)stock->next_page_token;
    assert_int_equal(CALL(list_stock, &list, &stock), STATUS_OK);
    assert_int_equal(stock->n_rows, 1);
    assert_string_equal(stock->next_page_token, "");
    list.page_token = (char *)"";
    list.location_code = (char *)"mombasa";
    list.q = (char *)"SHI";
    assert_int_equal(CALL(list_stock, &list, &stock), STATUS_OK);
    assert_int_equal(stock->n_rows, 1);
    assert_int_equal(stock->rows[0]->level->on_hand, 2);
    assert_string_equal(stock->rows[0]->variant_title, "S");
    list.q = (char *)"shoes";
    assert_int_equal(CALL(list_stock, &list, &stock), STATUS_OK);
    assert_int_equal(stock->n_rows, 0);
    Catalog__V1__ListStockMovementsRequest ledger = CATALOG__V1__LIST_STOCK_MOVEMENTS_REQUEST__INIT;
    const Catalog__V1__ListStockMovementsReply *movements;
    ledger.variant_id = record->variants[0]->id;
    assert_int_equal(CALL(list_movements, &ledger, &movements), STATUS_OK);
    assert_int_equal(movements->n_movements, 3);
    assert_string_equal(movements->movements[0]->kind, "moved");
    assert_string_equal(movements->movements[2]->kind, "received");
    assert_string_equal(movements->movements[2]->made_by, shop.caller.subject);
}

/* What is sold ahead can be ordered, is told as such with its day, and is told of each line of the order. */
static void test_a_preorder_says_when_it_comes(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("album", "Album");
    Catalog__V1__SetSellPolicyRequest request = CATALOG__V1__SET_SELL_POLICY_REQUEST__INIT;
    Catalog__V1__SellPolicy policy = CATALOG__V1__SELL_POLICY__INIT;
    const Catalog__V1__SellPolicy *set;
    const Catalog__V1__ReserveStockReply *held;
    const Catalog__V1__Product *product;
    Catalog__V1__GetProductRequest get = CATALOG__V1__GET_PRODUCT_REQUEST__INIT;
    int64_t day_us = clock_now_us() + 86400 * US_PER_S;
    as_staff();
    request.variant_id = record->variants[0]->id;
    request.policy = &policy;
    policy.kind = CATALOG__V1__SELL_POLICY__KIND__PREORDER;
    policy.ahead_max = -1;
    assert_refused(CALL(set_policy, &request, &set), STATUS_INVALID_ARGUMENT, "policy.aheadMax", "out_of_range");
    policy.ahead_max = 10;
    policy.available_from = clock_to_timestamp(shop.arena, day_us);
    assert_int_equal(CALL(set_policy, &request, &set), STATUS_OK);
    shop.caller = RPC_NOBODY;
    assert_int_equal(reserve(uuid_new(shop.arena), record->variants[0]->id, 5, 60, &held), STATUS_OK);
    assert_int_equal(held->quotes[0]->awaited, 2);
    assert_int_equal(clock_from_timestamp(held->quotes[0]->available_from), day_us);
    get.handle = (char *)"album";
    get.country_code = (char *)"KE";
    assert_int_equal(CALL(get_product, &get, &product), STATUS_OK);
    assert_int_equal(product->variants[0]->availability, CATALOG__V1__AVAILABILITY__PREORDER);
    assert_int_equal(product->variants[0]->available, 8);
    assert_int_equal(clock_from_timestamp(product->variants[0]->available_from), day_us);
    assert_int_equal(product->variants[1]->availability, CATALOG__V1__AVAILABILITY__SOLD_OUT);
}

static void test_units_of_a_return_go_back_once(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = saved("shirt", "Shirt");
    const Catalog__V1__ReserveStockReply *held;
    const char *order = uuid_new(shop.arena);
    assert_int_equal(reserve(order, record->variants[0]->id, 2, 60, &held), STATUS_OK);
    Catalog__V1__RestockReturnRequest request = CATALOG__V1__RESTOCK_RETURN_REQUEST__INIT;
    Catalog__V1__ReturnLine line = CATALOG__V1__RETURN_LINE__INIT;
    Catalog__V1__ReturnLine *lines[] = {&line};
    const Catalog__V1__RestockReturnReply *reply;
    request.return_id = (char *)uuid_new(shop.arena);
    request.order_id = (char *)order;
    request.n_lines = 1;
    request.lines = lines;
    line.variant_id = record->variants[0]->id;
    assert_refused(CALL(restock, &request, &reply), STATUS_INVALID_ARGUMENT, "lines", "out_of_range");
    line.quantity = 1;
    assert_int_equal(CALL(restock, &request, &reply), STATUS_UNAVAILABLE);
    Catalog__V1__ConfirmStockRequest confirm = CATALOG__V1__CONFIRM_STOCK_REQUEST__INIT;
    const Catalog__V1__ConfirmStockReply *confirmed;
    confirm.n_order_ids = 1;
    confirm.order_ids = &request.order_id;
    assert_int_equal(CALL(confirm_stock, &confirm, &confirmed), STATUS_OK);
    assert_int_equal(CALL(restock, &request, &reply), STATUS_OK);
    assert_true(reply->restocked);
    assert_int_equal(CALL(restock, &request, &reply), STATUS_OK);
    assert_false(reply->restocked);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT max(on_hand) FROM stock"), "2");
}

#define TEST(test) cmocka_unit_test_setup(test, empty_shop)

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
        TEST(test_quotes_stand_in_the_order_asked_for),
        TEST(test_a_hold_and_its_sale),
        TEST(test_bad_holds_are_refused),
        TEST(test_a_hold_runs_out_by_itself),
        TEST(test_a_thousand_want_what_a_hundred_can_have),
        TEST(test_only_staff_change_the_catalogue),
        TEST(test_saving_twice_keeps_ids_and_counts),
        TEST(test_every_bad_field_of_a_product_is_named),
        TEST(test_a_sku_of_another_product_is_refused),
        TEST(test_counting_units),
        TEST(test_staff_see_units_by_place_and_how_they_came),
        TEST(test_a_preorder_says_when_it_comes),
        TEST(test_units_of_a_return_go_back_once),
    };
    return cmocka_run_group_tests(tests, open_shop, close_shop);
}
