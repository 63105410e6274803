/* Copies rows into messages, and makes what follows from them: addresses of pictures, titles of variants, values of options.
 */
#include "catalog_view.h"

#include <string.h>

#include "clock.h"
#include "money.h"
#include "stock.h"

/* Generated messages want char *; nothing writes through it. */
static char *plain(const char *text)
{
    return (char *)text;
}

static char **texts(struct db_texts values, size_t *ret_count)
{
    *ret_count = values.count;
    return (char **)values.values;
}

static Types__V1__Money *money(struct arena *arena, int64_t amount_minor, const char *currency)
{
    return amount_minor > 0 ? money_message(arena, amount_minor, currency) : NULL;
}

/* NULL when there is no picture. */
static Types__V1__Picture *show_picture(const struct picture *picture, struct arena *arena)
{
    if (!*picture->url && !*picture->media)
        return NULL;
    Types__V1__Picture *message = ARENA_NEW(arena, Types__V1__Picture);
    types__v1__picture__init(message);
    message->url = plain(picture_page_url(picture, arena));
    message->srcset = plain(picture_srcset(picture, arena));
    message->social_url = plain(picture_social_url(picture, arena));
    message->alt = plain(picture->alt);
    message->width = (int32_t)picture->width;
    message->height = (int32_t)picture->height;
    return message;
}

static Catalog__V1__Category *show_category(const struct category_row *row, struct arena *arena)
{
    Catalog__V1__Category *message = ARENA_NEW(arena, Catalog__V1__Category);
    catalog__v1__category__init(message);
    message->id = plain(row->id);
    message->path = plain(row->path);
    message->name = plain(row->name);
    message->parent_path = plain(row->parent_path);
    message->depth = (int32_t)row->depth;
    message->product_count = row->product_count;
    message->picture = show_picture(&row->picture, arena);
    return message;
}

Catalog__V1__Category **catalog_view_categories(const struct category_row *rows, size_t count, struct arena *arena)
{
    Catalog__V1__Category **messages = ARENA_ARRAY(arena, Catalog__V1__Category *, count);
    for (size_t i = 0; i < count; i++)
        messages[i] = show_category(&rows[i], arena);
    return messages;
}

Catalog__V1__ProductSummary **catalog_view_summaries(const struct card_row *rows, size_t count, struct arena *arena)
{
    Catalog__V1__ProductSummary **messages = ARENA_ARRAY(arena, Catalog__V1__ProductSummary *, count);
    for (size_t i = 0; i < count; i++) {
        Catalog__V1__ProductSummary *message = messages[i] = ARENA_NEW(arena, Catalog__V1__ProductSummary);
        catalog__v1__product_summary__init(message);
        message->id = plain(rows[i].product_id);
        message->handle = plain(rows[i].handle);
        message->title = plain(rows[i].title);
        message->vendor = plain(rows[i].vendor);
        message->picture = show_picture(&rows[i].picture, arena);
        message->price = money(arena, rows[i].price_minor, rows[i].currency);
        message->compare_at_price = money(arena, rows[i].compare_at_minor, rows[i].currency);
        message->price_varies = rows[i].price_varies;
        message->in_stock = rows[i].in_stock;
    }
    return messages;
}

static size_t used_options(const char *const options[PRODUCT_OPTIONS_MAX])
{
    size_t count = 0;
    while (count < PRODUCT_OPTIONS_MAX && *options[count])
        count++;
    return count;
}

/* The options stand in the row, one after the other, so the message may point to them. */
static char **option_values(const char *const options[PRODUCT_OPTIONS_MAX], size_t *ret_count)
{
    *ret_count = used_options(options);
    return (char **)options;
}

static Catalog__V1__Availability availability_of(const struct stock_offer *offer)
{
    if (offer->ready > 0)
        return CATALOG__V1__AVAILABILITY__IN_STOCK;
    if (offer->ahead == 0)
        return CATALOG__V1__AVAILABILITY__SOLD_OUT;
    return strcmp(offer->policy, "preorder") == 0 ? CATALOG__V1__AVAILABILITY__PREORDER
                                                  : CATALOG__V1__AVAILABILITY__BACKORDER;
}

/* NULL: it is not sold ahead, or nobody knows. */
static Google__Protobuf__Timestamp *awaited_at(const struct stock_offer *offer, struct arena *arena)
{
    return offer->ahead > 0 && offer->available_from_us ? clock_to_timestamp(arena, offer->available_from_us) : NULL;
}

