/* Stock as carts, orders and staff meet it through the catalog service: nobody is promised a unit that is not there. */
#include "catalog_shop.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "store_test.h"
#include "uuid.h"

RPC_STUB(get_product, catalog__v1__catalog_service__get_product, Catalog__V1__GetProductRequest, Catalog__V1__Product)
RPC_STUB(quote_variants, catalog__v1__catalog_service__quote_variants, Catalog__V1__QuoteVariantsRequest,
         Catalog__V1__QuoteVariantsReply)
RPC_STUB(confirm_stock, catalog__v1__catalog_service__confirm_stock, Catalog__V1__ConfirmStockRequest,
         Catalog__V1__ConfirmStockReply)
RPC_STUB(release_stock, catalog__v1__catalog_service__release_stock, Catalog__V1__ReleaseStockRequest,
         Catalog__V1__ReleaseStockReply)
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

#define UNITS 100

/* ---- quotes and holds ---- */

static void test_quotes_stand_in_the_order_asked_for(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = product_saved("kitenge-shirt", "Kitenge Shirt");
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

static void test_a_hold_and_its_sale(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = product_saved("kitenge-shirt", "Kitenge Shirt");
    const Catalog__V1__ReserveStockReply *first;
    const Catalog__V1__ReserveStockReply *again;
    const char *order = uuid_new(shop.arena);
    assert_int_equal(stock_reserve(order, record->variants[0]->id, 2, 60, &first), STATUS_OK);
    assert_int_equal(first->quotes[0]->price->amount_minor, 125000);
    assert_true(clock_from_timestamp(first->expires_at) > clock_now_us());
    assert_int_equal(stock_reserve(order, record->variants[0]->id, 2, 60, &again), STATUS_OK);
    assert_int_equal(clock_from_timestamp(again->expires_at), clock_from_timestamp(first->expires_at));
    assert_refused(stock_reserve(uuid_new(shop.arena), record->variants[0]->id, 2, 60, &again), STATUS_FAILED_PRECONDITION,
                   "lines[0]", "not_enough_stock");
    assert_refused(stock_reserve(uuid_new(shop.arena), record->variants[1]->id, 1, 60, &again), STATUS_FAILED_PRECONDITION,
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
    assert_refused(stock_reserve("17", (char *)"x", 0, 0, &reply), STATUS_INVALID_ARGUMENT, "orderId", "malformed");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "holdSeconds", "out_of_range");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "lines[0].variantId", "malformed");
    assert_refused(STATUS_INVALID_ARGUMENT, STATUS_INVALID_ARGUMENT, "lines[0].quantity", "out_of_range");
}

static void test_a_hold_runs_out_by_itself(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = product_saved("kitenge-shirt", "Kitenge Shirt");
    const Catalog__V1__ReserveStockReply *reply;
    assert_int_equal(stock_reserve(uuid_new(shop.arena), record->variants[0]->id, 3, 1, &reply), STATUS_OK);
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
    shopper->meta = *catalog_shop_meta();
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
    static struct shopper shoppers[CATALOG_SHOPPERS_MAX];
    form_init(&form, "flash", "Flash");
    form.variants[0].on_hand = UNITS;
    as_staff();
    assert_int_equal(form_save(&form, &record), STATUS_OK);
    answered = 0;
    for (size_t i = 0; i < CATALOG_SHOPPERS_MAX; i++)
        ask_for_one(&shoppers[i], record->variants[0]->id);
    int64_t until_us = clock_monotonic_us() + 60 * US_PER_S;
    while (atomic_load(&answered) < CATALOG_SHOPPERS_MAX) {
        assert_true(clock_monotonic_us() < until_us);
        usleep(1000);
    }
    int held = 0;
    int refused = 0;
    for (size_t i = 0; i < CATALOG_SHOPPERS_MAX; i++) {
        const struct error *err = &shoppers[i].result.err;
        held += err->status == STATUS_OK;
        refused += err->status == STATUS_FAILED_PRECONDITION && err->violation_count == 1 &&
                   strcmp(err->violations[0].code, "out_of_stock") == 0;
        arena_free(shoppers[i].arena);
    }
    assert_int_equal(held, UNITS);
    assert_int_equal(refused, CATALOG_SHOPPERS_MAX - UNITS);
    assert_string_equal(store_test_value(shop.conninfo, "SELECT max(on_hand) || '/' || max(reserved) FROM stock"),
                        "100/100");
    assert_string_equal(store_test_value(shop.conninfo, "SELECT count(*) FROM reservation"), "100");
    assert_string_equal(store_test_value(shop.conninfo, "SELECT count(*) FROM outbox_event WHERE topic = 'stock.low'"), "1");
}

/* ---- units, as staff see them ---- */

static void test_counting_units(void **state)
{
    (void)state;
    const Catalog__V1__ProductRecord *record = product_saved("shirt", "Shirt");
    const Catalog__V1__ReserveStockReply *held;
    Catalog__V1__AdjustStockRequest request = CATALOG__V1__ADJUST_STOCK_REQUEST__INIT;
    const Catalog__V1__AdjustStockReply *reply;
    assert_int_equal(stock_reserve(uuid_new(shop.arena), record->variants[0]->id, 2, 60, &held), STATUS_OK);
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
    const Catalog__V1__ProductRecord *record = product_saved("shirt", "Shirt");
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
    const Catalog__V1__ProductRecord *record = product_saved("album", "Album");
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
    assert_int_equal(stock_reserve(uuid_new(shop.arena), record->variants[0]->id, 5, 60, &held), STATUS_OK);
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
    const Catalog__V1__ProductRecord *record = product_saved("shirt", "Shirt");
    const Catalog__V1__ReserveStockReply *held;
    const char *order = uuid_new(shop.arena);
    assert_int_equal(stock_reserve(order, record->variants[0]->id, 2, 60, &held), STATUS_OK);
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

#define TEST(test) cmocka_unit_test_setup(test, catalog_shop_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_quotes_stand_in_the_order_asked_for),
        TEST(test_a_hold_and_its_sale),
        TEST(test_bad_holds_are_refused),
        TEST(test_a_hold_runs_out_by_itself),
        TEST(test_a_thousand_want_what_a_hundred_can_have),
        TEST(test_counting_units),
        TEST(test_staff_see_units_by_place_and_how_they_came),
        TEST(test_a_preorder_says_when_it_comes),
        TEST(test_units_of_a_return_go_back_once),
    };
    return cmocka_run_group_tests(tests, catalog_shop_open, catalog_shop_close);
}
