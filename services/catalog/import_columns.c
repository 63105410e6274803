/* Matches the names in a file's first row with the columns the shop knows. */
#include "import_columns.h"

#include <stdbool.h>
#include <string.h>

/* Both generations of names (Shopify, "Using CSV files to import and export products"). */
static const char *const column_names[IMPORT_COLUMN_COUNT][2] = {
    [IMPORT_HANDLE] = {"Handle", "URL handle"},
    [IMPORT_TITLE] = {"Title", "Title"},
    [IMPORT_BODY] = {"Body (HTML)", "Description"},
    [IMPORT_VENDOR] = {"Vendor", "Vendor"},
    [IMPORT_CATEGORY] = {"Product Category", "Product category"},
    [IMPORT_TYPE] = {"Type", "Type"},
    [IMPORT_TAGS] = {"Tags", "Tags"},
    [IMPORT_PUBLISHED] = {"Published", "Published on online store"},
    [IMPORT_STATUS] = {"Status", "Status"},
    [IMPORT_OPTION1_NAME] = {"Option1 Name", "Option1 name"},
    [IMPORT_OPTION1_VALUE] = {"Option1 Value", "Option1 value"},
    [IMPORT_OPTION2_NAME] = {"Option2 Name", "Option2 name"},
    [IMPORT_OPTION2_VALUE] = {"Option2 Value", "Option2 value"},
    [IMPORT_OPTION3_NAME] = {"Option3 Name", "Option3 name"},
    [IMPORT_OPTION3_VALUE] = {"Option3 Value", "Option3 value"},
    [IMPORT_SKU] = {"Variant SKU", "SKU"},
    [IMPORT_BARCODE] = {"Variant Barcode", "Barcode"},
    [IMPORT_GRAMS] = {"Variant Grams", "Weight value (grams)"},
    [IMPORT_QUANTITY] = {"Variant Inventory Qty", "Inventory quantity"},
    [IMPORT_POLICY] = {"Variant Inventory Policy", "Continue selling when out of stock"},
    [IMPORT_PRICE] = {"Variant Price", "Price"},
    [IMPORT_COMPARE_AT] = {"Variant Compare At Price", "Compare-at price"},
    [IMPORT_PICTURE] = {"Image Src", "Product image URL"},
    [IMPORT_PICTURE_ALT] = {"Image Alt Text", "Image alt text"},
};

/* What stands in front of a market's name, and which of the pair it is. */
static const struct {
    const char *prefix;
    bool is_compare_at;
} market_prefixes[] = {
    {"Price / ", false},
    {"Compare At Price / ", true},
    {"Compare-at price / ", true},
};

static bool take_column(struct import_header *header, const char *name, int index)
{
    for (int column = 0; column < IMPORT_COLUMN_COUNT; column++) {
        if (strcasecmp(name, column_names[column][0]) != 0 && strcasecmp(name, column_names[column][1]) != 0)
            continue;
        if (header->index[column] >= 0)
            return false;
        header->index[column] = index;
        header->names[column] = name;
        return true;
    }
    return false;
}

static const char *currency_of(const struct markets *markets, const char *name)
{
    size_t count;
    const Types__V1__Market *const *all = markets_all(markets, &count);
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(all[i]->name, name) == 0 || strcasecmp(all[i]->country_code, name) == 0 ||
            strcasecmp(all[i]->currency_code, name) == 0)
            return all[i]->currency_code;
    return NULL;
}

static struct import_market_prices *market_prices(struct import_header *header, const char *currency)
{
    for (size_t i = 0; i < header->market_count; i++)
        if (strcmp(header->markets[i].currency, currency) == 0)
            return &header->markets[i];
    if (header->market_count == IMPORT_MARKETS_MAX)
        return NULL;
    header->markets[header->market_count] = (struct import_market_prices){currency, -1, -1, "", ""};
    return &header->markets[header->market_count++];
}

static bool take_market_column(struct import_header *header, const struct markets *markets, const char *name, int index)
{
    for (size_t i = 0; i < sizeof(market_prefixes) / sizeof(market_prefixes[0]); i++) {
        size_t length = strlen(market_prefixes[i].prefix);
        if (strncasecmp(name, market_prefixes[i].prefix, length) != 0)
            continue;
        const char *currency = currency_of(markets, name + length);
        struct import_market_prices *prices = currency ? market_prices(header, currency) : NULL;
        bool is_compare_at = market_prefixes[i].is_compare_at;
        int *place = !prices ? NULL : is_compare_at ? &prices->compare_at : &prices->price;
        if (!place || *place >= 0)
            return false;
        *place = index;
        *(is_compare_at ? &prices->compare_at_name : &prices->price_name) = name;
        return true;
    }
    return false;
}

static enum status check_header(const struct import_header *header, struct error *err)
{
    static const enum import_column needed[] = {IMPORT_TITLE, IMPORT_PRICE};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (header->index[needed[i]] < 0 && !(needed[i] == IMPORT_PRICE && header->market_count > 0))
            return error_set(err, STATUS_INVALID_ARGUMENT,
                             "This is not a product CSV in Shopify's format: its first line has no column \"%s\".",
                             column_names[needed[i]][0]);
    return STATUS_OK;
}

enum status import_header_read(const struct import_row *row, const struct markets *markets, struct arena *arena,
                               struct import_header *ret_header, struct error *err)
{
    struct import_header *header = ret_header;
    *header = (struct import_header){0};
    for (int column = 0; column < IMPORT_COLUMN_COUNT; column++) {
        header->index[column] = -1;
        header->names[column] = column_names[column][0];
    }
    for (size_t i = 0; i < row->count; i++) {
        const char *name = arena_strdup(arena, row->fields[i]);
        if (!take_column(header, name, (int)i) && !take_market_column(header, markets, name, (int)i))
            header->ignored++;
    }
    return check_header(header, err);
}

const char *import_value_at(const struct import_row *row, int index)
{
    return index >= 0 && (size_t)index < row->count ? row->fields[index] : "";
}

const char *import_value(const struct import_header *header, const struct import_row *row, enum import_column column)
{
    return import_value_at(row, header->index[column]);
}
