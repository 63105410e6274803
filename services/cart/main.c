/* portal-cart: what shoppers mean to buy. */
#include "cart_migrations.h"
#include "cart_service.h"

static struct cart_settings settings;

static const struct config_key keys[] = {
    SERVICE_CONFIG_KEYS("CART_", struct cart_settings),
    {"CART_CATALOG_URL", CONFIG_STRING, offsetof(struct cart_settings, catalog_url), NULL, 0, 0,
     "nng addresses of the catalog service, with commas between replicas"},
    {"CART_MARKETS_FILE", CONFIG_STRING, offsetof(struct cart_settings, markets_file), "", 0, 0,
     "JSON file of the markets; empty: those of the portal"},
    {"CART_DEFAULT_COUNTRY", CONFIG_STRING, offsetof(struct cart_settings, default_country), "KE", 0, 0,
     "market of a cart for which none was named, ISO 3166-1 alpha-2"},
};

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {.program = "portal-cart",
                   .purpose = "Keeps what shoppers mean to buy.",
                   .prefix = "CART_",
                   .keys = keys,
                   .key_count = sizeof(keys) / sizeof(keys[0])},
        .settings = &settings,
        .migrations = cart_migrations,
        .migration_count = cart_migrations_count,
        .keeps_keys = true,
        .open = cart_service_open,
        .close = cart_service_close,
    };
    return service_main(&spec, argc, argv);
}
