/* One catalog service, as service_main() would run it. */
#include "catalog_shop.h"

#include <string.h>
#include <sodium.h>

#include "catalog_migrations.h"
#include "clock.h"
#include "store_test.h"

RPC_STUB(reserve_stock, catalog__v1__catalog_service__reserve_stock, Catalog__V1__ReserveStockRequest,
         Catalog__V1__ReserveStockReply)
RPC_STUB(save_product, catalog__v1__catalog_service__save_product, Catalog__V1__SaveProductRequest,
         Catalog__V1__ProductRecord)

#define ADDRESS "inproc://catalog-service-test"

struct catalog_shop shop;

static void *worker_new(void *arg)
{
    (void)arg;
    return service_db_new(&shop.settings.base, "test");
}

static void worker_free(void *worker)
{
    db_free(worker);
}

int catalog_shop_open(void **state)
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
    const struct rpc_client_options client = {ADDRESS, &catalog__v1__catalog_service__descriptor, CATALOG_SHOPPERS_MAX};
    assert_int_equal(rpc_client_open(&client, &shop.client, &shop.err), STATUS_OK);
    return 0;
}

int catalog_shop_close(void **state)
{
    (void)state;
    rpc_client_close(shop.client);
    rpc_server_stop(shop.server, 1000);
    catalog_service_close(shop.service);
    arena_free(shop.arena);
    return 0;
}

int catalog_shop_empty(void **state)
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

void as_staff(void)
{
    shop.caller = RPC_NOBODY;
    shop.caller.kind = RPC__V1__CALLER__KIND__KIND_STAFF;
    shop.caller.subject = (char *)"01935a3b-7c11-7d3e-8f00-5b1c2d3e4f50";
}

const struct rpc_meta *catalog_shop_meta(void)
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

void assert_refused(enum status status, enum status expected, const char *field, const char *code)
{
    assert_int_equal(status, expected);
    for (size_t i = 0; i < shop.err.violation_count; i++)
        if (strcmp(shop.err.violations[i].field, field) == 0 && strcmp(shop.err.violations[i].code, code) == 0)
            return;
    fail_msg("no violation %s of %s; the first is %s of %s", code, field, shop.err.violations[0].code,
             shop.err.violations[0].field);
}

/* ---- goods ---- */

void form_init(struct form *form, const char *handle, const char *title)
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

enum status form_save(struct form *form, const Catalog__V1__ProductRecord **ret_record)
{
    return CALL(save_product, &form->request, ret_record);
}

const Catalog__V1__ProductRecord *product_saved(const char *handle, const char *title)
{
    struct form form;
    const Catalog__V1__ProductRecord *record;
    form_init(&form, handle, title);
    as_staff();
    assert_int_equal(form_save(&form, &record), STATUS_OK);
    shop.caller = RPC_NOBODY;
    return record;
}

enum status stock_reserve(const char *order_id, char *variant_id, int64_t quantity, int32_t seconds,
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
