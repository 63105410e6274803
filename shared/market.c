/* Markets from JSON in the form of the ListMarkets reply, checked once when they are loaded. */
#include "market.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "catalog.pb-c.h"

#include "clock.h"
#include "embedded.h"
#include "market_files.h"
#include "money.h"
#include "pbjson.h"

#define FILE_SIZE_MAX (1u << 20)
#define ARENA_BLOCK (64u << 10)
#define COUNTRY_CODE_LENGTH 2
#define BASIS_POINTS_MAX 10000
#define RETURN_DAYS_MAX 3650
#define COD_AREAS_MAX 200

struct markets {
    struct arena *arena;
    Types__V1__Market **all;
    size_t count;
};

/* When a rate holds: from `from_us` on, before `until_us`. */
struct span {
    int64_t from_us;
    int64_t until_us;
};

static struct span span_of(const Types__V1__VatRate *rate)
{
    return (struct span){
        rate->valid_from ? clock_from_timestamp(rate->valid_from) : INT64_MIN,
        rate->valid_until ? clock_from_timestamp(rate->valid_until) : INT64_MAX,
    };
}

int32_t market_vat_basis_points(const Types__V1__Market *market, int64_t now_us)
{
    for (size_t i = 0; i < market->n_vat_rates; i++) {
        struct span span = span_of(market->vat_rates[i]);
        if (now_us >= span.from_us && now_us < span.until_us)
            return market->vat_rates[i]->basis_points;
    }
    return 0;
}

static bool are_letters(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static void check_identity(const Types__V1__Market *market, struct error *err)
{
    if (!are_letters(market->country_code, COUNTRY_CODE_LENGTH))
        error_field(err, "countryCode", "malformed", "Must be two capital letters (ISO 3166-1), like KE.");
    if (market->name[0] == '\0')
        error_field(err, "name", "required", "%s needs a name.", market->country_code);
    if (market->locale[0] == '\0')
        error_field(err, "locale", "required", "%s needs a locale, like en-KE.", market->country_code);
    if (!currency_find(market->currency_code))
        error_field(err, "currencyCode", "unknown", "The currency of %s is not one that the portal knows.",
                    market->country_code);
    if (market->return_days < 0 || market->return_days > RETURN_DAYS_MAX)
        error_field(err, "returnDays", "out_of_range", "returnDays of %s must be 0 to %d.", market->country_code,
                    RETURN_DAYS_MAX);
    size_t digits = strspn(market->calling_code, "0123456789");
    if (digits < 1 || digits > 3 || market->calling_code[digits] != '\0' || market->calling_code[0] == '0')
        error_field(err, "callingCode", "malformed", "The calling code of %s must be one to three digits, like 254.",
                    market->country_code);
}

static void check_fee(const Types__V1__Market *market, const Types__V1__Money *fee, const char *field, struct error *err)
{
    if (fee && strcmp(fee->currency_code, market->currency_code) != 0)
        error_field(err, field, "malformed", "Must be in %s, the currency of %s.", market->currency_code,
                    market->country_code);
    if (fee && (fee->amount_minor < 0 || fee->amount_minor > MONEY_AMOUNT_MAX))
        error_field(err, field, "out_of_range", "Must not be negative, nor more than the portal can count.");
}

static bool overlaps_earlier(const Types__V1__Market *market, size_t index)
{
    struct span span = span_of(market->vat_rates[index]);
    for (size_t i = 0; i < index; i++) {
        struct span other = span_of(market->vat_rates[i]);
        if (span.from_us < other.until_us && other.from_us < span.until_us)
            return true;
    }
    return false;
}

static void check_vat_rates(const Types__V1__Market *market, struct error *err)
{
    for (size_t i = 0; i < market->n_vat_rates; i++) {
        const Types__V1__VatRate *rate = market->vat_rates[i];
        struct span span = span_of(rate);
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "vatRates[%zu]", i);
        if (rate->basis_points < 0 || rate->basis_points > BASIS_POINTS_MAX)
            error_field(err, field, "out_of_range", "basisPoints of %s must be 0 to %d; 1600 is 16 %%.",
                        market->country_code, BASIS_POINTS_MAX);
        if (span.from_us >= span.until_us)
            error_field(err, field, "malformed", "validUntil of %s must be after validFrom.", market->country_code);
        else if (overlaps_earlier(market, i))
            error_field(err, field, "duplicate", "Holds at the same time as an earlier rate of %s.", market->country_code);
    }
}

static void check_payment_methods(const Types__V1__Market *market, struct error *err)
{
    if (market->n_payment_methods == 0)
        error_field(err, "paymentMethods", "required", "%s needs at least one.", market->country_code);
    for (size_t i = 0; i < market->n_payment_methods; i++) {
        Types__V1__PaymentMethod method = market->payment_methods[i];
        if (method == TYPES__V1__PAYMENT_METHOD__PAYMENT_METHOD_UNSPECIFIED ||
            !protobuf_c_enum_descriptor_get_value(&types__v1__payment_method__descriptor, (int)method))
            error_field(err, "paymentMethods", "unknown", "%s has one that the portal does not know.", market->country_code);
        for (size_t k = 0; k < i; k++)
            if (market->payment_methods[k] == method)
                error_field(err, "paymentMethods", "duplicate", "%s has one twice.", market->country_code);
    }
}

