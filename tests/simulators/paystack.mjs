// Paystack: hosted page, verify, refunds, signed webhooks. Amounts are hundredths of the major unit in every currency.
import crypto from 'node:crypto'
import { reply, redirect } from './http.mjs'
import { hex, number } from './books.mjs'
import { exponentOf, toDecimal } from './money.mjs'
import { Provider } from './provider.mjs'

export const PAYSTACK_KEY = 'sk_test_simulated_paystack_key'
const RETRIES = 8
const STATUS = { open: 'abandoned', paid: 'success', failed: 'failed', cancelled: 'abandoned' }
const REFUND_STATUS = { pending: 'pending', done: 'processed', failed: 'failed' }

const toSubunits = (minor, currency) => (exponentOf(currency) === 0 ? minor * 100 : minor)
const fromSubunits = (subunits, currency) => (exponentOf(currency) === 0 ? Math.floor(subunits / 100) : subunits)

export class Paystack extends Provider {
  constructor(sim) {
    super(sim, 'paystack', '/paystack')
    this.routes = [
      ['POST', /^\/transaction\/initialize$/, this.guarded(this.initialize)],
      ['GET', /^\/transaction\/verify\/([^/]+)$/, this.guarded(this.verify)],
      ['POST', /^\/refund$/, this.guarded(this.refund)],
      ['GET', /^\/refund$/, this.guarded(this.listRefunds)],
      ['GET', /^\/refund\/(\d+)$/, this.guarded(this.showRefund)],
      ['GET', /^\/checkout\/(\w+)$/, this.checkout, 'page'],
      ['POST', /^\/checkout\/(\w+)$/, this.press, 'page'],
    ]
  }

  error(message, code = 'unknown') {
    return { status: false, message, type: 'api_error', code }
  }

  guarded(run) {
    return (request, ...params) =>
      request.headers.authorization === `Bearer ${PAYSTACK_KEY}` ? run.call(this, request, ...params) : reply(401, this.error('Invalid key'))
  }

  async initialize({ json }) {
    const { email, amount, currency = 'NGN', reference = hex(8), callback_url: returnUrl, metadata } = json
    const subunits = Number(amount)
    if (!/^[^@\s]+@[^@\s]+$/.test(email ?? '')) return reply(400, this.error('Invalid Email Address Passed', 'invalid_email_address'))
    if (!Number.isSafeInteger(subunits) || subunits <= 0) return reply(400, this.error('Invalid Amount Sent', 'invalid_amount'))
    if (!/^[A-Za-z0-9.=-]+$/.test(reference)) return reply(400, this.error('Invalid characters in reference'))
    if (!['NGN', 'USD', 'GHS', 'ZAR', 'KES', 'XOF'].includes(currency)) return reply(403, this.error('Currency not supported by merchant', 'unsupported_currency'))
    if (this.find((charge) => charge.reference === reference)) return reply(400, this.error('Duplicate Transaction Reference', 'duplicate_reference'))
    const minor = fromSubunits(subunits, currency)
    const charge = this.sim.books.addCharge({
      provider: this.name, kind: 'page', id: number(), code: hex(8), reference, minor, currency, shownAmount: toDecimal(minor, currency),
      email, returnUrl, orderNumber: metadata?.order ?? '',
    })
    await this.sim.customers.begin(charge)
    return reply(200, { status: true, message: 'Authorization URL created', data: { authorization_url: this.pageOf(charge), access_code: charge.code, reference } })
  }

  pageOf(charge) {
    return `${this.sim.url}${this.prefix}/checkout/${charge.code}`
  }

  data(charge) {
    const isPaid = charge.state === 'paid'
    const isBack = isPaid && this.sim.books.refundedMinor(charge, ['done']) >= charge.paidMinor
    return {
      id: charge.id, domain: 'test', status: isBack ? 'reversed' : STATUS[charge.state], reference: charge.reference,
      amount: isPaid ? toSubunits(charge.paidMinor, charge.paidCurrency) : toSubunits(charge.minor, charge.currency),
      requested_amount: toSubunits(charge.minor, charge.currency), gateway_response: isPaid ? 'Successful' : charge.reason || 'The transaction was not completed',
      paid_at: charge.paidAt, created_at: charge.createdAt, channel: 'card', currency: isPaid ? charge.paidCurrency : charge.currency,
      metadata: { order: charge.orderNumber }, fees: null, customer: { id: 1, email: charge.email, customer_code: 'CUS_simulated' },
    }
  }

