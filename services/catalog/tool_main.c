/* portal-catalog-tool: the operator's commands. A program of its own, so that the service carries no HTML and CSV parsers.
 */
#include "catalog_migrations.h"
#include "catalog_settings.h"
#include "import.h"

static struct catalog_settings settings;

static const struct service_command commands[] = {
    {"import", IMPORT_USAGE, import_command},
    {"count", "count: prints how many products there are", count_command},
};

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {"portal-catalog-tool", "Imports products into the catalog, and counts them.", "CATALOG_",
                   catalog_settings_keys, catalog_settings_key_count},
        .settings = &settings,
        .migrations = catalog_migrations,
        .migration_count = catalog_migrations_count,
        .commands = commands,
        .command_count = sizeof(commands) / sizeof(commands[0]),
    };
    return service_main(&spec, argc, argv);
}
