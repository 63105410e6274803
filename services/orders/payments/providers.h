/*
 * The providers of this shop: those whose settings are there. One without settings is not offered; one with half of them
 * stops the program at its start.
 */
#ifndef ORDERS_PROVIDERS_H
#define ORDERS_PROVIDERS_H

#include "config.h"
#include "provider.h"

/* Part of the settings of orders, as member `payments`. Strings are "" where nothing is set. */
struct providers_settings {
    const char *public_url;             /* the shop's address as customers and providers reach it, without a last slash */
    const char *ca_file;
    int64_t timeout_ms;
    const char *notice_key;
    const char *paystack_secret_key, *paystack_url;
    const char *flutterwave_secret_key, *flutterwave_secret_hash, *flutterwave_url;
    const char *mpesa_consumer_key, *mpesa_consumer_secret, *mpesa_shortcode, *mpesa_passkey, *mpesa_type, *mpesa_till;
    const char *mpesa_initiator, *mpesa_security_credential, *mpesa_b2c_shortcode, *mpesa_url;
    const char *momo_subscription_key, *momo_api_user, *momo_api_key, *momo_target, *momo_url;
    const char *momo_refund_subscription_key, *momo_refund_api_user, *momo_refund_api_key;
    const char *stripe_secret_key, *stripe_publishable_key, *stripe_webhook_secret, *stripe_url, *stripe_script_url;
};

#define PROVIDERS_KEY_(name, kind, Settings, member, fallback, help)                                                     \
    {"ORDERS_" name, kind, offsetof(Settings, payments.member), fallback, 0, 0, help}

