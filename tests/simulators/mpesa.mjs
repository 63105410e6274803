// M-Pesa (Daraja): token, STK push and its query, reversal, B2C, transaction status. Whole shillings; callbacks are not signed.
import { reply } from './http.mjs'
import { hex, number } from './books.mjs'
import { Provider } from './provider.mjs'

export const MPESA = {
  consumerKey: 'simulated-consumer-key', consumerSecret: 'simulated-consumer-secret', shortcode: '174379', passkey: 'simulated-passkey',
  initiator: 'simulated-initiator', credential: 'c2ltdWxhdGVkIGNyZWRlbnRpYWw=', b2cShortcode: '600000',
}
const CODES = {
  paid: [0, 'The service request is processed successfully.'], poor: [1, 'The balance is insufficient for the transaction.'],
  cancel: [1032, 'Request cancelled by user'], decline: [2001, 'The initiator information is invalid.'], timeout: [1037, 'DS timeout user cannot be reached'],
}
const TOKEN_LIFE_S = 3599

export class Mpesa extends Provider {
  tokens = new Map()
  conversations = new Map()

  constructor(sim) {
    super(sim, 'mpesa', '/mpesa')
    this.routes = [
      ['GET', /^\/oauth\/v1\/generate$/, this.token],
      ['POST', /^\/mpesa\/stkpush\/v1\/processrequest$/, this.guarded(this.push)],
      ['POST', /^\/mpesa\/stkpushquery\/v1\/query$/, this.guarded(this.query)],
      ['POST', /^\/mpesa\/reversal\/v1\/request$/, this.guarded(this.reversal)],
      ['POST', /^\/mpesa\/b2c\/v3\/paymentrequest$/, this.guarded(this.payout)],
      ['POST', /^\/mpesa\/transactionstatus\/v1\/query$/, this.guarded(this.status)],
    ]
  }

  error(message, errorCode = '500.003.02') {
    return { requestId: hex(8), errorCode, errorMessage: message }
  }

  token({ headers, query }) {
    const basic = Buffer.from(`${MPESA.consumerKey}:${MPESA.consumerSecret}`).toString('base64')
    if (query.get('grant_type') !== 'client_credentials') return reply(400, this.error('Invalid grant type passed', '400.008.02'))
    if (headers.authorization !== `Basic ${basic}`) return reply(401, this.error('Invalid Authentication passed', '400.008.01'))
    const token = hex(14)
    this.tokens.set(token, Date.now() + TOKEN_LIFE_S * 1000)
    return reply(200, { access_token: token, expires_in: String(TOKEN_LIFE_S) })
  }

  guarded(run) {
    return (request, ...params) => {
      const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
      if (this.hit('tokenExpired')) this.tokens.delete(token)
      if (!(this.tokens.get(token) > Date.now())) return reply(404, this.error('Invalid Access Token', '404.001.03'))
      return run.call(this, request, ...params)
    }
  }

  isPassword({ BusinessShortCode, Password, Timestamp }) {
    const right = Buffer.from(`${MPESA.shortcode}${MPESA.passkey}${Timestamp}`).toString('base64')
    return String(BusinessShortCode) === MPESA.shortcode && /^\d{14}$/.test(Timestamp ?? '') && Password === right
  }

  refuse(what) {
    return reply(400, this.error(`Bad Request - Invalid ${what}`, '400.002.02'))
  }

