/*
 * The settings of the courier: member `courier` of struct orders_settings.
 */
#ifndef ORDERS_COURIER_SETTINGS_H
#define ORDERS_COURIER_SETTINGS_H

#include "config.h"

struct courier_settings {
    const char *key;                /* 64 hexadecimal digits */
    const char *shop;               /* its name */
    const char *ca_file;
    bool allow_private;
    int64_t timeout_ms;
    const char *smtp_url, *smtp_user, *smtp_password, *mail_from, *mail_staff;
    bool smtp_tls;
    const char *sms_url, *sms_username, *sms_api_key, *sms_from;
};

#define COURIER_KEY_(name, kind, S, member, fallback, help) {"ORDERS_" name, kind, offsetof(S, courier.member), fallback, 0, 0, help}

/* Rows for the table of orders; `S` has a member `courier` of type struct courier_settings. */
#define COURIER_CONFIG_KEYS(S)                                                                                           \
    COURIER_KEY_("COURIER_KEY", CONFIG_SECRET, S, key, NULL, "key that webhook secrets and codes are sealed with, 64 hexadecimal digits, the same for all replicas"), \
    COURIER_KEY_("SHOP_NAME", CONFIG_STRING, S, shop, "Portal", "the shop's name in mails and SMS"),                     \
    COURIER_KEY_("COURIER_CA_FILE", CONFIG_STRING, S, ca_file, "", "PEM file of the authorities for webhook receivers, mail server and SMS gateway; empty: the system's"), \
    COURIER_KEY_("WEBHOOKS_ALLOW_PRIVATE", CONFIG_BOOL, S, allow_private, "no", "whether webhooks may go to private and loopback addresses; for tests"), \
    {"ORDERS_WEBHOOKS_TIMEOUT_MS", CONFIG_INT, offsetof(S, courier.timeout_ms), "10000", 100, 60000, "longest wait for the answer to a webhook, in ms"}, \
    COURIER_KEY_("SMTP_URL", CONFIG_STRING, S, smtp_url, "", "mail server: smtp://host:587 or smtps://host:465; empty: no mail is sent"), \
    COURIER_KEY_("SMTP_USER", CONFIG_STRING, S, smtp_user, "", "user at the mail server; empty: none"),                  \
    COURIER_KEY_("SMTP_PASSWORD", CONFIG_SECRET, S, smtp_password, "", "password at the mail server"),                   \
    COURIER_KEY_("SMTP_TLS", CONFIG_BOOL, S, smtp_tls, "yes", "whether mail is only sent over TLS"),                     \
    COURIER_KEY_("MAIL_FROM", CONFIG_STRING, S, mail_from, "", "address that mails come from; needed with SMTP_URL"),    \
    COURIER_KEY_("MAIL_STAFF", CONFIG_STRING, S, mail_staff, "", "address that is told of low stock; empty: nobody"),    \
    COURIER_KEY_("SMS_URL", CONFIG_STRING, S, sms_url, "https://api.africastalking.com/version1/messaging", "Africa's Talking: address of the API"), \
    COURIER_KEY_("SMS_USERNAME", CONFIG_STRING, S, sms_username, "", "Africa's Talking: username"),                      \
    COURIER_KEY_("SMS_API_KEY", CONFIG_SECRET, S, sms_api_key, "", "Africa's Talking: API key; empty: no SMS is sent"),  \
    COURIER_KEY_("SMS_FROM", CONFIG_STRING, S, sms_from, "", "Africa's Talking: sender id; empty: a shared one")

#endif
