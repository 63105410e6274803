/* The table of settings. */
#include "catalog_settings.h"

#include <sodium.h>
#include <string.h>

const struct config_key catalog_settings_keys[] = {
    SERVICE_CONFIG_KEYS("CATALOG_", struct catalog_settings),
    {"CATALOG_MARKETS_FILE", CONFIG_STRING, offsetof(struct catalog_settings, markets_file), "", 0, 0,
     "countries to sell in, as JSON; empty: those the portal comes with"},
    {"CATALOG_CURSOR_KEY", CONFIG_SECRET, offsetof(struct catalog_settings, cursor_key), NULL, 0, 0,
     "key that page tokens are sealed with: 64 hexadecimal digits, the same for all replicas"},
};

const size_t catalog_settings_key_count = sizeof(catalog_settings_keys) / sizeof(catalog_settings_keys[0]);

enum status catalog_cursor_key(const struct catalog_settings *settings, unsigned char key[CURSOR_KEY_SIZE],
                               struct error *err)
{
    size_t size = 0;
    const char *text = settings->cursor_key;
    if (strlen(text) != 2 * CURSOR_KEY_SIZE ||
        sodium_hex2bin(key, CURSOR_KEY_SIZE, text, strlen(text), NULL, &size, NULL) != 0 || size != CURSOR_KEY_SIZE)
        return error_set(err, STATUS_INVALID_ARGUMENT, "CATALOG_CURSOR_KEY must be %d hexadecimal digits.",
                         2 * CURSOR_KEY_SIZE);
    return STATUS_OK;
}
