/*
 * What fits into an SMS (3GPP TS 23.038): a text whose characters are all in the GSM 7-bit alphabet takes 160 in one part, 153
 * in each of several (some count twice); any other is sent as UCS-2, with 70 and 67. Each part is paid for.
 */
#ifndef ORDERS_SMS_TEXT_H
#define ORDERS_SMS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

struct sms_size {
    bool is_gsm7;
    size_t units;                   /* septets, or UTF-16 code units */
    size_t parts;
};

/* `text` is well-formed UTF-8. */
struct sms_size sms_text_measure(const char *text);

/*
 * The text with what typographers like (quotes, dashes, three dots, no-break spaces) and letters that the alphabet has not
 * but for their accent written in the alphabet, in the arena: "Votre commande a été expédiée", "ê" as "e".
 */
const char *sms_text_plain(const char *text, struct arena *arena);

#endif
