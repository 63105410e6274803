/*
 * The settings of portal-catalog: SERVICE_CONFIG_KEYS and its own.
 */
#ifndef CATALOG_SETTINGS_H
#define CATALOG_SETTINGS_H

#include "cursor.h"
#include "service.h"

struct catalog_settings {
    struct service_settings base;
    const char *markets_file;
    const char *cursor_key; /* as written; see catalog_cursor_key() */
};

extern const struct config_key catalog_settings_keys[];
extern const size_t catalog_settings_key_count;

/* The key of page tokens: 64 hexadecimal digits. INVALID_ARGUMENT names the setting when it is anything else. */
enum status catalog_cursor_key(const struct catalog_settings *settings, unsigned char key[CURSOR_KEY_SIZE],
                               struct error *err) MUST_CHECK;

#endif
