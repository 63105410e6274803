/*
 * The settings of portal-auth: SERVICE_CONFIG_KEYS and its own.
 */
#ifndef PORTAL_AUTH_SETTINGS_H
#define PORTAL_AUTH_SETTINGS_H

#include "password.h"
#include "service.h"

struct auth_settings {
    struct service_settings base;
    const char *master_key;
    int64_t access_lifetime_s;
    int64_t refresh_lifetime_s;
    int64_t guest_lifetime_s;
    struct password_cost password_cost;
};

extern const struct config_key auth_settings_keys[];
extern const size_t auth_settings_key_count;

#endif
