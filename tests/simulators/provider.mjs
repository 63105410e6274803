// What the providers of this house have in common.
import { reply, page } from './http.mjs'

export class Provider {
  constructor(sim, name, prefix) {
    this.sim = sim
    this.name = name
    this.prefix = prefix
  }

  // The answer of a request, or a 500 before or after acting. Stripe keeps answers by key and overrides this.
  async answer(request, run, hit) {
    if (hit('errorBefore')) return reply(500, this.error('internal error'))
    const answer = await run()
    return hit('errorAfter') ? reply(500, this.error('internal error')) : answer
  }

  notFound() {
    return reply(404, this.error('not found'))
  }

  get switches() {
    return this.sim.faults.of(this.name)
  }

  hit(fault) {
    return this.sim.faults.hit(this.name, fault)
  }

  find(test) {
    return this.sim.books.charge(this.name, test)
  }

  // Runs a refund to its end in its time, then says so.
  refundLater(refund) {
    this.sim.later(this.switches.refundMs, () => {
      refund.state = this.hit('refundFails') ? 'failed' : 'done'
      refund.endedAt = new Date().toISOString()
      this.notifyRefund(refund)
    })
    return refund
  }

  // The page on which a customer pays: two buttons, a form each, as plain as can be.
  payPage(charge, action, label) {
    if (charge.state === 'paid') return page(shell(label, '<p>This has been paid already.</p>'))
    const form = (does, text) => `<form method="post" action="${escape(action)}"><input type="hidden" name="does" value="${does}"><button>${text}</button></form>`
    return page(shell(label, `<p>Order ${escape(charge.orderNumber ?? '')}: <b>${escape(charge.currency)} ${escape(charge.shownAmount)}</b></p>
${form('pay', 'Pay')}${form('decline', 'Decline')}${form('cancel', 'Cancel')}`))
  }
}

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

const shell = (label, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(label)} (simulator)</title><style>body{font:18px sans-serif;margin:2em auto;max-width:26em}button{font:inherit;padding:.6em 1.4em;margin:.4em 0}</style>
<h1>${escape(label)}</h1>${body}</html>`