static Catalog__V1__Variant *variant_message(const struct variant_row *row, const char *currency, struct arena *arena)
{
    Catalog__V1__Variant *message = ARENA_NEW(arena, Catalog__V1__Variant);
    catalog__v1__variant__init(message);
    message->id = plain(row->id);
    message->sku = plain(row->sku);
    message->barcode = plain(row->barcode);
    message->title = plain(product_variant_title(row->options, arena));
    message->option_values = option_values(row->options, &message->n_option_values);
    message->price = money(arena, row->amount_minor, currency);
    message->compare_at_price = money(arena, row->compare_at_minor, currency);
    message->weight_grams = (int32_t)row->weight_grams;
    message->available = stock_offer_available(&row->offer);
    message->in_stock = message->available > 0;
    message->low_stock = stock_offer_is_low(&row->offer);
    message->availability = availability_of(&row->offer);
    message->available_from = awaited_at(&row->offer, arena);
    return message;
}

static void view_variants(const struct product_detail *product, const char *currency, struct arena *arena,
                          Catalog__V1__Product *message)
{
    message->n_variants = product->variant_count;
    message->variants = ARENA_ARRAY(arena, Catalog__V1__Variant *, product->variant_count);
    for (size_t i = 0; i < product->variant_count; i++) {
        message->variants[i] = variant_message(&product->variants[i], currency, arena);
        message->in_stock |= message->variants[i]->in_stock;
    }
}

static void view_options(const struct product_detail *product, struct arena *arena, Catalog__V1__Product *message)
{
    size_t option_count = product->option_names.count;
    const char **values[PRODUCT_OPTIONS_MAX];
    size_t counts[PRODUCT_OPTIONS_MAX];
    const char *(*choices)[PRODUCT_OPTIONS_MAX] = arena_calloc(arena, product->variant_count, sizeof(*choices));
    for (size_t i = 0; i < product->variant_count; i++)
        memcpy(choices[i], product->variants[i].options, sizeof(choices[i]));
    for (size_t i = 0; i < option_count; i++)
        values[i] = ARENA_ARRAY(arena, const char *, product->variant_count);
    product_option_values((const char *const(*)[PRODUCT_OPTIONS_MAX])choices, product->variant_count, option_count, values,
                          counts);
    message->n_options = option_count;
    message->options = ARENA_ARRAY(arena, Catalog__V1__ProductOption *, option_count);
    for (size_t i = 0; i < option_count; i++) {
        Catalog__V1__ProductOption *option = message->options[i] = ARENA_NEW(arena, Catalog__V1__ProductOption);
        catalog__v1__product_option__init(option);
        option->name = plain(product->option_names.values[i]);
        option->n_values = counts[i];
        option->values = (char **)values[i];
    }
}

void catalog_view_product(const struct product_detail *product, const char *currency, struct arena *arena,
                          Catalog__V1__Product *message)
{
    message->id = plain(product->id);
    message->handle = plain(product->handle);
    message->title = plain(product->title);
    message->description = plain(product->description);
    message->vendor = plain(product->vendor);
    message->type = plain(product->type);
    message->tags = texts(product->tags, &message->n_tags);
    message->price = money(arena, product->price_minor, currency);
    message->compare_at_price = money(arena, product->compare_at_minor, currency);
    message->price_varies = product->price_varies;
    message->created_at = clock_to_timestamp(arena, product->created_at_us);
    message->updated_at = clock_to_timestamp(arena, product->updated_at_us);
    message->n_breadcrumbs = product->breadcrumb_count;
    message->breadcrumbs = catalog_view_categories(product->breadcrumbs, product->breadcrumb_count, arena);
    message->n_related = product->related_count;
    message->related = catalog_view_summaries(product->related, product->related_count, arena);
    message->pictures = ARENA_ARRAY(arena, Types__V1__Picture *, product->picture_count);
    for (size_t i = 0; i < product->picture_count; i++) {
        struct picture picture = product->pictures[i].picture;
        if (!*picture.alt)
            picture.alt = product->title;
        message->pictures[message->n_pictures++] = show_picture(&picture, arena);
    }
    view_variants(product, currency, arena, message);
    view_options(product, arena, message);
}

static void view_prices(const struct product_record *record, const char *variant_id, struct arena *arena,
                        Catalog__V1__VariantRecord *message)
{
    message->prices = ARENA_ARRAY(arena, Catalog__V1__PriceRecord *, record->price_count);
    for (size_t i = 0; i < record->price_count; i++) {
        const struct record_price *price = &record->prices[i];
        if (strcmp(price->variant_id, variant_id) != 0)
            continue;
        Catalog__V1__PriceRecord *row = message->prices[message->n_prices++] = ARENA_NEW(arena, Catalog__V1__PriceRecord);
        catalog__v1__price_record__init(row);
        row->price = money(arena, price->amount_minor, price->currency);
        row->compare_at_price = money(arena, price->compare_at_minor, price->currency);
    }
}

