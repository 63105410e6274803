/* Reads one product from its rows. */
#include "import_product.h"

#include <string.h>

#include "import_html.h"
#include "import_variant.h"
#include "slug.h"
#include "text.h"

#define ARENA_BLOCK (256u << 10)
#define NO_OPTIONS_NAME "Title" /* what Shopify writes for a product with nothing to choose */
#define NO_OPTIONS_VALUE "Default Title"

/* Fields of violations as product.c names them, and the columns they come from. */
static const struct {
    const char *field;
    enum import_column column;
} field_columns[] = {
    {"title", IMPORT_TITLE},
    {"description", IMPORT_BODY},
    {"vendor", IMPORT_VENDOR},
    {"type", IMPORT_TYPE},
    {"tags", IMPORT_TAGS},
    {"category", IMPORT_CATEGORY},
    {"handle", IMPORT_HANDLE},
    {"status", IMPORT_STATUS},
    {"optionNames[0]", IMPORT_OPTION1_NAME},
    {"optionNames[1]", IMPORT_OPTION2_NAME},
    {"optionNames[2]", IMPORT_OPTION3_NAME},
    {"optionValues[1]", IMPORT_OPTION2_VALUE},
    {"optionValues[2]", IMPORT_OPTION3_VALUE},
    {"optionValues", IMPORT_OPTION1_VALUE},
    {"sku", IMPORT_SKU},
    {"barcode", IMPORT_BARCODE},
    {"weightGrams", IMPORT_GRAMS},
    {"onHand", IMPORT_QUANTITY},
    {"prices", IMPORT_PRICE},
    {"picture", IMPORT_PICTURE},
};

void import_product_init(struct import_product *self, const struct import_header *header, const struct currency *currency,
                         struct import_pictures *pictures, struct import_report *report)
{
    *self = (struct import_product){.header = header, .currency = currency, .pictures = pictures, .report = report};
    self->arena = arena_new(ARENA_BLOCK, SIZE_MAX);
}

void import_product_done(struct import_product *self)
{
    arena_free(self->arena);
}

/* ---- telling what is wrong ---- */

static const char *column_of(const struct import_product *self, const char *field)
{
    for (size_t i = 0; i < sizeof(field_columns) / sizeof(field_columns[0]); i++)
        if (strncmp(field, field_columns[i].field, strlen(field_columns[i].field)) == 0)
            return self->header->names[field_columns[i].column];
    return field;
}

static void refuse(const struct import_product *self, const struct import_row *row, const struct error *err)
{
    for (size_t i = 0; i < err->violation_count; i++)
        import_report_refuse(self->report, row->line, column_of(self, err->violations[i].field), err->violations[i].message);
    if (err->violation_count == 0)
        import_report_refuse(self->report, row->line, "", err->message);
}

/* ---- values ---- */

static const char *value(const struct import_product *self, const struct import_row *row, enum import_column column)
{
    return import_value(self->header, row, column);
}

static bool is_text(const struct import_row *row, struct error *err)
{
    for (size_t i = 0; i < row->count; i++)
        if (!text_is_utf8(row->fields[i], row->lengths[i]))
            return error_set(err, STATUS_INVALID_ARGUMENT, "Column %zu is not text in UTF-8; save the file as UTF-8.",
                             i + 1) == STATUS_OK;
    return true;
}

static bool is_false(const char *text)
{
    return strcasecmp(text, "false") == 0 || strcasecmp(text, "no") == 0 || strcmp(text, "0") == 0;
}

/* ---- the product's own columns ---- */

static enum product_status read_status(const struct import_product *self, const struct import_row *row, struct error *err)
{
    enum product_status status = PRODUCT_ACTIVE;
    const char *text = value(self, row, IMPORT_STATUS);
    if (strcasecmp(text, "unlisted") == 0)
        status = PRODUCT_DRAFT;
    else if (*text && !product_status_parse(text, &status))
        error_field(err, "status", "unknown", "\"%.40s\" is none of active, draft, archived.", text);
    return status == PRODUCT_ACTIVE && is_false(value(self, row, IMPORT_PUBLISHED)) ? PRODUCT_DRAFT : status;
}

