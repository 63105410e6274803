// The settings with which a shop uses these simulators: lines for PORTAL_PAYMENTS_ENV.
import { SMS_KEY, SMS_USER } from './africastalking.mjs'
import { FLUTTERWAVE_HASH, FLUTTERWAVE_KEY } from './flutterwave.mjs'
import { MOMO } from './momo.mjs'
import { MPESA } from './mpesa.mjs'
import { PAYSTACK_KEY } from './paystack.mjs'
import { STRIPE } from './stripe.mjs'

export function paymentSettings(sim, { certificateFile, smtpPort }) {
  const values = {
    PAYMENTS_CA_FILE: certificateFile,
    PAYSTACK_SECRET_KEY: PAYSTACK_KEY,
    PAYSTACK_URL: `${sim.url}/paystack`,
    FLUTTERWAVE_SECRET_KEY: FLUTTERWAVE_KEY,
    FLUTTERWAVE_SECRET_HASH: FLUTTERWAVE_HASH,
    FLUTTERWAVE_URL: `${sim.url}/flutterwave/v3`,
    MPESA_CONSUMER_KEY: MPESA.consumerKey,
    MPESA_CONSUMER_SECRET: MPESA.consumerSecret,
    MPESA_SHORTCODE: MPESA.shortcode,
    MPESA_PASSKEY: MPESA.passkey,
    MPESA_INITIATOR: MPESA.initiator,
    MPESA_SECURITY_CREDENTIAL: MPESA.credential,
    MPESA_B2C_SHORTCODE: MPESA.b2cShortcode,
    MPESA_URL: `${sim.url}/mpesa`,
    MOMO_SUBSCRIPTION_KEY: MOMO.collection.subscription,
    MOMO_API_USER: MOMO.collection.user,
    MOMO_API_KEY: MOMO.collection.key,
    MOMO_TARGET: MOMO.target,
    MOMO_URL: `${sim.url}/momo`,
    MOMO_REFUND_SUBSCRIPTION_KEY: MOMO.disbursement.subscription,
    MOMO_REFUND_API_USER: MOMO.disbursement.user,
    MOMO_REFUND_API_KEY: MOMO.disbursement.key,
    STRIPE_SECRET_KEY: STRIPE.key,
    STRIPE_PUBLISHABLE_KEY: STRIPE.publishable,
    STRIPE_WEBHOOK_SECRET: STRIPE.secret,
    STRIPE_URL: `${sim.url}/stripe`,
    STRIPE_SCRIPT_URL: `${sim.url}/stripe/js/v3/`,
    COURIER_CA_FILE: certificateFile,
    SMS_URL: `${sim.url}/at/version1/messaging`,
    SMS_USERNAME: SMS_USER,
    SMS_API_KEY: SMS_KEY,
    SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    SMTP_TLS: 'no',
    MAIL_FROM: 'shop@example.com',
    MAIL_STAFF: 'staff@example.com',
    WEBHOOKS_ALLOW_PRIVATE: 'yes',
  }
  return Object.entries(values).map(([key, value]) => `ORDERS_${key}=${value}`)
}