/* Rows for the table of orders; `Settings` has a member `payments` of type struct providers_settings. */
#define PROVIDERS_CONFIG_KEYS(S)                                                                                         \
    PROVIDERS_KEY_("PUBLIC_URL", CONFIG_STRING, S, public_url, "", "the shop's address as customers and payment providers reach it: https://shop.example"), \
    PROVIDERS_KEY_("PAYMENTS_CA_FILE", CONFIG_STRING, S, ca_file, "", "PEM file of the authorities that payment providers' certificates must come from; empty: the system's"), \
    {"ORDERS_PAYMENTS_TIMEOUT_MS", CONFIG_INT, offsetof(S, payments.timeout_ms), "15000", 100, 120000, "longest wait for one answer of a payment provider, in ms"}, \
    PROVIDERS_KEY_("PAYMENTS_NOTICE_KEY", CONFIG_SECRET, S, notice_key, "", "key of the addresses that M-Pesa and MoMo send notices to, 64 hexadecimal digits, the same for all replicas"), \
    PROVIDERS_KEY_("PAYSTACK_SECRET_KEY", CONFIG_SECRET, S, paystack_secret_key, "", "Paystack: secret key (sk_...); empty: not offered"), \
    PROVIDERS_KEY_("PAYSTACK_URL", CONFIG_STRING, S, paystack_url, "https://api.paystack.co", "Paystack: address of the API"), \
    PROVIDERS_KEY_("FLUTTERWAVE_SECRET_KEY", CONFIG_SECRET, S, flutterwave_secret_key, "", "Flutterwave: secret key; empty: not offered"), \
    PROVIDERS_KEY_("FLUTTERWAVE_SECRET_HASH", CONFIG_SECRET, S, flutterwave_secret_hash, "", "Flutterwave: the secret hash typed in its dashboard, which proves notices"), \
    PROVIDERS_KEY_("FLUTTERWAVE_URL", CONFIG_STRING, S, flutterwave_url, "https://api.flutterwave.com/v3", "Flutterwave: address of the API, version 3"), \
    PROVIDERS_KEY_("MPESA_CONSUMER_KEY", CONFIG_SECRET, S, mpesa_consumer_key, "", "M-Pesa: consumer key of the Daraja app; empty: not offered"), \
    PROVIDERS_KEY_("MPESA_CONSUMER_SECRET", CONFIG_SECRET, S, mpesa_consumer_secret, "", "M-Pesa: consumer secret of the Daraja app"), \
    PROVIDERS_KEY_("MPESA_SHORTCODE", CONFIG_STRING, S, mpesa_shortcode, "", "M-Pesa: business short code that is paid"), \
    PROVIDERS_KEY_("MPESA_PASSKEY", CONFIG_SECRET, S, mpesa_passkey, "", "M-Pesa: passkey of the short code"), \
    PROVIDERS_KEY_("MPESA_TYPE", CONFIG_STRING, S, mpesa_type, "paybill", "M-Pesa: paybill or till"), \
    PROVIDERS_KEY_("MPESA_TILL", CONFIG_STRING, S, mpesa_till, "", "M-Pesa: till number, where the type is till"), \
    PROVIDERS_KEY_("MPESA_INITIATOR", CONFIG_STRING, S, mpesa_initiator, "", "M-Pesa: name of the initiator that refunds; empty: refunds are made by hand"), \
    PROVIDERS_KEY_("MPESA_SECURITY_CREDENTIAL", CONFIG_SECRET, S, mpesa_security_credential, "", "M-Pesa: the initiator's password as the Daraja portal encrypts it"), \
    PROVIDERS_KEY_("MPESA_B2C_SHORTCODE", CONFIG_STRING, S, mpesa_b2c_shortcode, "", "M-Pesa: short code that pays out partial refunds; empty: these are made by hand"), \
    PROVIDERS_KEY_("MPESA_URL", CONFIG_STRING, S, mpesa_url, "https://api.safaricom.co.ke", "M-Pesa: address of Daraja"), \
    PROVIDERS_KEY_("MOMO_SUBSCRIPTION_KEY", CONFIG_SECRET, S, momo_subscription_key, "", "MTN MoMo: subscription key of Collections; empty: not offered"), \
    PROVIDERS_KEY_("MOMO_API_USER", CONFIG_STRING, S, momo_api_user, "", "MTN MoMo: API user (UUID)"), \
    PROVIDERS_KEY_("MOMO_API_KEY", CONFIG_SECRET, S, momo_api_key, "", "MTN MoMo: API key of the user"), \
    PROVIDERS_KEY_("MOMO_TARGET", CONFIG_STRING, S, momo_target, "", "MTN MoMo: target environment: mtnuganda, mtnghana, mtnrwanda ... or sandbox"), \
    PROVIDERS_KEY_("MOMO_URL", CONFIG_STRING, S, momo_url, "https://proxy.momoapi.mtn.com", "MTN MoMo: address of the API"), \
    PROVIDERS_KEY_("MOMO_REFUND_SUBSCRIPTION_KEY", CONFIG_SECRET, S, momo_refund_subscription_key, "", "MTN MoMo: subscription key of Disbursements; empty: refunds are made by hand"), \
    PROVIDERS_KEY_("MOMO_REFUND_API_USER", CONFIG_STRING, S, momo_refund_api_user, "", "MTN MoMo: API user of Disbursements"), \
    PROVIDERS_KEY_("MOMO_REFUND_API_KEY", CONFIG_SECRET, S, momo_refund_api_key, "", "MTN MoMo: API key of that user"), \
    PROVIDERS_KEY_("STRIPE_SECRET_KEY", CONFIG_SECRET, S, stripe_secret_key, "", "Stripe: secret key (sk_...); empty: not offered"), \
    PROVIDERS_KEY_("STRIPE_PUBLISHABLE_KEY", CONFIG_STRING, S, stripe_publishable_key, "", "Stripe: publishable key (pk_...) for the pay page"), \
    PROVIDERS_KEY_("STRIPE_WEBHOOK_SECRET", CONFIG_SECRET, S, stripe_webhook_secret, "", "Stripe: secrets of the webhook endpoint (whsec_...), with commas while one is being replaced"), \
    PROVIDERS_KEY_("STRIPE_URL", CONFIG_STRING, S, stripe_url, "https://api.stripe.com", "Stripe: address of the API"), \
    PROVIDERS_KEY_("STRIPE_SCRIPT_URL", CONFIG_STRING, S, stripe_script_url, "https://js.stripe.com/v3/", "Stripe: address of the script that the pay page loads")

struct providers;

/* `err` names the setting that is missing or malformed. `settings` must outlive it. Asks nobody. */
enum status providers_open(const struct providers_settings *settings, struct providers **ret_providers,
                           struct error *err) MUST_CHECK;
void providers_close(struct providers *providers);      /* accepts NULL */

/* NULL when there is none of that name, or none configured. */
const struct provider *providers_find(const struct providers *providers, const char *name);

/* The configured ones, in the order in which they are offered. */
const struct provider *const *providers_all(const struct providers *providers, size_t *ret_count);

/* What the pay page needs for Stripe's own script; "" when Stripe is not configured. */
const char *providers_stripe_publishable_key(const struct providers *providers);
const char *providers_stripe_script_url(const struct providers *providers);

/* The shop's address, without a last slash. */
const char *providers_public_url(const struct providers *providers);

#endif
