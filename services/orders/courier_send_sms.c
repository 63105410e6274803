/* An SMS by Africa's Talking. */
#include "courier_send.h"

#include <string.h>
#include <jansson.h>

#include "clock.h"
#include "sms_text.h"

#define TIMEOUT_S 20

/* Its statusCode for the one recipient. 100 to 102: taken. What is not listed may have been sent. */
static const struct {
    int code;
    enum courier_result result;
    const char *why;
} codes[] = {
    {100, COURIER_SENT, ""},
    {101, COURIER_SENT, ""},
    {102, COURIER_SENT, ""},
    {401, COURIER_NEVER, "The gateway holds it back as risky (401)."},
    {402, COURIER_NEVER, "The sender id is not allowed (402)."},
    {403, COURIER_NEVER, "The phone number is not valid (403)."},
    {404, COURIER_NEVER, "The type of phone number is not supported (404)."},
    {405, COURIER_AGAIN, "The account at the gateway has no balance (405)."},
    {406, COURIER_NEVER, "The phone number wants no SMS (406)."},
    {407, COURIER_AGAIN, "The gateway found no route (407)."},
    {409, COURIER_NEVER, "The phone number is on the do-not-disturb list (409)."},
    {500, COURIER_AGAIN, "The gateway failed (500)."},
    {501, COURIER_AGAIN, "The operator failed (501)."},
    {502, COURIER_NEVER, "The operator refused it (502)."},
};

static void read_recipient(const json_t *recipient, struct courier_outcome *outcome)
{
    int code = (int)json_integer_value(json_object_get(recipient, "statusCode"));
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code) {
            courier_outcome_set(outcome, codes[i].result, code, "%s", codes[i].why);
            return;
        }
    courier_outcome_set(outcome, COURIER_DOUBT, code, "The gateway answered %d, which is not known here.", code);
}

/* With no recipient the message is the name of a refusal: "InvalidSenderId". */
static void read_json(int http_code, const json_t *answer, struct courier_outcome *outcome)
{
    const json_t *data = json_object_get(answer, "SMSMessageData");
    const json_t *recipient = json_array_get(json_object_get(data, "Recipients"), 0);
    const char *message = json_string_value(json_object_get(data, "Message"));
    if (recipient)
        read_recipient(recipient, outcome);
    else if (message)
        courier_outcome_set(outcome, COURIER_NEVER, http_code, "The gateway refused it: %.100s", message);
    else
        courier_outcome_set(outcome, COURIER_DOUBT, http_code, "The gateway's answer (%d) cannot be read.", http_code);
}

void courier_sms_read(int http_code, const char *body, size_t length, struct courier_outcome *ret_outcome)
{
    if (http_code == 401 || http_code == 403) {
        courier_outcome_set(ret_outcome, COURIER_AGAIN, http_code, "The gateway does not take the API key (%d).", http_code);
    } else if (http_code == 429) {
        courier_outcome_set(ret_outcome, COURIER_AGAIN, http_code, "The gateway had too many messages (429).");
    } else if (http_code >= 400 && http_code < 500) {
        courier_outcome_set(ret_outcome, COURIER_NEVER, http_code, "The gateway refused the request (%d).", http_code);
    } else if (http_code < 200 || http_code >= 300) {
        courier_outcome_set(ret_outcome, COURIER_DOUBT, http_code, "The gateway answered %d.", http_code);
    } else {
        json_t *answer = json_loadb(body, length, 0, NULL);
        read_json(http_code, answer, ret_outcome);
        json_decref(answer);
    }
}

static const char *form_of(const struct courier_errand *errand, const char *to, const char *sms)
{
    const struct courier_settings *settings = errand->settings;
    struct arena *arena = errand->arena;
    const char *from =
        settings->sms_from[0] == '\0' ? "" : arena_printf(arena, "&from=%s", https_escape(settings->sms_from, arena));
    return arena_printf(arena, "username=%s&to=%s&message=%s&bulkSMSMode=1%s", https_escape(settings->sms_username, arena),
                        https_escape(to, arena), https_escape(sms, arena), from);
}

static void submit(const struct courier_errand *errand, const char *to, const char *sms, struct courier_outcome *outcome)
{
    struct https_answer answer;
    struct error err;
    const struct https_request request = {
        .method = "POST",
        .url = errand->settings->sms_url,
        .headers = {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded",
                    arena_printf(errand->arena, "apiKey: %s", errand->settings->sms_api_key)},
        .body = form_of(errand, to, sms),
        .only_once = true};
    error_clear(&err);
    enum status status =
        https_send(errand->companies, &request, clock_monotonic_us() + TIMEOUT_S * US_PER_S, errand->arena, &answer, &err);
    if (status == STATUS_OK)
        courier_sms_read(answer.code, answer.body, answer.length, outcome);
    else
        courier_outcome_set(outcome, status == STATUS_UNAVAILABLE ? COURIER_AGAIN : COURIER_DOUBT, 0, "%s", err.message);
    if (status == STATUS_OK)
        outcome->retry_after_s = answer.retry_after_s;
}

void courier_send_sms(const struct courier_errand *errand, struct courier_outcome *ret_outcome)
{
    struct error err;
    const char *sms;
    json_t *payload = json_loads(errand->payload, 0, NULL);
    const char *to = arena_strdup(errand->arena, courier_text_sms_to(errand->notice, payload));
    error_clear(&err);
    if (courier_text_sms(errand->text, errand->notice, payload, errand->arena, &sms, &err) == STATUS_OK)
        submit(errand, to, sms_text_plain(sms, errand->arena), ret_outcome);
    else
        courier_outcome_set(ret_outcome, COURIER_NEVER, 0, "%s", err.message);
    json_decref(payload);
}
