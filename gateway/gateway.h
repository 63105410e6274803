/*
 * The state of the gateway: made once by main.c, read-only while requests are served, except for what has its own lock.
 */
#ifndef PORTAL_GATEWAY_H
#define PORTAL_GATEWAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "market.h"
#include "rpc_client.h"

#include "arena_pool.h"
#include "openapi.h"
#include "router.h"
#include "signing_keys.h"
#include "token_cache.h"

enum gateway_upstream { UPSTREAM_AUTH, UPSTREAM_CATALOG, UPSTREAM_CART, UPSTREAM_ORDERS };
#define UPSTREAM_COUNT 4

struct gateway_settings {
    const char *host;
    int64_t port;
    bool share_port; /* with other gateways on this machine */
    int64_t threads;
    const char *admin_host;
    int64_t admin_port;
    const char *upstream_urls[UPSTREAM_COUNT];
    const char *shop_name;  /* what pages call the shop */
    const char *public_url; /* of the shop as browsers see it, without a slash at its end */
    const char *media_dir;  /* "": there are no media */
    const char *default_country;
    const char *markets_file;  /* "": the built-in one */
    const char *cookie_secure; /* auto, yes, no */
    int64_t connections_max;
    int64_t connections_per_address;
    int64_t idle_s;
    int64_t request_s;
    int64_t in_flight_max;
    int64_t tokens_cached;
    int64_t drain_ms;
    const char *log_level;
};

struct gateway {
    struct gateway_settings settings;
    struct rpc_client *clients[UPSTREAM_COUNT];
    struct arena_pool *arenas;
    struct router *router;
    struct markets *markets;
    const Types__V1__Market *default_market;
    struct signing_keys *keys;
    struct token_cache *tokens;
    struct openapi openapi;
    const char *origin; /* "https://shop.example" of public_url: what an Origin header of our own pages says */
    bool cookie_secure;
    atomic_bool is_draining;
};

/* Opens everything that needs no port: clients, router, keys, documents. `err` says what is wrong with the settings. */
enum status gateway_open(struct gateway *gateway, struct error *err) MUST_CHECK;
void gateway_close(struct gateway *gateway); /* accepts one that is half open */

/* The client of a service; asking for a service that is none of ours is a bug. */
struct rpc_client *gateway_client(const struct gateway *gateway, const ProtobufCServiceDescriptor *service);

/* Whether requests can be answered in full; says in `err` what is missing. For admin_start(). */
bool gateway_is_ready(void *gateway, struct error *err);

#endif