static void read_tags(struct import_product *self, const struct import_row *row)
{
    char *text = arena_strdup(self->arena, value(self, row, IMPORT_TAGS));
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    self->draft.tags = ARENA_ARRAY(self->arena, const char *, count);
    for (char *tag; (tag = strsep(&text, ","));)
        if (tag[strspn(tag, " ")])
            self->draft.tags[self->draft.tag_count++] = tag;
}

static void read_options(struct import_product *self, const struct import_row *row)
{
    static const enum import_column names[] = {IMPORT_OPTION1_NAME, IMPORT_OPTION2_NAME, IMPORT_OPTION3_NAME};
    bool none = strcasecmp(value(self, row, IMPORT_OPTION1_NAME), NO_OPTIONS_NAME) == 0 &&
                strcasecmp(value(self, row, IMPORT_OPTION1_VALUE), NO_OPTIONS_VALUE) == 0;
    for (size_t i = 0; i < PRODUCT_OPTIONS_MAX && !none; i++) {
        const char *name = value(self, row, names[i]);
        if (!*name)
            break;
        self->draft.option_names[self->draft.option_count++] = arena_strdup(self->arena, name);
    }
}

static void read_category(struct import_product *self, const struct import_row *row, struct error *err)
{
    const char *text = value(self, row, IMPORT_CATEGORY);
    if (!*text)
        text = value(self, row, IMPORT_TYPE);
    enum status status = category_from_names(text, "category", self->arena, &self->draft.category, err);
    if (status)
        self->draft.category.depth = 0;
}

static void read_handle(struct import_product *self, const struct import_row *row, struct error *err)
{
    const char *text = *self->raw_handle ? self->raw_handle : value(self, row, IMPORT_TITLE);
    self->draft.handle = slug_of(text, "product", PRODUCT_HANDLE_MAX, self->arena);
    enum status status = product_check_handle(self->draft.handle, "handle", err);
    (void)status; /* told by the violation */
}

static void read_product(struct import_product *self, const struct import_row *row, struct error *err)
{
    struct product_draft *draft = &self->draft;
    draft->title = arena_strdup(self->arena, value(self, row, IMPORT_TITLE));
    draft->description = import_html_text(arena_strdup(self->arena, value(self, row, IMPORT_BODY)), self->arena);
    draft->vendor = arena_strdup(self->arena, value(self, row, IMPORT_VENDOR));
    draft->type = arena_strdup(self->arena, value(self, row, IMPORT_TYPE));
    draft->status = read_status(self, row, err);
    read_tags(self, row);
    read_options(self, row);
    read_category(self, row, err);
    read_handle(self, row, err);
    if (product_check(draft, self->arena, err) == STATUS_OK)
        draft->is_whole = true;
}

/* ---- variants ---- */

static void add_variant(struct import_product *self, const struct import_row *row)
{
    struct product_draft *draft = &self->draft;
    struct product_variant variant;
    struct error err;
    error_clear(&err);
    import_variant_read(self->header, row, self->currency, draft->option_count, self->arena, &variant, &err);
    if (product_check_variant(draft, draft->variants, draft->variant_count, &variant, self->arena, &err) == STATUS_OK) {
        draft->variants[draft->variant_count++] = variant;
        return;
    }
    draft->is_whole = false;
    refuse(self, row, &err);
}

/* ---- pictures ---- */

static enum status read_picture(struct import_product *self, const struct import_row *row, struct picture *picture,
                                struct error *err)
{
    const char *source = value(self, row, IMPORT_PICTURE);
    *picture = (struct picture){.url = "", .media = ""};
    picture->alt = text_check(value(self, row, IMPORT_PICTURE_ALT), "picture", 0, 500, false, self->arena, err);
    if (err->status)
        return err->status;
    if (picture_is_url(source)) {
        picture->url = arena_strdup(self->arena, source);
        return STATUS_OK;
    }
    if (!self->pictures)
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "This is not an http(s) address; files are taken with --media-dir DIR.");
    return import_pictures_add(self->pictures, source, picture, self->arena, err);
}

static void add_picture(struct import_product *self, const struct import_row *row)
{
    struct product_draft *draft = &self->draft;
    struct picture picture;
    struct error err;
    error_clear(&err);
    if (draft->picture_count == PRODUCT_PICTURES_MAX)
        error_field(&err, "picture", "too_long", "A product has at most %d pictures.", PRODUCT_PICTURES_MAX);
    else if (read_picture(self, row, &picture, &err) == STATUS_OK) {
        draft->pictures[draft->picture_count++] = picture;
        crypto_generichash_update(&self->digest, (const unsigned char *)picture.media, strlen(picture.media));
        return;
    }
    if (err.violation_count == 0)
        error_field(&err, "picture", "malformed", "%s", arena_strdup(self->arena, err.message));
    refuse(self, row, &err);
}

