/*
 * The three ways in which a message leaves: as a webhook, by mail, by SMS. Each function blocks until it is sent or not, and
 * may be called by any thread.
 */
#ifndef ORDERS_COURIER_SEND_H
#define ORDERS_COURIER_SEND_H

#include "arena.h"
#include "courier_seal.h"
#include "courier_settings.h"
#include "courier_store.h"
#include "courier_text.h"
#include "https.h"

enum courier_result {
    COURIER_SENT,
    COURIER_AGAIN,                  /* not this time */
    COURIER_NEVER,                  /* trying again cannot help */
    COURIER_GONE,                   /* the same, and the endpoint wants no more (410) */
    COURIER_DOUBT,                  /* it may have been sent, and may not be sent twice */
};

struct courier_outcome {
    enum courier_result result;
    int64_t code;                   /* of the answer; 0: there was none */
    uint32_t retry_after_s;         /* as the receiver asks; 0: not */
    char why[ERROR_MESSAGE_MAX];    /* for staff; without personal data */
};

/* Sets all of it; returns the result. */
enum courier_result courier_outcome_set(struct courier_outcome *outcome, enum courier_result result, int64_t code,
                                        const char *format, ...) PRINTF_LIKE(4, 5);

/* What a sender needs; `payload` is the opened one. */
struct courier_errand {
    const struct courier_settings *settings;
    const struct courier_text *text;
    const unsigned char *key;       /* COURIER_KEY_SIZE */
    struct https *receivers;        /* for webhooks */
    struct https *companies;        /* for the SMS gateway */
    const struct courier_job *job;
    const struct notice *notice;
    const char *payload;
    struct arena *arena;
};

/* The job's event as JSON {"type", "timestamp", "data"} to its endpoint, signed. */
void courier_send_webhook(const struct courier_errand *errand, struct courier_outcome *ret_outcome);

/* Repeating it gives the same Message-ID, by which mail servers and programs know a copy. */
void courier_send_mail(const struct courier_errand *errand, struct courier_outcome *ret_outcome);

void courier_send_sms(const struct courier_errand *errand, struct courier_outcome *ret_outcome);

/* Pure, for courier_send_sms() and its test: what the gateway's answer means. */
void courier_sms_read(int http_code, const char *body, size_t length, struct courier_outcome *ret_outcome);

/* Pure, for courier_send_mail() and its test: a header's text by RFC 2047, in the arena; ASCII stays as it is. */
const char *courier_mail_header(const char *text, struct arena *arena);

#endif
