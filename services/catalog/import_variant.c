/* Reads numbers, amounts and option values as spreadsheets write them. */
#include "import_variant.h"

#include <stdlib.h>
#include <string.h>

/* A whole number; decimals of 0 ("500.0") are taken, as spreadsheets write them. Empty is 0. */
static int64_t read_number(const char *text, const char *field, struct error *err)
{
    if (!*text)
        return 0;
    char *end;
    int64_t number = strtoll(text, &end, 10);
    if (*end == '.')
        end += 1 + strspn(end + 1, "0");
    if (*end || end == text || number > PRODUCT_STOCK_MAX || number < -PRODUCT_STOCK_MAX)
        error_field(err, field, "malformed", "\"%.40s\" is not a whole number.", text);
    return number;
}

static int64_t read_money(const char *text, const struct currency *currency, const char *field, struct error *err)
{
    int64_t amount_minor = 0;
    struct error own;
    error_clear(&own);
    if (*text && money_parse(text, currency, &amount_minor, &own))
        error_field(err, field, "malformed", "\"%.40s\" is not an amount in %s, like %s.", text, currency->code,
                    currency->exponent == 0 ? "1250" : "1250.50");
    return amount_minor;
}

/* One price as the file gives it, and what violations call its columns. */
struct price_cells {
    const struct currency *currency;
    const char *price;
    const char *compare_at;
    const char *price_field;
    const char *compare_at_field;
};

static void add_price(struct product_variant *variant, const struct price_cells *cells, struct error *err)
{
    int64_t amount_minor = read_money(cells->price, cells->currency, cells->price_field, err);
    int64_t before_minor = read_money(cells->compare_at, cells->currency, cells->compare_at_field, err);
    if (*cells->price && amount_minor == 0 && err->status == STATUS_OK)
        error_field(err, cells->price_field, "out_of_range", "A price must be above 0.");
    if (!*cells->price || err->status)
        return;
    size_t place = 0;
    while (place < variant->price_count && strcmp(variant->prices[place].currency, cells->currency->code) != 0)
        place++;
    variant->prices[place].currency = cells->currency->code;
    variant->prices[place].amount_minor = amount_minor;
    variant->prices[place].compare_at_minor = before_minor > amount_minor ? before_minor : 0;
    variant->price_count += place == variant->price_count;
}

/* A price in a market's own column goes before one in the plain column, when both are of one currency. */
static void read_prices(const struct import_header *header, const struct import_row *row, const struct currency *currency,
                        struct arena *arena, struct product_variant *variant, struct error *err)
{
    const struct price_cells plain = {currency, import_value(header, row, IMPORT_PRICE),
                                      import_value(header, row, IMPORT_COMPARE_AT), header->names[IMPORT_PRICE],
                                      header->names[IMPORT_COMPARE_AT]};
    variant->prices = ARENA_ARRAY(arena, struct product_price, header->market_count + 1);
    add_price(variant, &plain, err);
    for (size_t i = 0; i < header->market_count; i++) {
        const struct import_market_prices *market = &header->markets[i];
        const struct price_cells cells = {currency_find(market->currency), import_value_at(row, market->price),
                                          import_value_at(row, market->compare_at), market->price_name,
                                          market->compare_at_name};
        add_price(variant, &cells, err);
    }
    if (variant->price_count == 0 && err->status == STATUS_OK)
        error_field(err, header->names[IMPORT_PRICE], "required", "A variant needs a price.");
}

/* The old column says deny or continue, the new one TRUE or FALSE. */
static const char *read_policy(const char *text, const char *field, struct error *err)
{
    static const struct {
        const char *word;
        const char *policy;
    } words[] = {{"", ""}, {"deny", "deny"}, {"false", "deny"}, {"continue", "backorder"}, {"true", "backorder"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i].word) == 0)
            return words[i].policy;
    error_field(err, field, "unknown", "\"%.40s\" is neither deny nor continue.", text);
    return "";
}

static void read_option_values(const struct import_header *header, const struct import_row *row, size_t option_count,
                               struct arena *arena, struct product_variant *variant)
{
    static const enum import_column values[] = {IMPORT_OPTION1_VALUE, IMPORT_OPTION2_VALUE, IMPORT_OPTION3_VALUE};
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX; i++)
        variant->options[i] = i < option_count ? arena_strdup(arena, import_value(header, row, values[i])) : "";
}

void import_variant_read(const struct import_header *header, const struct import_row *row, const struct currency *currency,
                         size_t option_count, struct arena *arena, struct product_variant *ret_variant, struct error *err)
{
    struct product_variant variant = {.line = row->line};
    variant.sku = arena_strdup(arena, import_value(header, row, IMPORT_SKU));
    variant.barcode = arena_strdup(arena, import_value(header, row, IMPORT_BARCODE));
    variant.weight_grams = read_number(import_value(header, row, IMPORT_GRAMS), "weightGrams", err);
    int64_t quantity = read_number(import_value(header, row, IMPORT_QUANTITY), "onHand", err);
    variant.on_hand = quantity > 0 ? quantity : 0; /* Shopify counts oversold units below zero */
    variant.sell_policy = read_policy(import_value(header, row, IMPORT_POLICY), header->names[IMPORT_POLICY], err);
    read_option_values(header, row, option_count, arena, &variant);
    read_prices(header, row, currency, arena, &variant, err);
    *ret_variant = variant;
}
