/* One way to ask providers, whatever they are called. */
#include "adapter.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>

#include "clock.h"

#define DETAIL_MAX 120 /* characters of a provider's words that people get to see */

void adapter_answer_done(struct adapter_answer *answer)
{
    json_decref(answer->json);
}

/* What a code says about whether something was done. */
static enum status judge(const struct provider *provider, const struct https_answer *answer, struct error *err)
{
    const char *label = provider->class->label;
    if (answer->code >= 200 && answer->code < 300)
        return STATUS_OK;
    if (answer->code == 401 || answer->code == 403)
        return error_set(err, STATUS_UNAVAILABLE, "%s does not accept the shop's keys (HTTP %d).", label, answer->code);
    if (answer->code == 429) {
        err->retry_after_s = answer->retry_after_s;
        return error_set(err, STATUS_UNAVAILABLE, "%s has too many requests at the moment.", label);
    }
    if (answer->code >= 400 && answer->code < 500 && answer->code != 408)
        return error_set(err, STATUS_FAILED_PRECONDITION, "%s refused the request (HTTP %d).", label, answer->code);
    return error_set(err, STATUS_UNKNOWN, "%s could not say what became of the request (HTTP %d).", label, answer->code);
}

enum status adapter_ask(const struct provider *provider, const struct provider_call *call,
                        const struct https_request *request, struct adapter_answer *answer, struct error *err)
{
    struct https_answer raw;
    json_decref(answer->json);
    *answer = (struct adapter_answer){0, false, NULL};
    if (https_send(provider->https, request, call->deadline_us, call->arena, &raw, err) != STATUS_OK)
        return err->status;
    answer->code = raw.code;
    answer->is_replay = raw.is_replay;
    answer->json = raw.length > 0 ? json_field_parse(raw.body, raw.length) : NULL;
    enum status status = judge(provider, &raw, err);
    if (status == STATUS_OK && raw.length > 0 && !answer->json)
        return error_set(err, STATUS_UNKNOWN, "%s answered something that is no JSON.", provider->class->label);
    return status;
}

enum status adapter_ask_bearer(const struct provider *provider, const struct provider_call *call, const char *url,
                               const char *token, const char *body, struct adapter_answer *answer, struct error *err)
{
    const struct https_request request = {
        .method = body ? "POST" : "GET",
        .url = url,
        .headers = {arena_printf(call->arena, "Authorization: Bearer %s", token), "Content-Type: application/json"},
        .body = body,
        .only_once = body != NULL,
    };
    return adapter_ask(provider, call, &request, answer, err);
}

void adapter_add_header(struct https_request *request, const char *header)
{
    size_t count = 0;
    while (request->headers[count])
        count++;
    assert(count + 1 < HTTPS_HEADERS_MAX && "a request has more headers than there is room for");
    request->headers[count] = header;
}

/* ---- access tokens ---- */

#define TOKEN_MARGIN_S 60      /* a token is not used in its last minute */
#define TOKEN_LIFE_USUAL_S 300 /* when the provider does not say */

static const char *recall(struct adapter_token *token, struct arena *arena)
{
    pthread_mutex_lock(&token->lock);
    bool is_good = token->text[0] && clock_monotonic_us() < token->good_until_us;
    const char *text = is_good ? arena_strdup(arena, token->text) : NULL;
    pthread_mutex_unlock(&token->lock);
    return text;
}

static void keep(struct adapter_token *token, const char *text, int64_t life_s)
{
    pthread_mutex_lock(&token->lock);
    snprintf(token->text, sizeof(token->text), "%s", text);
    token->good_until_us = clock_monotonic_us() + (life_s - TOKEN_MARGIN_S) * US_PER_S;
    pthread_mutex_unlock(&token->lock);
}

/* Another thread may have fetched a newer one meanwhile, which stays. */
static void drop(struct adapter_token *token, const char *text)
{
    pthread_mutex_lock(&token->lock);
    if (strcmp(token->text, text) == 0)
        sodium_memzero(token->text, sizeof(token->text));
    pthread_mutex_unlock(&token->lock);
}

static enum status fetch(const struct provider *provider, const struct provider_call *call, struct adapter_token *token,
                         const struct https_request *source, const char **ret_text, struct error *err)
{
    ADAPTER_ANSWER(answer);
    int64_t life_s = TOKEN_LIFE_USUAL_S;
    if (adapter_ask(provider, call, source, &answer, err) != STATUS_OK)
        return error_set(err, STATUS_UNAVAILABLE, "%s gives the shop no access at the moment.", provider->class->label);
    const char *text = json_field_text(answer.json, "access_token", call->arena);
    json_field_integer(answer.json, "expires_in", &life_s);
    if (!text[0] || strlen(text) >= ADAPTER_TOKEN_MAX || strpbrk(text, "\r\n"))
        return error_set(err, STATUS_UNAVAILABLE, "%s gave no usable access token.", provider->class->label);
    keep(token, text, life_s);
    *ret_text = text;
    return STATUS_OK;
}

