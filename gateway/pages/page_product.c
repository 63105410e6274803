/*
 * The exceptions of the product and category pages: choices between variants, pictures, and schema.org's JSON-LD
 * (developers.google.com/search/docs/appearance/structured-data/merchant-listing), which no template can write safely.
 */
#include "page_special.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "https://schema.org"
#define SUMMARY_MAX 160

/* JSON that is safe inside <script>: "<" cannot end the element and U+2028 cannot end a line: what is not ASCII is escaped.
 */
static json_t *script_safe(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t angles = 0;
    for (const char *c = text; *c; c++)
        angles += *c == '<';
    char *safe = malloc(strlen(text) + angles * 5 + 1);
    char *to = safe;
    for (const char *c = text; safe && *c; c++)
        to = *c == '<' ? stpcpy(to, "\\u003c") : (*to = *c, to + 1);
    json_t *result = safe ? json_stringn(safe, (size_t)(to - safe)) : NULL;
    free(safe);
    free(text);
    json_decref(json);
    return result;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* An address of ours made absolute; others as they are. */
static json_t *absolute(const char *url)
{
    return url[0] == '/' ? json_sprintf("%s%s", page_site()->options.public_url, url) : json_string(url);
}

static json_t *breadcrumb_list(const json_t *categories)
{
    json_t *list = json_array();
    size_t index;
    json_t *category;
    json_array_foreach((json_t *)categories, index, category) json_array_append_new(
        list, json_pack("{s:s, s:I, s:s, s:o}", "@type", "ListItem", "position", (json_int_t)index + 1, "name",
                        text_of(category, "name"), "item",
                        json_sprintf("%s/c/%s", page_site()->options.public_url, text_of(category, "path"))));
    return json_pack("{s:s, s:s, s:o}", "@context", SCHEMA, "@type", "BreadcrumbList", "itemListElement", list);
}

/* schema.org's ItemAvailability. */
static const char *availability_of(const json_t *variant)
{
    static const char *const words[][2] = {
        {"IN_STOCK", SCHEMA "/InStock"}, {"BACKORDER", SCHEMA "/BackOrder"}, {"PREORDER", SCHEMA "/PreOrder"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(text_of(variant, "availability"), words[i][0]) == 0)
            return words[i][1];
    return SCHEMA "/OutOfStock";
}

static json_t *offer_of(const json_t *variant, const char *url)
{
    const json_t *price = json_object_get(variant, "price");
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "@type", "Offer", "price", text_of(price, "decimal"),
                     "priceCurrency", text_of(price, "currencyCode"), "availability", availability_of(variant), "sku",
                     text_of(variant, "sku"), "itemCondition", SCHEMA "/NewCondition", "url", url);
}

static json_t *product_schema(const json_t *product, const char *url)
{
    json_t *images = json_array();
    json_t *offers = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(product, "pictures"), index, item)
        json_array_append_new(images, absolute(text_of(item, *text_of(item, "socialUrl") ? "socialUrl" : "url")));
    json_array_foreach(json_object_get(product, "variants"), index, item) json_array_append_new(offers, offer_of(item, url));
    json_t *schema = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "@context", SCHEMA, "@type", "Product", "name",
                               text_of(product, "title"), "description", text_of(product, "description"), "url", url,
                               "image", images, "offers", offers);
    if (*text_of(product, "vendor"))
        json_object_set_new(schema, "brand", json_pack("{s:s, s:s}", "@type", "Brand", "name", text_of(product, "vendor")));
    return schema;
}

void page_special_add_breadcrumbs(struct exchange *x, struct page_run *run)
{
    (void)x;
    const json_t *listing = json_object_get(run->view, "listing");
    json_t *json_ld = json_array();
    json_array_append_new(json_ld, script_safe(breadcrumb_list(json_object_get(listing, "breadcrumbs"))));
    json_object_set_new(run->view, "jsonLd", json_ld);
}

