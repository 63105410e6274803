/*
 * What is written to people: mails and SMS made of an event, by the templates in messages/, in the language of its market.
 */
#ifndef ORDERS_COURIER_TEXT_H
#define ORDERS_COURIER_TEXT_H

#include <jansson.h>

#include "arena.h"
#include "courier_notice.h"
#include "market.h"

struct courier_text_options {
    const struct markets *markets;  /* must outlive it */
    const char *shop;               /* its name, as people know it */
    const char *public_url;         /* "": no links */
    const char *staff_mail;         /* "": staff gets none */
};

struct courier_text;

/* Compiles the templates; `err` names one that is wrong. The strings of the options must outlive it. */
enum status courier_text_open(const struct courier_text_options *options, struct courier_text **ret_text,
                              struct error *err) MUST_CHECK;
void courier_text_close(struct courier_text *text);     /* accepts NULL */

/* Whom the event is for: address or number within `payload` or the options; "" when there is none. */
const char *courier_text_mail_to(const struct courier_text *text, const struct notice *notice, const json_t *payload);
const char *courier_text_sms_to(const struct notice *notice, const json_t *payload);

struct courier_mail {
    const char *to;
    const char *subject;
    const char *plain;
    const char *html;
};

/* Everything lives in the arena. Any thread. */
enum status courier_text_mail(const struct courier_text *text, const struct notice *notice, const json_t *payload,
                              struct arena *arena, struct courier_mail *ret_mail, struct error *err) MUST_CHECK;
enum status courier_text_sms(const struct courier_text *text, const struct notice *notice, const json_t *payload,
                             struct arena *arena, const char **ret_sms, struct error *err) MUST_CHECK;

#endif
