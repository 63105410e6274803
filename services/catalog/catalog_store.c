/* The statements of catalog.sql: arguments in, rows out. */
#include "catalog_store.h"

#include "catalog_sql.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The outcome of a statement that many rows answer: none is a good answer. */
static enum status status_of(enum db_outcome outcome)
{
    return outcome == DB_NONE ? STATUS_OK : db_status(outcome);
}

enum status catalog_store_list_categories(struct db *db, const char *parent_path, const struct category_row **ret_rows,
                                          size_t *ret_count, struct arena *arena, struct error *err)
{
    return status_of(db_all(db, &sql_catalog_list_categories, DB_ARGS(DB_ARG(parent_path)), &category_shape,
                            (void **)ret_rows, ret_count, arena, err));
}

static const struct db_column word_columns[] = {
    DB_COLUMN(struct listing_word, typed),
    DB_COLUMN(struct listing_word, products),
    DB_COLUMN(struct listing_word, correction),
};
static const struct db_shape word_shape = DB_SHAPE(struct listing_word, word_columns);

struct shelf_row {
    int64_t number;
    const char *breadcrumbs;
    const char *children;
    const char *words;
};

static const struct db_column shelf_columns[] = {
    DB_COLUMN(struct shelf_row, number),
    DB_COLUMN(struct shelf_row, breadcrumbs),
    DB_COLUMN(struct shelf_row, children),
    DB_COLUMN(struct shelf_row, words),
};
static const struct db_shape shelf_shape = DB_SHAPE(struct shelf_row, shelf_columns);

