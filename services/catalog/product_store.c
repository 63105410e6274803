/* Merges a staged batch: the statements of product.sql in their order, in one transaction. */
#include "product_store.h"

#include <stdio.h>
#include <string.h>

#include "catalog_rows.h"
#include "product_sql.h"

#define LARGE_BATCH 50 /* products */

struct merge_work {
    struct staging *staging;
    const struct merge_options *options;
    struct merge_result *result;
    struct arena *arena;
};

/* Once for each connection. */
static enum status make_tables(struct db *db, struct arena *arena, struct error *err)
{
    struct ready_row {
        bool ready;
    } row = {0};
    static const struct db_column columns[] = {DB_COLUMN(struct ready_row, ready)};
    static const struct db_shape shape = DB_SHAPE(struct ready_row, columns);
    enum db_outcome outcome = db_one(db, &sql_product_is_staging_ready, DB_NO_ARGS, &shape, &row, arena, err);
    if (outcome != DB_OK || row.ready)
        return db_status(outcome);
    static const struct sql *const tables[] = {&sql_product_create_staged_product, &sql_product_create_staged_variant,
                                               &sql_product_create_staged_price, &sql_product_create_staged_picture};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        db_send(db, tables[i], DB_NO_ARGS);
    return db_status(db_flush(db, err));
}

static enum status copy(struct db *db, const struct sql *sql, const struct copy_rows *rows, struct error *err)
{
    if (rows->size == 0)
        return STATUS_OK;
    enum db_outcome outcome = db_copy_begin(db, sql, err);
    if (outcome == DB_OK)
        outcome = db_copy_put(db, rows->data, rows->size, err);
    if (outcome == DB_OK)
        outcome = db_copy_end(db, err);
    return db_status(outcome);
}

static enum status stage(struct db *db, const struct staging *staging, struct arena *arena, struct error *err)
{
    enum status status = make_tables(db, arena, err);
    if (status == STATUS_OK)
        status = copy(db, &sql_product_copy_products, &staging->products, err);
    if (status == STATUS_OK)
        status = copy(db, &sql_product_copy_variants, &staging->variants, err);
    if (status == STATUS_OK)
        status = copy(db, &sql_product_copy_prices, &staging->prices, err);
    if (status == STATUS_OK)
        status = copy(db, &sql_product_copy_pictures, &staging->pictures, err);
    return status;
}

/* A large batch is worth telling the planner about: it would take a new temporary table for a small one. */
static void send_analyze(struct db *db)
{
    static const struct sql *const statements[] = {&sql_product_analyze_products, &sql_product_analyze_variants,
                                                   &sql_product_analyze_prices, &sql_product_analyze_pictures};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        db_send(db, statements[i], DB_NO_ARGS);
}

/* Parents first. */
static void send_categories(struct db *db, const struct staging *staging)
{
    for (size_t level = 0; level < CATEGORY_DEPTH_MAX; level++) {
        size_t count = staging->path_counts[level];
        if (count == 0)
            continue;
        db_send(db, &sql_product_insert_categories,
                DB_ARGS(DB_ARG(((struct db_texts){staging->paths[level], count})),
                        DB_ARG(((struct db_texts){staging->parents[level], count})),
                        DB_ARG(((struct db_texts){staging->names[level], count})), DB_ARG((int64_t)level)));
    }
}

static enum status match(struct db *db, struct merge_work *work, struct error *err)
{
    db_send(db, &sql_product_match_products, DB_NO_ARGS);
    if (!work->options->set_stock) {
        enum db_outcome outcome = db_exec(db, &sql_product_drop_unchanged, DB_NO_ARGS, &work->result->unchanged, err);
        if (outcome != DB_OK && outcome != DB_NONE)
            return db_status(outcome);
    }
    db_send(db, &sql_product_match_variants_by_sku, DB_NO_ARGS);
    db_send(db, &sql_product_match_variants_by_options, DB_NO_ARGS);
    return STATUS_OK;
}

