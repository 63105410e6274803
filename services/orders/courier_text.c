/* Templates of texts, "fr/order.placed/sms", and two that lay a mail out. */
#include "courier_text.h"

#include <stdlib.h>
#include <string.h>

#include "courier_words.h"
#include "embedded.h"
#include "message_files.h"
#include "mustache.h"

#define TEMPLATES_MAX 256

struct courier_text {
    struct courier_text_options options;
    json_t *languages[2]; /* the files; the templates point into them */
    struct mustache *templates;
};

static const char *const language_codes[] = {"en", "fr"};

/* ---- opening ---- */

static const struct embedded_file *file_of(const char *name)
{
    for (size_t i = 0; i < message_files_count; i++)
        if (strcmp(message_files[i].name, name) == 0)
            return &message_files[i];
    abort(); /* it is embedded at build */
}

struct sources {
    struct mustache_source list[TEMPLATES_MAX];
    size_t count;
    struct arena *arena;
};

static enum status add(struct sources *sources, const char *name, const char *text, size_t size, struct error *err)
{
    if (sources->count == TEMPLATES_MAX)
        return error_set(err, STATUS_INTERNAL, "There are more than %d templates of messages.", TEMPLATES_MAX);
    sources->list[sources->count++] = (struct mustache_source){name, text, size};
    return STATUS_OK;
}

static enum status add_language(struct sources *sources, const char *code, json_t *language, struct error *err)
{
    const char *topic, *part;
    json_t *parts, *value;
    json_object_foreach(language, topic, parts)
        json_object_foreach(parts, part, value) if (add(sources, arena_printf(sources->arena, "%s/%s/%s", code, topic, part),
                                                        json_string_value(value), json_string_length(value),
                                                        err) != STATUS_OK) return err->status;
    return STATUS_OK;
}

static enum status load(struct courier_text *text, struct sources *sources, struct error *err)
{
    for (size_t i = 0; i < 2; i++) {
        const struct embedded_file *file = file_of(i == 0 ? "en.json" : "fr.json");
        json_error_t where;
        text->languages[i] = json_loadb((const char *)file->data, file->size, JSON_REJECT_DUPLICATES, &where);
        if (!text->languages[i])
            return error_set(err, STATUS_INTERNAL, "messages/%s.json, line %d: %s", language_codes[i], where.line,
                             where.text);
        if (add_language(sources, language_codes[i], text->languages[i], err) != STATUS_OK)
            return err->status;
    }
    const struct embedded_file *plain = file_of("mail.txt.mustache");
    const struct embedded_file *html = file_of("mail.html.mustache");
    if (add(sources, "mail.txt", (const char *)plain->data, plain->size, err) != STATUS_OK ||
        add(sources, "mail.html", (const char *)html->data, html->size, err) != STATUS_OK)
        return err->status;
    return mustache_compile(sources->list, sources->count, MUSTACHE_LOOKUP_STRICT, &text->templates, err);
}

enum status courier_text_open(const struct courier_text_options *options, struct courier_text **ret_text, struct error *err)
{
    struct courier_text *text = calloc(1, sizeof(*text));
    struct sources *sources = calloc(1, sizeof(*sources));
    if (!text || !sources)
        abort();
    text->options = *options;
    sources->arena = arena_new(8192, 0);
    enum status status = load(text, sources, err);
    arena_free(sources->arena);
    free(sources);
    if (status == STATUS_OK)
        *ret_text = text;
    else
        courier_text_close(text);
    return status;
}

void courier_text_close(struct courier_text *text)
{
    if (!text)
        return;
    mustache_free(text->templates);
    json_decref(text->languages[0]);
    json_decref(text->languages[1]);
    free(text);
}

/* ---- whom ---- */

/* In an order's event, or in a customer's. */
static const char *contact_of(const json_t *payload, const char *member)
{
    const json_t *contact = json_object_get(payload, "contact");
    const char *value = json_string_value(json_object_get(contact ? contact : payload, member));
    return value ? value : "";
}

const char *courier_text_mail_to(const struct courier_text *text, const struct notice *notice, const json_t *payload)
{
    if (notice->mail == NOTICE_STAFF)
        return text->options.staff_mail;
    return notice->mail == NOTICE_CUSTOMER ? contact_of(payload, "email") : "";
}

const char *courier_text_sms_to(const struct notice *notice, const json_t *payload)
{
    return notice->sms ? contact_of(payload, "phone") : "";
}