enum status catalog_store_find_shelf(struct db *db, const char *path, const char *query, struct shelf *ret_shelf,
                                     struct arena *arena, struct error *err)
{
    struct shelf_row row;
    enum db_outcome outcome =
        db_one(db, &sql_catalog_find_shelf, DB_ARGS(DB_ARG(path), DB_ARG(query)), &shelf_shape, &row, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    ret_shelf->number = row.number;
    ret_shelf->breadcrumbs = rows_from_json(row.breadcrumbs, &category_shape, &ret_shelf->breadcrumb_count, arena);
    ret_shelf->children = rows_from_json(row.children, &category_shape, &ret_shelf->child_count, arena);
    ret_shelf->words = rows_from_json(row.words, &word_shape, &ret_shelf->word_count, arena);
    return STATUS_OK;
}

/* A walk along the index of the order, whose arguments differ by what its keys are. */
struct walk {
    const struct sql *sql;
    bool has_number_key;
    bool has_text_key;
};

static const struct walk walks[] = {
    [LISTING_RELEVANCE] = {&sql_catalog_list_newest, false, false},
    [LISTING_NEWEST] = {&sql_catalog_list_newest, false, false},
    [LISTING_PRICE_LOW] = {&sql_catalog_list_price_low, true, false},
    [LISTING_PRICE_HIGH] = {&sql_catalog_list_price_high, true, false},
    [LISTING_NAME] = {&sql_catalog_list_name, false, true},
};

static enum db_outcome list_walk(struct db *db, const struct listing_request *request, void **ret_rows, size_t *ret_count,
                                 struct arena *arena, struct error *err)
{
    const struct walk *walk = &walks[request->sort];
    struct db_arg args[6];
    size_t count = 0;
    args[count++] = DB_ARG(request->category);
    args[count++] = DB_ARG(request->currency);
    if (walk->has_number_key)
        args[count++] = DB_ARG(request->after.number_key);
    if (walk->has_text_key)
        args[count++] = DB_ARG(request->after.text_key);
    args[count++] = DB_ARG(request->after.product_id);
    args[count++] = DB_ARG(request->limit);
    args[count++] = DB_ARG(request->country);
    return db_all(db, walk->sql, args, count, &card_shape, ret_rows, ret_count, arena, err);
}

/* The marks of product_index.document that a product listed there has. All have the root's. */
static const char *marks_of(const struct listing_request *request, struct arena *arena)
{
    if (request->is_root)
        return arena_printf(arena, "'#%s'", request->currency);
    return arena_printf(arena, "'#%lld' & '#%s'", (long long)request->category, request->currency);
}

static enum db_outcome list_found(struct db *db, const struct listing_request *request, void **ret_rows, size_t *ret_count,
                                  struct arena *arena, struct error *err)
{
    return db_all(db, &sql_catalog_search_products,
                  DB_ARGS(DB_ARG(request->search.words), DB_ARG(request->category), DB_ARG(request->currency),
                          DB_ARG(listing_sort_name(request->sort)), DB_ARG(request->after.number_key),
                          DB_ARG(request->after.text_key), DB_ARG(request->after.product_id), DB_ARG(request->limit),
                          DB_ARG(marks_of(request, arena)), DB_ARG(request->country)),
                  &card_shape, ret_rows, ret_count, arena, err);
}

enum status catalog_store_list(struct db *db, const struct listing_request *request, const struct card_row **ret_rows,
                               size_t *ret_count, struct arena *arena, struct error *err)
{
    *ret_count = 0;
    if (request->search.is_hopeless)
        return STATUS_OK;
    return status_of(
        (*request->search.words ? list_found : list_walk)(db, request, (void **)ret_rows, ret_count, arena, err));
}

struct product_row {
    struct product_detail detail;
    const char *breadcrumbs;
    const char *variants;
    const char *pictures;
    const char *related;
};

static const struct db_column product_columns[] = {
    DB_COLUMN(struct product_row, detail.id),
    DB_COLUMN(struct product_row, detail.handle),
    DB_COLUMN(struct product_row, detail.title),
    DB_COLUMN(struct product_row, detail.description),
    DB_COLUMN(struct product_row, detail.vendor),
    DB_COLUMN(struct product_row, detail.type),
    DB_COLUMN(struct product_row, detail.tags),
    DB_COLUMN(struct product_row, detail.option_names),
    DB_COLUMN(struct product_row, detail.price_minor),
    DB_COLUMN(struct product_row, detail.compare_at_minor),
    DB_COLUMN(struct product_row, detail.price_varies),
    DB_COLUMN(struct product_row, detail.created_at_us),
    DB_COLUMN(struct product_row, detail.updated_at_us),
    DB_COLUMN(struct product_row, breadcrumbs),
    DB_COLUMN(struct product_row, variants),
    DB_COLUMN(struct product_row, pictures),
    DB_COLUMN(struct product_row, related),
};
static const struct db_shape product_shape = DB_SHAPE(struct product_row, product_columns);

enum status catalog_store_get_product(struct db *db, const char *handle, const char *currency, const char *country,
                                      struct product_detail *ret_product, struct arena *arena, struct error *err)
{
    struct product_row row = {0};
    enum db_outcome outcome =
        db_one(db, &sql_catalog_get_product, DB_ARGS(DB_ARG(handle), DB_ARG(currency), DB_ARG(country)), &product_shape,
               &row, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    *ret_product = row.detail;
    ret_product->breadcrumbs = rows_from_json(row.breadcrumbs, &category_shape, &ret_product->breadcrumb_count, arena);
    ret_product->variants = rows_from_json(row.variants, &variant_shape, &ret_product->variant_count, arena);
    ret_product->pictures = rows_from_json(row.pictures, &picture_shape, &ret_product->picture_count, arena);
    ret_product->related = rows_from_json(row.related, &related_shape, &ret_product->related_count, arena);
    return STATUS_OK;
}

static const struct db_column quote_columns[] = {
    DB_COLUMN(struct quote_row, position),
    DB_COLUMN(struct quote_row, variant_id),
    DB_COLUMN(struct quote_row, product_id),
    DB_COLUMN(struct quote_row, handle),
    DB_COLUMN(struct quote_row, title),
    DB_COLUMN(struct quote_row, options[0]),
    DB_COLUMN(struct quote_row, options[1]),
    DB_COLUMN(struct quote_row, options[2]),
    DB_COLUMN(struct quote_row, sku),
    DB_COLUMN(struct quote_row, amount_minor),
    STOCK_OFFER_COLUMNS(struct quote_row, offer),
    DB_COLUMN(struct quote_row, weight_grams),
    DB_COLUMN(struct quote_row, picture.url),
    DB_COLUMN(struct quote_row, picture.media),
    DB_COLUMN(struct quote_row, picture.alt),
    DB_COLUMN(struct quote_row, picture.width),
    DB_COLUMN(struct quote_row, picture.height),
};
static const struct db_shape quote_shape = DB_SHAPE(struct quote_row, quote_columns);

enum status catalog_store_quote_variants(struct db *db, const struct quote_ask *asked, size_t asked_count,
                                         const struct quote_row **ret_rows, size_t *ret_count, struct arena *arena,
                                         struct error *err)
{
    const char **ids = ARENA_ARRAY(arena, const char *, asked_count);
    const char **currencies = ARENA_ARRAY(arena, const char *, asked_count);
    const char **countries = ARENA_ARRAY(arena, const char *, asked_count);
    for (size_t i = 0; i < asked_count; i++) {
        ids[i] = asked[i].variant_id;
        currencies[i] = asked[i].currency;
        countries[i] = asked[i].country;
    }
    return status_of(
        db_all(db, &sql_catalog_quote_variants,
               DB_ARGS(DB_ARG(((struct db_texts){ids, asked_count})), DB_ARG(((struct db_texts){currencies, asked_count})),
                       DB_ARG(((struct db_texts){countries, asked_count}))),
               &quote_shape, (void **)ret_rows, ret_count, arena, err));
}

enum status catalog_store_count_products(struct db *db, int64_t *ret_count, struct arena *arena, struct error *err)
{
    struct count_row {
        int64_t products;
    } row;
    static const struct db_column columns[] = {DB_COLUMN(struct count_row, products)};
    static const struct db_shape shape = DB_SHAPE(struct count_row, columns);
    enum db_outcome outcome = db_one(db, &sql_catalog_count_products, DB_NO_ARGS, &shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_count = row.products;
    return db_status(outcome);
}
