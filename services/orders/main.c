/* portal-orders: orders from the moment they are placed. */
#include "courier.h"
#include "orders_migrations.h"
#include "orders_service.h"

static struct orders_settings settings;

static const struct service_command commands[] = {
    {"messages", "messages [replay]: webhook calls, mails and SMS that wait or failed; send those that failed again",
     courier_command},
};

static const struct config_key keys[] = {
    SERVICE_CONFIG_KEYS("ORDERS_", struct orders_settings),
    {"ORDERS_CATALOG_URL", CONFIG_STRING, offsetof(struct orders_settings, catalog_url), NULL, 0, 0,
     "nng addresses of the catalog service, with commas between replicas"},
    {"ORDERS_CART_URL", CONFIG_STRING, offsetof(struct orders_settings, cart_url), NULL, 0, 0,
     "nng addresses of the cart service, with commas between replicas"},
    {"ORDERS_MARKETS_FILE", CONFIG_STRING, offsetof(struct orders_settings, markets_file), "", 0, 0,
     "JSON file of the markets; empty: those of the portal"},
    {"ORDERS_CURSOR_KEY", CONFIG_SECRET, offsetof(struct orders_settings, cursor_key), NULL, 0, 0,
     "key of page tokens, 64 hexadecimal digits, the same for all replicas"},
    PROVIDERS_CONFIG_KEYS(struct orders_settings),
    COURIER_CONFIG_KEYS(struct orders_settings),
    {"ORDERS_PAPER_PROGRAM", CONFIG_STRING, offsetof(struct orders_settings, paper_program), "", 0, 0,
     "path of portal-paper, which makes PDFs; empty: the one beside this program"},
    {"ORDERS_PAYMENT_WINDOW_S", CONFIG_INT, offsetof(struct orders_settings, payment_window_s), "1800", 20, 72000,
     "time to pay an order that is paid in advance, in s; its goods are held a quarter of an hour longer"},
    {"ORDERS_PAYMENT_LATE_S", CONFIG_INT, offsetof(struct orders_settings, payment_late_s), "3600", 1, 86400,
     "pause between two looks for money that comes after that, in s"},
    {"ORDERS_PAYMENT_GRACE_S", CONFIG_INT, offsetof(struct orders_settings, payment_grace_s), "259200", 0, 345600,
     "how long late money is looked for, in s"},
};

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {.program = "portal-orders",
                   .purpose = "Places orders and keeps them.",
                   .prefix = "ORDERS_",
                   .keys = keys,
                   .key_count = sizeof(keys) / sizeof(keys[0])},
        .settings = &settings,
        .migrations = orders_migrations,
        .migration_count = orders_migrations_count,
        .commands = commands,
        .command_count = sizeof(commands) / sizeof(commands[0]),
        .open = orders_service_open,
        .close = orders_service_close,
        .extra_lanes = orders_lanes,
        .extra_lane_count = ORDERS_LANE_COUNT,
        .lane_of = orders_lane_of,
    };
    return service_main(&spec, argc, argv);
}
