/*
 * The catalog service of a test, over inproc on a schema of its own, and the goods that tests put into it.
 */
#ifndef TEST_SERVICE_CATALOG_SHOP_H
#define TEST_SERVICE_CATALOG_SHOP_H

#include "check.h"

#include "catalog.pb-c.h"
#include "catalog_service.h"
#include "rpc_client.h"

#define CATALOG_SHOPPERS_MAX 1000 /* who ask at the same time */

struct catalog_shop {
    struct catalog_settings settings;
    const char *conninfo; /* of the schema */
    void *service;
    struct rpc_server *server;
    struct rpc_client *client;
    struct arena *arena;
    Rpc__V1__Caller caller; /* on whose behalf calls are made */
    struct error err;       /* of the last call */
};

extern struct catalog_shop shop;

/* For cmocka_run_group_tests(), and for each test: nothing is for sale, nobody in particular calls. */
int catalog_shop_open(void **state);
int catalog_shop_close(void **state);
int catalog_shop_empty(void **state);

void as_staff(void);

/* For one call: the caller, twenty seconds of time; clears shop.err. */
const struct rpc_meta *catalog_shop_meta(void);

#define CALL(stub, request, ret_reply) stub(shop.client, catalog_shop_meta(), shop.arena, (request), (ret_reply), &shop.err)

/* The status was as expected, and among the violations of the last call is this one. */
void assert_refused(enum status status, enum status expected, const char *field, const char *code);

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

void form_init(struct form *form, const char *handle, const char *title);
enum status form_save(struct form *form, const Catalog__V1__ProductRecord **ret_record);

/* A product as form_init() makes it, saved by staff; the caller is nobody again. */
const Catalog__V1__ProductRecord *product_saved(const char *handle, const char *title);

/* Holds units of one variant for an order, in Kenya. */
enum status stock_reserve(const char *order_id, char *variant_id, int64_t quantity, int32_t seconds,
                          const Catalog__V1__ReserveStockReply **ret_reply);

#endif
