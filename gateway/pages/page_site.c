/*
 * Makes what all pages share. Each language compiles all templates for itself, and every text of it is a partial named
 * "t.<path>", so that a text may hold tags of its own ({{>t.cart.deliveryFrom}}) and a misspelt name stops the gateway at
 * start.
 */
#include "page_row.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pbjson.h"
#include "web_files.h"

#include "../web.h"

#define SOURCES_MAX 1024
#define TEXT_PATH_MAX 96
#define TEMPLATE_FOLDER "templates/"
#define TEMPLATE_SUFFIX ".mustache"

static const char *const LANGUAGES[] = {"en", "fr"};
#define LANGUAGE_COUNT (sizeof LANGUAGES / sizeof LANGUAGES[0])

/* Templates and texts of one language, with the names made for them. */
struct sources {
    struct mustache_source items[SOURCES_MAX];
    size_t count;
};

static struct page_site *the_site; /* set by page_start() before the first request, read only afterwards */

const struct page_site *page_site(void)
{
    return the_site;
}

static void *need(void *memory)
{
    if (!memory)
        abort(); /* at start, with little asked for */
    return memory;
}

static void add_source(struct sources *sources, const char *name, size_t name_size, const char *text, size_t size)
{
    assert(sources->count < SOURCES_MAX && "the sources have room for all templates and texts");
    sources->items[sources->count++] = (struct mustache_source){need(strndup(name, name_size)), text, size};
}

static void add_templates(struct sources *sources)
{
    const size_t folder = strlen(TEMPLATE_FOLDER);
    const size_t suffix = strlen(TEMPLATE_SUFFIX);
    for (size_t i = 0; i < web_files_count; i++) {
        const struct embedded_file *file = &web_files[i];
        size_t length = strlen(file->name);
        if (strncmp(file->name, TEMPLATE_FOLDER, folder) != 0 || length < folder + suffix ||
            strcmp(file->name + length - suffix, TEMPLATE_SUFFIX) != 0)
            continue;
        add_source(sources, file->name + folder, length - folder - suffix, file->data, file->size);
    }
}

static void add_texts(struct sources *sources, const json_t *texts, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)texts, key, value)
    {
        char path[TEXT_PATH_MAX];
        snprintf(path, sizeof path, "%s.%s", prefix, key);
        if (json_is_object(value))
            add_texts(sources, value, path);
        else
            add_source(sources, path, strlen(path), json_string_value(value), json_string_length(value));
    }
}

static enum status compile(struct page_language *language, struct error *err)
{
    struct sources *sources = need(calloc(1, sizeof *sources));
    add_templates(sources);
    add_texts(sources, language->texts, "t");
    enum status status = mustache_compile(sources->items, sources->count, MUSTACHE_LOOKUP_STRICT, &language->templates, err);
    for (size_t i = 0; i < sources->count; i++)
        free((char *)sources->items[i].name);
    free(sources);
    return status;
}

static json_t *language_context(const struct page_site *site, const struct page_language *language, const char *style)
{
    return json_pack("{s:O, s:s, s:{s:s, s:s}, s:s, s:{s:s, s:s, s:s, s:s}}", "t", language->texts, "lang", language->code, "shop",
                     "name", site->options.shop_name, "url", site->options.public_url, "style", style, "assets", "script",
                     web_asset_url("assets/shop.js"), "stripe", web_asset_url("assets/stripe.js"), "icon", web_asset_url("assets/icon.svg"), "desk",
                     web_asset_url("assets/desk.css"));
}

static enum status language_init(struct page_language *language, const struct page_site *site, const char *code,
                                 struct error *err)
{
    char name[32];
    json_error_t problem;
    snprintf(name, sizeof name, "locales/%s.json", code);
    const struct embedded_file *file = web_file(name);
    const struct embedded_file *style = web_file("assets/shop.css");
    if (!file || !style)
        return error_set(err, STATUS_INTERNAL, "web/%s is not part of this program.", file ? "assets/shop.css" : name);
    language->code = code;
    language->texts = json_loadb(file->data, file->size, JSON_REJECT_DUPLICATES, &problem);
    if (!language->texts)
        return error_set(err, STATUS_INTERNAL, "web/%s, line %d: %s", name, problem.line, problem.text);
    language->context = language_context(site, language, style->data);
    if (!language->context)
        return error_set(err, STATUS_INTERNAL, "web/assets lacks shop.js, stripe.js, icon.svg or desk.css.");
    return compile(language, err);
}

