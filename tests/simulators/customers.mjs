// People who pay, decline, forget. One with a prompt on the phone answers by itself, one on a page presses a button, unless the
// switches say otherwise; the admin port can act for any of them.
export class Customers {
  constructor(sim) {
    this.sim = sim
  }

  // After a charge was asked for. Awaited before the answer goes out, so that a notice can overtake it.
  async begin(charge) {
    const provider = this.sim[charge.provider]
    const switches = this.sim.faults.of(charge.provider)
    if (!(charge.kind === 'page' ? switches.autoPage : switches.auto)) return
    const does = ['silent', 'decline', 'cancel'].find((fault) => provider.hit(fault)) ?? 'pay'
    if (does === 'silent') return
    if (does === 'pay' && provider.hit('late')) return this.payLate(charge, switches)
    if (provider.hit('noticeFirst')) return void (await this.act(charge, does))
    this.sim.later(switches.pendingMs, () => this.act(charge, does))
  }

  payLate(charge, switches) {
    if (charge.kind === 'page') this.sim.later(switches.pendingMs, () => this.act(charge, 'decline'))
    this.sim.later(switches.pendingMs + switches.lateMs, () => this.act(charge, 'pay'))
  }

  // pay, decline, cancel, poor, timeout. What is paid stays so; a page can be paid after a failure, a prompt cannot.
  async act(charge, does) {
    const isOver = charge.state === 'paid' || charge.state === 'cancelled' || (charge.state === 'failed' && charge.kind !== 'page')
    if (isOver || charge.isClosed) return false
    if (does === 'pay') this.pay(charge)
    else {
      charge.state = does === 'cancel' ? 'cancelled' : 'failed'
      charge.reason = does
      if (charge.kind === 'page' && does === 'cancel') charge.state = 'open' // went back to the shop, may come again
    }
    await this.sim[charge.provider].notify(charge, does)
    return true
  }

  pay(charge) {
    const provider = this.sim[charge.provider]
    const canDiffer = charge.provider !== 'mpesa' // whose pushes are paid as they are or not at all
    charge.state = 'paid'
    charge.times++
    charge.reason = ''
    charge.paidAt = new Date().toISOString()
    charge.paidMinor = canDiffer && provider.hit('wrongAmount') ? Math.max(100, Math.floor(charge.minor / 200) * 100) : charge.minor
    charge.paidCurrency = canDiffer && provider.hit('wrongCurrency') ? (charge.currency === 'USD' ? 'KES' : 'USD') : charge.currency
  }
}
