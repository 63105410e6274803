/* portal-auth: who somebody is. */
#include "auth_migrations.h"
#include "auth_service.h"
#include "auth_staff.h"

static struct auth_settings settings;

static const struct service_command commands[] = {
    {"staff", AUTH_STAFF_USAGE, auth_staff_command},
};

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .config = {"portal-auth", "Guests, customers and staff: their sign-ins, profiles and addresses.", "AUTH_",
                   auth_settings_keys, auth_settings_key_count},
        .settings = &settings,
        .migrations = auth_migrations,
        .migration_count = auth_migrations_count,
        .commands = commands,
        .command_count = sizeof(commands) / sizeof(commands[0]),
        .keeps_keys = true,
        .open = auth_service_open,
        .close = auth_service_close,
        .extra_lanes = &auth_service_password_lane,
        .extra_lane_count = 1,
        .lane_of = auth_service_lane_of,
    };
    return service_main(&spec, argc, argv);
}
