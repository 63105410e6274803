/* The rules that a product keeps, and the titles that follow from its options. */
#include "product.h"

#include <stdio.h>
#include <string.h>

#include "money.h"
#include "text.h"

static const char *const status_names[] = {"active", "draft", "archived"};

const char *product_status_name(enum product_status status)
{
    return status_names[status];
}

bool product_status_parse(const char *name, enum product_status *ret_status)
{
    for (size_t i = 0; i < sizeof(status_names) / sizeof(status_names[0]); i++) {
        if (strcasecmp(status_names[i], name) == 0) {
            *ret_status = (enum product_status)i;
            return true;
        }
    }
    return false;
}

enum status product_check_handle(const char *handle, const char *field, struct error *err)
{
    size_t length = strnlen(handle, PRODUCT_HANDLE_MAX + 1);
    if (length == 0)
        return error_field(err, field, "required", "A product needs a handle, its name in addresses.");
    if (length > PRODUCT_HANDLE_MAX)
        return error_field(err, field, "too_long", "A handle has at most %d characters.", PRODUCT_HANDLE_MAX);
    if (strspn(handle, "abcdefghijklmnopqrstuvwxyz0123456789-") != length || handle[0] == '-' || handle[length - 1] == '-' ||
        strstr(handle, "--"))
        return error_field(err, field, "malformed",
                           "A handle is made of a-z, 0-9 and single hyphens between: blue-cotton-shirt.");
    return STATUS_OK;
}

static void check_tags(struct product_draft *draft, struct arena *arena, struct error *err)
{
    if (draft->tag_count > PRODUCT_TAGS_MAX) {
        error_field(err, "tags", "too_long", "A product has at most %d tags.", PRODUCT_TAGS_MAX);
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < draft->tag_count; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "tags[%zu]", i);
        const char *tag = text_check(draft->tags[i], field, 0, PRODUCT_NAME_MAX, false, arena, err);
        bool known = *tag == '\0';
        for (size_t k = 0; k < kept && !known; k++)
            known = strcasecmp(draft->tags[k], tag) == 0;
        if (!known)
            draft->tags[kept++] = tag;
    }
    draft->tag_count = kept;
}

static void check_option_names(struct product_draft *draft, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < draft->option_count; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "optionNames[%zu]", i);
        draft->option_names[i] = text_check(draft->option_names[i], field, 1, PRODUCT_NAME_MAX, false, arena, err);
        for (size_t k = 0; k < i; k++)
            if (*draft->option_names[i] && strcasecmp(draft->option_names[k], draft->option_names[i]) == 0)
                error_field(err, field, "duplicate", "Two options have the same name.");
    }
}

enum status product_check(struct product_draft *draft, struct arena *arena, struct error *err)
{
    draft->title = text_check(draft->title, "title", 1, PRODUCT_TITLE_MAX, false, arena, err);
    draft->description = text_check(draft->description, "description", 0, PRODUCT_DESCRIPTION_MAX, true, arena, err);
    draft->vendor = text_check(draft->vendor, "vendor", 0, PRODUCT_NAME_MAX, false, arena, err);
    draft->type = text_check(draft->type, "type", 0, PRODUCT_NAME_MAX, false, arena, err);
    check_tags(draft, arena, err);
    check_option_names(draft, arena, err);
    return err->status;
}

static void check_options(const struct product_draft *draft, struct product_variant *variant, struct arena *arena,
                          struct error *err)
{
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX; i++) {
        char field[ERROR_FIELD_MAX];
        snprintf(field, sizeof(field), "optionValues[%zu]", i);
        if (i < draft->option_count)
            variant->options[i] = text_check(variant->options[i], field, 1, PRODUCT_NAME_MAX, false, arena, err);
        else if (*variant->options[i])
            error_field(err, field, "unknown", "The product has only %zu options.", draft->option_count);
    }
}

static bool same_options(const struct product_variant *a, const struct product_variant *b)
{
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX; i++)
        if (strcmp(a->options[i], b->options[i]) != 0)
            return false;
    return true;
}

static void check_distinct(const struct product_variant *earlier, size_t count, const struct product_variant *variant,
                           struct error *err)
{
    bool same_sku = false;
    bool same_choice = false;
    for (size_t i = 0; i < count; i++) {
        same_sku |= *variant->sku && strcmp(earlier[i].sku, variant->sku) == 0;
        same_choice |= same_options(&earlier[i], variant);
    }
    if (same_sku)
        error_field(err, "sku", "duplicate", "Another variant of this product has the same SKU.");
    if (same_choice)
        error_field(err, "optionValues", "duplicate", "Another variant of this product has the same option values.");
}

