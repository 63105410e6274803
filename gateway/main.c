/* portal-gateway: settings, start, stop. */
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <sodium.h>

#include "admin.h"
#include "config.h"
#include "log.h"
#include "stop.h"

#include "gateway.h"
#include "http.h"

#define KEY(name, kind, member, fallback, min, max, help)                                                                   \
    {                                                                                                                       \
        "GATEWAY_" name, kind, offsetof(struct gateway_settings, member), fallback, min, max, help                          \
    }
#define TEXT(name, member, fallback, help) KEY(name, CONFIG_STRING, member, fallback, 0, 0, help)
#define NUMBER(name, member, fallback, min, max, help) KEY(name, CONFIG_INT, member, fallback, min, max, help)

/* clang-format off: rows of a table */
static const struct config_key keys[] = {
    TEXT("HOST", host, "127.0.0.1", "address to listen on"),
    NUMBER("PORT", port, "8080", 1, 65535, "port to listen on"),
    KEY("SHARE_PORT", CONFIG_BOOL, share_port, "no", 0, 0, "whether other gateways of this user may listen on the same port"),
    NUMBER("THREADS", threads, "1", 1, 64, "threads that read and write HTTP"),
    TEXT("ADMIN_HOST", admin_host, "127.0.0.1", "address of the private health and metrics port"),
    NUMBER("ADMIN_PORT", admin_port, NULL, 1, 65535, "private port for /healthz, /readyz, /metrics"),
    TEXT("AUTH_URL", upstream_urls[UPSTREAM_AUTH], NULL, "nng addresses of the auth service, commas between replicas"),
    TEXT("CATALOG_URL", upstream_urls[UPSTREAM_CATALOG], NULL, "nng addresses of the catalog service"),
    TEXT("CART_URL", upstream_urls[UPSTREAM_CART], NULL, "nng addresses of the cart service"),
    TEXT("ORDERS_URL", upstream_urls[UPSTREAM_ORDERS], NULL, "nng addresses of the orders service"),
    TEXT("SHOP_NAME", shop_name, "Soko", "what pages call the shop"),
    TEXT("PUBLIC_URL", public_url, "http://localhost:8080",
         "the shop's address as browsers see it, without a slash at its end"),
    TEXT("MEDIA_DIR", media_dir, "", "folder of the pictures served under /media/; empty: none"),
    TEXT("DEFAULT_COUNTRY", default_country, "KE", "market of a visitor who has not chosen one, ISO 3166-1 alpha-2"),
    TEXT("MARKETS_FILE", markets_file, "", "markets as JSON, in the form of shared/markets.json; empty: the built-in ones"),
    TEXT("COOKIE_SECURE", cookie_secure, "auto", "yes, no, or auto: cookies are Secure when the public address is https"),
    NUMBER("CONNECTIONS_MAX", connections_max, "4096", 16, 1000000, "open connections; one more is closed at once"),
    NUMBER("CONNECTIONS_PER_ADDRESS", connections_per_address, "1024", 0, 1000000,
           "open connections of one client address; 0: no limit"),
    NUMBER("IDLE_S", idle_s, "30", 1, 3600, "seconds after which a connection without traffic is closed"),
    NUMBER("REQUEST_S", request_s, "30", 1, 3600, "seconds in which a request must have come as a whole"),
    NUMBER("IN_FLIGHT_MAX", in_flight_max, "512", 1, 100000, "calls to one service at a time; one more is refused with 503"),
    NUMBER("TOKENS_CACHED", tokens_cached, "8192", 4, 10000000, "verified access tokens that are remembered"),
    NUMBER("DRAIN_MS", drain_ms, "10000", 0, 600000, "time for requests in progress when told to stop, in ms"),
    TEXT("LOG_LEVEL", log_level, "info", "debug, info, warn or error"),
};
/* clang-format on */

static const struct config_spec spec = {
    .program = "portal-gateway",
    .purpose = "the shop over HTTP: its API and its pages",
    .prefix = "GATEWAY_",
    .keys = keys,
    .key_count = sizeof(keys) / sizeof(keys[0]),
};

/* nng's first socket must be opened before any thread starts (a race in nng 1.5). */
static void warm_up_nng(void)
{
    nng_socket first;
    if (nng_req0_open(&first) == 0)
        nng_close(first);
}

static enum status serve(struct gateway *gateway, struct error *err)
{
    struct admin *admin = NULL;
    struct http *http = NULL;
    const struct gateway_settings *settings = &gateway->settings;
    enum status status = http_start(gateway, &http, err);
    if (status == STATUS_OK)
        status = admin_start(settings->admin_host, (uint16_t)settings->admin_port, gateway_is_ready, gateway, &admin, err);
    if (status == STATUS_OK) {
        log_info(LOG_EVENT("started"), LOG_STR("host", settings->host), LOG_INT("port", settings->port));
        stop_await();
        stop_limit(settings->drain_ms);
        http_drain(http, settings->drain_ms);
    }
    http_stop(http);
    admin_stop(admin);
    return status;
}

int main(int argc, char **argv)
{
    static struct gateway gateway;
    int exit_code;
    if (config_main(&spec, argc, argv, &gateway.settings, &exit_code))
        return exit_code;
    enum log_level level = LOG_LEVEL_INFO;
    bool is_level = log_level_parse(gateway.settings.log_level, &level);
    log_init("gateway", level);
    struct error err;
    error_clear(&err);
    stop_prepare();
    if (!is_level || sodium_init() < 0) {
        log_error(LOG_EVENT("cannot_start"), LOG_STR("reason", "GATEWAY_LOG_LEVEL must be debug, info, warn or error."));
        return 2;
    }
    warm_up_nng();
    enum status status = gateway_open(&gateway, &err);
    malloc_trim(0); /* what building the documents and templates took is not needed again */
    if (status == STATUS_OK)
        status = serve(&gateway, &err);
    if (status)
        log_error(LOG_EVENT("cannot_start"), LOG_STR("reason", err.message));
    gateway_close(&gateway);
    return status ? 1 : 0;
}