static void check_cash_on_delivery(const Types__V1__Market *market, struct error *err)
{
    const Types__V1__CashOnDelivery *rules = market->cash_on_delivery;
    if (!rules)
        return;
    check_fee(market, rules->max_total, "cashOnDelivery.maxTotal", err);
    if (rules->n_areas > COD_AREAS_MAX)
        error_field(err, "cashOnDelivery.areas", "too_long", "At most %d areas of %s.", COD_AREAS_MAX, market->country_code);
    for (size_t i = 0; i < rules->n_areas; i++)
        if (rules->areas[i][0] == '\0')
            error_field(err, "cashOnDelivery.areas", "required", "An area of %s has no name.", market->country_code);
}

static void check_market(const struct markets *markets, size_t index, struct error *err)
{
    const Types__V1__Market *market = markets->all[index];
    char place[ERROR_FIELD_MAX];
    size_t first = err->violation_count;
    snprintf(place, sizeof(place), "markets[%zu]", index);
    check_identity(market, err);
    check_fee(market, market->delivery_fee, "deliveryFee", err);
    check_fee(market, market->free_delivery_from, "freeDeliveryFrom", err);
    check_vat_rates(market, err);
    check_payment_methods(market, err);
    check_cash_on_delivery(market, err);
    if (markets_find(markets, market->country_code) != market)
        error_field(err, "countryCode", "duplicate", "%s is there twice.", market->country_code);
    error_prefix(err, first, place);
}

static enum status read_markets(struct markets *markets, const char *text, size_t size, struct error *err)
{
    ProtobufCMessage *message;
    enum status status =
        pbjson_parse(&catalog__v1__list_markets_reply__descriptor, text, size, markets->arena, &message, err);
    if (status)
        return status;
    const Catalog__V1__ListMarketsReply *reply = (const Catalog__V1__ListMarketsReply *)message;
    markets->all = reply->markets;
    markets->count = reply->n_markets;
    if (markets->count == 0)
        error_field(err, "markets", "required", "There must be at least one.");
    for (size_t i = 0; i < markets->count; i++)
        check_market(markets, i, err);
    return err->violation_count > 0 ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}

/* One byte more than the limit is asked for, so that a file beyond it is noticed. */
static enum status read_file(const char *path, struct arena *arena, const char **ret_text, size_t *ret_size,
                             struct error *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(err, STATUS_FAILED_PRECONDITION, "The file of markets cannot be opened: %s.", strerror(errno));
    char *text = arena_alloc(arena, FILE_SIZE_MAX + 1);
    *ret_size = fread(text, 1, FILE_SIZE_MAX + 1, file);
    *ret_text = text;
    bool failed = ferror(file);
    fclose(file);
    if (failed)
        return error_set(err, STATUS_FAILED_PRECONDITION, "The file of markets cannot be read.");
    if (*ret_size > FILE_SIZE_MAX)
        return error_set(err, STATUS_INVALID_ARGUMENT, "The file of markets is larger than %u bytes.", FILE_SIZE_MAX);
    return STATUS_OK;
}

static enum status load(struct markets *markets, const char *path, struct arena *scratch, struct error *err)
{
    const struct embedded_file *own = embedded_find(market_files, market_files_count, "markets.json");
    const char *text = own->data;
    size_t size = own->size;
    enum status status = path && path[0] ? read_file(path, scratch, &text, &size, err) : STATUS_OK;
    return status ? status : read_markets(markets, text, size, err);
}

enum status markets_load(const char *path, struct markets **ret_markets, struct error *err)
{
    struct arena *arena = arena_new(ARENA_BLOCK, ARENA_BLOCK);
    struct markets *markets = ARENA_NEW(arena, struct markets);
    markets->arena = arena;
    struct arena *scratch = arena_new(ARENA_BLOCK, ARENA_BLOCK);
    enum status status = load(markets, path, scratch, err);
    arena_free(scratch);
    if (status) {
        if (err->violation_count > 0)
            error_set(err, status, "The markets are not right. %s: %s", err->violations[0].field,
                      err->violations[0].message);
        markets_free(markets);
        return status;
    }
    *ret_markets = markets;
    return STATUS_OK;
}

void markets_free(struct markets *markets)
{
    if (markets)
        arena_free(markets->arena);
}

const Types__V1__Market *const *markets_all(const struct markets *markets, size_t *ret_count)
{
    *ret_count = markets->count;
    return (const Types__V1__Market *const *)markets->all;
}

const Types__V1__Market *markets_find(const struct markets *markets, const char *country_code)
{
    for (size_t i = 0; country_code && i < markets->count; i++)
        if (strcmp(markets->all[i]->country_code, country_code) == 0)
            return markets->all[i];
    return NULL;
}

const Types__V1__Market *markets_check(const struct markets *markets, const char *country_code, const char *field,
                                       struct error *err)
{
    const Types__V1__Market *market = markets_find(markets, country_code);
    if (market)
        return market;
    if (!country_code || country_code[0] == '\0') {
        error_field(err, field, "required", "Say in which country.");
        return NULL;
    }
    char codes[ERROR_MESSAGE_MAX] = "";
    for (size_t i = 0, used = 0; i < markets->count && used < sizeof(codes); i++)
        used += (size_t)snprintf(codes + used, sizeof(codes) - used, "%s%s", i ? ", " : "", markets->all[i]->country_code);
    error_field(err, field, "unknown", "The shop does not sell there. It sells in %s.", codes);
    return NULL;
}