/* How many values the option would have with this variant's. */
static size_t value_count(const struct product_variant *earlier, size_t count, const struct product_variant *variant,
                          size_t option)
{
    size_t distinct = 1;
    for (size_t i = 0; i < count; i++) {
        bool known = strcmp(earlier[i].options[option], variant->options[option]) == 0;
        for (size_t k = 0; k < i && !known; k++)
            known = strcmp(earlier[k].options[option], earlier[i].options[option]) == 0;
        distinct += !known;
    }
    return distinct;
}

static void check_value_counts(const struct product_draft *draft, const struct product_variant *earlier, size_t count,
                               const struct product_variant *variant, struct error *err)
{
    if (count < PRODUCT_OPTION_VALUES_MAX)
        return;
    for (size_t i = 0; i < draft->option_count; i++)
        if (value_count(earlier, count, variant, i) > PRODUCT_OPTION_VALUES_MAX)
            error_field(err, "optionValues", "too_long", "An option has at most %d values.", PRODUCT_OPTION_VALUES_MAX);
}

static void check_price(const struct product_variant *variant, size_t index, struct error *err)
{
    const struct product_price *price = &variant->prices[index];
    char field[ERROR_FIELD_MAX];
    snprintf(field, sizeof(field), "prices[%zu].price.currencyCode", index);
    if (!currency_find(price->currency))
        error_field(err, field, "unknown", "This is not the code of a currency that the shop knows.");
    for (size_t i = 0; i < index; i++)
        if (strcmp(variant->prices[i].currency, price->currency) == 0)
            error_field(err, field, "duplicate", "There are two prices in this currency.");
    snprintf(field, sizeof(field), "prices[%zu].price.amountMinor", index);
    if (price->amount_minor < 1 || price->amount_minor > MONEY_AMOUNT_MAX)
        error_field(err, field, "out_of_range", "A price must be above 0 and at most %lld.", (long long)MONEY_AMOUNT_MAX);
    snprintf(field, sizeof(field), "prices[%zu].compareAtPrice.amountMinor", index);
    if (price->compare_at_minor != 0 &&
        (price->compare_at_minor <= price->amount_minor || price->compare_at_minor > MONEY_AMOUNT_MAX))
        error_field(err, field, "out_of_range",
                    "The earlier price must be above the price; leave it out when nothing is reduced.");
}

static void check_number(int64_t value, int64_t max, const char *field, struct error *err)
{
    if (value < 0 || value > max)
        error_field(err, field, "out_of_range", "This must be from 0 to %lld.", (long long)max);
}

enum status product_check_variant(const struct product_draft *draft, const struct product_variant *earlier,
                                  size_t earlier_count, struct product_variant *variant, struct arena *arena,
                                  struct error *err)
{
    if (earlier_count >= PRODUCT_VARIANTS_MAX)
        return error_field(err, "", "too_long", "A product has at most %d variants.", PRODUCT_VARIANTS_MAX);
    variant->sku = text_check(variant->sku, "sku", 0, PRODUCT_NAME_MAX, false, arena, err);
    variant->barcode = text_check(variant->barcode, "barcode", 0, PRODUCT_NAME_MAX, false, arena, err);
    check_number(variant->weight_grams, PRODUCT_WEIGHT_MAX, "weightGrams", err);
    check_number(variant->on_hand, PRODUCT_STOCK_MAX, "onHand", err);
    check_options(draft, variant, arena, err);
    for (size_t i = 0; i < variant->price_count; i++)
        check_price(variant, i, err);
    if (err->status == STATUS_OK) {
        check_distinct(earlier, earlier_count, variant, err);
        check_value_counts(draft, earlier, earlier_count, variant, err);
    }
    return err->status;
}

const char *product_variant_title(const char *const options[PRODUCT_OPTIONS_MAX], struct arena *arena)
{
    const char *title = "";
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX && *options[i]; i++)
        title = arena_printf(arena, "%s%s%s", title, i > 0 ? " / " : "", options[i]);
    return title;
}

void product_option_values(const char *const (*variant_options)[PRODUCT_OPTIONS_MAX], size_t variant_count,
                           size_t option_count, const char **values[PRODUCT_OPTIONS_MAX], size_t counts[PRODUCT_OPTIONS_MAX])
{
    for (size_t option = 0; option < option_count; option++) {
        counts[option] = 0;
        for (size_t i = 0; i < variant_count; i++) {
            const char *value = variant_options[i][option];
            bool known = false;
            for (size_t k = 0; k < counts[option] && !known; k++)
                known = strcmp(values[option][k], value) == 0;
            if (!known)
                values[option][counts[option]++] = value;
        }
    }
}
