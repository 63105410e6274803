/* Looks into jansson's values. Decimals are read from their shortest text, so that no amount is ever a rounded double. */
#include "json_field.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"

#define NAME_MAX_CHARS 64
#define DECIMAL_DIGITS 15 /* that a double keeps of any decimal (DBL_DIG) */

json_t *json_field_parse(const char *text, size_t length)
{
    return json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
}

const json_t *json_field_at(const json_t *root, const char *path)
{
    while (root && *path) {
        char name[NAME_MAX_CHARS];
        size_t length = strcspn(path, ".");
        assert(length < sizeof(name) && "a member's name is longer than the room for it");
        memcpy(name, path, length);
        name[length] = '\0';
        root = json_object_get(root, name);
        path += length + (path[length] == '.');
    }
    return root;
}

const char *json_field_text(const json_t *root, const char *path, struct arena *arena)
{
    const json_t *value = json_field_at(root, path);
    if (json_is_string(value))
        return arena_strdup(arena, json_string_value(value));
    return json_is_integer(value) ? arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) : "";
}

bool json_field_integer(const json_t *root, const char *path, int64_t *ret_integer)
{
    const json_t *value = json_field_at(root, path);
    if (json_is_integer(value)) {
        *ret_integer = json_integer_value(value);
        return true;
    }
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    *ret_integer = strtoll(text, NULL, 10);
    return true;
}

int64_t json_field_decimal(const json_t *root, const char *path, const char *currency_code)
{
    const json_t *value = json_field_at(root, path);
    const struct currency *currency = currency_find(currency_code);
    char text[64] = "";
    int64_t minor;
    struct error err;
    if (json_is_string(value))
        snprintf(text, sizeof(text), "%s", json_string_value(value));
    else if (json_is_integer(value))
        snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(text, sizeof(text), "%.*g", DECIMAL_DIGITS, json_real_value(value));
    error_clear(&err);
    return currency && text[0] && money_parse(text, currency, &minor, &err) == STATUS_OK ? minor : -1;
}

json_t *json_field_amount(int64_t amount_minor, const char *currency_code)
{
    const struct currency *currency = currency_find(currency_code);
    char decimal[MONEY_DECIMAL_SIZE];
    int64_t unit = 1;
    for (int i = 0; currency && i < currency->exponent; i++)
        unit *= 10;
    if (!currency || amount_minor % unit == 0)
        return json_integer(amount_minor / unit);
    money_format_decimal(amount_minor, currency, decimal);
    return json_real(strtod(decimal, NULL));
}

const char *json_field_print(json_t *object, struct arena *arena)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(DECIMAL_DIGITS));
    assert(text && "an object of ours cannot be printed");
    const char *copy = arena_strdup(arena, text);
    free(text);
    json_decref(object);
    return copy;
}