static enum status languages_init(struct page_site *site, struct error *err)
{
    site->languages = need(calloc(LANGUAGE_COUNT, sizeof *site->languages));
    site->language_count = LANGUAGE_COUNT;
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < LANGUAGE_COUNT; i++)
        status = language_init(&site->languages[i], site, LANGUAGES[i], err);
    const struct embedded_file *style = web_file("assets/shop.css");
    if (style)
        policy_style_source(style->data, style->size, site->style_source);
    return status;
}

static const struct page_language *language_of(const struct page_site *site, const char *locale)
{
    for (size_t i = 0; i < site->language_count; i++)
        if (strncmp(locale, site->languages[i].code, 2) == 0)
            return &site->languages[i];
    return &site->languages[0];
}

/* All markets with the own one marked, for the market switch, named in the own one's language. */
static json_t *market_choices(const struct page_site *site, const struct page_market *own)
{
    json_t *choices = json_array();
    for (size_t i = 0; i < site->market_count; i++) {
        char name[FORMAT_SIZE];
        const Types__V1__Market *market = site->markets[i].market;
        format_country(own->format, market->country_code, name);
        json_array_append_new(choices, json_pack("{s:s, s:s, s:s, s:s, s:b}", "countryCode", market->country_code, "name",
                                                 name, "flag", market->flag, "currencyCode", market->currency_code,
                                                 "isChosen", market == own->market));
    }
    return choices;
}

static enum status market_init(struct page_market *market, const struct page_site *site, struct error *err)
{
    const Types__V1__Market *own = market->market;
    enum status status = format_new(own->locale, own->country_code, own->currency_code, &market->format, err);
    if (status)
        return status;
    market->language = language_of(site, own->locale);
    market->decorator = (struct decorator){market->format, json_object_get(market->language->texts, "words")};
    char name[FORMAT_SIZE];
    format_country(market->format, own->country_code, name);
    json_t *json = pbjson_encode(&own->base);
    decorate(json, own->base.descriptor, &market->decorator);
    json_object_set_new(json, "name", json_string(name));
    market->context = json_pack("{s:o, s:o}", "market", json, "markets", market_choices(site, market));
    return STATUS_OK;
}

static enum status markets_init(struct page_site *site, struct error *err)
{
    const Types__V1__Market *const *all = markets_all(site->options.markets, &site->market_count);
    site->markets = need(calloc(site->market_count + 1, sizeof *site->markets));
    for (size_t i = 0; i < site->market_count; i++)
        site->markets[i].market = all[i];
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < site->market_count; i++)
        status = market_init(&site->markets[i], site, err);
    return status;
}

/* Every row's template must be there. */
static enum status rows_check(const struct page_site *site, struct error *err)
{
    size_t count;
    const struct page_row *rows = page_rows(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].template && !mustache_find(site->languages[0].templates, rows[i].template))
            return error_set(err, STATUS_INTERNAL, "The page %s has no template web/templates/%s.mustache.",
                             rows[i].route.pattern, rows[i].template);
    return STATUS_OK;
}

enum status page_start(const struct page_options *options, struct error *err)
{
    assert(!the_site && "pages are started once");
    the_site = need(calloc(1, sizeof *the_site));
    the_site->options = *options;
    enum status status = languages_init(the_site, err);
    if (!status)
        status = markets_init(the_site, err);
    if (!status)
        status = rows_check(the_site, err);
    if (status)
        page_stop();
    return status;
}

void page_stop(void)
{
    if (!the_site)
        return;
    for (size_t i = 0; i < the_site->market_count; i++) {
        json_decref(the_site->markets[i].context);
        format_free(the_site->markets[i].format);
    }
    for (size_t i = 0; i < the_site->language_count; i++) {
        json_decref(the_site->languages[i].context);
        json_decref(the_site->languages[i].texts);
        mustache_free(the_site->languages[i].templates);
    }
    free(the_site->markets);
    free(the_site->languages);
    free(the_site);
    the_site = NULL;
}

const struct page_market *page_site_market(const Types__V1__Market *market)
{
    for (size_t i = 0; i < the_site->market_count; i++)
        if (the_site->markets[i].market == market)
            return &the_site->markets[i];
    return &the_site->markets[0];
}

const char *page_text(const struct page_language *language, const char *path)
{
    const json_t *at = language->texts;
    while (at && *path) {
        char part[TEXT_PATH_MAX];
        size_t length = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        at = json_object_get(at, part);
        path += length + (path[length] == '.');
    }
    return json_string_value(at);
}

enum status page_render(const struct page_market *market, const char *template, const json_t *view,
                        struct mustache_output *output, struct error *err)
{
    const json_t *contexts[] = {market->language->context, market->context, view};
    return mustache_render(mustache_find(market->language->templates, template), contexts, 3, output, err);
}
