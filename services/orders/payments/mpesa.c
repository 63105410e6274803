/*
 * M-Pesa of Safaricom (Daraja): a prompt on the customer's phone (STK push), asked about by the CheckoutRequestID of its
 * answer. Whole shillings. A push has no key of ours, so one whose answer was lost is never sent again: only the notice
 * tells then. What goes back does so by reversal (all of it) or by a payment to the phone (B2C); how that ended is told to
 * an address that only Daraja was given, and to nobody who asks.
 */
#include "adapter.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sodium.h>

#include "clock.h"

#define CENTS 100
#define AMOUNT_MAX_MINOR (INT64_C(250000) * CENTS)
#define EAST_AFRICA_S (3 * 3600) /* UTC+3 all year */
#define TIMESTAMP_SIZE 15        /* yyyyMMddHHmmss */
#define REFERENCE_CHARS 12
#define DESCRIPTION_CHARS 13
#define TOKEN 0
#define STILL_RUNNING "500.001.1001"
#define REVERSED_BEFORE "R000001"

/* What a push ended with. A code that is not here leaves it open until the deadline. */
static const struct adapter_word push_words[] = {
    {"0", PROVIDER_SUCCEEDED, ""},
    {"1", PROVIDER_FAILED, PROVIDER_REASON_FUNDS},
    {"17", PROVIDER_FAILED, PROVIDER_REASON_LIMIT},
    {"26", PROVIDER_FAILED, PROVIDER_REASON_BUSY},
    {"1001", PROVIDER_FAILED, PROVIDER_REASON_BUSY},
    {"1019", PROVIDER_FAILED, PROVIDER_REASON_TIMEOUT},
    {"1025", PROVIDER_FAILED, PROVIDER_REASON_PHONE},
    {"9999", PROVIDER_FAILED, PROVIDER_REASON_PHONE},
    {"1032", PROVIDER_CANCELLED, PROVIDER_REASON_CANCELLED},
    {"1037", PROVIDER_FAILED, PROVIDER_REASON_PHONE},
    {"2001", PROVIDER_FAILED, PROVIDER_REASON_PIN},
    {NULL, PROVIDER_PENDING, ""},
};