static const struct db_column refused_columns[] = {
    DB_COLUMN(struct refused_variant, product), DB_COLUMN(struct refused_variant, position),
    DB_COLUMN(struct refused_variant, line),    DB_COLUMN(struct refused_variant, sku),
    DB_COLUMN(struct refused_variant, field),
};
static const struct db_shape refused_shape = DB_SHAPE(struct refused_variant, refused_columns);

static enum status explain_refused(const struct merge_result *result, struct error *err)
{
    for (size_t i = 0; i < result->refused_count; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "variants[%lld].sku", (long long)result->refused[i].position);
        error_field(err, field, "taken", "The SKU %s belongs to another product.", result->refused[i].sku);
    }
    return error_set(err, STATUS_ALREADY_EXISTS, "A SKU belongs to another product.");
}

/* Leaves out variants that would break the catalogue's own rules, and keeps what their products have in their place. */
static enum status refuse(struct db *db, struct merge_work *work, struct error *err)
{
    struct merge_result *result = work->result;
    void *rows = NULL;
    result->refused_count = 0;
    enum db_outcome outcome = db_all(db, &sql_product_refuse_variants, DB_NO_ARGS, &refused_shape, &rows,
                                     &result->refused_count, work->arena, err);
    if (outcome != DB_OK && outcome != DB_NONE)
        return db_status(outcome);
    result->refused = rows;
    if (result->refused_count == 0)
        return STATUS_OK;
    if (work->options->all_or_nothing)
        return explain_refused(result, err);
    int64_t *products = ARENA_ARRAY(work->arena, int64_t, result->refused_count);
    for (size_t i = 0; i < result->refused_count; i++)
        products[i] = result->refused[i].product;
    db_send(db, &sql_product_keep_absent_of_refused, DB_ARGS(DB_ARG(((struct db_ints){products, result->refused_count}))));
    db_send(db, &sql_product_drop_empty, DB_NO_ARGS);
    return STATUS_OK;
}

static void send_merge(struct db *db, const struct merge_options *options)
{
    db_send(db, &sql_product_merge_products, DB_NO_ARGS);
    db_send(db, &sql_product_retire_variants, DB_NO_ARGS);
    db_send(db, &sql_product_update_variants, DB_NO_ARGS);
    db_send(db, &sql_product_insert_variants, DB_NO_ARGS);
    if (options->replace_prices)
        db_send(db, &sql_product_drop_other_prices, DB_NO_ARGS);
    db_send(db, &sql_product_merge_prices, DB_NO_ARGS);
    const char *made_by = options->made_by ? options->made_by : "import";
    db_send(db, &sql_product_ensure_stock, DB_NO_ARGS);
    db_send(db, &sql_product_insert_stock, DB_ARGS(DB_ARG(made_by)));
    if (options->set_stock)
        db_send(db, &sql_product_set_stock, DB_ARGS(DB_ARG(made_by)));
    db_send(db, &sql_product_set_policies, DB_NO_ARGS);
    db_send(db, &sql_product_drop_pictures, DB_NO_ARGS);
    db_send(db, &sql_product_insert_pictures, DB_NO_ARGS);
}

