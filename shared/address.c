/* Addresses: what a courier needs is required, everything is bounded, nothing is demanded that a place does not have. */
#include "address.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "phone.h"
#include "text.h"

#define COUNTRY_CODE_SIZE 3

static const struct {
    const char *field;
    size_t offset;
    size_t min_chars;
    size_t max_chars;
} texts[] = {
    {"recipient", offsetof(Types__V1__Address, recipient), 2, 100},
    {"line1", offsetof(Types__V1__Address, line1), 2, 200},
    {"line2", offsetof(Types__V1__Address, line2), 0, 200},
    {"landmark", offsetof(Types__V1__Address, landmark), 0, 200},
    {"city", offsetof(Types__V1__Address, city), 2, 100},
    {"region", offsetof(Types__V1__Address, region), 0, 100},
    {"postalCode", offsetof(Types__V1__Address, postal_code), 0, 16},
};

static void check_texts(const Types__V1__Address *address, Types__V1__Address *clean, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = *(char *const *)((const char *)address + texts[i].offset);
        const char *copy = text_check(text, texts[i].field, texts[i].min_chars, texts[i].max_chars, false, arena, err);
        *(const char **)((char *)clean + texts[i].offset) = copy;
    }
}

/* Two letters; whether the shop sells there is for the markets to say. "" when it is none. */
static char *check_country(const char *text, struct arena *arena, struct error *err)
{
    char *code = (char *)text_check(text, "countryCode", COUNTRY_CODE_SIZE - 1, COUNTRY_CODE_SIZE - 1, false, arena, err);
    if (code[0] == '\0')
        return code;
    for (char *at = code; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    if (strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == COUNTRY_CODE_SIZE - 1 && code[COUNTRY_CODE_SIZE - 1] == '\0')
        return code;
    error_field(err, "countryCode", "malformed", "Must be two letters (ISO 3166-1), like KE.");
    return code;
}

static char *check_phone(const char *text, const char *country_code, struct arena *arena, struct error *err)
{
    char number[PHONE_E164_SIZE];
    struct error why;
    error_clear(&why);
    if (!text || text[strspn(text, " \t\r\n")] == '\0')
        error_field(err, "phone", "required", "Must not be empty: the courier calls it.");
    else if (phone_parse(text, country_code, number, &why))
        error_field(err, "phone", "malformed", "%s", why.message);
    else
        return arena_strdup(arena, number);
    return NULL;
}

enum status address_check(const Types__V1__Address *address, const char *prefix, struct arena *arena,
                          Types__V1__Address **ret_address, struct error *err)
{
    if (!address)
        return error_field(err, prefix, "required", "Say where it goes.");
    struct error found;
    error_clear(&found);
    Types__V1__Address *clean = ARENA_NEW(arena, Types__V1__Address);
    types__v1__address__init(clean);
    check_texts(address, clean, arena, &found);
    clean->country_code = check_country(address->country_code, arena, &found);
    clean->phone = check_phone(address->phone, clean->country_code, arena, &found);
    if (!found.status) {
        *ret_address = clean;
        return STATUS_OK;
    }
    error_prefix(&found, 0, prefix);
    for (size_t i = 0; i < found.violation_count; i++)
        error_field(err, found.violations[i].field, found.violations[i].code, "%s", found.violations[i].message);
    return STATUS_INVALID_ARGUMENT;
}