/* Daraja also says it with a 404 of its own. */
static bool refuses_token(const struct adapter_answer *answer, struct arena *arena)
{
    const char *code = json_field_text(answer->json, "errorCode", arena);
    return answer->code == 401 || strcmp(code, "404.001.03") == 0;
}

enum status adapter_ask_with_token(const struct provider *provider, const struct provider_call *call, size_t index,
                                   const struct https_request *source, const struct https_request *request,
                                   struct adapter_answer *answer, struct error *err)
{
    assert(index < ADAPTER_TOKENS && "there is no such token");
    struct adapter_token *token = &provider->tokens[index];
    for (int tries = 0;; tries++) {
        const char *text = recall(token, call->arena);
        if (!text && fetch(provider, call, token, source, &text, err) != STATUS_OK)
            return err->status;
        struct https_request signed_request = *request;
        adapter_add_header(&signed_request, arena_printf(call->arena, "Authorization: Bearer %s", text));
        enum status status = adapter_ask(provider, call, &signed_request, answer, err);
        if (status == STATUS_OK || !refuses_token(answer, call->arena))
            return status;
        drop(token, text);
        if (tries > 0)
            return error_set(err, STATUS_UNAVAILABLE, "%s does not accept the shop's keys.", provider->class->label);
    }
}

const char *adapter_basic(const char *user, const char *password, struct arena *arena)
{
    const char *pair = arena_printf(arena, "%s:%s", user, password);
    size_t size = sodium_base64_encoded_len(strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(arena, size);
    sodium_bin2base64(text, size, (const unsigned char *)pair, strlen(pair), sodium_base64_VARIANT_ORIGINAL);
    return arena_printf(arena, "Authorization: Basic %s", text);
}

/* ---- words ---- */

const char *adapter_notice_url(const struct provider *provider, char kind, const char *subject_id, struct arena *arena)
{
    return arena_printf(arena, "%s/v1/payments/notices/%s/%s", provider->settings->public_url, provider->class->name,
                        proof_token(provider->notice_key, kind, subject_id, arena));
}

const char *adapter_email(const struct provider *provider, const struct provider_charge *charge, struct arena *arena)
{
    if (charge->email[0])
        return charge->email;
    const char *host = strstr(provider->settings->public_url, "://");
    host = host ? host + 3 : provider->settings->public_url;
    char *email = arena_printf(arena, "%s@%.*s", charge->order_number, (int)strcspn(host, ":/"), host);
    for (char *c = email; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return email;
}

const char *adapter_uuid_v4(const char *uuid, struct arena *arena)
{
    unsigned char hash[16];
    char hex[33];
    crypto_generichash(hash, sizeof(hash), (const unsigned char *)uuid, strlen(uuid), NULL, 0);
    hash[6] = (unsigned char)((hash[6] & 0x0F) | 0x40);
    hash[8] = (unsigned char)((hash[8] & 0x3F) | 0x80);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    return arena_printf(arena, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

struct provider_result adapter_result(enum provider_state state)
{
    return (struct provider_result){
        .state = state,
        .amount_minor = PROVIDER_AMOUNT_UNTOLD,
        .currency_code = "",
        .reference = "",
        .provider_ref = "",
        .transaction_id = "",
        .refunded_minor = PROVIDER_AMOUNT_UNTOLD,
        .reason = "",
        .detail = "",
    };
}

const struct adapter_word *adapter_word_find(const struct adapter_word *words, const char *theirs,
                                             const struct adapter_word *otherwise)
{
    for (; words->theirs; words++)
        if (strcmp(words->theirs, theirs) == 0)
            return words;
    return otherwise;
}

enum status adapter_refused(const struct provider *provider, const char *detail, struct error *err)
{
    char line[DETAIL_MAX + 1];
    size_t length = strnlen(detail, DETAIL_MAX);
    while (length > 0 && length == DETAIL_MAX && ((unsigned char)detail[length] & 0xC0) == 0x80)
        length--; /* not within a character of UTF-8 */
    memcpy(line, detail, length);
    line[length] = '\0';
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    if (!line[0])
        return error_set(err, STATUS_FAILED_PRECONDITION, "%s refused the request.", provider->class->label);
    return error_set(err, STATUS_FAILED_PRECONDITION, "%s refused: %s", provider->class->label, line);
}