/* What a status query says of a refund. */
static const struct adapter_word refund_words[] = {
    {"Completed", PROVIDER_SUCCEEDED, ""},
    {"Declined", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {"Cancelled", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {"Expired", PROVIDER_FAILED, PROVIDER_REASON_OTHER},
    {NULL, PROVIDER_PENDING, ""},
};

static const struct adapter_word open_word = {"", PROVIDER_PENDING, ""};

static bool mpesa_takes(const struct provider *provider, const char *currency_code, int64_t amount_minor)
{
    (void)provider;
    return strcmp(currency_code, "KES") == 0 && amount_minor > 0 && amount_minor <= AMOUNT_MAX_MINOR &&
           amount_minor % CENTS == 0;
}

/* "+254712345678" -> "254712345678"; NULL when it is no Kenyan mobile number. */
static const char *msisdn(const char *phone)
{
    const char *digits = phone[0] == '+' ? phone + 1 : phone;
    bool is_kenyan = strncmp(digits, "2547", 4) == 0 || strncmp(digits, "2541", 4) == 0;
    return is_kenyan && strlen(digits) == 12 && strspn(digits, "0123456789") == 12 ? digits : NULL;
}

static enum status ask(const struct provider *provider, const struct provider_call *call, const char *path, json_t *body,
                       struct adapter_answer *answer, struct error *err)
{
    const struct providers_settings *settings = provider->settings;
    const struct https_request source = {
        .method = "GET",
        .url = arena_printf(call->arena, "%s/oauth/v1/generate?grant_type=client_credentials", settings->mpesa_url),
        .headers = {adapter_basic(settings->mpesa_consumer_key, settings->mpesa_consumer_secret, call->arena)},
    };
    const struct https_request request = {
        .method = "POST",
        .url = arena_printf(call->arena, "%s%s", settings->mpesa_url, path),
        .headers = {"Content-Type: application/json"},
        .body = json_field_print(body, call->arena),
        .only_once = true,
    };
    return adapter_ask_with_token(provider, call, TOKEN, &source, &request, answer, err);
}

/* ---- charges ---- */

/* The time in Nairobi, and base64 of short code, passkey and that time. */
static const char *password(const struct providers_settings *settings, char timestamp[TIMESTAMP_SIZE], struct arena *arena)
{
    time_t now_s = (time_t)(clock_now_us() / US_PER_S + EAST_AFRICA_S);
    struct tm parts;
    gmtime_r(&now_s, &parts);
    strftime(timestamp, TIMESTAMP_SIZE, "%Y%m%d%H%M%S", &parts);
    const char *plain = arena_printf(arena, "%s%s%s", settings->mpesa_shortcode, settings->mpesa_passkey, timestamp);
    size_t size = sodium_base64_encoded_len(strlen(plain), sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(arena, size);
    return sodium_bin2base64(text, size, (const unsigned char *)plain, strlen(plain), sodium_base64_VARIANT_ORIGINAL);
}

static json_t *push_body(const struct provider *provider, const struct provider_charge *charge, struct arena *arena)
{
    const struct providers_settings *settings = provider->settings;
    char timestamp[TIMESTAMP_SIZE];
    const char *secret = password(settings, timestamp, arena);
    const char *phone = msisdn(charge->phone);
    bool is_till = strcmp(settings->mpesa_type, "till") == 0;
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "BusinessShortCode",
                     settings->mpesa_shortcode, "Password", secret, "Timestamp", timestamp, "TransactionType",
                     is_till ? "CustomerBuyGoodsOnline" : "CustomerPayBillOnline", "Amount",
                     (json_int_t)(charge->amount_minor / CENTS), "PartyA", phone, "PartyB",
                     is_till ? settings->mpesa_till : settings->mpesa_shortcode, "PhoneNumber", phone, "CallBackURL",
                     adapter_notice_url(provider, PROOF_CHARGE, charge->id, arena), "AccountReference",
                     arena_printf(arena, "%.*s", REFERENCE_CHARS, charge->order_number), "TransactionDesc",
                     arena_printf(arena, "%.*s", DESCRIPTION_CHARS, charge->order_number));
}

static enum status mpesa_create(const struct provider *provider, const struct provider_call *call,
                                const struct provider_charge *charge, struct provider_action *ret_action, struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!msisdn(charge->phone))
        return error_field(err, "phone", "malformed", "M-Pesa needs a Kenyan mobile number, such as 0712 345 678.");
    if (charge->is_repeat)
        return error_set(err, STATUS_UNKNOWN, "M-Pesa has not said yet whether the phone was asked.");
    enum status status =
        ask(provider, call, "/mpesa/stkpush/v1/processrequest", push_body(provider, charge, call->arena), &answer, err);
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, json_field_text(answer.json, "errorMessage", call->arena), err);
    if (status != STATUS_OK)
        return status;
    if (strcmp(json_field_text(answer.json, "ResponseCode", call->arena), "0") != 0)
        return adapter_refused(provider, json_field_text(answer.json, "ResponseDescription", call->arena), err);
    *ret_action = (struct provider_action){
        .kind = PROVIDER_ACTION_PROMPT,
        .url = "",
        .text = "Enter your M-Pesa PIN on your phone to pay.",
        .provider_ref = json_field_text(answer.json, "CheckoutRequestID", call->arena),
    };
    return ret_action->provider_ref[0] ? STATUS_OK : error_set(err, STATUS_UNKNOWN, "M-Pesa gave the push no number.");
}

/* The answer names no sum: what was paid is what this very push asked for. */
static struct provider_result read_push(const json_t *json, const struct provider_charge *charge, struct arena *arena)
{
    const char *code = json_field_text(json, "ResultCode", arena);
    const struct adapter_word *word = adapter_word_find(push_words, code, &open_word);
    struct provider_result result = adapter_result(word->state);
    result.reason = word->reason;
    result.detail = json_field_text(json, "ResultDesc", arena);
    result.provider_ref = charge->provider_ref;
    result.reference = charge->reference;
    result.transaction_id = charge->transaction_id;
    if (word->state == PROVIDER_SUCCEEDED) {
        result.amount_minor = charge->amount_minor;
        result.currency_code = "KES";
    }
    return result;
}

static enum status mpesa_query(const struct provider *provider, const struct provider_call *call,
                               const struct provider_charge *charge, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    char timestamp[TIMESTAMP_SIZE];
    if (!charge->provider_ref[0])
        return error_set(err, STATUS_FAILED_PRECONDITION, "M-Pesa's number of this push was lost; only its notice tells.");
    const char *secret = password(provider->settings, timestamp, call->arena);
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "BusinessShortCode", provider->settings->mpesa_shortcode, "Password",
                             secret, "Timestamp", timestamp, "CheckoutRequestID", charge->provider_ref);
    enum status status = ask(provider, call, "/mpesa/stkpushquery/v1/query", body, &answer, err);
    bool is_running = strcmp(json_field_text(answer.json, "errorCode", call->arena), STILL_RUNNING) == 0;
    if (status != STATUS_OK && !is_running)
        return error_set(err, STATUS_UNAVAILABLE, "M-Pesa cannot be asked at the moment.");
    *ret_result = read_push(answer.json, charge, call->arena);
    return STATUS_OK;
}

/* ---- refunds ---- */

