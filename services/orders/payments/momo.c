/*
 * MTN MoMo: a prompt on the customer's phone by Collections, money back by Disbursements, both keyed by a UUIDv4 that
 * follows from our id, so that a second request of it is a 409. Amounts are decimal text in major units. Notices are not
 * signed.
 */
#include "adapter.h"

#include <string.h>

#include "money.h"

#define NOTE_CHARS 160
#define COLLECTION 0 /* tokens */
#define DISBURSEMENT 1

struct target {
    const char *name;
    const char *currency_code;
};

static const struct target targets[] = {
    {"sandbox", "EUR"},       {"mtnuganda", "UGX"},        {"mtnghana", "GHS"},       {"mtnivorycoast", "XOF"},
    {"mtnzambia", "ZMW"},     {"mtncameroon", "XAF"},      {"mtnbenin", "XOF"},       {"mtncongo", "XAF"},
    {"mtnswaziland", "SZL"},  {"mtnguineaconakry", "GNF"}, {"mtnsouthafrica", "ZAR"}, {"mtnliberia", "LRD"},
    {"mtnsouthsudan", "SSP"}, {"mtnnigeria", "NGN"},       {"mtnrwanda", "RWF"},      {NULL, NULL},
};

static const struct adapter_word charge_words[] = {
    {"SUCCESSFUL", PROVIDER_SUCCEEDED, ""},
    {"FAILED", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {NULL, PROVIDER_PENDING, ""},
};

/* Why it failed. */
static const struct adapter_word reason_words[] = {
    {"PAYER_NOT_FOUND", PROVIDER_FAILED, PROVIDER_REASON_PHONE},
    {"NOT_ENOUGH_FUNDS", PROVIDER_FAILED, PROVIDER_REASON_FUNDS},
    {"PAYER_LIMIT_REACHED", PROVIDER_FAILED, PROVIDER_REASON_LIMIT},
    {"APPROVAL_REJECTED", PROVIDER_CANCELLED, PROVIDER_REASON_CANCELLED},
    {"EXPIRED", PROVIDER_FAILED, PROVIDER_REASON_TIMEOUT},
    {"SERVICE_UNAVAILABLE", PROVIDER_FAILED, PROVIDER_REASON_BUSY},
    {NULL, PROVIDER_FAILED, PROVIDER_REASON_OTHER},
};

/* Refusals that come as HTTP 500. */
static const struct adapter_word refusal_words[] = {
    {"NOT_ALLOWED", PROVIDER_FAILED, ""},
    {"NOT_ALLOWED_TARGET_ENVIRONMENT", PROVIDER_FAILED, ""},
    {"INVALID_CALLBACK_URL_HOST", PROVIDER_FAILED, ""},
    {"INVALID_CURRENCY", PROVIDER_FAILED, ""},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word open_word = {"", PROVIDER_PENDING, ""};
static const struct adapter_word other_word = {"", PROVIDER_FAILED, PROVIDER_REASON_OTHER};

static const char *currency_of(const struct provider *provider)
{
    for (const struct target *row = targets; row->name; row++)
        if (strcmp(row->name, provider->settings->momo_target) == 0)
            return row->currency_code;
    return "";
}

bool momo_knows_target(const char *target)
{
    for (const struct target *row = targets; row->name; row++)
        if (strcmp(row->name, target) == 0)
            return true;
    return false;
}

static bool momo_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    return amount_minor > 0 && strcmp(currency_of(provider), currency_code) == 0;
}

/* "1500", "12.50": no decimals where there are none to say. */
static const char *amount_text(int64_t amount_minor, const char *currency_code, struct arena *arena)
{
    char decimal[MONEY_DECIMAL_SIZE];
    money_format_decimal(amount_minor, currency_find(currency_code), decimal);
    return arena_strdup(arena, decimal);
}

/* `body` NULL: a question. `reference_id` and `callback` only with a body. */
static enum status ask(const struct provider *provider, const struct provider_call *call, size_t product, const char *path,
                       const char *reference_id, const char *callback, const char *body, struct adapter_answer *answer,
                       struct error *err)
{
    const struct providers_settings *settings = provider->settings;
    struct arena *arena = call->arena;
    bool pays_in = product == COLLECTION;
    const char *folder = pays_in ? "collection" : "disbursement";
    const char *subscription =
        arena_printf(arena, "Ocp-Apim-Subscription-Key: %s",
                     pays_in ? settings->momo_subscription_key : settings->momo_refund_subscription_key);
    const struct https_request source = {
        .method = "POST",
        .url = arena_printf(arena, "%s/%s/token/", settings->momo_url, folder),
        .headers = {adapter_basic(pays_in ? settings->momo_api_user : settings->momo_refund_api_user,
                                  pays_in ? settings->momo_api_key : settings->momo_refund_api_key, arena),
                    subscription},
    };
    struct https_request request = {
        .method = body ? "POST" : "GET",
        .url = arena_printf(arena, "%s/%s/v1_0/%s", settings->momo_url, folder, path),
        .headers = {subscription, arena_printf(arena, "X-Target-Environment: %s", settings->momo_target)},
        .body = body,
    };
    if (body) {
        adapter_add_header(&request, "Content-Type: application/json");
        adapter_add_header(&request, arena_printf(arena, "X-Reference-Id: %s", reference_id));
        adapter_add_header(&request, arena_printf(arena, "X-Callback-Url: %s", callback));
    }
    return adapter_ask_with_token(provider, call, product, &source, &request, answer, err);
}

/* A request that was answered other than by "accepted": 409 is one of ours that came before. */
static enum status judge(const struct provider *provider, const struct adapter_answer *answer, enum status status,
                         struct arena *arena, struct error *err)
{
    const char *code = json_field_text(answer->json, "code", arena);
    if (status == STATUS_FAILED_PRECONDITION && answer->code == 409)
        return STATUS_OK;
    if (adapter_word_find(refusal_words, code, &open_word)->state == PROVIDER_FAILED)
        return adapter_refused(provider, code, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, json_field_text(answer->json, "message", arena), err);
    return status;
}

static struct provider_result read_status(const json_t *json, struct arena *arena)
{
    const char *status = json_field_text(json, "status", arena);
    const struct adapter_word *word = adapter_word_find(charge_words, status, &open_word);
    struct provider_result result = adapter_result(word->state);
    const char *reason = json_field_text(json, "reason", arena);
    result.detail = reason[0] ? reason : json_field_text(json, "reason.code", arena);
    result.transaction_id = json_field_text(json, "financialTransactionId", arena);
    result.reference = json_field_text(json, "externalId", arena);
    if (word->state == PROVIDER_FAILED) {
        const struct adapter_word *why = adapter_word_find(reason_words, result.detail, &other_word);
        result.state = why->state;
        result.reason = why->reason;
    } else if (word->state == PROVIDER_SUCCEEDED) {
        result.currency_code = json_field_text(json, "currency", arena);
        result.amount_minor = json_field_decimal(json, "amount", result.currency_code);
    }
    return result;
}

static enum status ask_status(const struct provider *provider, const struct provider_call *call, size_t product,
                              const char *resource, const char *reference_id, struct provider_result *ret_result,
                              struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *path = arena_printf(call->arena, "%s/%s", resource, reference_id);
    enum status status = ask(provider, call, product, path, NULL, NULL, NULL, &answer, err);
    bool is_unheard_of = status == STATUS_FAILED_PRECONDITION && answer.code == 404;
    if (status != STATUS_OK && !is_unheard_of)
        return error_set(err, STATUS_UNAVAILABLE, "MTN MoMo cannot be asked at the moment.");
    *ret_result = is_unheard_of ? adapter_result(PROVIDER_UNKNOWN) : read_status(answer.json, call->arena);
    ret_result->provider_ref = reference_id;
    return STATUS_OK;
}

/* ---- charges ---- */

static enum status momo_create(const struct provider *provider, const struct provider_call *call,
                               const struct provider_charge *charge, struct provider_action *ret_action, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *digits = charge->phone[0] == '+' ? charge->phone + 1 : charge->phone;
    const char *reference_id = adapter_uuid_v4(charge->id, call->arena);
    const char *note = arena_printf(call->arena, "%.*s", NOTE_CHARS, charge->order_number);
    if (!digits[0] || strspn(digits, "0123456789") != strlen(digits))
        return error_field(err, "phone", "malformed", "MTN MoMo needs the number of the phone that pays.");
    json_t *body = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:s}", "amount",
                             amount_text(charge->amount_minor, charge->currency_code, call->arena), "currency",
                             charge->currency_code, "externalId", charge->reference, "payer", "partyIdType", "MSISDN",
                             "partyId", digits, "payerMessage", note, "payeeNote", note);
    enum status status = ask(provider, call, COLLECTION, "requesttopay", reference_id,
                             adapter_notice_url(provider, PROOF_CHARGE, charge->id, call->arena),
                             json_field_print(body, call->arena), &answer, err);
    if (status != STATUS_OK && judge(provider, &answer, status, call->arena, err) != STATUS_OK)
        return err->status;
    *ret_action = (struct provider_action){
        .kind = PROVIDER_ACTION_PROMPT,
        .url = "",
        .text = "Approve the payment with your MoMo PIN on your phone.",
        .provider_ref = reference_id,
    };
    return STATUS_OK;
}

