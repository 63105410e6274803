/* The table of portal-auth's settings. */
#include "auth_settings.h"

#define MEMBER(name) offsetof(struct auth_settings, name)
#define DAY_S (24 * 3600)

const struct config_key auth_settings_keys[] = {
    SERVICE_CONFIG_KEYS("AUTH_", struct auth_settings),
    {"AUTH_MASTER_KEY", CONFIG_SECRET, MEMBER(master_key), NULL, 0, 0,
     "32 random bytes as 64 hexadecimal digits or in base64: seals the signing keys"},
    {"AUTH_ACCESS_LIFETIME_S", CONFIG_INT, MEMBER(access_lifetime_s), "600", 60, 3600,
     "how long an access token is good, in seconds"},
    {"AUTH_REFRESH_LIFETIME_S", CONFIG_INT, MEMBER(refresh_lifetime_s), "2592000", 3600, 400 * DAY_S,
     "how long a sign-in lasts that is not used, in seconds"},
    {"AUTH_GUEST_LIFETIME_S", CONFIG_INT, MEMBER(guest_lifetime_s), "7776000", 3600, 400 * DAY_S,
     "how long a guest is known, in seconds"},
    {"AUTH_PASSWORD_MEMORY_KIB", CONFIG_INT, MEMBER(password_cost.memory_kib), "19456", 7168, 1048576,
     "memory that argon2id takes for one password, in KiB"},
    {"AUTH_PASSWORD_PASSES", CONFIG_INT, MEMBER(password_cost.passes), "2", 1, 16,
     "passes that argon2id makes over that memory"},
};
const size_t auth_settings_key_count = sizeof(auth_settings_keys) / sizeof(auth_settings_keys[0]);