  verify(request, reference) {
    const charge = this.find((entry) => entry.reference === reference)
    if (!charge) return reply(404, this.error('Transaction reference not found.', 'transaction_not_found'))
    return reply(200, { status: true, message: 'Verification successful', data: this.data(charge) })
  }

  refundData(refund) {
    return {
      id: refund.id, transaction: refund.chargeId, amount: toSubunits(refund.minor, refund.currency), currency: refund.currency,
      status: REFUND_STATUS[refund.state], merchant_note: refund.note, customer_note: refund.customerNote, domain: 'test', createdAt: refund.createdAt,
    }
  }

  refund({ json }) {
    const charge = this.find((entry) => String(entry.id) === String(json.transaction) || entry.reference === json.transaction)
    if (!charge) return reply(404, this.error('Transaction not found'))
    const minor = json.amount === undefined ? charge.paidMinor : fromSubunits(Number(json.amount), charge.paidCurrency)
    if (this.hit('refundRefused')) return reply(400, this.error('Insufficient balance for refund', 'insufficient_balance'))
    if (!this.sim.books.isRefundable(charge, minor)) return reply(400, this.error('Refund amount cannot be more than transaction amount', 'invalid_amount'))
    const refund = this.sim.books.addRefund(charge, { id: number(), key: json.merchant_note ?? '', minor, note: json.merchant_note, customerNote: json.customer_note })
    this.refundLater(refund)
    return reply(200, { status: true, message: 'Refund has been queued for processing', data: this.refundData(refund) })
  }

  listRefunds({ query }) {
    const of = query.get('transaction')
    const refunds = this.sim.books.refunds.filter((refund) => refund.provider === this.name && (!of || String(refund.chargeId) === of || refund.reference === of))
    return reply(200, { status: true, message: 'Refunds retrieved', data: refunds.map((refund) => this.refundData(refund)), meta: { total: refunds.length } })
  }

  showRefund(request, id) {
    const refund = this.sim.books.refunds.find((entry) => entry.provider === this.name && String(entry.id) === id)
    return refund ? reply(200, { status: true, message: 'Refund retrieved', data: this.refundData(refund) }) : reply(404, this.error('Refund not found'))
  }

  checkout(request, code) {
    const charge = this.find((entry) => entry.code === code)
    return charge ? this.payPage(charge, this.pageOf(charge), 'Paystack') : this.notFound()
  }

  async press({ form }, code) {
    const charge = this.find((entry) => entry.code === code)
    if (!charge) return this.notFound()
    await this.sim.customers.act(charge, form.get('does'))
    const url = new URL(charge.returnUrl)
    url.searchParams.set('trxref', charge.reference)
    url.searchParams.set('reference', charge.reference)
    return redirect(url.href)
  }

  // There is no event for a charge that failed.
  notify(charge, does) {
    if (does === 'pay') return this.post('charge.success', () => this.data(charge))
  }

  notifyRefund(refund) {
    return this.post(`refund.${REFUND_STATUS[refund.state]}`, () => ({
      status: REFUND_STATUS[refund.state], transaction_reference: refund.reference, refund_reference: `TRF_${refund.id}`,
      amount: String(toSubunits(refund.minor, refund.currency)), currency: refund.currency, processor: 'simulator',
    }))
  }

  post(event, data) {
    const make = ({ isBad }) => {
      const body = JSON.stringify({ event, data: data() })
      const signature = crypto.createHmac('sha512', isBad ? 'not the key' : PAYSTACK_KEY).update(body).digest('hex')
      return { url: `${this.sim.shop}/v1/payments/notices/paystack`, headers: { 'x-paystack-signature': signature }, body }
    }
    return this.sim.notices.send(this, event, make, RETRIES)
  }
}
