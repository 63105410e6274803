// What goes wrong, how often, by a seed: each switch of a provider is a probability from 0 to 1, or a time in ms.
const USUAL = {
  slow: 0, slowMs: 3000, // the answer takes that long
  drop: 0, // acts, then closes the connection without an answer
  errorBefore: 0, // 500 without acting
  errorAfter: 0, // acts, then 500
  tooMany: 0, // 429 without acting
  huge: 0, // an answer of two megabytes
  noticeLost: 0, noticeTwice: 0, noticeFirst: 0, // first: before the answer to the request that it is about
  noticeLate: 0, noticeLateMs: 2000, // so that notices overtake each other
  badSignature: 0, staleTimestamp: 0,
  wrongAmount: 0, wrongCurrency: 0, // what the customer pays is not what was asked
  tokenExpired: 0,
  decline: 0, cancel: 0, silent: 0, // the customer; silent: never answers
  late: 0, lateMs: 5000, // pays after that time, on a page after a failure
  pendingMs: 200, // how long a customer takes
  refundMs: 200, refundFails: 0, refundRefused: 0,
  auto: true, // customers with a prompt on their phone answer by themselves
  autoPage: false, // so do customers on a page of the provider
}

export class Faults {
  constructor(seed, books) {
    this.books = books
    this.seed = seed
    this.switches = {}
    this.forced = {}
  }

  of(provider) {
    return (this.switches[provider] ??= { ...USUAL })
  }

  // { mpesa: { drop: 0.1 }, "*": { slow: 0.05 } }; `times`: the next n are certain, {"mpesa": {"times": {"drop": 1}}}, or those
  // after the next m, which are spared: {"times": {"drop": [m, n]}}.
  set(changes, providers) {
    for (const [name, change] of Object.entries(changes)) {
      for (const provider of name === '*' ? providers : [name]) {
        const { times, ...rest } = change
        for (const key of Object.keys({ ...rest, ...times })) if (!(key in USUAL)) throw new Error(`there is no switch ${key}`)
        Object.assign(this.of(provider), rest)
        for (const [key, count] of Object.entries(times ?? {})) this.forced[`${provider}.${key}`] = [count].flat().length === 2 ? { spared: count[0], left: count[1] } : { spared: 0, left: count }
      }
    }
  }

  reset(seed = this.seed) {
    this.seed = seed
    this.switches = {}
    this.forced = {}
  }

  hit(provider, fault) {
    const key = `${provider}.${fault}`
    let is = false
    const forced = this.forced[key]
    if (forced?.spared > 0) {
      forced.spared--
    } else if (forced?.left > 0) {
      forced.left--
      is = true
    } else {
      const chance = this.of(provider)[fault]
      is = chance > 0 && this.random() < chance
    }
    if (is) this.books.note(fault, provider)
    return is
  }

  // mulberry32
  random() {
    this.seed = (this.seed + 0x6d2b79f5) | 0
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
