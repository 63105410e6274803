// MTN MoMo: tokens, request to pay and its status, refund by Disbursements. Amounts are decimal text; callbacks are not signed.
import { reply } from './http.mjs'
import { hex, number } from './books.mjs'
import { toDecimal, toMinor } from './money.mjs'
import { spoil } from './mpesa.mjs'
import { Provider } from './provider.mjs'

export const MOMO = {
  target: 'mtnuganda', currency: 'UGX',
  collection: { subscription: 'simulated-collection-subscription', user: '5b158f87-82dd-4e5c-8aa9-1e2a9d1f0001', key: 'simulated-collection-key' },
  disbursement: { subscription: 'simulated-disbursement-subscription', user: '5b158f87-82dd-4e5c-8aa9-1e2a9d1f0002', key: 'simulated-disbursement-key' },
}
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const STATUS = { open: 'PENDING', paid: 'SUCCESSFUL', failed: 'FAILED', cancelled: 'FAILED' }
const REASON = { decline: 'COULD_NOT_PERFORM_TRANSACTION', cancel: 'APPROVAL_REJECTED', poor: 'NOT_ENOUGH_FUNDS', timeout: 'EXPIRED' }
const REFUND_STATUS = { pending: 'PENDING', done: 'SUCCESSFUL', failed: 'FAILED' }

export class Momo extends Provider {
  tokens = new Map()

  constructor(sim) {
    super(sim, 'mtn_momo', '/momo')
    this.routes = [
      ['POST', /^\/(collection|disbursement)\/token\/$/, this.token],
      ['POST', /^\/collection\/v1_0\/requesttopay$/, this.guarded('collection', this.requestToPay)],
      ['GET', /^\/collection\/v1_0\/requesttopay\/([^/]+)$/, this.guarded('collection', this.payStatus)],
      ['POST', /^\/disbursement\/v1_0\/refund$/, this.guarded('disbursement', this.refund)],
      ['GET', /^\/disbursement\/v1_0\/refund\/([^/]+)$/, this.guarded('disbursement', this.refundStatus)],
    ]
  }

  error(message, code = 'INTERNAL_PROCESSING_ERROR') {
    return { code, message }
  }

  token({ headers }, product) {
    const { user, key, subscription } = MOMO[product]
    if (headers['ocp-apim-subscription-key'] !== subscription) return reply(401, { statusCode: 401, message: 'Access denied due to invalid subscription key.' })
    if (headers.authorization !== `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`) return reply(401, { error: 'login_failed' })
    const token = hex(24)
    this.tokens.set(token, { product, until: Date.now() + 3600 * 1000 })
    return reply(200, { access_token: token, token_type: 'access_token', expires_in: 3600 })
  }

  guarded(product, run) {
    return (request, ...params) => {
      const { headers } = request
      const token = (headers.authorization ?? '').replace(/^Bearer /, '')
      if (this.hit('tokenExpired')) this.tokens.delete(token)
      const known = this.tokens.get(token)
      if (headers['ocp-apim-subscription-key'] !== MOMO[product].subscription) return reply(401, { statusCode: 401, message: 'Access denied due to invalid subscription key.' })
      if (known?.product !== product || known.until < Date.now()) return reply(401, { error: 'Unauthorized' })
      if (headers['x-target-environment'] !== MOMO.target) return reply(500, this.error('Access to target environment is forbidden.', 'NOT_ALLOWED_TARGET_ENVIRONMENT'))
      return run.call(this, request, ...params)
    }
  }

