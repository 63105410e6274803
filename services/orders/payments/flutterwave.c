/* Flutterwave v3: a page of theirs, opened by POST /payments, asked about by our tx_ref. Amounts are decimals in major
 * units. */
#include "adapter.h"

#include <string.h>

#include "money.h"

#define SESSION_MINUTES_MAX 1440

static const char *const currencies[] = {
    "NGN", "KES", "GHS", "UGX", "RWF", "TZS", "ZAR", "XOF", "XAF", "ZMW", "MWK", "EGP", "USD", "EUR", "GBP", NULL,
};

static const struct adapter_word charge_words[] = {
    {"successful", PROVIDER_SUCCEEDED, ""},
    {"failed", PROVIDER_FAILED, PROVIDER_REASON_DECLINED},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word refund_words[] = {
    {"completed", PROVIDER_SUCCEEDED, ""},
    {"failed", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word open_word = {"", PROVIDER_PENDING, ""};

static bool flutterwave_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    (void)provider;
    for (const char *const *code = currencies; *code; code++)
        if (strcmp(*code, currency_code) == 0)
            return amount_minor > 0;
    return false;
}

static enum status ask(const struct provider *provider, const struct provider_call *call, const char *path, const char *body,
                       struct adapter_answer *answer, struct error *err)
{
    return adapter_ask_bearer(provider, call, arena_printf(call->arena, "%s%s", provider->settings->flutterwave_url, path),
                              provider->settings->flutterwave_secret_key, body, answer, err);
}

/* ---- charges ---- */

static struct provider_result read_charge(const json_t *json, struct arena *arena)
{
    const char *status = json_field_text(json, "data.status", arena);
    const struct adapter_word *word = adapter_word_find(charge_words, status, &open_word);
    struct provider_result result = adapter_result(word->state);
    result.reason = word->reason;
    result.reference = json_field_text(json, "data.tx_ref", arena);
    result.transaction_id = json_field_text(json, "data.id", arena);
    result.detail = json_field_text(json, "data.processor_response", arena);
    if (word->state == PROVIDER_SUCCEEDED) {
        result.currency_code = json_field_text(json, "data.currency", arena);
        result.amount_minor = json_field_decimal(json, "data.amount", result.currency_code);
    }
    return result;
}

/* Before anybody paid they know no transaction of that reference. */
static enum status flutterwave_query(const struct provider *provider, const struct provider_call *call,
                                     const struct provider_charge *charge, struct provider_result *ret_result,
                                     struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *path = arena_printf(call->arena, "/transactions/verify_by_reference?tx_ref=%s",
                                    https_escape(charge->reference, call->arena));
    enum status status = ask(provider, call, path, NULL, &answer, err);
    if (status == STATUS_FAILED_PRECONDITION && (answer.code == 404 || answer.code == 400)) {
        *ret_result = adapter_result(PROVIDER_UNKNOWN);
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status == STATUS_UNAVAILABLE ? status
                                            : error_set(err, STATUS_UNKNOWN, "Flutterwave cannot be asked at the moment.");
    *ret_result = read_charge(answer.json, call->arena);
    return STATUS_OK;
}

static int64_t session_minutes(const struct provider_charge *charge)
{
    int64_t minutes = charge->lifetime_s / 60;
    if (minutes < 1)
        return 1;
    return minutes < SESSION_MINUTES_MAX ? minutes : SESSION_MINUTES_MAX;
}

/* Asked again with the same tx_ref they open another page for it; only one of the two can be paid. */
static enum status flutterwave_create(const struct provider *provider, const struct provider_call *call,
                                      const struct provider_charge *charge, struct provider_action *ret_action,
                                      struct error *err)
{
    ADAPTER_ANSWER(answer);
    char amount[MONEY_DECIMAL_SIZE];
    money_format_decimal(charge->amount_minor, currency_find(charge->currency_code), amount);
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:{s:s, s:s, s:s}, s:{s:s}, s:{s:s}}", "tx_ref", charge->reference, "amount",
                  amount, "currency", charge->currency_code, "redirect_url", charge->return_url, "session_duration",
                  (json_int_t)session_minutes(charge), "customer", "email", adapter_email(provider, charge, call->arena),
                  "phonenumber", charge->phone, "name", charge->name, "customizations", "title", charge->order_number,
                  "meta", "order", charge->order_number);
    enum status status = ask(provider, call, "/payments", json_field_print(body, call->arena), &answer, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, json_field_text(answer.json, "message", call->arena), err);
    if (status != STATUS_OK)
        return status;
    *ret_action = (struct provider_action){
        .kind = PROVIDER_ACTION_REDIRECT,
        .url = json_field_text(answer.json, "data.link", call->arena),
        .text = "",
        .provider_ref = "",
    };
    return ret_action->url[0] ? STATUS_OK : error_set(err, STATUS_UNKNOWN, "Flutterwave named no page to pay on.");
}

/* ---- refunds: theirs have no key of ours, so ours is written in the comment, and looked for before anything is asked ----
 */

static const char *comment_of(const struct provider_refund *refund, struct arena *arena)
{
    return arena_printf(arena, "refund %s", refund->id);
}

static struct provider_result read_refund(const json_t *data, const char *currency_code, struct arena *arena)
{
    const char *status = json_field_text(data, "status", arena);
    /* "completed", and forms of it such as "completed-mpgs", after the way the money goes. */
    const char *known = strncmp(status, "completed", strlen("completed")) == 0 ? "completed" : status;
    const struct adapter_word *word = adapter_word_find(refund_words, known, &open_word);
    struct provider_result result = adapter_result(word->state);
    result.reason = word->reason;
    result.detail = status;
    result.provider_ref = json_field_text(data, "id", arena);
    result.currency_code = currency_code;
    result.amount_minor = json_field_decimal(data, "amount_refunded", currency_code);
    return result;
}

static bool is_ours(const json_t *data, const struct provider_refund *refund, struct arena *arena)
{
    const char *comment = json_field_text(data, "comments", arena);
    return strcmp(comment[0] ? comment : json_field_text(data, "comment", arena), comment_of(refund, arena)) == 0;
}

static enum status find_refund(const struct provider *provider, const struct provider_call *call,
                               const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *path = arena_printf(call->arena, "/refunds?id=%s", https_escape(refund->transaction_id, call->arena));
    if (ask(provider, call, path, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Flutterwave does not show its refunds at the moment.");
    const json_t *list = json_field_at(answer.json, "data");
    *ret_result = adapter_result(PROVIDER_UNKNOWN);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (is_ours(json_array_get(list, i), refund, call->arena))
            *ret_result = read_refund(json_array_get(list, i), refund->currency_code, call->arena);
    return STATUS_OK;
}

static enum status flutterwave_query_refund(const struct provider *provider, const struct provider_call *call,
                                            const struct provider_refund *refund, struct provider_result *ret_result,
                                            struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!refund->provider_ref[0])
        return find_refund(provider, call, refund, ret_result, err);
    const char *path = arena_printf(call->arena, "/refunds/%s", https_escape(refund->provider_ref, call->arena));
    if (ask(provider, call, path, NULL, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "Flutterwave does not show this refund at the moment.");
    *ret_result = read_refund(json_field_at(answer.json, "data"), refund->currency_code, call->arena);
    return STATUS_OK;
}

static enum status flutterwave_refund(const struct provider *provider, const struct provider_call *call,
                                      const struct provider_refund *refund, struct provider_result *ret_result,
                                      struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (find_refund(provider, call, refund, ret_result, err) != STATUS_OK || ret_result->state != PROVIDER_UNKNOWN)
        return err->status;
    json_t *body = json_pack("{s:o, s:s}", "amount", json_field_amount(refund->amount_minor, refund->currency_code),
                             "comments", comment_of(refund, call->arena));
    const char *path =
        arena_printf(call->arena, "/transactions/%s/refund", https_escape(refund->transaction_id, call->arena));
    enum status status = ask(provider, call, path, json_field_print(body, call->arena), &answer, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, json_field_text(answer.json, "message", call->arena), err);
    if (status == STATUS_OK)
        *ret_result = read_refund(json_field_at(answer.json, "data"), refund->currency_code, call->arena);
    return status;
}

/* ---- notices: the header is the secret itself, and says nothing about the body ---- */

static enum status flutterwave_parse_notice(const struct provider *provider, const struct provider_mail *mail,
                                            struct arena *arena, struct provider_notice *ret_notice, struct error *err)
{
    const char *secret = provider->settings->flutterwave_secret_hash;
    if (!secret[0] || !proof_equal(proof_header(mail, "verif-hash"), secret))
        return error_set(err, STATUS_UNAUTHENTICATED, "The notice does not bear Flutterwave's hash.");
    json_auto_t *json = json_field_parse(mail->body, mail->body_length);
    const char *event = json_field_text(json, "event", arena);
    if (!event[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice names no event.");
    ret_notice->event_id = arena_printf(arena, "%s:%s:%s", event, json_field_text(json, "data.id", arena),
                                        json_field_text(json, "data.status", arena));
    if (strcmp(event, "charge.completed") != 0)
        return STATUS_OK;
    ret_notice->kind = PROVIDER_NOTICE_CHARGE;
    ret_notice->reference = json_field_text(json, "data.tx_ref", arena);
    ret_notice->claimed_currency = json_field_text(json, "data.currency", arena);
    ret_notice->claimed_minor = json_field_decimal(json, "data.amount", ret_notice->claimed_currency);
    return STATUS_OK;
}

const struct provider_class flutterwave_class = {
    .name = "flutterwave",
    .label = "Flutterwave",
    .refunds_partly = true,
    .takes = flutterwave_takes,
    .create = flutterwave_create,
    .query = flutterwave_query,
    .refund = flutterwave_refund,
    .query_refund = flutterwave_query_refund,
    .parse_notice = flutterwave_parse_notice,
};
