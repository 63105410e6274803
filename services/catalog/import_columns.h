/*
 * The columns of Shopify's product CSV, as exports of 2018 to 2024 and those of 2025 on name them, and where a file has
 * them.
 */
#ifndef CATALOG_IMPORT_COLUMNS_H
#define CATALOG_IMPORT_COLUMNS_H

#include "import_csv.h"
#include "market.h"

enum import_column {
    IMPORT_HANDLE,
    IMPORT_TITLE,
    IMPORT_BODY,
    IMPORT_VENDOR,
    IMPORT_CATEGORY,
    IMPORT_TYPE,
    IMPORT_TAGS,
    IMPORT_PUBLISHED,
    IMPORT_STATUS,
    IMPORT_OPTION1_NAME,
    IMPORT_OPTION1_VALUE,
    IMPORT_OPTION2_NAME,
    IMPORT_OPTION2_VALUE,
    IMPORT_OPTION3_NAME,
    IMPORT_OPTION3_VALUE,
    IMPORT_SKU,
    IMPORT_BARCODE,
    IMPORT_GRAMS,
    IMPORT_QUANTITY,
    IMPORT_POLICY,
    IMPORT_PRICE,
    IMPORT_COMPARE_AT,
    IMPORT_PICTURE,
    IMPORT_PICTURE_ALT,
    IMPORT_COLUMN_COUNT
};

#define IMPORT_MARKETS_MAX 32

/* A pair of price columns in another currency than the file's own. */
struct import_market_prices {
    const char *currency;
    int price; /* index of the column; -1: the file has none */
    int compare_at;
    const char *price_name; /* as the file writes them, for messages */
    const char *compare_at_name;
};

struct import_header {
    int index[IMPORT_COLUMN_COUNT];         /* -1: the file has none */
    const char *names[IMPORT_COLUMN_COUNT]; /* as the file writes it, for messages */
    struct import_market_prices markets[IMPORT_MARKETS_MAX];
    size_t market_count;
    size_t ignored; /* columns that the shop has no use for */
};

/*
 * Finds the columns in the file's first row; names are compared without regard to case. "Price / Kenya" (a market's name,
 * country code or currency) is the price in that market's currency; of several columns for one currency the first counts.
 * Texts go into the arena. INVALID_ARGUMENT when there is no column for the title or for any price.
 */
enum status import_header_read(const struct import_row *row, const struct markets *markets, struct arena *arena,
                               struct import_header *ret_header, struct error *err) MUST_CHECK;

/* A row's value in that column, "" when the file or the row has none. */
const char *import_value(const struct import_header *header, const struct import_row *row, enum import_column column);
const char *import_value_at(const struct import_row *row, int index);

#endif
