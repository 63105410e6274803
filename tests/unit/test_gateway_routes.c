/* The tables as they are: every row works, every RPC has an address or is meant for services only. */
#include "check.h"

#include <string.h>

#include "openapi.h"
#include "pages/page.h"
#include "router.h"
#include "routes.h"

static struct router *the_router(void)
{
    size_t page_count;
    const struct route *pages = page_routes(&page_count);
    struct router_table tables[] = {{routes, routes_count}, {pages, page_count}};
    struct router *router = NULL;
    struct error err;
    error_clear(&err);
    if (router_new(tables, 2, &router, &err))
        fail_msg("%s", err.message);
    return router;
}

static void every_row_works(void **state)
{
    (void)state;
    router_free(the_router());
}

static bool has_row(const ProtobufCServiceDescriptor *service, const char *rpc)
{
    for (size_t i = 0; i < routes_count; i++) {
        if (routes[i].service == service && strcmp(routes[i].rpc, rpc) == 0)
            return true;
    }
    return false;
}

static bool is_internal(const ProtobufCServiceDescriptor *service, const char *rpc)
{
    for (size_t i = 0; i < routes_internal_count; i++) {
        if (routes_internal[i].service == service && strcmp(routes_internal[i].rpc, rpc) == 0)
            return true;
    }
    return false;
}

static void every_rpc_is_reached_or_meant_for_services(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        const ProtobufCServiceDescriptor *service = routes[i].service;
        for (unsigned m = 0; service && m < service->n_methods; m++) {
            const char *rpc = service->methods[m].name;
            if (has_row(service, rpc) == is_internal(service, rpc))
                fail_msg("%s of %s must have a row or be internal, and not both", rpc, service->name);
        }
    }
}

/* What takes stock or money out of the shop's hands never goes without the check that the table stands for. */
static void staff_addresses_are_for_staff(void **state)
{
    (void)state;
    for (size_t i = 0; i < routes_count; i++) {
        bool is_admin = strncmp(routes[i].pattern, "/v1/admin/", 10) == 0;
        assert_int_equal(is_admin, routes[i].access == ACCESS_STAFF);
    }
}

static void check_refs(const json_t *document, const json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;
    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *name = strrchr(json_string_value(member), '/') + 1;
            const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
            if (!json_object_get(schemas, name))
                fail_msg("%s is not there", json_string_value(member));
        }
        check_refs(document, member);
    }
    json_array_foreach(value, index, member) check_refs(document, member);
}

static void the_description_holds_together(void **state)
{
    (void)state;
    struct router *router = the_router();
    size_t count;
    const struct route *const *rows = router_rows(router, &count);
    json_t *document = openapi_document(rows, count, "https://shop.example");
    assert_non_null(document);
    check_refs(document, document);
    const json_t *order = json_object_get(json_object_get(json_object_get(document, "paths"), "/v1/orders"), "post");
    assert_string_equal(json_string_value(json_object_get(order, "operationId")), "placeOrder");
    const json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const json_t *money = json_object_get(json_object_get(json_object_get(schemas, "Money"), "properties"), "amountMinor");
    assert_string_equal(json_string_value(json_object_get(money, "type")), "string");
    assert_string_equal(json_string_value(json_object_get(money, "format")), "int64");
    json_decref(document);
    router_free(router);
}

RUN_TESTS(cmocka_unit_test(every_row_works), cmocka_unit_test(every_rpc_is_reached_or_meant_for_services),
          cmocka_unit_test(staff_addresses_are_for_staff), cmocka_unit_test(the_description_holds_together))
