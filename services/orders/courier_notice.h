/*
 * Which events there are, and who is told of each: the table in courier_notice.c. Pure.
 */
#ifndef ORDERS_COURIER_NOTICE_H
#define ORDERS_COURIER_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who gets a mail. An SMS always goes to the shopper. */
enum notice_to { NOTICE_NOBODY, NOTICE_CUSTOMER, NOTICE_STAFF };

struct notice {
    const char *topic;
    enum notice_to mail;
    bool sms;
    bool is_secret;                 /* holds a code: sealed while it waits, never offered to webhooks */
    int64_t mail_good_s;            /* a message older than this is not sent any more */
    int64_t sms_good_s;
};

/* NULL: there is no such topic. */
const struct notice *notice_find(const char *topic);

/* All of them. */
const struct notice *notice_all(size_t *ret_count);

#endif
