/* From paths to rows: a shopper must land where the address says, and a bad table must not start. */
#include "check.h"

#include <string.h>

#include "catalog.pb-c.h"
#include "router.h"

static void page(struct exchange *x)
{
    (void)x;
}

#define PAGE .kind = ROUTE_PAGE, .handle = page
#define CATALOG .kind = ROUTE_RPC, .service = &catalog__v1__catalog_service__descriptor, .summary = "A row"

static const struct route rows[] = {
    {ROUTE_GET, "/", PAGE},
    {ROUTE_GET, "/v1/products", CATALOG, .rpc = "ListProducts"},
    {ROUTE_GET, "/v1/products/{handle}", CATALOG, .rpc = "GetProduct"},
    {ROUTE_GET, "/v1/products/new", PAGE},
    {ROUTE_POST, "/v1/products/new", PAGE},
    {ROUTE_GET, "/files/{path=**}", PAGE},
    {ROUTE_GET, "/files/{name}/raw", PAGE},
};

struct fixture {
    struct arena *arena;
    struct router *router;
    struct error err;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.arena = arena_new(4096, 0);
    error_clear(&fixture.err);
    struct router_table table = {rows, sizeof(rows) / sizeof(rows[0])};
    assert_int_equal(router_new(&table, 1, &fixture.router, &fixture.err), STATUS_OK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    router_free(fixture->router);
    arena_free(fixture->arena);
    return 0;
}

static struct router_match find(struct fixture *fixture, const char *path)
{
    struct router_match match;
    assert_int_equal(router_find(fixture->router, path, fixture->arena, &match, &fixture->err), STATUS_OK);
    return match;
}

static void a_path_finds_its_row_and_captures(void **state)
{
    struct router_match match = find(*state, "/v1/products/kitenge-shirt");
    assert_ptr_equal(match.rows[ROUTE_GET], &rows[2]);
    assert_null(match.rows[ROUTE_POST]);
    assert_string_equal(params_get(&match.captures, "handle"), "kitenge-shirt");
}

static void a_literal_goes_before_a_capture(void **state)
{
    struct router_match match = find(*state, "/v1/products/new");
    assert_ptr_equal(match.rows[ROUTE_GET], &rows[3]);
    assert_ptr_equal(match.rows[ROUTE_POST], &rows[4]);
}

static void the_rest_takes_several_segments_decoded(void **state)
{
    struct router_match match = find(*state, "/files/a/b%20c/d");
    assert_ptr_equal(match.rows[ROUTE_GET], &rows[5]);
    assert_string_equal(params_get(&match.captures, "path"), "a/b c/d");
    match = find(*state, "/files/a/raw");
    assert_ptr_equal(match.rows[ROUTE_GET], &rows[6]);
}

static void the_root_is_a_path(void **state)
{
    assert_ptr_equal(find(*state, "/").rows[ROUTE_GET], &rows[0]);
}

static void other_paths_find_nothing(void **state)
{
    static const char *const paths[] = {"/v1",
                                        "/v1/products/",
                                        "/v1/products/a/b",
                                        "/v1//products",
                                        "/files",
                                        "/files/",
                                        "/V1/products",
                                        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/a/b/c/d/e/f/g/h/i/j/k/l"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_null(find(*state, paths[i]).rows);
}

static void a_path_that_hides_something_is_refused(void **state)
{
    static const char *const paths[] = {"/v1/products/%00", "/v1/products/a%2Fb", "/v1/products/a%2fb",
                                        "/v1/products/%zz", "/v1/products/%4",    "/v1/products/%",
                                        "/v1/products/%ff", "/v1/products/%C0%AF"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct router_match match;
        assert_int_equal(router_find(fixture->router, paths[i], fixture->arena, &match, &fixture->err),
                         STATUS_INVALID_ARGUMENT);
    }
}

static void the_methods_of_a_path_are_told(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(router_allow(find(fixture, "/v1/products/new").rows, fixture->arena), "GET, HEAD, OPTIONS, POST");
}

static void bad_tables_do_not_start(void **state)
{
    (void)state;
    static const struct {
        struct route rows[2];
        const char *says;
    } cases[] = {
        {{{ROUTE_GET, "/a", CATALOG, .rpc = "GetProducts"}}, "no such method"},
        {{{ROUTE_GET, "/a/{colour}", CATALOG, .rpc = "GetProduct"}}, "no text field of the request"},
        {{{ROUTE_GET, "/a/{sort}", CATALOG, .rpc = "ListProducts"}}, "no text field of the request"},
        {{{ROUTE_GET, "/a", CATALOG, .rpc = "QuoteVariants"}}, "query cannot carry"},
        {{{ROUTE_GET, "/a", CATALOG, .rpc = "ListProducts", .access = ACCESS_STAFF, .cache_s = 60}}, "only public answers"},
        {{{ROUTE_POST, "/a", CATALOG, .rpc = "AdjustStock", .cache_s = 60}}, "only answers to GET"},
        {{{ROUTE_POST, "/a", CATALOG, .rpc = "AdjustStock", .body_max = 1u << 30}}, "body limit"},
        {{{ROUTE_POST, "/a", CATALOG, .rpc = "AdjustStock", .body = "reason"}}, "no message in the request"},
        {{{ROUTE_POST, "/a", CATALOG, .rpc = "AdjustStock", .success = 201, .location = "/a/{id}"}},
         "no text field of the reply"},
        {{{ROUTE_GET, "/a", CATALOG, .rpc = "ListMarkets", .needs_idempotency_key = true}}, "no idempotency key"},
        {{{ROUTE_GET, "a", PAGE}}, "does not start with"},
        {{{ROUTE_GET, "/a", .kind = ROUTE_PAGE}}, "has a handler"},
        {{{ROUTE_GET, "/a", PAGE}, {ROUTE_GET, "/a", PAGE}}, "there twice"},
        {{{ROUTE_GET, "/a/{b}", PAGE}, {ROUTE_GET, "/a/{c}", PAGE}}, "fit the same paths"},
        {{{ROUTE_GET, "/a/{b=**}/c", PAGE}}, "nothing can follow"},
        {{{ROUTE_GET, "/a/{}", PAGE}}, "neither a literal"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct router_table table = {cases[i].rows, cases[i].rows[1].pattern ? 2 : 1};
        struct router *router;
        struct error err;
        error_clear(&err);
        assert_int_equal(router_new(&table, 1, &router, &err), STATUS_FAILED_PRECONDITION);
        if (!strstr(err.message, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.message, cases[i].says);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(TEST(a_path_finds_its_row_and_captures), TEST(a_literal_goes_before_a_capture),
          TEST(the_rest_takes_several_segments_decoded), TEST(the_root_is_a_path), TEST(other_paths_find_nothing),
          TEST(a_path_that_hides_something_is_refused), TEST(the_methods_of_a_path_are_told),
          cmocka_unit_test(bad_tables_do_not_start))
