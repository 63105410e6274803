/* From path, query and body to a message: what a client meant, and a clear word about what it got wrong. */
#include "check.h"

#include <string.h>

#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "transcode.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct route list = {ROUTE_GET, "/v1/products", .rpc = "ListProducts"};
static const struct route get = {ROUTE_GET, "/v1/products/{handle}", .rpc = "GetProduct"};
static const struct route patch = {ROUTE_PATCH, "/v1/cart/items/{item_id}", .rpc = "SetItemQuantity"};
static const struct route save = {ROUTE_PUT, "/v1/admin/products/{handle}", .rpc = "SaveProduct", .body = "product"};

static enum status transcode(const struct route *route, const ProtobufCMessageDescriptor *descriptor, const char *query,
                             const char *capture, const char *body, ProtobufCMessage **ret, struct error *err)
{
    error_clear(err);
    struct exchange x = {.arena = arena, .route = route, .method = route->method, .body = body, .body_size = strlen(body)};
    assert_int_equal(params_parse(query, strlen(query), arena, &x.query, err), STATUS_OK);
    const char *open = strchr(route->pattern, '{');
    struct param item = {open ? arena_strndup(arena, open + 1, strcspn(open + 1, "}")) : "", capture};
    x.captures = (struct params){&item, open != NULL};
    return transcode_request(&x, descriptor, ret, err);
}

static void a_query_fills_a_request(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    struct error err;
    assert_int_equal(transcode(&list, &catalog__v1__list_products_request__descriptor,
                               "countryCode=KE&categoryPath=fashion/shoes&sort=PRICE_LOW&pageSize=5&q=red+shoe", "", "",
                               &message, &err),
                     STATUS_OK);
    const Catalog__V1__ListProductsRequest *request = (const Catalog__V1__ListProductsRequest *)message;
    assert_string_equal(request->country_code, "KE");
    assert_string_equal(request->category_path, "fashion/shoes");
    assert_int_equal(request->sort, CATALOG__V1__LIST_PRODUCTS_REQUEST__SORT__PRICE_LOW);
    assert_int_equal(request->page_size, 5);
    assert_string_equal(request->q, "red shoe");
}

static void bad_parameters_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        const char *field;
    } cases[] = {{"countryCode=KE&colour=red", "colour"},
                 {"countryCode=KE&countryCode=NG", "countryCode"},
                 {"countryCode=KE&country_code=NG", "country_code"},
                 {"pageSize=many", "pageSize"},
                 {"sort=BEST", "sort"},
                 {"pageSize=2147483648", "pageSize"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ProtobufCMessage *message;
        struct error err;
        assert_int_equal(
            transcode(&list, &catalog__v1__list_products_request__descriptor, cases[i].query, "", "", &message, &err),
            STATUS_INVALID_ARGUMENT);
        assert_string_equal(err.violations[0].field, cases[i].field);
    }
}

static void the_path_cannot_be_contradicted(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    struct error err;
    assert_int_equal(
        transcode(&get, &catalog__v1__get_product_request__descriptor, "handle=other", "shirt", "", &message, &err),
        STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "handle");
    assert_int_equal(transcode(&patch, &cart__v1__set_item_quantity_request__descriptor, "", "i1",
                               "{\"itemId\":\"i2\",\"quantity\":1}", &message, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "itemId");
    assert_int_equal(transcode(&patch, &cart__v1__set_item_quantity_request__descriptor, "", "i1",
                               "{\"itemId\":\"i1\",\"quantity\":\"2\"}", &message, &err),
                     STATUS_OK);
    const Cart__V1__SetItemQuantityRequest *request = (const Cart__V1__SetItemQuantityRequest *)message;
    assert_string_equal(request->item_id, "i1");
    assert_int_equal(request->quantity, 2);
}

static void a_body_may_be_one_field(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    struct error err;
    assert_int_equal(transcode(&save, &catalog__v1__save_product_request__descriptor, "", "shirt", "{\"title\":\"Shirt\"}",
                               &message, &err),
                     STATUS_OK);
    const Catalog__V1__SaveProductRequest *request = (const Catalog__V1__SaveProductRequest *)message;
    assert_string_equal(request->handle, "shirt");
    assert_string_equal(request->product->title, "Shirt");
    assert_int_equal(
        transcode(&save, &catalog__v1__save_product_request__descriptor, "", "shirt", "{\"product\":{}}", &message, &err),
        STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "product");
}

static void things_in_the_wrong_place_are_refused(void **state)
{
    (void)state;
    ProtobufCMessage *message;
    struct error err;
    assert_int_equal(transcode(&list, &catalog__v1__list_products_request__descriptor, "", "", "{}", &message, &err),
                     STATUS_INVALID_ARGUMENT);
    assert_int_equal(
        transcode(&patch, &cart__v1__set_item_quantity_request__descriptor, "quantity=1", "i1", "{}", &message, &err),
        STATUS_INVALID_ARGUMENT);
    assert_string_equal(err.violations[0].field, "quantity");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(TEST(a_query_fills_a_request), TEST(bad_parameters_are_named), TEST(the_path_cannot_be_contradicted),
          TEST(a_body_may_be_one_field), TEST(things_in_the_wrong_place_are_refused))
