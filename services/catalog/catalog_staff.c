/* What staff change of products. */
#include "catalog_service.h"

#include <stdio.h>
#include <string.h>

#include "catalog_view.h"
#include "clock.h"
#include "idempotency.h"
#include "text.h"

enum status catalog_check_staff(const struct rpc_call *call, struct error *err)
{
    const Rpc__V1__Caller *caller = call->meta.caller;
    if (caller->kind == RPC__V1__CALLER__KIND__KIND_STAFF)
        return STATUS_OK;
    if (caller->kind == RPC__V1__CALLER__KIND__KIND_NOBODY || caller->kind == RPC__V1__CALLER__KIND__KIND_GUEST)
        return error_set(err, STATUS_UNAUTHENTICATED, "Sign in as staff first.");
    return error_set(err, STATUS_PERMISSION_DENIED, "This is for staff.");
}

/* ---- drafts from requests ---- */

static struct product_price *draft_prices(const Catalog__V1__VariantRecord *record, struct arena *arena, size_t *ret_count)
{
    size_t count = record->n_prices > PRODUCT_PRICES_MAX ? PRODUCT_PRICES_MAX : record->n_prices;
    struct product_price *prices = ARENA_ARRAY(arena, struct product_price, count);
    for (size_t i = 0; i < count; i++) {
        const Types__V1__Money *price = record->prices[i]->price;
        const Types__V1__Money *before = record->prices[i]->compare_at_price;
        prices[i].currency = price ? price->currency_code : "";
        prices[i].amount_minor = price ? price->amount_minor : 0;
        prices[i].compare_at_minor = before ? before->amount_minor : 0;
    }
    *ret_count = count;
    return prices;
}

static void draft_variant(const Catalog__V1__VariantRecord *record, struct arena *arena, struct product_variant *variant)
{
    variant->sku = record->sku;
    variant->barcode = record->barcode;
    variant->weight_grams = record->weight_grams;
    variant->on_hand = record->on_hand;
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX; i++)
        variant->options[i] = i < record->n_option_values ? record->option_values[i] : "";
    variant->prices = draft_prices(record, arena, &variant->price_count);
}

static enum status draft_status(Catalog__V1__ProductRecord__Status asked, enum product_status *ret_status, struct error *err)
{
    static const enum product_status statuses[] = {
        [CATALOG__V1__PRODUCT_RECORD__STATUS__STATUS_UNSPECIFIED] = PRODUCT_ACTIVE,
        [CATALOG__V1__PRODUCT_RECORD__STATUS__ACTIVE] = PRODUCT_ACTIVE,
        [CATALOG__V1__PRODUCT_RECORD__STATUS__DRAFT] = PRODUCT_DRAFT,
        [CATALOG__V1__PRODUCT_RECORD__STATUS__ARCHIVED] = PRODUCT_ARCHIVED,
    };
    if ((unsigned)asked >= sizeof(statuses) / sizeof(statuses[0]))
        return error_field(err, "status", "unknown", "A product is ACTIVE, DRAFT or ARCHIVED.");
    *ret_status = statuses[asked];
    return STATUS_OK;
}

static void check_prices_match(const Catalog__V1__VariantRecord *record, struct error *err)
{
    if (record->n_prices > PRODUCT_PRICES_MAX)
        error_field(err, "prices", "too_long", "A variant has at most %d prices.", PRODUCT_PRICES_MAX);
    for (size_t i = 0; i < record->n_prices; i++) {
        const Types__V1__Money *price = record->prices[i]->price;
        const Types__V1__Money *before = record->prices[i]->compare_at_price;
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "prices[%zu].compareAtPrice.currencyCode", i);
        if (price && before && strcmp(price->currency_code, before->currency_code) != 0)
            error_field(err, field, "mismatch", "The earlier price is in another currency than the price.");
    }
}

/* The checks stop at an error's eight violations, so that a product of 250 bad variants costs no more than one of eight. */
static void check_variants(struct product_draft *draft, const Catalog__V1__ProductRecord *record, struct arena *arena,
                           struct error *err)
{
    if (record->n_variants == 0)
        error_field(err, "variants", "required", "A product needs at least one variant.");
    if (record->n_variants > PRODUCT_VARIANTS_MAX)
        error_field(err, "variants", "too_long", "A product has at most %d variants.", PRODUCT_VARIANTS_MAX);
    for (size_t i = 0; i < draft->variant_count && err->violation_count < ERROR_VIOLATIONS_MAX; i++) {
        size_t before = err->violation_count;
        struct error own;
        error_clear(&own);
        draft_variant(record->variants[i], arena, &draft->variants[i]);
        check_prices_match(record->variants[i], &own);
        if (product_check_variant(draft, draft->variants, i, &draft->variants[i], arena, &own) == STATUS_OK)
            continue;
        for (size_t k = 0; k < own.violation_count; k++)
            error_field(err, own.violations[k].field, own.violations[k].code, "%s", own.violations[k].message);
        error_prefix(err, before, arena_printf(arena, "variants[%zu]", i));
    }
}

