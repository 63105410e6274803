/* portal-catalog: what the shop sells. */
#include "catalog_migrations.h"
#include "catalog_service.h"
#include "import.h"

static struct catalog_settings settings;

static const struct service_command commands[] = {
    {"import", IMPORT_USAGE, import_command},
    {"count", "count: prints how many products there are", count_command},
};

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {"portal-catalog", "Categories, products, prices, pictures, stock and markets.", "CATALOG_",
                   catalog_settings_keys, catalog_settings_key_count},
        .settings = &settings,
        .migrations = catalog_migrations,
        .migration_count = catalog_migrations_count,
        .commands = commands,
        .command_count = sizeof(commands) / sizeof(commands[0]),
        .open = catalog_service_open,
        .close = catalog_service_close,
    };
    return service_main(&spec, argc, argv);
}
