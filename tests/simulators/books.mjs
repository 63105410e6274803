// What truly happened: every charge, payment, refund and message, whatever the shop was told about it.
import crypto from 'node:crypto'

export class Books {
  charges = []
  refunds = []
  notices = []
  messages = { sms: [], mail: [] }
  requests = []
  faults = {}
  epoch = 0

  // amount: in minor units. state: open, paid, failed, cancelled.
  addCharge(charge) {
    const entry = { state: 'open', reason: '', paidMinor: 0, paidCurrency: '', times: 0, createdAt: now(), paidAt: null, ...charge }
    this.charges.push(entry)
    return entry
  }

  // state: pending, done, failed.
  addRefund(charge, refund) {
    const entry = { provider: charge.provider, chargeId: charge.id, reference: charge.reference, currency: charge.paidCurrency, state: 'pending', createdAt: now(), endedAt: null, ...refund }
    this.refunds.push(entry)
    return entry
  }

  charge(provider, test) {
    return this.charges.find((charge) => charge.provider === provider && test(charge))
  }

  refundsOf(charge) {
    return this.refunds.filter((refund) => refund.provider === charge.provider && refund.chargeId === charge.id)
  }

  refundedMinor(charge, states = ['done', 'pending']) {
    return this.refundsOf(charge).filter((refund) => states.includes(refund.state)).reduce((sum, refund) => sum + refund.minor, 0)
  }

  isRefundable(charge, minor) {
    return charge.state === 'paid' && minor > 0 && this.refundedMinor(charge) + minor <= charge.paidMinor
  }

  note(fault, provider) {
    this.faults[`${provider}.${fault}`] = (this.faults[`${provider}.${fault}`] ?? 0) + 1
  }

  noteRequest(entry) {
    this.requests.push({ at: now(), ...entry })
    if (this.requests.length > 5000) this.requests.shift()
  }

  // What an audit needs: sums by currency, and all entries.
  show() {
    const sums = {}
    for (const charge of this.charges.filter((entry) => entry.state === 'paid')) {
      const sum = (sums[`${charge.provider} ${charge.paidCurrency}`] ??= { captured: 0, refunded: 0 })
      sum.captured += charge.paidMinor
      sum.refunded += this.refundedMinor(charge, ['done'])
    }
    return { sums, charges: this.charges, refunds: this.refunds, notices: this.notices, messages: this.messages, faults: this.faults }
  }

  reset() {
    for (const list of [this.charges, this.refunds, this.notices, this.messages.sms, this.messages.mail, this.requests]) list.length = 0
    this.faults = {}
    this.epoch++
  }
}

export const now = () => new Date().toISOString()
export const hex = (bytes) => crypto.randomBytes(bytes).toString('hex')

let counter = 1000000 + Math.floor(Date.now() / 1000) % 1000000
export const number = () => ++counter
