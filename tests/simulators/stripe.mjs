// Stripe: PaymentIntents, refunds, idempotency by key, signed webhooks, a script for the shop's pay page and the page it leads to.
import crypto from 'node:crypto'
import { page, redirect, reply } from './http.mjs'
import { hex } from './books.mjs'
import { exponentOf, toDecimal } from './money.mjs'
import { Provider } from './provider.mjs'

export const STRIPE = { key: 'sk_test_simulated_stripe_key', publishable: 'pk_test_simulated_stripe_key', secret: 'whsec_simulated_stripe_secret' }
const RETRIES = 8
const STATUS = { open: 'requires_payment_method', paid: 'succeeded', failed: 'requires_payment_method', cancelled: 'canceled' }
const REFUND_STATUS = { pending: 'pending', done: 'succeeded', failed: 'failed' }

// Two decimals are sent for UGX although it has none.
const toTheirs = (minor, currency) => (currency === 'UGX' ? minor * 100 : minor)
const toMinorUnits = (amount, currency) => (currency === 'UGX' ? Math.floor(amount / 100) : amount)

export class Stripe extends Provider {
  kept = new Map() // Idempotency-Key -> { digest, answer }, or { digest } while it runs

  constructor(sim) {
    super(sim, 'stripe', '/stripe')
    this.routes = [
      ['POST', /^\/v1\/payment_intents$/, this.guarded(this.create)],
      ['GET', /^\/v1\/payment_intents\/search$/, this.guarded(this.search)],
      ['GET', /^\/v1\/payment_intents\/(pi_\w+)$/, this.guarded(this.show)],
      ['POST', /^\/v1\/payment_intents\/(pi_\w+)\/capture$/, this.guarded(this.capture)],
      ['POST', /^\/v1\/payment_intents\/(pi_\w+)\/cancel$/, this.guarded(this.cancel)],
      ['POST', /^\/v1\/refunds$/, this.guarded(this.refund)],
      ['GET', /^\/v1\/refunds$/, this.guarded(this.listRefunds)],
      ['GET', /^\/v1\/refunds\/(re_\w+)$/, this.guarded(this.showRefund)],
      ['GET', /^\/js\/v3\/$/, this.script, 'page'],
      ['GET', /^\/pay\/(pi_\w+)$/, this.hosted, 'page'],
      ['POST', /^\/pay\/(pi_\w+)$/, this.press, 'page'],
    ]
  }

  error(message, code = 'api_error', type = 'api_error') {
    return { error: { type, code, message } }
  }

  refuse(message, code) {
    return reply(400, this.error(message, code, 'invalid_request_error'))
  }

  guarded(run) {
    return (request, ...params) =>
      request.headers.authorization === `Bearer ${STRIPE.key}` ? run.call(this, request, ...params) : reply(401, this.error('Invalid API Key provided', 'api_key_invalid', 'invalid_request_error'))
  }

  // The first answer to a key is kept and replayed, also a 500; not one of a request that was refused as it stood.
  async answer(request, run, hit) {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
    if (!key) return super.answer(request, run, hit)
    const digest = crypto.createHash('sha256').update(request.path).update(request.raw).digest('hex')
    const known = this.kept.get(key)
    if (known && known.digest !== digest) return this.refuse('Keys for idempotent requests can only be used with the same parameters they were first used with.', 'idempotency_error')
    if (known && !known.answer) return reply(409, this.error('There is currently another in-progress request using this key.', 'idempotency_key_in_use', 'idempotency_error'))
    if (known) return { ...known.answer, headers: { ...known.answer.headers, 'idempotent-replayed': 'true' } }
    this.kept.set(key, { digest })
    const { charge, ...answer } = await super.answer(request, run, hit)
    if (charge) await this.sim.customers.begin(charge)     // nobody can pay on an intent whose secret the shop was never told
    if (answer.code >= 400 && answer.code < 500) this.kept.delete(key)
    else this.kept.set(key, { digest, answer })
    return answer
  }