/* ---- a product from its first row to its last ---- */

/* Everything that is read goes into the digest, so that a product whose rows have not changed is told at once. */
static void digest_row(struct import_product *self, const struct import_row *row)
{
    for (int column = 0; column < IMPORT_COLUMN_COUNT; column++) {
        const char *text = value(self, row, (enum import_column)column);
        crypto_generichash_update(&self->digest, (const unsigned char *)text, strlen(text) + 1);
    }
    for (size_t i = 0; i < self->header->market_count; i++) {
        const struct import_market_prices *market = &self->header->markets[i];
        const char *price = import_value_at(row, market->price);
        const char *compare_at = import_value_at(row, market->compare_at);
        crypto_generichash_update(&self->digest, (const unsigned char *)market->currency, strlen(market->currency) + 1);
        crypto_generichash_update(&self->digest, (const unsigned char *)price, strlen(price) + 1);
        crypto_generichash_update(&self->digest, (const unsigned char *)compare_at, strlen(compare_at) + 1);
    }
}

bool import_product_is_next(const struct import_product *self, const struct import_row *row)
{
    const char *handle = value(self, row, IMPORT_HANDLE);
    if (!self->raw_handle || strcmp(self->raw_handle, handle) != 0)
        return true;
    return !*handle && *value(self, row, IMPORT_TITLE);
}

void import_product_begin(struct import_product *self, const struct import_row *row)
{
    struct error err;
    error_clear(&err);
    arena_reset(self->arena);
    self->draft = (struct product_draft){0};
    self->draft.variants = ARENA_ARRAY(self->arena, struct product_variant, PRODUCT_VARIANTS_MAX);
    self->draft.pictures = ARENA_ARRAY(self->arena, struct picture, PRODUCT_PICTURES_MAX);
    self->raw_handle = arena_strdup(self->arena, value(self, row, IMPORT_HANDLE));
    crypto_generichash_init(&self->digest, NULL, 0, 32);
    crypto_generichash_update(&self->digest, (const unsigned char *)self->currency->code, 3);
    if (is_text(row, &err) && !*value(self, row, IMPORT_TITLE))
        error_field(&err, "title", "required",
                    "A product needs a title in its first row; rows of one handle must follow each other.");
    if (err.status == STATUS_OK)
        read_product(self, row, &err);
    self->is_refused = err.status != STATUS_OK;
    if (self->is_refused)
        refuse(self, row, &err);
    self->report->products++;
}

static bool has_variant(const struct import_product *self, const struct import_row *row)
{
    static const enum import_column columns[] = {IMPORT_OPTION1_VALUE, IMPORT_SKU, IMPORT_PRICE};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (*value(self, row, columns[i]))
            return true;
    return false;
}

void import_product_add(struct import_product *self, const struct import_row *row)
{
    struct error err;
    error_clear(&err);
    if (self->is_refused) {
        if (self->report->refused_line != row->line)
            import_report_refuse(self->report, row->line, "", "The first row of this product was refused.");
        return;
    }
    bool variant = has_variant(self, row);
    bool picture = *value(self, row, IMPORT_PICTURE);
    if (!is_text(row, &err))
        refuse(self, row, &err);
    else if (!variant && !picture)
        import_report_refuse(self->report, row->line, "",
                             "The row has neither a variant (price, SKU or option value) nor a picture.");
    if (err.status || (!variant && !picture)) {
        self->draft.is_whole = false;
        return;
    }
    digest_row(self, row);
    if (variant)
        add_variant(self, row);
    if (picture)
        add_picture(self, row);
}

const struct product_draft *import_product_finish(struct import_product *self)
{
    unsigned char digest[32];
    bool is_good = self->raw_handle && !self->is_refused && self->draft.variant_count > 0;
    self->raw_handle = NULL;
    if (!is_good)
        return NULL;
    crypto_generichash_final(&self->digest, digest, sizeof(digest));
    if (self->draft.is_whole)
        sodium_bin2hex(self->draft.digest, sizeof(self->draft.digest), digest, sizeof(digest));
    return &self->draft;
}