  async requestToPay({ json, headers }) {
    const id = headers['x-reference-id'] ?? ''
    const minor = toMinor(json.amount, json.currency)
    if (!UUID_V4.test(id)) return reply(400, this.error('Reference id must be a UUID of version 4', 'INVALID_REFERENCE_ID'))
    if (this.find((entry) => entry.id === id)) return reply(409, this.error('Duplicated reference id. Creation of resource failed.', 'RESOURCE_ALREADY_EXIST'))
    if (json.currency !== MOMO.currency) return reply(500, this.error('Currency not supported.', 'INVALID_CURRENCY'))
    if (typeof json.amount !== 'string' || !(minor > 0) || json.payer?.partyIdType !== 'MSISDN' || !/^\d{8,15}$/.test(json.payer.partyId ?? '') || !json.externalId) return reply(400)
    const charge = this.sim.books.addCharge({
      provider: this.name, kind: 'prompt', id, reference: json.externalId, minor, currency: json.currency, phone: json.payer.partyId,
      noticeUrl: headers['x-callback-url'], orderNumber: json.payerMessage,
    })
    await this.sim.customers.begin(charge)
    return reply(202)
  }

  payData(charge) {
    const isPaid = charge.state === 'paid'
    const data = {
      amount: toDecimal(isPaid ? charge.paidMinor : charge.minor, isPaid ? charge.paidCurrency : charge.currency), currency: isPaid ? charge.paidCurrency : charge.currency,
      externalId: charge.reference, payer: { partyIdType: 'MSISDN', partyId: charge.phone }, status: STATUS[charge.state],
    }
    if (isPaid) data.financialTransactionId = String((charge.transaction ??= number()))
    if (data.status === 'FAILED') data.reason = REASON[charge.reason] ?? 'COULD_NOT_PERFORM_TRANSACTION'
    return data
  }

  payStatus(request, id) {
    const charge = this.find((entry) => entry.id === id)
    return charge ? reply(200, this.payData(charge)) : reply(404, this.error('Requested resource was not found.', 'RESOURCE_NOT_FOUND'))
  }

  refundData(refund) {
    return { amount: toDecimal(refund.minor, refund.currency), currency: refund.currency, externalId: refund.key, status: REFUND_STATUS[refund.state], financialTransactionId: String(refund.transaction) }
  }

  refund({ json, headers }) {
    const id = headers['x-reference-id'] ?? ''
    const charge = this.find((entry) => entry.id === json.referenceIdToRefund)
    if (!UUID_V4.test(id)) return reply(400, this.error('Reference id must be a UUID of version 4', 'INVALID_REFERENCE_ID'))
    if (this.sim.books.refunds.some((entry) => entry.provider === this.name && entry.id === id)) return reply(409, this.error('Duplicated reference id.', 'RESOURCE_ALREADY_EXIST'))
    if (this.hit('refundRefused')) return reply(400, this.error('Not enough balance', 'NOT_ENOUGH_FUNDS'))
    const minor = charge ? toMinor(json.amount, charge.paidCurrency) : NaN
    if (!charge || json.currency !== charge.paidCurrency || !this.sim.books.isRefundable(charge, minor)) return reply(400, this.error('The refund cannot be made', 'BAD_REQUEST'))
    this.refundLater(this.sim.books.addRefund(charge, { id, key: json.externalId, minor, transaction: number(), noticeUrl: headers['x-callback-url'] }))
    return reply(202)
  }

  refundStatus(request, id) {
    const refund = this.sim.books.refunds.find((entry) => entry.provider === this.name && entry.id === id)
    return refund ? reply(200, this.refundData(refund)) : reply(404, this.error('Requested resource was not found.', 'RESOURCE_NOT_FOUND'))
  }

  notify(charge) {
    return this.post('requesttopay', charge.noticeUrl, () => this.payData(charge))
  }

  notifyRefund(refund) {
    return this.post('refund', refund.noticeUrl, () => this.refundData(refund))
  }

  // Sent once.
  post(event, url, data) {
    if (!url) return
    const make = ({ isBad }) => ({ url: isBad ? spoil(url) : url, headers: {}, body: JSON.stringify(data()), method: 'PUT' })
    return this.sim.notices.send(this, event, make, 0)
  }
}