/* What all requests of the initiator have; results go to an address of this refund. */
static json_t *initiator_body(const struct provider *provider, char kind, const char *refund_id, struct arena *arena)
{
    const char *url = adapter_notice_url(provider, kind, refund_id, arena);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "SecurityCredential", provider->settings->mpesa_security_credential,
                     "ResultURL", url, "QueueTimeOutURL", url, "Remarks", "Refund", "Occasion", refund_id);
}

static json_t *reversal_body(const struct provider *provider, const struct provider_refund *refund, struct arena *arena)
{
    json_t *body = initiator_body(provider, PROOF_REFUND, refund->id, arena);
    json_object_set_new(body, "Initiator", json_string(provider->settings->mpesa_initiator));
    json_object_set_new(body, "CommandID", json_string("TransactionReversal"));
    json_object_set_new(body, "TransactionID", json_string(refund->transaction_id));
    json_object_set_new(body, "Amount", json_integer(refund->amount_minor / CENTS));
    json_object_set_new(body, "ReceiverParty", json_string(provider->settings->mpesa_shortcode));
    json_object_set_new(body, "RecieverIdentifierType", json_string("11"));
    return body;
}

/* Our id is the key of the payment to the phone: a second one of it is refused. */
static json_t *payout_body(const struct provider *provider, const struct provider_refund *refund, struct arena *arena)
{
    json_t *body = initiator_body(provider, PROOF_REFUND, refund->id, arena);
    json_object_set_new(body, "OriginatorConversationID", json_string(refund->id));
    json_object_set_new(body, "InitiatorName", json_string(provider->settings->mpesa_initiator));
    json_object_set_new(body, "CommandID", json_string("BusinessPayment"));
    json_object_set_new(body, "Amount", json_integer(refund->amount_minor / CENTS));
    json_object_set_new(body, "PartyA", json_string(provider->settings->mpesa_b2c_shortcode));
    json_object_set_new(body, "PartyB", json_string(msisdn(refund->phone)));
    return body;
}

/* How the money goes back; NULL when it has to be done by hand. A whole payment is reversed, which can be done only once. */
static const char *way_back(const struct provider *provider, const struct provider_refund *refund, bool *ret_is_reversal)
{
    const struct providers_settings *settings = provider->settings;
    *ret_is_reversal = refund->amount_minor == refund->charge_amount_minor && refund->transaction_id[0];
    if (!settings->mpesa_initiator[0] || refund->amount_minor % CENTS != 0)
        return NULL;
    if (*ret_is_reversal)
        return "/mpesa/reversal/v1/request";
    return settings->mpesa_b2c_shortcode[0] && msisdn(refund->phone) ? "/mpesa/b2c/v3/paymentrequest" : NULL;
}

static enum status mpesa_refund(const struct provider *provider, const struct provider_call *call,
                                const struct provider_refund *refund, struct provider_result *ret_result, struct error *err)
{
    ADAPTER_ANSWER(answer);
    bool is_reversal;
    const char *path = way_back(provider, refund, &is_reversal);
    if (!path)
        return error_set(err, STATUS_FAILED_PRECONDITION, "M-Pesa cannot give this back by itself: pay it out by hand.");
    json_t *body = is_reversal ? reversal_body(provider, refund, call->arena) : payout_body(provider, refund, call->arena);
    enum status status = ask(provider, call, path, body, &answer, err);
    const char *message = json_field_text(answer.json, "errorMessage", call->arena);
    *ret_result = adapter_result(PROVIDER_PENDING);
    if (status != STATUS_OK && !is_reversal && strcasestr(message, "duplicate")) {
        ret_result->provider_ref = refund->id;
        return STATUS_OK;
    }
    if (status == STATUS_FAILED_PRECONDITION)
        return adapter_refused(provider, message, err);
    if (status != STATUS_OK)
        return status;
    if (strcmp(json_field_text(answer.json, "ResponseCode", call->arena), "0") != 0)
        return adapter_refused(provider, json_field_text(answer.json, "ResponseDescription", call->arena), err);
    ret_result->provider_ref = json_field_text(answer.json, "OriginatorConversationID", call->arena);
    return STATUS_OK;
}

/* Asks for a notice; until it comes the refund is as it was. */
static enum status mpesa_query_refund(const struct provider *provider, const struct provider_call *call,
                                      const struct provider_refund *refund, struct provider_result *ret_result,
                                      struct error *err)
{
    ADAPTER_ANSWER(answer);
    if (!refund->provider_ref[0]) {
        *ret_result = adapter_result(PROVIDER_UNKNOWN);
        return STATUS_OK;
    }
    json_t *body = initiator_body(provider, PROOF_STATUS, refund->id, call->arena);
    json_object_set_new(body, "Initiator", json_string(provider->settings->mpesa_initiator));
    json_object_set_new(body, "CommandID", json_string("TransactionStatusQuery"));
    json_object_set_new(body, "TransactionID", json_string(""));
    json_object_set_new(body, "OriginatorConversationID", json_string(refund->provider_ref));
    json_object_set_new(body, "PartyA", json_string(provider->settings->mpesa_shortcode));
    json_object_set_new(body, "IdentifierType", json_string("4"));
    if (ask(provider, call, "/mpesa/transactionstatus/v1/query", body, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "M-Pesa cannot be asked at the moment.");
    *ret_result = adapter_result(PROVIDER_PENDING);
    return STATUS_OK;
}

/* ---- notices ---- */

/* The value of one {<key>: name, "Value": ...} of a list; NULL when there is none. */
static const json_t *item(const json_t *list, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        const json_t *given = json_object_get(entry, key);
        if (json_is_string(given) && strcmp(json_string_value(given), name) == 0)
            return entry;
    }
    return NULL;
}

