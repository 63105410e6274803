/* Opens and closes what the gateway is made of, in order. */
#include "gateway.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "auth.pb-c.h"
#include "cart.pb-c.h"
#include "catalog.pb-c.h"
#include "orders.pb-c.h"

#include "pages/page.h"
#include "routes.h"
#include "web.h"

#define ARENAS_KEPT 256
#define ARENA_BLOCK 16384
#define ARENA_LIMIT (16u * 1024 * 1024) /* of one unpacked reply */

static const ProtobufCServiceDescriptor *const services[UPSTREAM_COUNT] = {
    [UPSTREAM_AUTH] = &auth__v1__auth_service__descriptor,
    [UPSTREAM_CATALOG] = &catalog__v1__catalog_service__descriptor,
    [UPSTREAM_CART] = &cart__v1__cart_service__descriptor,
    [UPSTREAM_ORDERS] = &orders__v1__order_service__descriptor,
};

static enum status open_clients(struct gateway *gateway, struct error *err)
{
    for (int i = 0; i < UPSTREAM_COUNT; i++) {
        struct rpc_client_options options = {gateway->settings.upstream_urls[i], services[i],
                                             (int)gateway->settings.in_flight_max};
        enum status status = rpc_client_open(&options, &gateway->clients[i], err);
        if (status)
            return status;
    }
    return STATUS_OK;
}

/* "https://shop.example/x" -> "https://shop.example" */
static enum status read_public_url(struct gateway *gateway, struct error *err)
{
    const char *url = gateway->settings.public_url;
    const char *authority = strstr(url, "://");
    bool is_https = strncmp(url, "https://", 8) == 0;
    if (!authority || (!is_https && strncmp(url, "http://", 7) != 0) || authority[3] == '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT, "GATEWAY_PUBLIC_URL must be like https://shop.example, not \"%s\".",
                         url);
    if (authority[3 + strcspn(authority + 3, "/?#")] != '\0')
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "GATEWAY_PUBLIC_URL must end with the host name or port: \"%s\" has a path.", url);
    gateway->origin = url;
    const char *secure = gateway->settings.cookie_secure;
    if (strcmp(secure, "auto") != 0 && strcmp(secure, "yes") != 0 && strcmp(secure, "no") != 0)
        return error_set(err, STATUS_INVALID_ARGUMENT, "GATEWAY_COOKIE_SECURE must be auto, yes or no, not \"%s\".", secure);
    gateway->cookie_secure = strcmp(secure, "yes") == 0 || (strcmp(secure, "auto") == 0 && is_https);
    return STATUS_OK;
}

static enum status open_markets(struct gateway *gateway, struct error *err)
{
    enum status status = markets_load(gateway->settings.markets_file, &gateway->markets, err);
    if (status)
        return status;
    gateway->default_market = markets_find(gateway->markets, gateway->settings.default_country);
    if (!gateway->default_market)
        return error_set(err, STATUS_INVALID_ARGUMENT, "GATEWAY_DEFAULT_COUNTRY is \"%s\", which is no market of the shop.",
                         gateway->settings.default_country);
    return STATUS_OK;
}

static enum status open_pages(struct gateway *gateway, struct error *err)
{
    web_init();
    struct page_options options = {gateway->settings.shop_name, gateway->settings.public_url, gateway->markets};
    enum status status = page_start(&options, err);
    if (status)
        return status;
    size_t page_count;
    const struct route *pages = page_routes(&page_count);
    const struct router_table tables[] = {{routes, routes_count}, {pages, page_count}};
    return router_new(tables, sizeof(tables) / sizeof(tables[0]), &gateway->router, err);
}

static void build_documents(struct gateway *gateway)
{
    size_t count;
    const struct route *const *rows = router_rows(gateway->router, &count);
    openapi_build(rows, count, gateway->settings.public_url, &gateway->openapi);
}

enum status gateway_open(struct gateway *gateway, struct error *err)
{
    gateway->arenas = arena_pool_new(ARENAS_KEPT, ARENA_BLOCK, ARENA_LIMIT);
    gateway->tokens = token_cache_new((size_t)gateway->settings.tokens_cached);
    enum status status = read_public_url(gateway, err);
    if (status == STATUS_OK)
        status = open_markets(gateway, err);
    if (status == STATUS_OK)
        status = open_pages(gateway, err);
    if (status)
        return status;
    build_documents(gateway);
    status = open_clients(gateway, err);
    return status ? status : signing_keys_start(gateway->clients[UPSTREAM_AUTH], &gateway->keys, err);
}

void gateway_close(struct gateway *gateway)
{
    signing_keys_stop(gateway->keys);
    for (int i = 0; i < UPSTREAM_COUNT; i++)
        rpc_client_close(gateway->clients[i]);
    openapi_done(&gateway->openapi);
    router_free(gateway->router);
    page_stop();
    markets_free(gateway->markets);
    token_cache_free(gateway->tokens);
    arena_pool_free(gateway->arenas);
}

struct rpc_client *gateway_client(const struct gateway *gateway, const ProtobufCServiceDescriptor *service)
{
    for (int i = 0; i < UPSTREAM_COUNT; i++) {
        if (services[i] == service)
            return gateway->clients[i];
    }
    assert(!"a call is to a service of the portal");
    abort();
}

bool gateway_is_ready(void *arg, struct error *err)
{
    struct gateway *gateway = arg;
    if (atomic_load(&gateway->is_draining)) {
        error_set(err, STATUS_UNAVAILABLE, "The gateway is stopping.");
        return false;
    }
    for (int i = 0; i < UPSTREAM_COUNT; i++) {
        if (!rpc_client_is_connected(gateway->clients[i])) {
            error_set(err, STATUS_UNAVAILABLE, "%s cannot be reached.", services[i]->name);
            return false;
        }
    }
    if (!signing_keys_are_loaded(gateway->keys)) {
        error_set(err, STATUS_UNAVAILABLE, "The keys of access tokens are not there yet.");
        return false;
    }
    return true;
}