static void send_index(struct db *db)
{
    static const struct sql *const statements[] = {
        &sql_product_index_unlist, &sql_product_index_drop_offers,
        &sql_product_index_offers, &sql_product_index_listings,
        &sql_product_index_counts, &sql_product_index_documents,
        &sql_product_index_words,  &sql_product_index_category_pictures,
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        db_send(db, statements[i], DB_NO_ARGS);
}

static enum status count_merged(struct db *db, struct merge_work *work, struct error *err)
{
    static const struct db_column columns[] = {DB_COLUMN(struct merge_result, created),
                                               DB_COLUMN(struct merge_result, updated)};
    static const struct db_shape shape = DB_SHAPE(struct merge_result, columns);
    return db_status(db_one(db, &sql_product_count_merged, DB_NO_ARGS, &shape, work->result, work->arena, err));
}

static enum status merge(struct db *db, void *arg, struct error *err)
{
    struct merge_work *work = arg;
    db_send(db, &sql_product_lock_catalogue, DB_NO_ARGS);
    enum status status = stage(db, work->staging, work->arena, err);
    if (status)
        return status;
    if (work->staging->product_count >= LARGE_BATCH)
        send_analyze(db);
    send_categories(db, work->staging);
    status = match(db, work, err);
    if (status == STATUS_OK)
        status = refuse(db, work, err);
    if (status)
        return status;
    send_merge(db, work->options);
    send_index(db);
    if (work->staging->product_count < LARGE_BATCH)
        db_send(db, &sql_product_tell_changed, DB_NO_ARGS); /* an import of thousands is no news of each */
    status = count_merged(db, work, err);
    return status == STATUS_OK && work->options->dry_run ? STATUS_CANCELLED : status;
}

enum status product_store_merge(struct db *db, struct staging *staging, const struct merge_options *options,
                                struct merge_result *ret_result, struct arena *arena, struct error *err)
{
    struct merge_result result = {0};
    struct merge_work work = {staging, options, &result, arena};
    enum status status = db_transact(db, merge, &work, err);
    if (status == STATUS_CANCELLED && options->dry_run) {
        error_clear(err);
        status = STATUS_OK;
    }
    if (status == STATUS_OK)
        *ret_result = result;
    return status;
}

struct record_row {
    struct product_record record;
    const char *variants;
    const char *prices;
};

static const struct db_column record_columns[] = {
    DB_COLUMN(struct record_row, record.id),
    DB_COLUMN(struct record_row, record.handle),
    DB_COLUMN(struct record_row, record.title),
    DB_COLUMN(struct record_row, record.description),
    DB_COLUMN(struct record_row, record.vendor),
    DB_COLUMN(struct record_row, record.type),
    DB_COLUMN(struct record_row, record.tags),
    DB_COLUMN(struct record_row, record.status),
    DB_COLUMN(struct record_row, record.category_path),
    DB_COLUMN(struct record_row, record.option_names),
    DB_COLUMN(struct record_row, record.created_at_us),
    DB_COLUMN(struct record_row, record.updated_at_us),
    DB_COLUMN(struct record_row, variants),
    DB_COLUMN(struct record_row, prices),
};
static const struct db_shape record_shape = DB_SHAPE(struct record_row, record_columns);

static const struct db_column record_variant_columns[] = {
    DB_COLUMN(struct record_variant, id),         DB_COLUMN(struct record_variant, position),
    DB_COLUMN(struct record_variant, sku),        DB_COLUMN(struct record_variant, barcode),
    DB_COLUMN(struct record_variant, options[0]), DB_COLUMN(struct record_variant, options[1]),
    DB_COLUMN(struct record_variant, options[2]), DB_COLUMN(struct record_variant, weight_grams),
    DB_COLUMN(struct record_variant, on_hand),    DB_COLUMN(struct record_variant, reserved),
};
static const struct db_shape record_variant_shape = DB_SHAPE(struct record_variant, record_variant_columns);

static const struct db_column record_price_columns[] = {
    DB_COLUMN(struct record_price, variant_id),
    DB_COLUMN(struct record_price, currency),
    DB_COLUMN(struct record_price, amount_minor),
    DB_COLUMN(struct record_price, compare_at_minor),
};
static const struct db_shape record_price_shape = DB_SHAPE(struct record_price, record_price_columns);

enum status product_store_get_record(struct db *db, const char *handle, struct product_record *ret_record,
                                     struct arena *arena, struct error *err)
{
    struct record_row row = {0};
    enum db_outcome outcome = db_one(db, &sql_product_get_record, DB_ARGS(DB_ARG(handle)), &record_shape, &row, arena, err);
    if (outcome != DB_OK)
        return db_status(outcome);
    *ret_record = row.record;
    ret_record->variants = rows_from_json(row.variants, &record_variant_shape, &ret_record->variant_count, arena);
    ret_record->prices = rows_from_json(row.prices, &record_price_shape, &ret_record->price_count, arena);
    return STATUS_OK;
}