/* ---- writing ---- */

static const Types__V1__Market *market_of(const struct courier_text *text, const json_t *payload)
{
    const char *country_code = json_string_value(json_object_get(payload, "countryCode"));
    return country_code ? markets_find(text->options.markets, country_code) : NULL;
}

static const char *language_of(const Types__V1__Market *market)
{
    return market && strncmp(market->locale, "fr", 2) == 0 ? "fr" : "en";
}

/* One text in the arena. */
static enum status write_text(const struct courier_text *text, const char *template, const json_t *words,
                              struct arena *arena, const char **ret_text, struct error *err)
{
    struct mustache_output output = {0};
    const struct mustache_template *found = mustache_find(text->templates, template);
    if (!found)
        return error_set(err, STATUS_INTERNAL, "There is no text %s.", template);
    enum status status = mustache_render(found, &words, 1, &output, err);
    if (status == STATUS_OK)
        *ret_text = arena_strndup(arena, output.data ? output.data : "", output.size);
    free(output.data);
    return status;
}

static enum status write_part(const struct courier_text *text, const char *language, const char *topic, const char *part,
                              const json_t *words, struct arena *arena, const char **ret_text, struct error *err)
{
    const char *template = arena_printf(arena, "%s/%s/%s", language, topic, part);
    return write_text(text, template, words, arena, ret_text, err);
}

/* What the layouts show that is a text of its own: name of the word, and of the text under "mail" in the language's file. */
static const struct {
    const char *word;
    const char *part;
} labels[] = {{"greeting", "greeting"},  {"times", "quantity"}, {"subtotalLabel", "subtotal"}, {"deliveryLabel", "delivery"},
              {"totalLabel", "total"},   {"linkLabel", "link"}, {"carrierLabel", "carrier"},   {"trackingLabel", "tracking"},
              {"followLabel", "follow"}, {"footer", "footer"}};

static enum status add_labels(const struct courier_text *text, const char *language, json_t *words, struct arena *arena,
                              struct error *err)
{
    const char *value;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (write_part(text, language, "mail", labels[i].part, words, arena, &value, err) != STATUS_OK)
            return err->status;
        json_object_set_new(words, labels[i].word, json_string(value));
    }
    return STATUS_OK;
}

static json_t *words_of(const struct courier_text *text, const json_t *payload)
{
    const struct courier_words_options options = {
        .market = market_of(text, payload), .shop = text->options.shop, .public_url = text->options.public_url};
    return courier_words(payload, &options);
}

static enum status write_mail(const struct courier_text *text, const struct notice *notice, const char *language,
                              json_t *words, struct arena *arena, struct courier_mail *mail, struct error *err)
{
    const char *lead;
    if (add_labels(text, language, words, arena, err) != STATUS_OK ||
        write_part(text, language, notice->topic, "subject", words, arena, &mail->subject, err) != STATUS_OK ||
        write_part(text, language, notice->topic, "lead", words, arena, &lead, err) != STATUS_OK)
        return err->status;
    json_object_set_new(words, "lead", json_string(lead));
    json_object_set_new(words, "subject", json_string(mail->subject));
    json_object_set_new(words, "language", json_string(language));
    json_object_set_new(words, "isCustomer", json_boolean(notice->mail == NOTICE_CUSTOMER));
    if (write_text(text, "mail.txt", words, arena, &mail->plain, err) != STATUS_OK)
        return err->status;
    return write_text(text, "mail.html", words, arena, &mail->html, err);
}

enum status courier_text_mail(const struct courier_text *text, const struct notice *notice, const json_t *payload,
                              struct arena *arena, struct courier_mail *ret_mail, struct error *err)
{
    struct courier_mail mail = {.to = arena_strdup(arena, courier_text_mail_to(text, notice, payload))};
    json_t *words = words_of(text, payload);
    enum status status = write_mail(text, notice, language_of(market_of(text, payload)), words, arena, &mail, err);
    json_decref(words);
    if (status == STATUS_OK)
        *ret_mail = mail;
    return status;
}

enum status courier_text_sms(const struct courier_text *text, const struct notice *notice, const json_t *payload,
                             struct arena *arena, const char **ret_sms, struct error *err)
{
    json_t *words = words_of(text, payload);
    enum status status =
        write_part(text, language_of(market_of(text, payload)), notice->topic, "sms", words, arena, ret_sms, err);
    json_decref(words);
    return status;
}
