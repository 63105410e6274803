/* The table of topics. Texts are in messages/, by topic and language. */
#include "courier_notice.h"

#include <string.h>

#define MINUTES(n) ((n) * 60)
#define HOURS(n) ((n) * 3600)
#define DAYS(n) ((n) * 86400)

/* clang-format off: rows of a table */
static const struct notice notices[] = {
    /* topic                 mail             SMS    secret  mail is good  SMS is good */
    {"order.placed",         NOTICE_CUSTOMER, true,  false,  DAYS(3),      HOURS(3)},
    {"order.paid",           NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"order.confirmed",      NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"order.shipped",        NOTICE_CUSTOMER, true,  false,  DAYS(3),      HOURS(12)},
    {"order.delivered",      NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"order.cancelled",      NOTICE_CUSTOMER, true,  false,  DAYS(3),      HOURS(12)},
    {"order.returned",       NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"order.confirm_code",   NOTICE_NOBODY,   true,  true,   0,            MINUTES(10)},
    {"order.delivery_code",  NOTICE_NOBODY,   true,  true,   0,            HOURS(12)},
    {"payment.failed",       NOTICE_CUSTOMER, true,  false,  DAYS(1),      HOURS(1)},
    {"refund.succeeded",     NOTICE_CUSTOMER, true,  false,  DAYS(3),      HOURS(12)},
    {"refund.failed",        NOTICE_NOBODY,   false, false,  0,            0},
    {"return.requested",     NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"return.approved",      NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"return.refused",       NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"return.received",      NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"customer.registered",  NOTICE_CUSTOMER, false, false,  DAYS(3),      0},
    {"stock.low",            NOTICE_STAFF,    false, false,  DAYS(1),      0},
    {"product.changed",      NOTICE_NOBODY,   false, false,  0,            0},
};
/* clang-format on */

const struct notice *notice_find(const char *topic)
{
    for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
        if (strcmp(notices[i].topic, topic) == 0)
            return &notices[i];
    return NULL;
}

const struct notice *notice_all(size_t *ret_count)
{
    *ret_count = sizeof(notices) / sizeof(notices[0]);
    return notices;
}