  async push({ json }) {
    const { Amount, PartyA, PartyB, PhoneNumber, CallBackURL, AccountReference, TransactionDesc, TransactionType } = json
    if (!this.isPassword(json)) return reply(500, this.error('Merchant does not exist or wrong credentials', '500.001.1001'))
    if (!Number.isInteger(Amount) || Amount < 1 || Amount > 250000) return this.refuse('Amount')
    if (!/^254[71]\d{8}$/.test(PhoneNumber ?? '') || PartyA !== PhoneNumber) return this.refuse('PhoneNumber')
    if (!['CustomerPayBillOnline', 'CustomerBuyGoodsOnline'].includes(TransactionType) || !PartyB) return this.refuse('TransactionType')
    if (!/^https?:\/\//.test(CallBackURL ?? '')) return this.refuse('CallBackURL')
    if (!AccountReference || AccountReference.length > 12 || !TransactionDesc || TransactionDesc.length > 13) return this.refuse('AccountReference')
    const charge = this.sim.books.addCharge({
      provider: this.name, kind: 'prompt', id: `ws_CO_${number()}${hex(4)}`, merchantRequest: `${hex(4)}-${number()}-1`, reference: AccountReference,
      minor: Amount * 100, currency: 'KES', phone: PhoneNumber, noticeUrl: CallBackURL, orderNumber: AccountReference,
    })
    await this.sim.customers.begin(charge)
    return reply(200, {
      MerchantRequestID: charge.merchantRequest, CheckoutRequestID: charge.id, ResponseCode: '0',
      ResponseDescription: 'Success. Request accepted for processing', CustomerMessage: 'Success. Request accepted for processing',
    })
  }

  result(charge) {
    return charge.state === 'paid' ? CODES.paid : CODES[charge.reason] ?? CODES.timeout
  }

  query({ json }) {
    const charge = this.find((entry) => entry.id === json.CheckoutRequestID)
    if (!this.isPassword(json)) return reply(500, this.error('Merchant does not exist or wrong credentials', '500.001.1002'))
    if (!charge) return this.refuse('CheckoutRequestID')
    if (charge.state === 'open') return reply(500, this.error('The transaction is being processed', '500.001.1001'))
    const [code, text] = this.result(charge)
    return reply(200, {
      ResponseCode: '0', ResponseDescription: 'The service request has been accepted successfully', MerchantRequestID: charge.merchantRequest,
      CheckoutRequestID: charge.id, ResultCode: String(code), ResultDesc: text,
    })
  }

  notify(charge) {
    if (charge.state === 'paid') charge.receipt ??= `SIM${hex(4).toUpperCase()}`
    const [ResultCode, ResultDesc] = this.result(charge)
    const push = { MerchantRequestID: charge.merchantRequest, CheckoutRequestID: charge.id, ResultCode, ResultDesc }
    if (charge.state === 'paid') {
      const claimed = this.hit('wrongAmount') ? charge.minor / 100 + 1 : charge.minor / 100
      push.CallbackMetadata = { Item: [
        { Name: 'Amount', Value: claimed }, { Name: 'MpesaReceiptNumber', Value: charge.receipt }, { Name: 'Balance' },
        { Name: 'TransactionDate', Value: 20261130120000 }, { Name: 'PhoneNumber', Value: Number(charge.phone) },
      ] }
    }
    return this.post('stkCallback', charge.noticeUrl, { Body: { stkCallback: push } })
  }

  post(event, url, body) {
    const make = ({ isBad }) => ({ url: isBad ? spoil(url) : url, headers: {}, body: JSON.stringify(body) })
    return this.sim.notices.send(this, event, make, 0)
  }

  // ---- what goes back ----

  accept(resultUrl, originator, makeResult) {
    const conversation = `AG_${number()}_${hex(8)}`
    this.sim.later(this.switches.refundMs, () => this.post('result', resultUrl, { Result: {
      ResultType: 0, OriginatorConversationID: originator, ConversationID: conversation, TransactionID: `SIM${hex(4).toUpperCase()}`, ...makeResult(),
    } }))
    return reply(200, { OriginatorConversationID: originator, ConversationID: conversation, ResponseCode: '0', ResponseDescription: 'Accept the service request successfully.' })
  }

  isInitiator(json) {
    return (json.Initiator ?? json.InitiatorName) === MPESA.initiator && json.SecurityCredential === MPESA.credential
  }

  // Ends when its result is made, not when it is asked for.
  finish(refund) {
    refund.state = this.hit('refundFails') ? 'failed' : 'done'
    refund.endedAt = new Date().toISOString()
    return refund.state === 'done' ? { ResultCode: 0, ResultDesc: 'The service request is processed successfully.' } : { ResultCode: 1, ResultDesc: 'The balance is insufficient for the transaction.' }
  }

  reversal({ json }) {
    if (!this.isInitiator(json) || json.CommandID !== 'TransactionReversal' || json.RecieverIdentifierType !== '11') return this.refuse('Initiator')
    if (this.hit('refundRefused')) return this.refuse('TransactionID')
    const charge = this.find((entry) => entry.receipt === json.TransactionID)
    const originator = `${hex(4)}-${number()}-1`
    const minor = Number(json.Amount) * 100
    const isTaken = charge && this.sim.books.refundedMinor(charge) > 0
    const refund = charge && !isTaken && minor === charge.paidMinor ? this.sim.books.addRefund(charge, { id: originator, key: json.Occasion, minor }) : null
    this.conversations.set(originator, refund)
    return this.accept(json.ResultURL, originator, () => {
      if (refund) return this.finish(refund)
      return isTaken ? { ResultCode: 'R000001', ResultDesc: 'The transaction has already been reversed.' } : { ResultCode: 'R000002', ResultDesc: 'The OriginalTransactionID is invalid.' }
    })
  }

  // Money to a phone; the books lay it to the last paid push of that phone, since M-Pesa itself knows no order.
  payout({ json }) {
    const originator = json.OriginatorConversationID
    if (!this.isInitiator(json) || String(json.PartyA) !== MPESA.b2cShortcode) return this.refuse('InitiatorName')
    if (!originator || this.conversations.has(originator)) return reply(500, this.error('Duplicate OriginatorConversationID.', '500.002.1001'))
    if (this.hit('refundRefused')) return this.refuse('PartyB')
    const minor = Number(json.Amount) * 100
    const charge = this.sim.books.charges.findLast((entry) => entry.provider === this.name && entry.phone === json.PartyB && this.sim.books.isRefundable(entry, minor))
    const refund = charge ? this.sim.books.addRefund(charge, { id: originator, key: originator, minor }) : null
    this.conversations.set(originator, refund)
    return this.accept(json.ResultURL, originator, () => (refund ? this.finish(refund) : { ResultCode: 2040, ResultDesc: 'Credit Party customer type can not be supported' }))
  }

  status({ json }) {
    if (!this.isInitiator(json) || json.CommandID !== 'TransactionStatusQuery') return this.refuse('Initiator')
    const isKnown = this.conversations.has(json.OriginatorConversationID)
    const refund = this.conversations.get(json.OriginatorConversationID)     // null: what was asked for could not be done
    return this.accept(json.ResultURL, `${hex(4)}-${number()}-1`, () => {
      if (!isKnown) return { ResultCode: 2032, ResultDesc: 'The transaction could not be found.' }
      const word = { pending: 'Authorized', done: 'Completed', failed: 'Declined' }[refund?.state ?? 'failed']
      return { ResultCode: 0, ResultDesc: 'The service request is processed successfully.', ResultParameters: { ResultParameter: [
        { Key: 'TransactionStatus', Value: word }, { Key: 'Amount', Value: (refund?.minor ?? 0) / 100 }, { Key: 'ReceiptNo', Value: refund?.id ?? '' },
      ] } }
    })
  }

  notifyRefund() {} // the result is the notice
}

export const spoil = (url) => url.slice(0, -1) + (url.endsWith('0') ? '1' : '0')