  async create({ form }) {
    const currency = (form.get('currency') ?? '').toUpperCase()
    const amount = Number(form.get('amount'))
    if (!Number.isSafeInteger(amount) || amount < 1) return this.refuse('Invalid integer', 'parameter_invalid_integer')
    if (!/^[A-Z]{3}$/.test(currency)) return this.refuse('Invalid currency', 'invalid_currency')
    if (exponentOf(currency) === 3 && amount % 10 !== 0) return this.refuse('The last digit must be 0', 'amount_invalid')
    if (currency === 'UGX' && amount % 100 !== 0) return this.refuse('The amount must be divisible by 100', 'amount_invalid')
    const minor = toMinorUnits(amount, currency)
    const id = `pi_${hex(12)}`
    const charge = this.sim.books.addCharge({
      provider: this.name, kind: 'page', id, secret: `${id}_secret_${hex(12)}`, reference: form.get('metadata[reference]') ?? '', orderNumber: form.get('metadata[order]') ?? '',
      minor, currency, shownAmount: toDecimal(minor, currency), isManual: form.get('capture_method') === 'manual', isCaptured: false,
    })
    return { ...reply(200, this.intent(charge)), charge }
  }

  // A manual one that the customer has paid is only held until it is captured; the books count it when it is.
  intent(charge) {
    const isHeld = charge.isHeld && charge.state === 'open'
    const isPaid = charge.state === 'paid'
    const currency = isPaid ? charge.paidCurrency : charge.currency
    const received = isPaid ? toTheirs(charge.paidMinor, charge.paidCurrency) : 0
    return {
      id: charge.id, object: 'payment_intent', amount: toTheirs(charge.minor, charge.currency), amount_received: received, amount_capturable: isHeld ? toTheirs(charge.minor, charge.currency) : 0,
      client_secret: charge.secret, currency: currency.toLowerCase(), status: isHeld ? 'requires_capture' : STATUS[charge.state], capture_method: charge.isManual ? 'manual' : 'automatic',
      metadata: { reference: charge.reference, order: charge.orderNumber }, next_action: null,
      last_payment_error: charge.state === 'failed' ? { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' } : null,
      latest_charge: isPaid ? { id: `ch_${charge.id.slice(3)}`, object: 'charge', amount: received, amount_refunded: toTheirs(this.sim.books.refundedMinor(charge, ['done', 'pending']), currency) } : null,
    }
  }

  with(id, run) {
    const charge = this.find((entry) => entry.id === id)
    return charge ? run(charge) : reply(404, this.error(`No such payment_intent: '${id}'`, 'resource_missing', 'invalid_request_error'))
  }

  show(request, id) {
    return this.with(id, (charge) => reply(200, this.intent(charge)))
  }

  search({ query }) {
    const reference = /^metadata\['reference'\]:'([^']+)'$/.exec(query.get('query') ?? '')?.[1]
    if (!reference) return this.refuse('The query cannot be read')
    const found = this.sim.books.charges.filter((entry) => entry.provider === this.name && entry.reference === reference)
    return reply(200, { object: 'search_result', data: found.map((charge) => this.intent(charge)), has_more: false })
  }

  capture({ form }, id) {
    return this.with(id, async (charge) => {
      if (!charge.isHeld || charge.state !== 'open') return this.refuse('This PaymentIntent could not be captured.', 'payment_intent_unexpected_state')
      charge.isHeld = false
      this.sim.customers.pay(charge)
      charge.paidMinor = toMinorUnits(Number(form.get('amount_to_capture') ?? toTheirs(charge.minor, charge.currency)), charge.currency)
      this.event('payment_intent.succeeded', () => this.intent(charge))
      return reply(200, this.intent(charge))
    })
  }

  cancel(request, id) {
    return this.with(id, (charge) => {
      if (charge.state === 'paid' || charge.state === 'cancelled') return this.refuse(`You cannot cancel this PaymentIntent because it has a status of ${STATUS[charge.state]}.`, 'payment_intent_unexpected_state')
      charge.state = 'cancelled'
      this.event('payment_intent.canceled', () => this.intent(charge))
      return reply(200, this.intent(charge))
    })
  }

  refundData(refund) {
    return {
      id: refund.id, object: 'refund', amount: toTheirs(refund.minor, refund.currency), currency: refund.currency.toLowerCase(), payment_intent: refund.chargeId,
      status: REFUND_STATUS[refund.state], metadata: { refund: refund.key }, reason: 'requested_by_customer', failure_reason: refund.state === 'failed' ? 'lost_or_stolen_card' : undefined,
    }
  }

  refund({ form }) {
    return this.with(form.get('payment_intent'), (charge) => {
      const minor = toMinorUnits(Number(form.get('amount') ?? toTheirs(charge.paidMinor, charge.paidCurrency)), charge.paidCurrency)
      if (this.hit('refundRefused')) return this.refuse('Your account has insufficient funds.', 'insufficient_funds')
      if (!this.sim.books.isRefundable(charge, minor)) return this.refuse('Refund amount is greater than unrefunded amount on charge', 'charge_already_refunded')
      const refund = this.refundLater(this.sim.books.addRefund(charge, { id: `re_${hex(12)}`, key: form.get('metadata[refund]') ?? '', minor }))
      return reply(200, this.refundData(refund))
    })
  }

  listRefunds({ query }) {
    const refunds = this.sim.books.refunds.filter((entry) => entry.provider === this.name && entry.chargeId === query.get('payment_intent'))
    return reply(200, { object: 'list', data: refunds.map((refund) => this.refundData(refund)), has_more: false })
  }

  showRefund(request, id) {
    const refund = this.sim.books.refunds.find((entry) => entry.provider === this.name && entry.id === id)
    return refund ? reply(200, this.refundData(refund)) : reply(404, this.error('No such refund', 'resource_missing', 'invalid_request_error'))
  }

  // ---- what the customer's browser gets ----

  // As much of Stripe.js as a pay page needs: a payment element, and a confirmation that leads to the page below.
  script() {
    const text = `window.Stripe = (key) => ({
  elements: (options) => ({ options, create: () => ({ mount(where) {
    const place = typeof where === 'string' ? document.querySelector(where) : where;
    place.textContent = 'Card details are asked for on the next page.';
  } }), submit: async () => ({}) }),
  confirmPayment: async ({ elements, clientSecret, confirmParams }) => {
    const secret = clientSecret ?? elements.options.clientSecret;
    const url = new URL(${JSON.stringify(`${this.sim.url}${this.prefix}`)} + '/pay/' + secret.split('_secret_')[0]);
    url.searchParams.set('client_secret', secret);
    url.searchParams.set('key', key);
    url.searchParams.set('return_url', confirmParams.return_url);
    location.assign(url);
    return {};
  },
});`
    return { code: 200, html: text, headers: { 'content-type': 'text/javascript' } }
  }

  // Who has not the secret of this intent sees nothing.
  mine(query, id) {
    const charge = this.find((entry) => entry.id === id)
    return charge && query.get('client_secret') === charge.secret && query.get('key') === STRIPE.publishable ? charge : null
  }

  hosted(request, id) {
    const charge = this.mine(request.query, id)
    return charge ? this.payPage(charge, `${this.sim.url}${request.path}?${request.query}`, 'Stripe') : page('no such payment', 404)
  }

  async press({ form, query }, id) {
    const charge = this.mine(query, id)
    if (!charge) return page('no such payment', 404)
    await this.sim.customers.act(charge, form.get('does'))
    const url = new URL(query.get('return_url'))
    url.searchParams.set('payment_intent', charge.id)
    url.searchParams.set('redirect_status', charge.state === 'paid' || charge.isHeld ? 'succeeded' : 'failed')
    return redirect(url.href)
  }

  // ---- notices ----

  notify(charge, does) {
    if (does === 'pay' && charge.isManual && !charge.isHeld) {
      Object.assign(charge, { state: 'open', isHeld: true, paidMinor: 0, times: 0, paidAt: null })
      return this.event('payment_intent.amount_capturable_updated', () => this.intent(charge))
    }
    if (does === 'pay') return this.event('payment_intent.succeeded', () => this.intent(charge))
    if (does !== 'cancel') return this.event('payment_intent.payment_failed', () => this.intent(charge))
  }

  notifyRefund(refund) {
    return this.event(refund.state === 'failed' ? 'refund.failed' : 'refund.updated', () => this.refundData(refund))
  }

  event(type, object) {
    const id = `evt_${hex(12)}`
    const make = ({ isBad, isStale }) => {
      const t = Math.floor(Date.now() / 1000) - (isStale ? 3600 : 0)
      const body = JSON.stringify({ id, object: 'event', api_version: '2026-06-24.dahlia', created: t, livemode: false, pending_webhooks: 1, type, data: { object: object() } })
      const v1 = crypto.createHmac('sha256', isBad ? 'not the secret' : STRIPE.secret).update(`${t}.${body}`).digest('hex')
      return { url: `${this.sim.shop}/v1/payments/notices/stripe`, headers: { 'stripe-signature': `t=${t},v1=${v1},v0=0000` }, body }
    }
    return this.sim.notices.send(this, type, make, RETRIES)
  }
}
