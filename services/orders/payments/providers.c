/* The table of providers with what each needs, and the checks that all of them share. */
#include "adapter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "money.h"

#define NEEDS_MAX 7

/* A setting of struct providers_settings. */
struct need {
    const char *key;
    size_t offset;
};

#define NEED(name, member)                                                                                                  \
    {                                                                                                                       \
        "ORDERS_" name, offsetof(struct providers_settings, member)                                                         \
    }

/* The first of `needs` says whether the provider is wanted; the others must be there then. */
struct row {
    const struct provider_class *class;
    struct need needs[NEEDS_MAX];
    struct need url;
    bool sends_to_token; /* notices come to an address with a token */
};

static const struct row rows[] = {
    {&mpesa_class,
     {NEED("MPESA_CONSUMER_KEY", mpesa_consumer_key), NEED("MPESA_CONSUMER_SECRET", mpesa_consumer_secret),
      NEED("MPESA_SHORTCODE", mpesa_shortcode), NEED("MPESA_PASSKEY", mpesa_passkey)},
     NEED("MPESA_URL", mpesa_url),
     true},
    {&momo_class,
     {NEED("MOMO_SUBSCRIPTION_KEY", momo_subscription_key), NEED("MOMO_API_USER", momo_api_user),
      NEED("MOMO_API_KEY", momo_api_key), NEED("MOMO_TARGET", momo_target)},
     NEED("MOMO_URL", momo_url),
     true},
    {&paystack_class, {NEED("PAYSTACK_SECRET_KEY", paystack_secret_key)}, NEED("PAYSTACK_URL", paystack_url), false},
    {&flutterwave_class,
     {NEED("FLUTTERWAVE_SECRET_KEY", flutterwave_secret_key), NEED("FLUTTERWAVE_SECRET_HASH", flutterwave_secret_hash)},
     NEED("FLUTTERWAVE_URL", flutterwave_url),
     false},
    {&stripe_class,
     {NEED("STRIPE_SECRET_KEY", stripe_secret_key), NEED("STRIPE_PUBLISHABLE_KEY", stripe_publishable_key),
      NEED("STRIPE_WEBHOOK_SECRET", stripe_webhook_secret)},
     NEED("STRIPE_URL", stripe_url),
     false},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

struct providers {
    const struct providers_settings *settings;
    struct https *https;
    struct provider list[ROW_COUNT];
    const struct provider *all[ROW_COUNT];
    size_t count;
};

static const char *value_of(const struct providers_settings *settings, const struct need *need)
{
    const char *value;
    memcpy(&value, (const char *)settings + need->offset, sizeof(value));
    return value;
}

/* ---- opening ---- */

static enum status check_row(const struct providers_settings *settings, const struct row *row, struct error *err)
{
    for (size_t i = 1; i < NEEDS_MAX && row->needs[i].key; i++)
        if (!value_of(settings, &row->needs[i])[0])
            return error_set(err, STATUS_INVALID_ARGUMENT, "%s is set, so %s must be set too.", row->needs[0].key,
                             row->needs[i].key);
    if (strncmp(value_of(settings, &row->url), "https://", strlen("https://")) != 0)
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s must begin with https://.", row->url.key);
    if (strncmp(settings->public_url, "http", strlen("http")) != 0 ||
        settings->public_url[strlen(settings->public_url) - 1] == '/')
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "%s is set, so ORDERS_PUBLIC_URL must be the shop's address, without a slash at its end.",
                         row->needs[0].key);
    if (row->sends_to_token && !settings->notice_key[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "%s is set, so ORDERS_PAYMENTS_NOTICE_KEY must be set too.",
                         row->needs[0].key);
    return STATUS_OK;
}

/* What one provider wants beside being complete. */
static enum status check_words(const struct providers_settings *settings, struct error *err)
{
    bool is_till = strcmp(settings->mpesa_type, "till") == 0;
    if (!is_till && strcmp(settings->mpesa_type, "paybill") != 0)
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_MPESA_TYPE must be paybill or till.");
    if (is_till && !settings->mpesa_till[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_MPESA_TYPE is till, so ORDERS_MPESA_TILL must be set.");
    if (settings->mpesa_initiator[0] && !settings->mpesa_security_credential[0])
        return error_set(err, STATUS_INVALID_ARGUMENT,
                         "ORDERS_MPESA_INITIATOR is set, so ORDERS_MPESA_SECURITY_CREDENTIAL must be set too.");
    if (settings->momo_target[0] && !momo_knows_target(settings->momo_target))
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_MOMO_TARGET is no environment of MTN's.");
    if (settings->momo_refund_subscription_key[0] &&
        (!settings->momo_refund_api_user[0] || !settings->momo_refund_api_key[0]))
        return error_set(
            err, STATUS_INVALID_ARGUMENT,
            "ORDERS_MOMO_REFUND_SUBSCRIPTION_KEY is set, so the API user and key of Disbursements must be too.");
    return STATUS_OK;
}

static enum status read_notice_key(const char *hex, unsigned char out[PROOF_KEY_SIZE], struct error *err)
{
    size_t length = 0;
    if (hex[0] &&
        (sodium_hex2bin(out, PROOF_KEY_SIZE, hex, strlen(hex), NULL, &length, NULL) != 0 || length != PROOF_KEY_SIZE))
        return error_set(err, STATUS_INVALID_ARGUMENT, "ORDERS_PAYMENTS_NOTICE_KEY must be 64 hexadecimal digits.");
    return STATUS_OK;
}

static void add(struct providers *providers, const struct provider_class *class,
                const unsigned char notice_key[PROOF_KEY_SIZE])
{
    struct provider *provider = &providers->list[providers->count];
    provider->class = class;
    provider->settings = providers->settings;
    provider->https = providers->https;
    memcpy(provider->notice_key, notice_key, PROOF_KEY_SIZE);
    provider->tokens = calloc(ADAPTER_TOKENS, sizeof(*provider->tokens));
    if (!provider->tokens)
        abort();
    for (size_t i = 0; i < ADAPTER_TOKENS; i++)
        pthread_mutex_init(&provider->tokens[i].lock, NULL);
    providers->all[providers->count++] = provider;
}

enum status providers_open(const struct providers_settings *settings, struct providers **ret_providers, struct error *err)
{
    unsigned char notice_key[PROOF_KEY_SIZE] = {0};
    if (check_words(settings, err) != STATUS_OK || read_notice_key(settings->notice_key, notice_key, err) != STATUS_OK)
        return err->status;
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (value_of(settings, &rows[i].needs[0])[0] && check_row(settings, &rows[i], err) != STATUS_OK)
            return err->status;
    struct providers *providers = calloc(1, sizeof(*providers));
    if (!providers)
        abort();
    providers->settings = settings;
    providers->https = https_new(settings->ca_file, settings->timeout_ms);
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (value_of(settings, &rows[i].needs[0])[0])
            add(providers, rows[i].class, notice_key);
    sodium_memzero(notice_key, sizeof(notice_key));
    *ret_providers = providers;
    return STATUS_OK;
}

void providers_close(struct providers *providers)
{
    if (!providers)
        return;
    for (size_t i = 0; i < providers->count; i++) {
        struct provider *provider = &providers->list[i];
        for (size_t t = 0; t < ADAPTER_TOKENS; t++)
            pthread_mutex_destroy(&provider->tokens[t].lock);
        sodium_memzero(provider->tokens, ADAPTER_TOKENS * sizeof(*provider->tokens));
        sodium_memzero(provider->notice_key, sizeof(provider->notice_key));
        free(provider->tokens);
    }
    https_free(providers->https);
    free(providers);
}

const struct provider *providers_find(const struct providers *providers, const char *name)
{
    for (size_t i = 0; i < providers->count; i++)
        if (strcmp(providers->all[i]->class->name, name) == 0)
            return providers->all[i];
    return NULL;
}

const struct provider *const *providers_all(const struct providers *providers, size_t *ret_count)
{
    *ret_count = providers->count;
    return providers->all;
}

const char *providers_stripe_publishable_key(const struct providers *providers)
{
    return providers_find(providers, stripe_class.name) ? providers->settings->stripe_publishable_key : "";
}

const char *providers_stripe_script_url(const struct providers *providers)
{
    return providers_find(providers, stripe_class.name) ? providers->settings->stripe_script_url : "";
}

const char *providers_public_url(const struct providers *providers)
{
    return providers->settings->public_url;
}

/* ---- asking: what all adapters want checked; who answers OK says nothing else ---- */

static enum status end(enum status status, struct error *err)
{
    if (status == STATUS_OK)
        error_clear(err);
    return status;
}

const struct provider_class *provider_class_of(const struct provider *provider)
{
    return provider->class;
}

bool provider_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    return amount_minor > 0 && amount_minor <= MONEY_AMOUNT_MAX && currency_find(currency_code) &&
           provider->class->takes(provider, currency_code, amount_minor);
}

enum status provider_create(const struct provider *provider, const struct provider_call *call,
                            const struct provider_charge *charge, struct provider_action *ret_action, struct error *err)
{
    assert(strlen(charge->reference) <= PROVIDER_REFERENCE_MAX && uuid_is_valid(charge->id) &&
           "an attempt has id and reference");
    if (!provider_takes(provider, charge->currency_code, charge->amount_minor))
        return error_field(err, "amount", "out_of_range", "%s cannot take this sum.", provider->class->label);
    return end(provider->class->create(provider, call, charge, ret_action, err), err);
}

enum status provider_query(const struct provider *provider, const struct provider_call *call,
                           const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    return end(provider->class->query(provider, call, charge, ret_result, err), err);
}

enum status provider_capture(const struct provider *provider, const struct provider_call *call,
                             const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    if (!provider->class->can_capture)
        return error_set(err, STATUS_UNIMPLEMENTED, "%s takes the money at once.", provider->class->label);
    return end(provider->class->capture(provider, call, charge, ret_result, err), err);
}

enum status provider_cancel(const struct provider *provider, const struct provider_call *call,
                            const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    if (!provider->class->can_cancel)
        return error_set(err, STATUS_UNIMPLEMENTED, "%s cannot be told to stop.", provider->class->label);
    return end(provider->class->cancel(provider, call, charge, ret_result, err), err);
}

enum status provider_refund(const struct provider *provider, const struct provider_call *call,
                            const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    if (refund->amount_minor <= 0 || refund->amount_minor > refund->charge_amount_minor)
        return error_set(err, STATUS_INVALID_ARGUMENT, "No more can be given back than was paid.");
    return end(provider->class->refund(provider, call, refund, ret_result, err), err);
}

enum status provider_query_refund(const struct provider *provider, const struct provider_call *call,
                                  const struct provider_refund *refund, struct provider_result *ret_result,
                                  struct error *err)
{
    return end(provider->class->query_refund(provider, call, refund, ret_result, err), err);
}

enum status provider_parse_notice(const struct provider *provider, const struct provider_mail *mail, struct arena *arena,
                                  struct provider_notice *ret_notice, struct error *err)
{
    struct provider_notice notice = {
        .kind = PROVIDER_NOTICE_IGNORED,
        .event_id = "",
        .subject_id = "",
        .reference = "",
        .provider_ref = "",
        .transaction_id = "",
        .claimed_minor = PROVIDER_AMOUNT_UNTOLD,
        .claimed_currency = "",
    };
    enum status status = provider->class->parse_notice(provider, mail, arena, &notice, err);
    if (status == STATUS_OK)
        *ret_notice = notice;
    return end(status, err);
}

/* ---- for people ---- */

const char *provider_reason_text(const char *reason)
{
    static const struct {
        const char *reason, *text;
    } texts[] = {
        {PROVIDER_REASON_DECLINED, "The payment was declined."},
        {PROVIDER_REASON_CANCELLED, "The payment was cancelled."},
        {PROVIDER_REASON_FUNDS, "There is not enough money in the account."},
        {PROVIDER_REASON_LIMIT, "The payment is above the limit of the account."},
        {PROVIDER_REASON_TIMEOUT, "The payment was not approved in time."},
        {PROVIDER_REASON_PHONE, "The phone could not be reached."},
        {PROVIDER_REASON_PIN, "The PIN was wrong."},
        {PROVIDER_REASON_BUSY, "The payment provider is busy. Try again in a minute."},
        {PROVIDER_REASON_OTHER, "The payment did not work."},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i].reason, reason) == 0)
            return texts[i].text;
    return reason[0] ? "The payment did not work." : "";
}
