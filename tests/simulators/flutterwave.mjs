// Flutterwave v3: hosted page, verify by reference, refunds, webhooks that bear the secret hash. Amounts are decimals in major units.
import { reply, redirect } from './http.mjs'
import { hex, number } from './books.mjs'
import { toDecimal, toMajor, toMinor } from './money.mjs'
import { Provider } from './provider.mjs'

export const FLUTTERWAVE_KEY = 'FLWSECK_TEST-simulated-X'
export const FLUTTERWAVE_HASH = 'simulated-secret-hash'
const RETRIES = 3
const STATUS = { open: 'pending', paid: 'successful', failed: 'failed', cancelled: 'failed' }
const REFUND_STATUS = { pending: 'pending', done: 'completed', failed: 'failed' }

export class Flutterwave extends Provider {
  constructor(sim) {
    super(sim, 'flutterwave', '/flutterwave/v3')
    this.routes = [
      ['POST', /^\/payments$/, this.guarded(this.payments)],
      ['GET', /^\/transactions\/verify_by_reference$/, this.guarded(this.verifyByReference)],
      ['GET', /^\/transactions\/(\d+)\/verify$/, this.guarded(this.verify)],
      ['POST', /^\/transactions\/(\d+)\/refund$/, this.guarded(this.refund)],
      ['GET', /^\/refunds$/, this.guarded(this.listRefunds)],
      ['GET', /^\/refunds\/(\d+)$/, this.guarded(this.showRefund)],
      ['GET', /^\/hosted\/(\w+)$/, this.hosted, 'page'],
      ['POST', /^\/hosted\/(\w+)$/, this.press, 'page'],
    ]
  }

  error(message) {
    return { status: 'error', message, data: null }
  }

  guarded(run) {
    return (request, ...params) =>
      request.headers.authorization === `Bearer ${FLUTTERWAVE_KEY}` ? run.call(this, request, ...params) : reply(401, this.error('Invalid authorization key'))
  }

  // A second page for a tx_ref is a page for the same charge: it is paid once.
  async payments({ json }) {
    const { tx_ref: reference, amount, currency = 'NGN', redirect_url: returnUrl, customer, meta } = json
    const minor = toMinor(amount, currency)
    if (!reference || !returnUrl || !customer?.email) return reply(400, this.error('tx_ref, redirect_url and customer.email are required'))
    if (!(minor > 0)) return reply(400, this.error('amount is not valid'))
    let charge = this.find((entry) => entry.reference === reference)
    if (charge && (charge.minor !== minor || charge.currency !== currency)) return reply(400, this.error('Duplicate transaction reference'))
    if (!charge) {
      charge = this.sim.books.addCharge({
        provider: this.name, kind: 'page', id: number(), code: hex(10), reference, minor, currency, shownAmount: toDecimal(minor, currency),
        email: customer.email, returnUrl, orderNumber: meta?.order ?? '', wasTried: false,
      })
      await this.sim.customers.begin(charge)
    }
    return reply(200, { status: 'success', message: 'Hosted Link', data: { link: this.pageOf(charge) } })
  }

  pageOf(charge) {
    return `${this.sim.url}${this.prefix}/hosted/${charge.code}`
  }

  data(charge) {
    const isPaid = charge.state === 'paid'
    const amount = isPaid ? toMajor(charge.paidMinor, charge.paidCurrency) : toMajor(charge.minor, charge.currency)
    return {
      id: charge.id, tx_ref: charge.reference, flw_ref: `FLW-SIM-${charge.id}`, amount, charged_amount: amount, app_fee: 0,
      currency: isPaid ? charge.paidCurrency : charge.currency, status: STATUS[charge.state], payment_type: 'card',
      processor_response: isPaid ? 'Approved' : charge.reason || 'Pending', created_at: charge.createdAt, customer: { id: 1, email: charge.email },
    }
  }

  // There is no transaction before the customer did something on the page.
  found(charge) {
    if (!charge || (charge.state === 'open' && !charge.reason)) return reply(404, this.error('No transaction was found for this id'))
    return reply(200, { status: 'success', message: 'Transaction fetched successfully', data: this.data(charge) })
  }

  verifyByReference({ query }) {
    return this.found(this.find((entry) => entry.reference === query.get('tx_ref')))
  }

  verify(request, id) {
    return this.found(this.find((entry) => String(entry.id) === id))
  }

  refundData(refund) {
    return {
      id: refund.id, account_id: 1, tx_id: refund.chargeId, flw_ref: `FLW-SIM-${refund.chargeId}`, wallet_id: 1, comments: refund.note,
      amount_refunded: toMajor(refund.minor, refund.currency), status: REFUND_STATUS[refund.state], destination: 'payment_source', meta: {}, created_at: refund.createdAt,
    }
  }

  refund({ json }, id) {
    const charge = this.find((entry) => String(entry.id) === id)
    if (!charge) return reply(404, this.error('No transaction was found for this id'))
    const minor = json.amount === undefined ? charge.paidMinor : toMinor(json.amount, charge.paidCurrency)
    if (this.hit('refundRefused')) return reply(400, this.error('Insufficient balance for refund'))
    if (!this.sim.books.isRefundable(charge, minor)) return reply(400, this.error('Refund amount is more than what was paid'))
    const refund = this.refundLater(this.sim.books.addRefund(charge, { id: number(), key: json.comments ?? '', minor, note: json.comments }))
    return reply(200, { status: 'success', message: 'Transaction refund initiated', data: this.refundData(refund) })
  }

  listRefunds({ query }) {
    const of = query.get('id')
    const refunds = this.sim.books.refunds.filter((refund) => refund.provider === this.name && (!of || String(refund.chargeId) === of))
    return reply(200, { status: 'success', message: 'Refunds fetched', data: refunds.map((refund) => this.refundData(refund)) })
  }

  showRefund(request, id) {
    const refund = this.sim.books.refunds.find((entry) => entry.provider === this.name && String(entry.id) === id)
    return refund ? reply(200, { status: 'success', message: 'Refund fetched', data: this.refundData(refund) }) : reply(404, this.error('No refund was found'))
  }

  hosted(request, code) {
    const charge = this.find((entry) => entry.code === code)
    return charge ? this.payPage(charge, this.pageOf(charge), 'Flutterwave') : this.notFound()
  }

  async press({ form }, code) {
    const charge = this.find((entry) => entry.code === code)
    if (!charge) return this.notFound()
    await this.sim.customers.act(charge, form.get('does'))
    const url = new URL(charge.returnUrl)
    url.searchParams.set('status', form.get('does') === 'cancel' ? 'cancelled' : STATUS[charge.state])
    url.searchParams.set('tx_ref', charge.reference)
    if (charge.state === 'paid') url.searchParams.set('transaction_id', charge.id)
    return redirect(url.href)
  }

  notify(charge, does) {
    if (does === 'cancel') return
    const make = ({ isBad }) => ({
      url: `${this.sim.shop}/v1/payments/notices/flutterwave`,
      headers: { 'verif-hash': isBad ? 'another hash' : FLUTTERWAVE_HASH },
      body: JSON.stringify({ event: 'charge.completed', data: this.data(charge) }),
    })
    return this.sim.notices.send(this, 'charge.completed', make, RETRIES)
  }

  notifyRefund() {} // found by asking
}
