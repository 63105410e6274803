/* portal-catalog: what the shop sells. */
#include "catalog_migrations.h"
#include "catalog_service.h"

static struct catalog_settings settings;

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {"portal-catalog", "Categories, products, prices, pictures, stock and markets.", "CATALOG_",
                   catalog_settings_keys, catalog_settings_key_count},
        .settings = &settings,
        .migrations = catalog_migrations,
        .migration_count = catalog_migrations_count,
        .keeps_keys = true,
        .open = catalog_service_open,
        .close = catalog_service_close,
        .extra_lanes = catalog_lanes,
        .extra_lane_count = catalog_lane_count,
        .lane_of = catalog_lane_of,
    };
    return service_main(&spec, argc, argv);
}
