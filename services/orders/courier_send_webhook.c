/* An event as a signed POST. */
#include "courier_send.h"

#include <stdarg.h>
#include <stdio.h>
#include <sodium.h>

#include "clock.h"
#include "webhook_signature.h"

enum courier_result courier_outcome_set(struct courier_outcome *outcome, enum courier_result result, int64_t code,
                                        const char *format, ...)
{
    va_list args;
    *outcome = (struct courier_outcome){.result = result, .code = code};
    va_start(args, format);
    vsnprintf(outcome->why, sizeof(outcome->why), format, args);
    va_end(args);
    return result;
}

/* The topic and the time need no escaping; the data is JSON as it is. */
static const char *body_of(const struct courier_errand *errand)
{
    char at[CLOCK_RFC3339_SIZE];
    clock_format_rfc3339(errand->job->made_at_us, at);
    return arena_printf(errand->arena, "{\"type\":\"%s\",\"timestamp\":\"%s\",\"data\":%s}", errand->job->topic, at,
                        errand->payload);
}

static const char *sign(const struct courier_errand *errand, struct db_bytes sealed, int64_t now_s, const char *body)
{
    struct db_bytes secret;
    if (!sealed.data || !courier_unseal(errand->key, sealed, &secret, errand->arena))
        return NULL;
    const char *signature = webhook_signature(secret.data, secret.size, errand->job->event_id, now_s, body, errand->arena);
    sodium_memzero((void *)(uintptr_t)secret.data, secret.size);
    return signature;
}

static void read_answer(const struct https_answer *answer, struct courier_outcome *outcome)
{
    if (answer->code >= 200 && answer->code < 300)
        courier_outcome_set(outcome, COURIER_SENT, answer->code, "%s", "");
    else if (answer->code == 410)
        courier_outcome_set(outcome, COURIER_GONE, answer->code, "The receiver wants no more (410).");
    else
        courier_outcome_set(outcome, COURIER_AGAIN, answer->code, "The receiver answered %d.", answer->code);
    outcome->retry_after_s = answer->retry_after_s;
}

void courier_send_webhook(const struct courier_errand *errand, struct courier_outcome *ret_outcome)
{
    const struct courier_job *job = errand->job;
    struct arena *arena = errand->arena;
    struct https_answer answer;
    struct error err;
    int64_t now_us = clock_now_us();
    const char *body = body_of(errand);
    const char *signature = sign(errand, job->secret, now_us / US_PER_S, body);
    const char *previous = sign(errand, job->previous_secret, now_us / US_PER_S, body);
    error_clear(&err);
    if (!signature) {
        courier_outcome_set(ret_outcome, COURIER_AGAIN, 0, "The secret was sealed with another ORDERS_COURIER_KEY.");
        return;
    }
    const struct https_request request = {
        .method = "POST",
        .url = job->url,
        .headers = {"Content-Type: application/json", arena_printf(arena, "webhook-id: %s", job->event_id),
                    arena_printf(arena, "webhook-timestamp: %lld", (long long)(now_us / US_PER_S)),
                    arena_printf(arena, "webhook-signature: %s%s%s", signature, previous ? " " : "",
                                 previous ? previous : "")},
        .body = body};
    int64_t deadline_us = clock_monotonic_us() + errand->settings->timeout_ms * US_PER_MS;
    if (https_send(errand->receivers, &request, deadline_us, arena, &answer, &err) == STATUS_OK)
        read_answer(&answer, ret_outcome);
    else
        courier_outcome_set(ret_outcome, COURIER_AGAIN, 0, "%s", err.message);
}
