/* Decorates a copy of the payload. */
#include "courier_words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "format.h"

#define LINK_SIZE 512

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* Money as pbjson writes it: {"amountMinor": "1250", "currencyCode": "KES"}. False when it is not there. */
static bool write_money(const struct format *format, const json_t *money, char out[FORMAT_SIZE], int64_t *ret_minor)
{
    if (!json_is_object(money))
        return false;
    *ret_minor = strtoll(text_of(money, "amountMinor"), NULL, 10);
    format_money(format, *ret_minor, text_of(money, "currencyCode"), out);
    return true;
}

static void add_money(json_t *words, const char *name, const struct format *format, const json_t *money)
{
    char text[FORMAT_SIZE];
    int64_t minor;
    if (write_money(format, money, text, &minor))
        json_object_set_new(words, name, json_string(text));
}

static void add_lines(json_t *words, const struct format *format)
{
    size_t i;
    json_t *line;
    json_t *lines = json_object_get(words, "lines");
    json_array_foreach(lines, i, line) add_money(line, "totalText", format, json_object_get(line, "lineTotal"));
    json_object_set_new(words, "hasLines", json_boolean(json_array_size(lines) > 0));
}

static void add_amounts(json_t *words, const Types__V1__Market *market)
{
    struct error err;
    struct format *format;
    error_clear(&err);
    if (format_new(market->locale, market->country_code, market->currency_code, &format, &err) != STATUS_OK)
        return;
    const json_t *totals = json_object_get(words, "totals");
    add_money(words, "subtotal", format, json_object_get(totals, "subtotal"));
    add_money(words, "delivery", format, json_object_get(totals, "delivery"));
    add_money(words, "total", format, json_object_get(totals, "total"));
    const json_t *amount = json_object_get(words, "amount");
    add_money(words, "amount", format, json_is_object(amount) ? amount : json_object_get(totals, "total"));
    add_lines(words, format);
    format_free(format);
}

static void add_link(json_t *words, const char *public_url)
{
    char link[LINK_SIZE];
    const char *id = text_of(words, "number")[0] != '\0' ? text_of(words, "id") : "";
    if (public_url[0] == '\0' || id[0] == '\0')
        return;
    snprintf(link, sizeof(link), "%s/orders/%s", public_url, id);
    json_object_set_new(words, "link", json_string(link));
}

json_t *courier_words(const json_t *payload, const struct courier_words_options *options)
{
    json_t *words = json_deep_copy(payload);
    const json_t *contact = json_object_get(words, "contact");
    if (contact)
        json_object_set_new(words, "name", json_string(text_of(contact, "name")));
    json_object_set_new(words, "shop", json_string(options->shop));
    if (options->market)
        add_amounts(words, options->market);
    add_link(words, options->public_url);
    return words;
}