static enum status momo_query(const struct provider *provider, const struct provider_call *call,
                              const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    return ask_status(provider, call, COLLECTION, "requesttopay", adapter_uuid_v4(charge->id, call->arena), ret_result, err);
}

/* ---- refunds ---- */

static enum status momo_refund(const struct provider *provider, const struct provider_call *call,
                               const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    const char *reference_id = adapter_uuid_v4(refund->id, call->arena);
    if (!provider->settings->momo_refund_subscription_key[0])
        return error_set(err, STATUS_FAILED_PRECONDITION, "MTN MoMo cannot give this back by itself: pay it out by hand.");
    json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "amount",
                             amount_text(refund->amount_minor, refund->currency_code, call->arena), "currency",
                             refund->currency_code, "externalId", refund->id, "payerMessage", "Refund", "payeeNote",
                             "Refund", "referenceIdToRefund", adapter_uuid_v4(refund->charge_id, call->arena));
    enum status status = ask(provider, call, DISBURSEMENT, "refund", reference_id,
                             adapter_notice_url(provider, PROOF_REFUND, refund->id, call->arena),
                             json_field_print(body, call->arena), &answer, err);
    if (status != STATUS_OK && judge(provider, &answer, status, call->arena, err) != STATUS_OK)
        return err->status;
    *ret_result = adapter_result(PROVIDER_PENDING);
    ret_result->provider_ref = reference_id;
    return STATUS_OK;
}

