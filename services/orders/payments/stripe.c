/*
 * Stripe PaymentIntents: the customer pays by Stripe's own script on our page, which gets the intent's client secret. Bodies
 * are form-urlencoded. Every POST bears an Idempotency-Key; Stripe replays its first answer, also a 500. A replayed 500
 * shows that its request has ended, so what it left behind can be looked for, and where there is nothing the next key is
 * used.
 */
#include "adapter.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "money.h"

#define API_VERSION "2026-06-24.dahlia"
#define TOLERANCE_S 300
#define KEYS_MAX 5 /* for one id, after so many 500s */

/* Units of ours per unit of theirs, where theirs is not ISO's minor unit. */
struct unit {
    const char *currency_code;
    int64_t multiply, divide;
};

static const struct unit units[] = {
    {"UGX", 100, 1}, /* without decimals in effect, sent with two */
    {"MGA", 1, 100}, /* the other way round */
    {NULL, 1, 1},
};

static const struct adapter_word charge_words[] = {
    {"succeeded", PROVIDER_SUCCEEDED, ""},
    {"requires_capture", PROVIDER_AUTHORISED, ""},
    {"canceled", PROVIDER_CANCELLED, PROVIDER_REASON_CANCELLED},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word refund_words[] = {
    {"succeeded", PROVIDER_SUCCEEDED, ""},
    {"failed", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {"canceled", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word open_word = {"", PROVIDER_PENDING, ""};

static const struct unit *unit_of(const char *currency_code)
{
    const struct unit *row = units;
    while (row->currency_code && strcmp(row->currency_code, currency_code) != 0)
        row++;
    return row;
}

static int64_t to_theirs(int64_t amount_minor, const char *currency_code)
{
    const struct unit *unit = unit_of(currency_code);
    return amount_minor * unit->multiply / unit->divide;
}

static int64_t to_ours(int64_t amount, const char *currency_code)
{
    const struct unit *unit = unit_of(currency_code);
    return amount * unit->divide / unit->multiply;
}

/* Of three decimals the last must be 0. */
static bool stripe_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    const struct currency *currency = currency_find(currency_code);
    (void)provider;
    if (!currency || amount_minor <= 0 || (currency->exponent == 3 && amount_minor % 10 != 0))
        return false;
    return amount_minor % unit_of(currency_code)->divide == 0;
}

/* ---- requests ---- */

/* "kes" of "KES", as they write it; and back. */
static const char *lower(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    for (char *c = copy; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return copy;
}

static const char *upper(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    for (char *c = copy; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    return copy;
}

/* "&name=value" with the value escaped. Names are ours, with their brackets. */
static const char *field(const char *name, const char *value, struct arena *arena)
{
    return arena_printf(arena, "&%s=%s", name, https_escape(value, arena));
}

static enum status ask(const struct provider *provider, const struct provider_call *call, const char *path, const char *form,
                       const char *key, struct adapter_answer *answer, struct error *err)
{
    struct arena *arena = call->arena;
    struct https_request request = {
        .method = form ? "POST" : "GET",
        .url = arena_printf(arena, "%s%s", provider->settings->stripe_url, path),
        .headers = {arena_printf(arena, "Authorization: Bearer %s", provider->settings->stripe_secret_key),
                    "Stripe-Version: " API_VERSION},
        .body = form,
    };
    if (form) {
        adapter_add_header(&request, "Content-Type: application/x-www-form-urlencoded");
        adapter_add_header(&request, arena_printf(arena, "Idempotency-Key: %s", key));
    }
    enum status status = adapter_ask(provider, call, &request, answer, err);
    /* 409: another request holds this key. Whether that one did something is not known yet. */
    if (status == STATUS_FAILED_PRECONDITION && answer->code == 409)
        return error_set(err, STATUS_UNKNOWN, "Stripe still works on an earlier copy of this request.");
    return status;
}

/* Whether an earlier copy of a request left something behind; the result's state is UNKNOWN when not. */
typedef enum status (*find_fn)(const struct provider *, const struct provider_call *, const void *subject,
                               struct provider_result *ret_result, struct error *err);

/*
 * POSTs under the first key of `id` that is not spent on a 500. *ret_found: nothing was posted, it is there already (and
 * *answer is empty).
 */
static enum status post(const struct provider *provider, const struct provider_call *call, const char *path,
                        const char *form, const char *id, find_fn find, const void *subject, struct adapter_answer *answer,
                        struct provider_result *ret_found, struct error *err)
{
    *ret_found = adapter_result(PROVIDER_UNKNOWN);
    for (int spent = 0;; spent++) {
        const char *key = spent == 0 ? id : arena_printf(call->arena, "%s.%d", id, spent);
        enum status status = ask(provider, call, path, form, key, answer, err);
        if (status != STATUS_UNKNOWN || !answer->is_replay || spent + 1 == KEYS_MAX)
            return status;
        if (find(provider, call, subject, ret_found, err) != STATUS_OK)
            return error_set(err, STATUS_UNKNOWN, "Stripe cannot say what became of the request.");
        if (ret_found->state != PROVIDER_UNKNOWN)
            return STATUS_OK;
    }
}

static enum status refused(const struct provider *provider, const struct adapter_answer *answer, struct arena *arena,
                           struct error *err)
{
    return adapter_refused(provider, json_field_text(answer->json, "error.message", arena), err);
}

/* ---- charges ---- */

static struct provider_result read_intent(const json_t *intent, struct arena *arena)
{
    const struct adapter_word *word = adapter_word_find(charge_words, json_field_text(intent, "status", arena), &open_word);
    struct provider_result result = adapter_result(word->state);
    int64_t amount = 0;
    const char *money = word->state == PROVIDER_AUTHORISED ? "amount_capturable" : "amount_received";
    result.reason = word->reason;
    result.provider_ref = json_field_text(intent, "id", arena);
    result.transaction_id = result.provider_ref;
    result.reference = json_field_text(intent, "metadata.reference", arena);
    result.detail = json_field_text(intent, "last_payment_error.message", arena);
    if (word->state != PROVIDER_SUCCEEDED && word->state != PROVIDER_AUTHORISED)
        return result;
    result.currency_code = upper(json_field_text(intent, "currency", arena), arena);
    if (json_field_integer(intent, money, &amount))
        result.amount_minor = to_ours(amount, result.currency_code);
    if (json_field_integer(intent, "latest_charge.amount_refunded", &amount))
        result.refunded_minor = to_ours(amount, result.currency_code);
    return result;
}

/* By our reference in its metadata, for one whose number we were not told. Stripe's search lags by a minute or so. */
static enum status find_intent(const struct provider *provider, const struct provider_call *call, const void *subject,
                               struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const struct provider_charge *charge = subject;
    const char *query = arena_printf(call->arena, "metadata['reference']:'%s'", charge->reference);
    const char *path = arena_printf(call->arena, "/v1/payment_intents/search?query=%s&expand[]=data.latest_charge",
                                    https_escape(query, call->arena));
    if (ask(provider, call, path, NULL, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Stripe cannot be asked at the moment.");
    const json_t *list = json_field_at(answer.json, "data");
    *ret_result = adapter_result(PROVIDER_UNKNOWN);
    for (size_t i = 0; i < json_array_size(list) && ret_result->state != PROVIDER_SUCCEEDED; i++)
        *ret_result = read_intent(json_array_get(list, i), call->arena);
    return STATUS_OK;
}

static enum status stripe_query(const struct provider *provider, const struct provider_call *call,
                                const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!charge->provider_ref[0])
        return find_intent(provider, call, charge, ret_result, err);
    const char *path = arena_printf(call->arena, "/v1/payment_intents/%s?expand[]=latest_charge",
                                    https_escape(charge->provider_ref, call->arena));
    if (ask(provider, call, path, NULL, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Stripe cannot be asked at the moment.");
    *ret_result = read_intent(answer.json, call->arena);
    return STATUS_OK;
}

static const char *intent_form(const struct provider_charge *charge, struct arena *arena)
{
    const char *description = charge->description[0] ? charge->description : charge->order_number;
    return arena_printf(arena, "amount=%lld%s%s%s%s%s%s%s",
                        (long long)to_theirs(charge->amount_minor, charge->currency_code),
                        field("currency", lower(charge->currency_code, arena), arena),
                        field("automatic_payment_methods[enabled]", "true", arena),
                        field("capture_method", charge->capture_later ? "manual" : "automatic", arena),
                        field("description", description, arena), field("metadata[order]", charge->order_number, arena),
                        field("metadata[reference]", charge->reference, arena),
                        charge->email[0] ? field("receipt_email", charge->email, arena) : "");
}

/* An intent that is there already but whose secret is lost: nobody can pay on it, and the next one takes its place. */
static enum status find_nothing(const struct provider *provider, const struct provider_call *call, const void *subject,
                                struct provider_result *ret_result, struct error *err)
{
    (void)provider, (void)call, (void)subject, (void)err;
    *ret_result = adapter_result(PROVIDER_UNKNOWN);
    return STATUS_OK;
}

static enum status stripe_create(const struct provider *provider, const struct provider_call *call,
                                 const struct provider_charge *charge, struct provider_action *ret_action, struct error *err)
{
    ADAPTER_ANSWER(answer);
    struct provider_result found;
    enum status status = post(provider, call, "/v1/payment_intents", intent_form(charge, call->arena), charge->id,
                              find_nothing, charge, &answer, &found, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return refused(provider, &answer, call->arena, err);
    if (status != STATUS_OK)
        return status;
    *ret_action = (struct provider_action){
        .kind = PROVIDER_ACTION_CLIENT,
        .url = "",
        .text = json_field_text(answer.json, "client_secret", call->arena),
        .provider_ref = json_field_text(answer.json, "id", call->arena),
    };
    return ret_action->text[0] ? STATUS_OK : error_set(err, STATUS_UNKNOWN, "Stripe gave no secret to pay with.");
}

/* Ends an intent one way or the other; when it is in no state for that, what it has come to is asked. */
static enum status conclude(const struct provider *provider, const struct provider_call *call,
                            const struct provider_charge *charge, const char *verb, const char *form,
                            struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!charge->provider_ref[0])
        return find_intent(provider, call, charge, ret_result, err);
    const char *path =
        arena_printf(call->arena, "/v1/payment_intents/%s/%s", https_escape(charge->provider_ref, call->arena), verb);
    enum status status = ask(provider, call, path, form, arena_printf(call->arena, "%s.%s", charge->id, verb), &answer, err);
    if (status == STATUS_OK)
        *ret_result = read_intent(answer.json, call->arena);
    else if (status == STATUS_FAILED_PRECONDITION || (status == STATUS_UNKNOWN && answer.is_replay))
        return stripe_query(provider, call, charge, ret_result, err);
    return status;
}

static enum status stripe_capture(const struct provider *provider, const struct provider_call *call,
                                  const struct provider_charge *charge, struct provider_result *ret_result,
                                  struct error *err)
{
    const char *form = arena_printf(call->arena, "amount_to_capture=%lld",
                                    (long long)to_theirs(charge->amount_minor, charge->currency_code));
    return conclude(provider, call, charge, "capture", form, ret_result, err);
}

static enum status stripe_cancel(const struct provider *provider, const struct provider_call *call,
                                 const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    return conclude(provider, call, charge, "cancel", "cancellation_reason=abandoned", ret_result, err);
}

/* ---- refunds ---- */

static struct provider_result read_refund(const json_t *refund, struct arena *arena)
{
    const struct adapter_word *word = adapter_word_find(refund_words, json_field_text(refund, "status", arena), &open_word);
    struct provider_result result = adapter_result(word->state);
    int64_t amount = 0;
    result.reason = word->reason;
    result.provider_ref = json_field_text(refund, "id", arena);
    result.detail = json_field_text(refund, "failure_reason", arena);
    result.currency_code = upper(json_field_text(refund, "currency", arena), arena);
    if (json_field_integer(refund, "amount", &amount))
        result.amount_minor = to_ours(amount, result.currency_code);
    return result;
}

static enum status find_refund(const struct provider *provider, const struct provider_call *call, const void *subject,
                               struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const struct provider_refund *refund = subject;
    const char *path = arena_printf(call->arena, "/v1/refunds?limit=100&payment_intent=%s",
                                    https_escape(refund->charge_provider_ref, call->arena));
    if (ask(provider, call, path, NULL, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Stripe does not show its refunds at the moment.");
    const json_t *list = json_field_at(answer.json, "data");
    *ret_result = adapter_result(PROVIDER_UNKNOWN);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (strcmp(json_field_text(one, "metadata.refund", call->arena), refund->id) == 0)
            *ret_result = read_refund(one, call->arena);
    }
    return STATUS_OK;
}

static enum status stripe_refund(const struct provider *provider, const struct provider_call *call,
                                 const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    struct arena *arena = call->arena;
    const char *form =
        arena_printf(arena, "amount=%lld%s%s%s", (long long)to_theirs(refund->amount_minor, refund->currency_code),
                     field("payment_intent", refund->charge_provider_ref, arena),
                     field("reason", "requested_by_customer", arena), field("metadata[refund]", refund->id, arena));
    enum status status =
        post(provider, call, "/v1/refunds", form, refund->id, find_refund, refund, &answer, ret_result, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return refused(provider, &answer, arena, err);
    if (status == STATUS_OK && ret_result->state == PROVIDER_UNKNOWN)
        *ret_result = read_refund(answer.json, arena);
    return status;
}

static enum status stripe_query_refund(const struct provider *provider, const struct provider_call *call,
                                       const struct provider_refund *refund, struct provider_result *ret_result,
                                       struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!refund->provider_ref[0])
        return find_refund(provider, call, refund, ret_result, err);
    const char *path = arena_printf(call->arena, "/v1/refunds/%s", https_escape(refund->provider_ref, call->arena));
    if (ask(provider, call, path, NULL, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Stripe does not show this refund at the moment.");
    *ret_result = read_refund(answer.json, call->arena);
    return STATUS_OK;
}

/* ---- notices ---- */

/* Whether `given`, hexadecimal, signs the text under one of the secrets ("whsec_a,whsec_b"). */
static bool is_signed(const char *secrets, const char *text, size_t length, const char *given, struct arena *arena)
{
    while (*secrets) {
        size_t span = strcspn(secrets, ",");
        if (proof_hmac_sha256(arena_strndup(arena, secrets, span), text, length, given))
            return true;
        secrets += span + (secrets[span] == ',');
    }
    return false;
}

/* "t=1700000000,v1=<hex>,v1=<hex>,v0=...": some v1 signs "<t>.<body>", and t is of now. */
static bool proves(const char *secrets, const struct provider_mail *mail, struct arena *arena)
{
    const char *header = proof_header(mail, "stripe-signature");
    const char *timestamp = "";
    bool is_ours = false;
    for (const char *item = header; *item; item += strcspn(item, ",") + (item[strcspn(item, ",")] == ',')) {
        const char *value = arena_strndup(arena, item, strcspn(item, ","));
        if (strncmp(value, "t=", 2) == 0)
            timestamp = value + 2;
    }
    int64_t age_s = mail->now_us / US_PER_S - strtoll(timestamp, NULL, 10);
    if (!timestamp[0] || age_s > TOLERANCE_S || age_s < -TOLERANCE_S)
        return false;
    size_t prefix = strlen(timestamp) + 1;
    char *text = arena_alloc(arena, prefix + mail->body_length);
    memcpy(text, timestamp, prefix - 1);
    text[prefix - 1] = '.';
    if (mail->body_length > 0)
        memcpy(text + prefix, mail->body, mail->body_length);
    for (const char *item = header; *item; item += strcspn(item, ",") + (item[strcspn(item, ",")] == ',')) {
        const char *value = arena_strndup(arena, item, strcspn(item, ","));
        if (strncmp(value, "v1=", 3) == 0)
            is_ours |= is_signed(secrets, text, prefix + mail->body_length, value + 3, arena);
    }
    return is_ours;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void read_event(const json_t *json, const char *type, struct arena *arena, struct provider_notice *notice)
{
    int64_t amount = 0;
    if (starts_with(type, "payment_intent.")) {
        notice->kind = PROVIDER_NOTICE_CHARGE;
        notice->provider_ref = json_field_text(json, "data.object.id", arena);
        notice->reference = json_field_text(json, "data.object.metadata.reference", arena);
        notice->claimed_currency = upper(json_field_text(json, "data.object.currency", arena), arena);
        if (json_field_integer(json, "data.object.amount_received", &amount))
            notice->claimed_minor = to_ours(amount, notice->claimed_currency);
    } else if (starts_with(type, "refund.")) {
        notice->kind = PROVIDER_NOTICE_REFUND;
        notice->provider_ref = json_field_text(json, "data.object.id", arena);
        notice->subject_id = json_field_text(json, "data.object.metadata.refund", arena);
    } else if (starts_with(type, "charge.")) {
        notice->kind = PROVIDER_NOTICE_CHARGE;
        notice->provider_ref = json_field_text(json, "data.object.payment_intent", arena);
    }
}

static enum status stripe_parse_notice(const struct provider *provider, const struct provider_mail *mail,
                                       struct arena *arena, struct provider_notice *ret_notice, struct error *err)
{
    if (!proves(provider->settings->stripe_webhook_secret, mail, arena))
        return error_set(err, STATUS_UNAUTHENTICATED, "The signature is not Stripe's, or is too old.");
    json_auto_t *json = json_field_parse(mail->body, mail->body_length);
    const char *type = json_field_text(json, "type", arena);
    ret_notice->event_id = json_field_text(json, "id", arena);
    if (!type[0] || !ret_notice->event_id[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice names no event.");
    read_event(json, type, arena, ret_notice);
    return STATUS_OK;
}

const struct provider_class stripe_class = {
    .name = "stripe",
    .label = "Card (Stripe)",
    .can_cancel = true,
    .can_capture = true,
    .refunds_partly = true,
    .takes = stripe_takes,
    .create = stripe_create,
    .query = stripe_query,
    .capture = stripe_capture,
    .cancel = stripe_cancel,
    .refund = stripe_refund,
    .query_refund = stripe_query_refund,
    .parse_notice = stripe_parse_notice,
};
