/*
 * What the adapters of providers share: a provider's inside, one way to ask it, one way to keep its access tokens. For the
 * files of this folder only.
 */
#ifndef ORDERS_ADAPTER_H
#define ORDERS_ADAPTER_H

#include <pthread.h>

#include "https.h"
#include "json_field.h"
#include "proof.h"
#include "providers.h"

#define ADAPTER_TOKENS 2
#define ADAPTER_TOKEN_MAX 4096

/* An access token that is fetched when there is none or when it is about to end. */
struct adapter_token {
    pthread_mutex_t lock;
    int64_t good_until_us;        /* monotonic */
    char text[ADAPTER_TOKEN_MAX]; /* "": none */
};

struct provider {
    const struct provider_class *class;
    const struct providers_settings *settings;
    struct https *https;
    unsigned char notice_key[PROOF_KEY_SIZE];
    struct adapter_token *tokens; /* ADAPTER_TOKENS, the only things that change */
};

extern const struct provider_class paystack_class, flutterwave_class, mpesa_class, momo_class, stripe_class;

/* Whether MTN has an environment of that name. */
bool momo_knows_target(const char *target);

/* An answer; its json is NULL when the body was empty. Declare it with ADAPTER_ANSWER, which lets go of the json. */
struct adapter_answer {
    int code;
    bool is_replay;
    json_t *json;
};

#define ADAPTER_ANSWER(name) __attribute__((cleanup(adapter_answer_done))) struct adapter_answer name = {0, false, NULL}
void adapter_answer_done(struct adapter_answer *answer);

/*
 * Sends the request. OK: a code of 2xx with JSON or nothing. FAILED_PRECONDITION: another code that says that nothing was
 * done, with *answer filled, so that the adapter may tell 404 and 409 apart. UNAVAILABLE: not sent, or refused for the keys
 * (401, 403) or the pace (429). UNKNOWN: all else, with *answer filled if something was answered.
 */
enum status adapter_ask(const struct provider *provider, const struct provider_call *call,
                        const struct https_request *request, struct adapter_answer *answer, struct error *err) MUST_CHECK;

/* adapter_ask() with a bearer token: POSTs `body`, JSON, or GETs (NULL). A POST goes out once, since the provider knows no key. */
enum status adapter_ask_bearer(const struct provider *provider, const struct provider_call *call, const char *url,
                               const char *token, const char *body, struct adapter_answer *answer, struct error *err)
    MUST_CHECK;

/* The same with "Authorization: Bearer" of token `index`, which `source` fetches; a token that is refused is fetched anew,
 * once. What goes wrong in fetching it is UNAVAILABLE: the request itself was not sent. */
enum status adapter_ask_with_token(const struct provider *provider, const struct provider_call *call, size_t index,
                                   const struct https_request *source, const struct https_request *request,
                                   struct adapter_answer *answer, struct error *err) MUST_CHECK;

/* "Authorization: Basic ...", in the arena. */
const char *adapter_basic(const char *user, const char *password, struct arena *arena);

/* Adds a header to a request that has room for it. */
void adapter_add_header(struct https_request *request, const char *header);

/* https://shop/v1/payments/notices/<name>/<token>: where notices about this subject may come. */
const char *adapter_notice_url(const struct provider *provider, char kind, const char *subject_id, struct arena *arena);

/* The customer's address, or for a provider that insists on one "ke-7f3k-9q2m@shop.example", which reaches nobody. */
const char *adapter_email(const struct provider *provider, const struct provider_charge *charge, struct arena *arena);

/* A UUIDv4 that always follows from this UUID: for providers that want one and take it as the key of the request. */
const char *adapter_uuid_v4(const char *uuid, struct arena *arena);

/* A result in which nothing is told but the state. */
struct provider_result adapter_result(enum provider_state state);

/* Two words of a provider and of ours. Tables end with NULL. */
struct adapter_word {
    const char *theirs;
    enum provider_state state;
    const char *reason;
};

/* The row of that word; `otherwise` when it is not in the table. */
const struct adapter_word *adapter_word_find(const struct adapter_word *words, const char *theirs,
                                             const struct adapter_word *otherwise);

/* FAILED_PRECONDITION with the sentence of a refusal by the provider: "Paystack refused: <its words>", cut and on one line.
 */
enum status adapter_refused(const struct provider *provider, const char *detail, struct error *err);

#endif
