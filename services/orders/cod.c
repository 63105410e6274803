/* Who may pay at the door, and the codes that prove a phone and a delivery. */
#include "cod.h"

#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "money.h"
#include "text.h"

#define DIGITS (COD_CODE_SIZE - 1)
#define CODES UINT64_C(1000000)
#define SLUG_MAX 100
#define SCRATCH_SIZE 4096
#define FIELD "paymentMethod"

/* "Côte de l'Or" and "cote de l or" are one place; in scripts that have no slug the text itself is compared. */
static bool is_same_place(const char *a, const char *b, struct arena *scratch)
{
    if (strcmp(a, b) == 0)
        return true;
    const char *slug = text_slug(a, SLUG_MAX, scratch);
    return slug[0] != '\0' && strcmp(slug, text_slug(b, SLUG_MAX, scratch)) == 0;
}

bool cod_serves(const Types__V1__CashOnDelivery *rules, const Types__V1__Address *address)
{
    if (!rules || rules->n_areas == 0)
        return true;
    struct arena *scratch = arena_new(SCRATCH_SIZE, 64 * SCRATCH_SIZE);
    bool serves = false;
    for (size_t i = 0; i < rules->n_areas && !serves; i++) {
        serves = is_same_place(rules->areas[i], address->region, scratch) ||
                 is_same_place(rules->areas[i], address->city, scratch);
        arena_reset(scratch);
    }
    arena_free(scratch);
    return serves;
}

enum status cod_check(const Types__V1__Market *market, const Types__V1__Address *address, int64_t total_minor,
                      struct error *err)
{
    const Types__V1__CashOnDelivery *rules = market->cash_on_delivery;
    if (!cod_serves(rules, address)) {
        (void)error_field(err, FIELD, "not_in_this_area", "Couriers take no cash in %s.", address->city);
        return error_set(err, STATUS_FAILED_PRECONDITION, "Couriers take no cash in %s. Choose another way of paying.",
                         address->city);
    }
    if (!rules || !rules->max_total || total_minor <= rules->max_total->amount_minor)
        return STATUS_OK;
    char limit[MONEY_DECIMAL_SIZE] = "";
    const struct currency *currency = currency_find(market->currency_code);
    if (currency)
        money_format_decimal(rules->max_total->amount_minor, currency, limit);
    (void)error_field(err, FIELD, "over_limit", "Orders of more than %s %s are paid in advance.", market->currency_code,
                      limit);
    return error_set(err, STATUS_FAILED_PRECONDITION,
                     "Orders of more than %s %s are not paid at the door. Choose another way of paying, or order less.",
                     market->currency_code, limit);
}

bool cod_needs_code(const Types__V1__Market *market)
{
    return market->cash_on_delivery && market->cash_on_delivery->confirm_by_phone;
}

void cod_code_make(uint64_t random, char out[COD_CODE_SIZE])
{
    snprintf(out, COD_CODE_SIZE, "%06u", (unsigned)(random % CODES));
}

bool cod_code_read(const char *typed, char out[COD_CODE_SIZE])
{
    size_t count = 0;
    for (; *typed; typed++) {
        if (*typed == ' ' || *typed == '-')
            continue;
        if (*typed < '0' || *typed > '9' || count == DIGITS)
            return false;
        out[count++] = *typed;
    }
    out[count] = '\0';
    return count == DIGITS;
}

const char *cod_code_name(enum cod_code kind)
{
    static const char *const names[] = {"confirm", "delivery"};
    return names[kind];
}

void cod_code_digest(const unsigned char key[COD_KEY_SIZE], const char order_id[UUID_SIZE], enum cod_code kind,
                     const char code[COD_CODE_SIZE], unsigned char out[COD_DIGEST_SIZE])
{
    char text[UUID_SIZE + COD_CODE_SIZE + 16];
    size_t length = (size_t)snprintf(text, sizeof(text), "%s|%s|%s", order_id, cod_code_name(kind), code);
    crypto_generichash(out, COD_DIGEST_SIZE, (const unsigned char *)text, length, key, COD_KEY_SIZE);
    sodium_memzero(text, sizeof(text));
}