static void fill_draft(const Catalog__V1__SaveProductRequest *request, struct arena *arena, struct product_draft *draft)
{
    const Catalog__V1__ProductRecord *record = request->product;
    *draft = (struct product_draft){
        .handle = request->handle,
        .title = record->title,
        .description = record->description,
        .vendor = record->vendor,
        .type = record->type,
        .tag_count = record->n_tags,
        .option_count = record->n_option_names < PRODUCT_OPTIONS_MAX ? record->n_option_names : PRODUCT_OPTIONS_MAX,
        .variant_count = record->n_variants < PRODUCT_VARIANTS_MAX ? record->n_variants : PRODUCT_VARIANTS_MAX,
        .is_whole = true,
    };
    draft->tags = arena_memdup(arena, record->tags, record->n_tags * sizeof(*record->tags));
    draft->variants = ARENA_ARRAY(arena, struct product_variant, draft->variant_count);
    for (size_t i = 0; i < draft->option_count; i++)
        draft->option_names[i] = record->option_names[i];
}

static enum status make_draft(const Catalog__V1__SaveProductRequest *request, struct arena *arena,
                              struct product_draft *draft, struct error *err)
{
    const Catalog__V1__ProductRecord *record = request->product;
    if (!record)
        return error_field(err, "product", "required", "Which product? Give it as \"product\".");
    fill_draft(request, arena, draft);
    if (*record->handle && strcmp(record->handle, request->handle) != 0)
        error_field(err, "handle", "mismatch", "A handle is never changed; it must be the one in the address.");
    if (record->n_option_names > PRODUCT_OPTIONS_MAX)
        error_field(err, "optionNames", "too_long", "A product has at most %d options.", PRODUCT_OPTIONS_MAX);
    enum status status = draft_status(record->status, &draft->status, err);
    status = category_from_slugs(record->category_path, "categoryPath", arena, &draft->category, err);
    status = product_check(draft, arena, err);
    check_variants(draft, record, arena, err);
    error_prefix(err, 0, "product");
    status = product_check_handle(request->handle, "handle", err);
    return err->status ? err->status : status;
}

/* ---- handlers ---- */

static enum status load_record(struct rpc_call *call, const char *handle, Catalog__V1__ProductRecord *reply,
                               struct error *err)
{
    struct product_record record;
    enum status status = product_store_get_record(service_db(call), handle, &record, call->arena, err);
    if (status == STATUS_NOT_FOUND)
        return error_set(err, status, "There is no product with the handle %.200s.", handle);
    if (status == STATUS_OK)
        catalog_view_record(&record, call->arena, reply);
    return status;
}

static enum status save_product(struct catalog_service *self, struct rpc_call *call,
                                const Catalog__V1__SaveProductRequest *request, Catalog__V1__ProductRecord *reply,
                                struct error *err)
{
    (void)self;
    struct product_draft draft;
    enum status status = catalog_check_staff(call, err);
    if (status == STATUS_OK)
        status = make_draft(request, call->arena, &draft, err);
    if (status)
        return status;
    const struct merge_options options = {
        .replace_prices = true, .all_or_nothing = true, .made_by = call->meta.caller->subject};
    struct merge_result result;
    struct staging staging;
    staging_init(&staging);
    staging_add(&staging, &draft, clock_now_us());
    status = product_store_merge(service_db(call), &staging, &options, &result, call->arena, err);
    staging_done(&staging);
    if (status == STATUS_ALREADY_EXISTS)
        error_prefix(err, 0, "product");
    return status ? status : load_record(call, request->handle, reply, err);
}

static enum status get_product_record(struct catalog_service *self, struct rpc_call *call,
                                      const Catalog__V1__GetProductRecordRequest *request, Catalog__V1__ProductRecord *reply,
                                      struct error *err)
{
    (void)self;
    enum status status = catalog_check_staff(call, err);
    return status ? status : load_record(call, request->handle, reply, err);
}

IDEMPOTENCY_KEYED(save_product, struct catalog_service, Catalog__V1__SaveProductRequest, Catalog__V1__ProductRecord)

RPC_HANDLER(save_product_keyed, struct catalog_service, Catalog__V1__SaveProductRequest, Catalog__V1__ProductRecord,
            catalog__v1__product_record__init)
RPC_HANDLER(get_product_record, struct catalog_service, Catalog__V1__GetProductRecordRequest, Catalog__V1__ProductRecord,
            catalog__v1__product_record__init)

void catalog_staff_serve(Catalog__V1__CatalogService_Service *vtable)
{
    vtable->save_product = save_product_keyed_rpc;
    vtable->get_product_record = get_product_record_rpc;
}