static enum status read_push_notice(const json_t *json, struct arena *arena, struct provider_notice *notice,
                                    struct error *err)
{
    const json_t *push = json_field_at(json, "Body.stkCallback");
    const json_t *items = json_field_at(push, "CallbackMetadata.Item");
    notice->kind = PROVIDER_NOTICE_CHARGE;
    notice->provider_ref = json_field_text(push, "CheckoutRequestID", arena);
    if (!notice->provider_ref[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice names no push.");
    notice->event_id = arena_printf(arena, "%s:%s", notice->provider_ref, json_field_text(push, "ResultCode", arena));
    notice->transaction_id = json_field_text(item(items, "Name", "MpesaReceiptNumber"), "Value", arena);
    notice->claimed_currency = "KES";
    notice->claimed_minor = json_field_decimal(item(items, "Name", "Amount"), "Value", "KES");
    return STATUS_OK;
}

/* The result of a refund itself, or of the question about it. */
static struct provider_result read_refund_result(char kind, const json_t *json, struct arena *arena)
{
    const char *code = json_field_text(json, "Result.ResultCode", arena);
    bool is_zero = strcmp(code, "0") == 0;
    struct provider_result result = adapter_result(PROVIDER_PENDING);
    result.detail = json_field_text(json, "Result.ResultDesc", arena);
    if (kind == PROOF_STATUS) {
        const json_t *parameters = json_field_at(json, "Result.ResultParameters.ResultParameter");
        const char *said = json_field_text(item(parameters, "Key", "TransactionStatus"), "Value", arena);
        const struct adapter_word *word = adapter_word_find(refund_words, is_zero ? said : "", &open_word);
        result.state = is_zero ? word->state : PROVIDER_UNKNOWN;
        result.reason = word->reason;
    } else if (is_zero || strcmp(code, REVERSED_BEFORE) == 0) {
        result.state = PROVIDER_SUCCEEDED;
    } else {
        result.state = PROVIDER_FAILED;
        result.reason = PROVIDER_REASON_OTHER;
    }
    return result;
}

static enum status read_refund_notice(char kind, const json_t *json, struct arena *arena, struct provider_notice *notice,
                                      struct error *err)
{
    const char *conversation = json_field_text(json, "Result.ConversationID", arena);
    const char *code = json_field_text(json, "Result.ResultCode", arena);
    if (!code[0])
        return error_set(err, STATUS_INVALID_ARGUMENT, "The notice has no result.");
    struct provider_result *answer = ARENA_NEW(arena, struct provider_result);
    *answer = read_refund_result(kind, json, arena);
    notice->kind = PROVIDER_NOTICE_REFUND;
    notice->event_id = arena_printf(arena, "%c:%s:%s:%s", kind, notice->subject_id, conversation, code);
    if (kind == PROOF_REFUND)
        notice->provider_ref = json_field_text(json, "Result.OriginatorConversationID", arena);
    notice->answer = answer;
    return STATUS_OK;
}

static enum status mpesa_parse_notice(const struct provider *provider, const struct provider_mail *mail, struct arena *arena,
                                      struct provider_notice *ret_notice, struct error *err)
{
    char kind, id[UUID_SIZE];
    if (!proof_read_token(provider->notice_key, mail->token, &kind, id))
        return error_set(err, STATUS_UNAUTHENTICATED, "This address was given to nobody.");
    json_auto_t *json = json_field_parse(mail->body, mail->body_length);
    ret_notice->subject_id = arena_strdup(arena, id);
    return kind == PROOF_CHARGE ? read_push_notice(json, arena, ret_notice, err)
                                : read_refund_notice(kind, json, arena, ret_notice, err);
}

const struct provider_class mpesa_class = {
    .name = "mpesa",
    .label = "M-Pesa",
    .needs_phone = true,
    .refunds_partly = true,
    .takes = mpesa_takes,
    .create = mpesa_create,
    .query = mpesa_query,
    .refund = mpesa_refund,
    .query_refund = mpesa_query_refund,
    .parse_notice = mpesa_parse_notice,
};
