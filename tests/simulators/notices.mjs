// Webhooks to the shop: signed by the provider, lost, doubled, delayed and repeated as the switches and its habits say.
import http from 'node:http'
import https from 'node:https'
import { sleep } from './http.mjs'
import { now } from './books.mjs'

const TIMEOUT_MS = 10000
const RETRY_FIRST_MS = 1000
const RETRY_MAX_MS = 30000
const KEPT = 500 // notices whose wording is kept for who wants to read it

export class Notices {
  constructor(sim) {
    this.sim = sim
  }

  // make({ isBad, isStale }) -> { url, headers, body }: made for each sending. retries: how often one that failed is repeated.
  async send(provider, event, make, retries) {
    if (provider.hit('noticeLost')) return
    if (provider.hit('noticeLate')) await sleep(provider.sim.faults.random() * provider.switches.noticeLateMs)
    const copies = provider.hit('noticeTwice') ? 2 : 1
    await Promise.all(Array.from({ length: copies }, () => this.deliver(provider, event, make, retries)))
  }

  async deliver(provider, event, make, retries) {
    const entry = { provider: provider.name, event, at: now(), codes: [] }
    this.sim.books.notices.push(entry)
    if (this.sim.books.notices.length > KEPT) delete this.sim.books.notices.at(-KEPT - 1).sent
    entry.codes.push(await this.post(make({ isBad: provider.hit('badSignature'), isStale: provider.hit('staleTimestamp') }), entry))
    if (entry.codes[0] !== 200) this.repeat(entry, make, retries)
  }

  async repeat(entry, make, retries) {
    for (let i = 0, pause = RETRY_FIRST_MS; i < retries && entry.codes.at(-1) !== 200; i++, pause = Math.min(pause * 2, RETRY_MAX_MS)) {
      await sleep(pause)
      entry.codes.push(await this.post(make({ isBad: false, isStale: false }), entry))
    }
  }

  // The code of the answer; 0 when there is none.
  post({ url, headers, body, method = 'POST' }, entry) {
    entry.url = url
    entry.sent = { headers, body }
    return new Promise((resolve) => {
      const client = url.startsWith('https:') ? https : http
      const request = client.request(url, { method, timeout: TIMEOUT_MS, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers } }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
        response.on('error', () => resolve(0))
      })
      request.on('timeout', () => request.destroy())
      request.on('error', () => resolve(0))
      request.end(body)
    })
  }
}
