/* Invoices as rows. */
#include "invoice_store.h"

#include <string.h>

#include "invoice_sql.h"

struct truth {
    bool is_made;
};

struct number {
    int64_t last_number;
};

struct sums {
    int64_t total_minor;
    int64_t vat_minor;
};

static const struct db_column truth_columns[] = {DB_COLUMN(struct truth, is_made)};
static const struct db_shape truth_shape = DB_SHAPE(struct truth, truth_columns);
static const struct db_column number_columns[] = {DB_COLUMN(struct number, last_number)};
static const struct db_shape number_shape = DB_SHAPE(struct number, number_columns);
static const struct db_column sums_columns[] = {DB_COLUMN(struct sums, total_minor), DB_COLUMN(struct sums, vat_minor)};
static const struct db_shape sums_shape = DB_SHAPE(struct sums, sums_columns);

static const struct db_column row_columns[] = {
    DB_COLUMN(struct invoice_row, kind),          DB_COLUMN(struct invoice_row, number),
    DB_COLUMN(struct invoice_row, currency_code), DB_COLUMN(struct invoice_row, total_minor),
    DB_COLUMN(struct invoice_row, vat_minor),     DB_COLUMN(struct invoice_row, content),
    DB_COLUMN(struct invoice_row, issued_at_us),
};
static const struct db_shape row_shape = DB_SHAPE(struct invoice_row, row_columns);

enum db_outcome invoice_store_is_made(struct db *db, const char *kind, const char *source_id, bool *ret_is_made,
                                      struct arena *arena, struct error *err)
{
    struct truth row;
    enum db_outcome outcome = db_one(db, &sql_invoice_is_made, DB_ARGS(DB_ARG(kind), DB_ARG(source_id)), &truth_shape, &row,
                                     arena, err);
    if (outcome == DB_OK)
        *ret_is_made = row.is_made;
    return outcome;
}

enum db_outcome invoice_store_next_number(struct db *db, const char *kind, const char *country_code, int64_t *ret_sequence,
                                          struct arena *arena, struct error *err)
{
    struct number row;
    enum db_outcome outcome = db_one(db, &sql_invoice_next_number, DB_ARGS(DB_ARG(kind), DB_ARG(country_code)),
                                     &number_shape, &row, arena, err);
    if (outcome == DB_OK)
        *ret_sequence = row.last_number;
    return outcome;
}

void invoice_store_send_lock_order(struct db *db, const char *order_id)
{
    db_send(db, &sql_invoice_lock_order, DB_ARGS(DB_ARG(order_id)));
}

void invoice_store_send(struct db *db, const struct invoice_place *place, const struct invoice_row *row)
{
    db_send(db, &sql_invoice_insert,
            DB_ARGS(DB_ARG(place->id), DB_ARG(row->kind), DB_ARG(place->country_code), DB_ARG(place->sequence),
                    DB_ARG(row->number), DB_ARG(place->order_id), DB_ARG(place->source_id), DB_ARG(row->currency_code),
                    DB_ARG(row->total_minor), DB_ARG(row->vat_minor), DB_ARG(row->content), DB_ARG(row->issued_at_us)));
}

enum db_outcome invoice_store_sum_credits(struct db *db, const char *order_id, int64_t *ret_total_minor,
                                          int64_t *ret_vat_minor, struct arena *arena, struct error *err)
{
    struct sums row;
    enum db_outcome outcome = db_one(db, &sql_invoice_sum_of_credits, DB_ARGS(DB_ARG(order_id)), &sums_shape, &row, arena,
                                     err);
    if (outcome != DB_OK)
        return outcome;
    *ret_total_minor = row.total_minor;
    *ret_vat_minor = row.vat_minor;
    return DB_OK;
}

static const struct db_column uncredited_columns[] = {
    DB_COLUMN(struct invoice_uncredited, source_id),
    DB_COLUMN(struct invoice_uncredited, amount_minor),
    DB_COLUMN(struct invoice_uncredited, reason),
};
static const struct db_shape uncredited_shape = DB_SHAPE(struct invoice_uncredited, uncredited_columns);

enum db_outcome invoice_store_list_uncredited(struct db *db, const char *order_id, struct invoice_uncredited **ret_rows,
                                              size_t *ret_count, struct arena *arena, struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_invoice_list_uncredited, DB_ARGS(DB_ARG(order_id)), &uncredited_shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_rows = rows;
    return outcome;
}

bool invoice_store_is_beaten(const struct db *db)
{
    return strcmp(db_constraint(db), "invoice_of_source") == 0;
}

enum db_outcome invoice_store_find(struct db *db, const char *order_id, const char *number, struct invoice_row *ret_row,
                                   struct arena *arena, struct error *err)
{
    return db_one(db, &sql_invoice_find, DB_ARGS(DB_ARG(order_id), DB_ARG(number)), &row_shape, ret_row, arena, err);
}

enum db_outcome invoice_store_list(struct db *db, const char *order_id, struct invoice_row **ret_rows, size_t *ret_count,
                                   struct arena *arena, struct error *err)
{
    void *rows = NULL;
    enum db_outcome outcome =
        db_all(db, &sql_invoice_list, DB_ARGS(DB_ARG(order_id)), &row_shape, &rows, ret_count, arena, err);
    if (outcome == DB_OK)
        *ret_rows = rows;
    return outcome;
}
