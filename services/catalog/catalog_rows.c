/* Shapes of the views and functions in schema/0004_views.sql and 0005_stock_ledger.sql, and the reader of JSON lists of
 * them. */
#include "catalog_rows.h"

#include <assert.h>
#include <jansson.h>

#define PICTURE_COLUMNS(type)                                                                                               \
    DB_COLUMN(type, picture.url), DB_COLUMN(type, picture.media), DB_COLUMN(type, picture.alt),                             \
        DB_COLUMN(type, picture.width), DB_COLUMN(type, picture.height)

static const struct db_column category_columns[] = {
    DB_COLUMN(struct category_row, number),        DB_COLUMN(struct category_row, parent),
    DB_COLUMN(struct category_row, position),      DB_COLUMN(struct category_row, id),
    DB_COLUMN(struct category_row, path),          DB_COLUMN(struct category_row, name),
    DB_COLUMN(struct category_row, parent_path),   DB_COLUMN(struct category_row, depth),
    DB_COLUMN(struct category_row, product_count), PICTURE_COLUMNS(struct category_row),
};

static const struct db_column card_columns[] = {
    DB_COLUMN(struct card_row, product_id),       DB_COLUMN(struct card_row, currency),
    DB_COLUMN(struct card_row, handle),           DB_COLUMN(struct card_row, title),
    DB_COLUMN(struct card_row, vendor),           DB_COLUMN(struct card_row, price_minor),
    DB_COLUMN(struct card_row, compare_at_minor), DB_COLUMN(struct card_row, price_varies),
    DB_COLUMN(struct card_row, in_stock),         PICTURE_COLUMNS(struct card_row),
    DB_COLUMN(struct card_row, number_key),       DB_COLUMN(struct card_row, text_key),
};

static const struct db_column variant_columns[] = {
    DB_COLUMN(struct variant_row, id),
    DB_COLUMN(struct variant_row, product_id),
    DB_COLUMN(struct variant_row, currency),
    DB_COLUMN(struct variant_row, position),
    DB_COLUMN(struct variant_row, sku),
    DB_COLUMN(struct variant_row, barcode),
    DB_COLUMN(struct variant_row, options[0]),
    DB_COLUMN(struct variant_row, options[1]),
    DB_COLUMN(struct variant_row, options[2]),
    DB_COLUMN(struct variant_row, amount_minor),
    DB_COLUMN(struct variant_row, compare_at_minor),
    DB_COLUMN(struct variant_row, weight_grams),
    STOCK_OFFER_COLUMNS(struct variant_row, offer),
};

static const struct db_column picture_columns[] = {
    DB_COLUMN(struct picture_row, id),
    DB_COLUMN(struct picture_row, product_id),
    DB_COLUMN(struct picture_row, position),
    PICTURE_COLUMNS(struct picture_row),
};

const struct db_shape category_shape = DB_SHAPE(struct category_row, category_columns);
const struct db_shape card_shape = DB_SHAPE(struct card_row, card_columns);
const struct db_shape related_shape = {card_columns, sizeof(card_columns) / sizeof(card_columns[0]) - 2,
                                       sizeof(struct card_row)};
const struct db_shape variant_shape = DB_SHAPE(struct variant_row, variant_columns);
const struct db_shape picture_shape = DB_SHAPE(struct picture_row, picture_columns);

static void read_value(const json_t *value, const struct db_column *column, void *row, struct arena *arena)
{
    void *member = (char *)row + column->offset;
    if (json_is_null(value))
        return;
    if (column->kind == DB_TEXT) {
        assert(json_is_string(value) && "a text column gave a JSON string");
        *(const char **)member = arena_strndup(arena, json_string_value(value), json_string_length(value));
    } else if (column->kind == DB_INT) {
        assert(json_is_integer(value) && "an integer column gave a JSON integer");
        *(int64_t *)member = json_integer_value(value);
    } else {
        assert(column->kind == DB_BOOL && json_is_boolean(value) && "a boolean column gave a JSON boolean");
        *(bool *)member = json_is_true(value);
    }
}

/* jansson keeps the members of an object in the order in which they stand in the text. */
static void read_row(json_t *object, const struct db_shape *shape, void *row, struct arena *arena)
{
    assert(json_object_size(object) == shape->count && "a JSON row has as many members as its shape has columns");
    size_t i = 0;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        read_value(json_object_iter_value(at), &shape->columns[i++], row, arena);
}

void *rows_from_json(const char *json, const struct db_shape *shape, size_t *ret_count, struct arena *arena)
{
    json_t *list = json_loads(json, 0, NULL);
    assert(json_is_array(list) && "PostgreSQL wrote a JSON array");
    size_t count = json_array_size(list);
    char *rows = arena_calloc(arena, count, shape->row_size);
    for (size_t i = 0; i < count; i++)
        read_row(json_array_get(list, i), shape, rows + i * shape->row_size, arena);
    json_decref(list);
    *ret_count = count;
    return rows;
}