static Catalog__V1__VariantRecord *variant_record(const struct product_record *record, const struct record_variant *variant,
                                                  struct arena *arena)
{
    Catalog__V1__VariantRecord *message = ARENA_NEW(arena, Catalog__V1__VariantRecord);
    catalog__v1__variant_record__init(message);
    message->id = plain(variant->id);
    message->sku = plain(variant->sku);
    message->barcode = plain(variant->barcode);
    message->option_values = option_values(variant->options, &message->n_option_values);
    message->weight_grams = (int32_t)variant->weight_grams;
    message->on_hand = variant->on_hand;
    message->reserved = variant->reserved;
    view_prices(record, variant->id, arena, message);
    return message;
}

static Catalog__V1__ProductRecord__Status record_status(const char *name)
{
    static const Catalog__V1__ProductRecord__Status statuses[] = {
        [PRODUCT_ACTIVE] = CATALOG__V1__PRODUCT_RECORD__STATUS__ACTIVE,
        [PRODUCT_DRAFT] = CATALOG__V1__PRODUCT_RECORD__STATUS__DRAFT,
        [PRODUCT_ARCHIVED] = CATALOG__V1__PRODUCT_RECORD__STATUS__ARCHIVED,
    };
    enum product_status status = PRODUCT_ACTIVE;
    return product_status_parse(name, &status) ? statuses[status] : CATALOG__V1__PRODUCT_RECORD__STATUS__STATUS_UNSPECIFIED;
}

void catalog_view_record(const struct product_record *record, struct arena *arena, Catalog__V1__ProductRecord *message)
{
    message->id = plain(record->id);
    message->handle = plain(record->handle);
    message->title = plain(record->title);
    message->description = plain(record->description);
    message->vendor = plain(record->vendor);
    message->type = plain(record->type);
    message->tags = texts(record->tags, &message->n_tags);
    message->status = record_status(record->status);
    message->category_path = plain(record->category_path);
    message->option_names = texts(record->option_names, &message->n_option_names);
    message->created_at = clock_to_timestamp(arena, record->created_at_us);
    message->updated_at = clock_to_timestamp(arena, record->updated_at_us);
    message->n_variants = record->variant_count;
    message->variants = ARENA_ARRAY(arena, Catalog__V1__VariantRecord *, record->variant_count);
    for (size_t i = 0; i < record->variant_count; i++)
        message->variants[i] = variant_record(record, &record->variants[i], arena);
}

static void fill_quote(const struct quote_row *row, const char *currency, struct arena *arena,
                       Catalog__V1__VariantQuote *message)
{
    message->found = true;
    message->product_id = plain(row->product_id);
    message->product_handle = plain(row->handle);
    message->product_title = plain(row->title);
    message->variant_title = plain(product_variant_title(row->options, arena));
    message->sku = plain(row->sku);
    message->picture = show_picture(&row->picture, arena);
    message->price = money(arena, row->amount_minor, currency);
    message->available = stock_offer_available(&row->offer);
    message->ready = row->offer.ready;
    message->availability = availability_of(&row->offer);
    message->available_from = awaited_at(&row->offer, arena);
    message->weight_grams = (int32_t)row->weight_grams;
}

Catalog__V1__VariantQuote *catalog_view_quote(const char *variant_id, const struct quote_row *row, const char *currency,
                                              struct arena *arena)
{
    Catalog__V1__VariantQuote *message = ARENA_NEW(arena, Catalog__V1__VariantQuote);
    catalog__v1__variant_quote__init(message);
    message->variant_id = plain(variant_id);
    if (row)
        fill_quote(row, currency, arena, message);
    return message;
}

Catalog__V1__VariantQuote **catalog_view_quotes(const char *const *variant_ids, size_t count, const struct quote_row *rows,
                                                size_t row_count, const char *currency, struct arena *arena)
{
    const struct quote_row **found = ARENA_ARRAY(arena, const struct quote_row *, count);
    Catalog__V1__VariantQuote **messages = ARENA_ARRAY(arena, Catalog__V1__VariantQuote *, count);
    for (size_t i = 0; i < row_count; i++)
        found[rows[i].position - 1] = &rows[i];
    for (size_t i = 0; i < count; i++)
        messages[i] = catalog_view_quote(variant_ids[i], found[i], currency, arena);
    return messages;
}
