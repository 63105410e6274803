// The plain loopback port that tests hold the simulators by.
import { plainServer, reply } from './http.mjs'

export class Admin {
  constructor(sim) {
    this.sim = sim
    this.server = plainServer((request) => this.run(request))
  }

  async run(request) {
    const { sim } = this
    const names = sim.providers.map((provider) => provider.name)
    switch (`${request.method} ${request.path}`) {
      case 'GET /healthz':
        return reply(200, { ok: true })
      case 'GET /books':
        return reply(200, sim.books.show())
      case 'GET /requests':
        return reply(200, sim.books.requests)
      case 'GET /switches':
        return reply(200, Object.fromEntries(names.map((name) => [name, sim.faults.of(name)])))
      case 'POST /switches':
        sim.faults.set(request.json, names)
        return reply(200, {})
      case 'POST /reset': // { seed, books }: switches as at the start; the books are kept unless told
        sim.faults.reset(request.json.seed)
        if (request.json.books) sim.books.reset()
        return reply(200, {})
      case 'POST /customers': // { provider, reference | id, does }
        return this.act(request.json)
      case 'POST /shop': // { url }: where the dashboards point to
        sim.shop = String(request.json.url).replace(/\/$/, '')
        return reply(200, {})
      default:
        return reply(404, { error: 'GET /books /requests /switches /healthz, POST /switches /reset /customers /shop' })
    }
  }

  async act({ provider, reference, id, does }) {
    const charge = this.sim.books.charge(provider, (entry) => (id ? entry.id === id : entry.reference === reference))
    if (!charge) return reply(404, { error: 'there is no such charge' })
    const did = await this.sim.customers.act(charge, does)
    return reply(did ? 200 : 409, charge)
  }
}
