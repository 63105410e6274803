/* Reads, stages and merges a file, batch by batch. */
#include "import.h"

#include <string.h>

#include "clock.h"
#include "import_product.h"

#define BATCH_PRODUCTS 2000
#define BATCH_BYTES (8u << 20)
#define ARENA_BLOCK (64u << 10)

struct importer {
    struct db *db;
    const struct markets *markets;
    const struct import_options *options;
    struct import_report *report;
    const struct currency *currency;
    struct import_pictures *pictures;
    struct import_header header;
    bool has_header;
    struct import_product product;
    struct staging staging;
    struct arena *file_arena; /* lives as long as the file */
    struct arena *batch_arena;
};

static void tell_refused(struct importer *self, const struct merge_result *result)
{
    for (size_t i = 0; i < result->refused_count; i++) {
        const struct refused_variant *refused = &result->refused[i];
        bool is_sku = strcmp(refused->field, "sku") == 0;
        const char *reason = is_sku ? arena_printf(self->batch_arena, "The SKU %s belongs to another product.", refused->sku)
                                    : "Another variant of the product has these option values, and its row was refused.";
        import_report_refuse(self->report, refused->line, self->header.names[is_sku ? IMPORT_SKU : IMPORT_OPTION1_VALUE],
                             reason);
    }
}

static enum status flush(struct importer *self, struct error *err)
{
    struct merge_result result = {0};
    const struct merge_options options = {.set_stock = self->options->set_stock, .dry_run = self->options->dry_run};
    enum status status = STATUS_OK;
    if (self->staging.product_count > 0)
        status = product_store_merge(self->db, &self->staging, &options, &result, self->batch_arena, err);
    if (status == STATUS_OK) {
        tell_refused(self, &result);
        import_report_batch(self->report, &result);
    }
    staging_clear(&self->staging);
    arena_reset(self->batch_arena);
    return status;
}

static enum status stage_product(struct importer *self, struct error *err)
{
    const struct product_draft *draft = import_product_finish(&self->product);
    if (draft)
        staging_add(&self->staging, draft, clock_now_us());
    bool is_full = self->staging.product_count >= BATCH_PRODUCTS || staging_size(&self->staging) >= BATCH_BYTES;
    return is_full ? flush(self, err) : STATUS_OK;
}

static enum status take_header(struct importer *self, const struct import_row *row, struct error *err)
{
    self->has_header = true;
    import_report_header(self->report, row);
    return import_header_read(row, self->markets, self->file_arena, &self->header, err);
}

static enum status take_row(void *arg, const struct import_row *row, struct error *err)
{
    struct importer *self = arg;
    if (!self->has_header)
        return take_header(self, row, err);
    if (import_product_is_next(&self->product, row)) {
        enum status status = stage_product(self, err);
        if (status)
            return status;
        import_product_begin(&self->product, row);
    }
    import_report_row(self->report, row);
    import_product_add(&self->product, row);
    return STATUS_OK;
}

static enum status read_file(struct importer *self, FILE *file, struct error *err)
{
    enum status status = import_csv_read(file, take_row, self, err);
    if (status == STATUS_OK && !self->has_header)
        status = error_set(err, STATUS_INVALID_ARGUMENT, "The file is empty.");
    if (status == STATUS_OK)
        status = stage_product(self, err);
    return status ? status : flush(self, err);
}

static enum status start_pictures(struct importer *self, struct error *err)
{
    if (!self->options->media_dir)
        return STATUS_OK;
    return import_pictures_start(self->options->pictures_program, self->options->media_dir, self->options->base_dir,
                                 &self->pictures, err);
}

enum status import_run(FILE *file, struct db *db, const struct markets *markets, const struct import_options *options,
                       struct import_report *report, struct error *err)
{
    struct importer self = {.db = db, .markets = markets, .options = options, .report = report};
    self.currency = currency_find(options->currency_code);
    if (!self.currency)
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "%.10s is not the code of a currency the shop knows, like KES or XOF.", options->currency_code);
    enum status status = start_pictures(&self, err);
    if (status)
        return status;
    self.file_arena = arena_new(ARENA_BLOCK, SIZE_MAX);
    self.batch_arena = arena_new(ARENA_BLOCK, SIZE_MAX);
    staging_init(&self.staging);
    import_product_init(&self.product, &self.header, self.currency, self.pictures, report);
    status = read_file(&self, file, err);
    import_product_done(&self.product);
    staging_done(&self.staging);
    arena_free(self.batch_arena);
    arena_free(self.file_arena);
    import_pictures_stop(self.pictures);
    return status;
}