static enum status momo_query_refund(const struct provider *provider, const struct provider_call *call,
                                     const struct provider_refund *refund, struct provider_result *ret_result,
                                     struct error *err)
{
    return ask_status(provider, call, DISBURSEMENT, "refund", adapter_uuid_v4(refund->id, call->arena), ret_result, err);
}

/* ---- notices ---- */

static enum status momo_parse_notice(const struct provider *provider, const struct provider_mail *mail, struct arena *arena,
                                     struct provider_notice *ret_notice, struct error *err)
{
    char kind, id[UUID_SIZE];
    if (!proof_read_token(provider->notice_key, mail->token, &kind, id))
        return error_set(err, STATUS_UNAUTHENTICATED, "This address was given to nobody.");
    json_auto_t *json = json_field_parse(mail->body, mail->body_length);
    const char *status = json_field_text(json, "status", arena);
    if (!status[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice has no status.");
    ret_notice->kind = kind == PROOF_CHARGE ? PROVIDER_NOTICE_CHARGE : PROVIDER_NOTICE_REFUND;
    ret_notice->subject_id = arena_strdup(arena, id);
    ret_notice->event_id = arena_printf(arena, "%s:%s", id, status);
    ret_notice->provider_ref = adapter_uuid_v4(id, arena);
    if (kind == PROOF_CHARGE)
        ret_notice->reference = json_field_text(json, "externalId", arena);
    ret_notice->claimed_currency = json_field_text(json, "currency", arena);
    ret_notice->claimed_minor = json_field_decimal(json, "amount", ret_notice->claimed_currency);
    return STATUS_OK;
}

const struct provider_class momo_class = {
    .name = "mtn_momo",
    .label = "MTN MoMo",
    .needs_phone = true,
    .refunds_partly = true,
    .takes = momo_takes,
    .create = momo_create,
    .query = momo_query,
    .refund = momo_refund,
    .query_refund = momo_query_refund,
    .parse_notice = momo_parse_notice,
};