/* The variant that is asked for, else the first that can be had, else the first. */
static json_t *chosen_of(const json_t *variants, const char *wanted)
{
    json_t *chosen = NULL;
    size_t index;
    json_t *variant;
    json_array_foreach((json_t *)variants, index, variant)
    {
        if (wanted && strcmp(text_of(variant, "id"), wanted) == 0)
            return variant;
        if (!chosen && json_is_true(json_object_get(variant, "inStock")))
            chosen = variant;
    }
    return chosen ? chosen : json_array_get(variants, 0);
}

/* "Blue|XL", for the script that turns the list of variants into one choice for each option. */
static json_t *joined(const json_t *texts)
{
    json_t *all = json_string("");
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text)
    {
        json_t *longer = json_sprintf("%s%s%s", json_string_value(all), index ? "|" : "", json_string_value(text));
        json_decref(all);
        all = longer;
    }
    return all;
}

static void add_choices(json_t *product, const char *wanted)
{
    json_t *variants = json_object_get(product, "variants");
    json_t *chosen = chosen_of(variants, wanted);
    json_t *names = json_array();
    size_t index;
    json_t *item;
    json_array_foreach(variants, index, item)
        json_object_set_new(item, "optionsText", joined(json_object_get(item, "optionValues")));
    json_array_foreach(json_object_get(product, "options"), index, item)
        json_array_append(names, json_object_get(item, "name"));
    json_object_set_new(product, "optionNames", joined(names));
    json_decref(names);
    json_object_set_new(product, "hasChoice", json_boolean(json_array_size(variants) > 1));
    json_object_set_new(product, "isSold", json_boolean(json_array_size(variants) > 0));
    if (!chosen)
        return;
    json_object_set_new(chosen, "isChosen", json_true());
    json_object_set_new(product, "chosen", json_copy(chosen));
}

static void add_pictures(json_t *product)
{
    json_t *pictures = json_object_get(product, "pictures");
    json_t *first = json_array_get(pictures, 0);
    json_t *rest = json_array();
    for (size_t i = 1; i < json_array_size(pictures); i++)
        json_array_append(rest, json_array_get(pictures, i));
    json_object_set_new(product, "otherPictures", rest);
    json_object_set_new(product, "hasOtherPictures", json_boolean(json_array_size(rest) > 0));
    if (!first)
        return;
    json_object_set(product, "mainPicture", first);
    json_object_set_new(product, "socialUrl", absolute(text_of(first, *text_of(first, "socialUrl") ? "socialUrl" : "url")));
}

/* The beginning of the description on one line, for search engines and link previews. */
static json_t *summary_of(const char *description, struct arena *arena)
{
    size_t length = strlen(description);
    char *summary = arena_strdup(arena, description);
    if (length > SUMMARY_MAX)
        for (length = SUMMARY_MAX; length > 0 && summary[length] != ' ';)
            length--;
    summary[length] = '\0';
    for (char *c = summary; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return json_string(summary);
}

void page_special_add_product(struct exchange *x, struct page_run *run)
{
    json_t *product = json_object_get(run->view, "product");
    const char *url = text_of(run->view, "url");
    const char *form = run->action ? params_get(&x->form, "variantId") : NULL;
    add_choices(product, form ? form : params_get(&x->query, "variant"));
    add_pictures(product);
    const char *share = arena_printf(x->arena, "%s %s", text_of(product, "title"), url);
    json_object_set_new(product, "summary", summary_of(text_of(product, "description"), x->arena));
    json_object_set_new(product, "shareText", json_string(params_escape(share, x->arena)));
    json_t *json_ld = json_array();
    json_array_append_new(json_ld, script_safe(product_schema(product, url)));
    json_array_append_new(json_ld, script_safe(breadcrumb_list(json_object_get(product, "breadcrumbs"))));
    json_object_set_new(run->view, "jsonLd", json_ld);
}
