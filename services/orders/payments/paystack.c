/* Paystack: a page of theirs, opened by POST /transaction/initialize, asked about by our reference. Amounts are hundredths
 * of the major unit in every currency, also in those that have none (XOF). */
#include "adapter.h"

#include <string.h>

#include "money.h"

#define SUBUNITS 100

struct minimum {
    const char *currency_code;
    int64_t amount_minor;
};

/* The currencies they settle, and the least they take. */
static const struct minimum minima[] = {
    {"NGN", 5000}, {"USD", 200}, {"GHS", 10}, {"ZAR", 100}, {"KES", 300}, {"XOF", 1}, {NULL, 0},
};

/* "abandoned" is also a page that nobody has paid on yet. */
static const struct adapter_word charge_words[] = {
    {"success", PROVIDER_SUCCEEDED, ""},
    {"reversed", PROVIDER_SUCCEEDED, ""},
    {"failed", PROVIDER_FAILED, PROVIDER_REASON_DECLINED},
    {"abandoned", PROVIDER_PENDING, ""},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word refund_words[] = {
    {"processed", PROVIDER_SUCCEEDED, ""},
    {"failed", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word open_word = {"", PROVIDER_PENDING, ""};

static int64_t scale_of(const char *currency_code)
{
    const struct currency *currency = currency_find(currency_code);
    return currency && currency->exponent == 0 ? SUBUNITS : 1;
}

static bool paystack_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    (void)provider;
    for (const struct minimum *row = minima; row->currency_code; row++)
        if (strcmp(row->currency_code, currency_code) == 0)
            return amount_minor >= row->amount_minor;
    return false;
}

static enum status ask(const struct provider *provider, const struct provider_call *call, const char *path, const char *body,
                       struct adapter_answer *answer, struct error *err)
{
    return adapter_ask_bearer(provider, call, arena_printf(call->arena, "%s%s", provider->settings->paystack_url, path),
                              provider->settings->paystack_secret_key, body, answer, err);
}

/* ---- charges ---- */

static struct provider_result read_charge(const json_t *json, struct arena *arena)
{
    const char *status = json_field_text(json, "data.status", arena);
    const struct adapter_word *word = adapter_word_find(charge_words, status, &open_word);
    struct provider_result result = adapter_result(word->state);
    int64_t subunits = 0;
    result.reason = word->reason;
    result.reference = json_field_text(json, "data.reference", arena);
    result.transaction_id = json_field_text(json, "data.id", arena);
    result.detail = json_field_text(json, "data.gateway_response", arena);
    if (word->state != PROVIDER_SUCCEEDED || !json_field_integer(json, "data.amount", &subunits))
        return result;
    result.currency_code = json_field_text(json, "data.currency", arena);
    result.amount_minor = subunits / scale_of(result.currency_code);
    if (strcmp(status, "reversed") == 0)
        result.refunded_minor = result.amount_minor;
    return result;
}

static enum status paystack_query(const struct provider *provider, const struct provider_call *call,
                                  const struct provider_charge *charge, struct provider_result *ret_result,
                                  struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *path = arena_printf(call->arena, "/transaction/verify/%s", https_escape(charge->reference, call->arena));
    enum status status = ask(provider, call, path, NULL, &answer, err);
    if (status == STATUS_FAILED_PRECONDITION && (answer.code == 404 || answer.code == 400)) {
        *ret_result = adapter_result(PROVIDER_UNKNOWN);
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status == STATUS_UNAVAILABLE ? status
                                            : error_set(err, STATUS_UNKNOWN, "Paystack cannot be asked at the moment.");
    *ret_result = read_charge(answer.json, call->arena);
    return STATUS_OK;
}

/* The reference is taken: an earlier copy of this request opened the page, whose address is lost, so nobody can pay on it.
 */
static enum status refuse_lost_page(const struct provider *provider, const struct adapter_answer *answer,
                                    struct arena *arena, struct error *err)
{
    const char *message = json_field_text(answer->json, "message", arena);
    if (strcmp(json_field_text(answer->json, "code", arena), "duplicate_reference") == 0 || strcasestr(message, "duplicate"))
        return error_set(err, STATUS_FAILED_PRECONDITION,
                         "The page of Paystack was lost on its way. Start the payment again.");
    return adapter_refused(provider, message, err);
}

static enum status paystack_create(const struct provider *provider, const struct provider_call *call,
                                   const struct provider_charge *charge, struct provider_action *ret_action,
                                   struct error *err)
{
    ADAPTER_ANSWER(answer);
    json_t *body =
        json_pack("{s:s, s:I, s:s, s:s, s:s, s:{s:s, s:s}}", "email", adapter_email(provider, charge, call->arena), "amount",
                  (json_int_t)(charge->amount_minor * scale_of(charge->currency_code)), "currency", charge->currency_code,
                  "reference", charge->reference, "callback_url", charge->return_url, "metadata", "order",
                  charge->order_number, "cancel_action", charge->return_url);
    enum status status = ask(provider, call, "/transaction/initialize", json_field_print(body, call->arena), &answer, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return refuse_lost_page(provider, &answer, call->arena, err);
    if (status != STATUS_OK)
        return status;
    *ret_action = (struct provider_action){
        .kind = PROVIDER_ACTION_REDIRECT,
        .url = json_field_text(answer.json, "data.authorization_url", call->arena),
        .text = "",
        .provider_ref = json_field_text(answer.json, "data.access_code", call->arena),
    };
    return ret_action->url[0] ? STATUS_OK : error_set(err, STATUS_UNKNOWN, "Paystack named no page to pay on.");
}

/* ---- refunds: theirs have no key of ours, so ours is written in the note, and looked for before anything is asked ---- */

static const char *note_of(const struct provider_refund *refund, struct arena *arena)
{
    return arena_printf(arena, "refund %s", refund->id);
}

static struct provider_result read_refund(const json_t *data, struct arena *arena)
{
    const struct adapter_word *word = adapter_word_find(refund_words, json_field_text(data, "status", arena), &open_word);
    struct provider_result result = adapter_result(word->state);
    int64_t subunits = 0;
    result.reason = word->reason;
    result.detail = json_field_text(data, "status", arena);
    result.provider_ref = json_field_text(data, "id", arena);
    result.currency_code = json_field_text(data, "currency", arena);
    if (json_field_integer(data, "amount", &subunits))
        result.amount_minor = subunits / scale_of(result.currency_code);
    return result;
}

static enum status find_refund(const struct provider *provider, const struct provider_call *call,
                               const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *path =
        arena_printf(call->arena, "/refund?transaction=%s&perPage=100", https_escape(refund->transaction_id, call->arena));
    if (ask(provider, call, path, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Paystack does not show its refunds at the moment.");
    const json_t *list = json_field_at(answer.json, "data");
    *ret_result = adapter_result(PROVIDER_UNKNOWN);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *data = json_array_get(list, i);
        if (strcmp(json_field_text(data, "merchant_note", call->arena), note_of(refund, call->arena)) == 0)
            *ret_result = read_refund(data, call->arena);
    }
    return STATUS_OK;
}

static enum status paystack_query_refund(const struct provider *provider, const struct provider_call *call,
                                         const struct provider_refund *refund, struct provider_result *ret_result,
                                         struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!refund->provider_ref[0])
        return find_refund(provider, call, refund, ret_result, err);
    const char *path = arena_printf(call->arena, "/refund/%s", https_escape(refund->provider_ref, call->arena));
    if (ask(provider, call, path, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Paystack does not show this refund at the moment.");
    *ret_result = read_refund(json_field_at(answer.json, "data"), call->arena);
    return STATUS_OK;
}

static enum status paystack_refund(const struct provider *provider, const struct provider_call *call,
                                   const struct provider_refund *refund, struct provider_result *ret_result,
                                   struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (find_refund(provider, call, refund, ret_result, err) != STATUS_OK || ret_result->state != PROVIDER_UNKNOWN)
        return err->status;
    json_t *body =
        json_pack("{s:s, s:I, s:s, s:s, s:s}", "transaction", refund->transaction_id, "amount",
                  (json_int_t)(refund->amount_minor * scale_of(refund->currency_code)), "currency", refund->currency_code,
                  "merchant_note", note_of(refund, call->arena), "customer_note", refund->reason);
    enum status status = ask(provider, call, "/refund", json_field_print(body, call->arena), &answer, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, json_field_text(answer.json, "message", call->arena), err);
    if (status == STATUS_OK)
        *ret_result = read_refund(json_field_at(answer.json, "data"), call->arena);
    return status;
}

/* ---- notices ---- */

static void read_event(const json_t *json, const char *event, struct arena *arena, struct provider_notice *notice)
{
    int64_t subunits = 0;
    if (strncmp(event, "refund.", strlen("refund.")) == 0) {
        notice->kind = PROVIDER_NOTICE_REFUND;
        notice->reference = json_field_text(json, "data.transaction_reference", arena);
        notice->event_id =
            arena_printf(arena, "%s:%s:%s", event, notice->reference, json_field_text(json, "data.refund_reference", arena));
    } else if (strncmp(event, "charge.dispute.", strlen("charge.dispute.")) == 0) {
        notice->kind = PROVIDER_NOTICE_CHARGE;
        notice->reference = json_field_text(json, "data.transaction.reference", arena);
        notice->event_id = arena_printf(arena, "%s:%s", event, json_field_text(json, "data.id", arena));
    } else if (strcmp(event, "charge.success") == 0) {
        notice->kind = PROVIDER_NOTICE_CHARGE;
        notice->reference = json_field_text(json, "data.reference", arena);
        notice->event_id = arena_printf(arena, "%s:%s", event, json_field_text(json, "data.id", arena));
        notice->claimed_currency = json_field_text(json, "data.currency", arena);
        if (json_field_integer(json, "data.amount", &subunits))
            notice->claimed_minor = subunits / scale_of(notice->claimed_currency);
    } else {
        notice->event_id = arena_printf(arena, "%s:%s", event, json_field_text(json, "data.id", arena));
    }
}

static enum status paystack_parse_notice(const struct provider *provider, const struct provider_mail *mail,
                                         struct arena *arena, struct provider_notice *ret_notice, struct error *err)
{
    if (!proof_hmac_sha512(provider->settings->paystack_secret_key, mail->body, mail->body_length,
                           proof_header(mail, "x-paystack-signature")))
        return error_set(err, STATUS_UNAUTHENTICATED, "The signature is not Paystack's.");
    json_auto_t *json = json_field_parse(mail->body, mail->body_length);
    const char *event = json_field_text(json, "event", arena);
    if (!event[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice names no event.");
    read_event(json, event, arena, ret_notice);
    return STATUS_OK;
}

const struct provider_class paystack_class = {
    .name = "paystack",
    .label = "Paystack",
    .refunds_partly = true,
    .takes = paystack_takes,
    .create = paystack_create,
    .query = paystack_query,
    .refund = paystack_refund,
    .query_refund = paystack_query_refund,
    .parse_notice = paystack_parse_notice,
};
