// The payment providers, an SMS gateway and a mail server, played for tests: after their public APIs, over TLS, with books.
// How to run it and what it can be told: README.md.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Admin } from './admin.mjs'
import { Books } from './books.mjs'
import { makeCertificate } from './certificate.mjs'
import { Customers } from './customers.mjs'
import { Faults } from './faults.mjs'
import { Notices } from './notices.mjs'
import { paymentSettings } from './settings.mjs'
import { listen, serveTls } from './http.mjs'
import { SmtpSink } from './smtp.mjs'
import { AfricasTalking } from './africastalking.mjs'
import { Flutterwave } from './flutterwave.mjs'
import { Momo } from './momo.mjs'
import { Mpesa } from './mpesa.mjs'
import { Paystack } from './paystack.mjs'
import { Stripe } from './stripe.mjs'

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' }, // where the certificate, payments.env and ports.json go
    port: { type: 'string', default: '0' }, // TLS; 0: any that is free
    'admin-port': { type: 'string', default: '0' },
    'smtp-port': { type: 'string', default: '0' },
    shop: { type: 'string', default: 'http://127.0.0.1:8080' }, // where the dashboards of the providers point to
    seed: { type: 'string', default: '1' },
  },
})
if (!options.dir) {
  console.error('usage: node main.mjs --dir DIR [--port N] [--admin-port N] [--smtp-port N] [--shop URL] [--seed N]')
  process.exit(2)
}
fs.mkdirSync(options.dir, { recursive: true })

const sim = { shop: options.shop.replace(/\/$/, ''), books: new Books() }
// What is still to happen is forgotten with the books.
sim.later = (ms, run) => {
  const { epoch } = sim.books
  setTimeout(() => epoch === sim.books.epoch && run(), ms)
}
sim.faults = new Faults(Number(options.seed), sim.books)
sim.notices = new Notices(sim)
sim.customers = new Customers(sim)
sim.providers = [Paystack, Flutterwave, Mpesa, Momo, Stripe, AfricasTalking].map((Provider) => new Provider(sim))
for (const provider of sim.providers) sim[provider.name] = provider

const certificate = makeCertificate(options.dir)
const tls = serveTls(sim, certificate)
const admin = new Admin(sim)
const smtp = new SmtpSink(sim)
sim.port = await listen(tls, Number(options.port))
const adminPort = await listen(admin.server, Number(options['admin-port']))
const smtpPort = await listen(smtp.server, Number(options['smtp-port']))
sim.url = `https://localhost:${sim.port}`

const lines = paymentSettings(sim, { certificateFile: certificate.file, smtpPort })
writeWhole('payments.env', lines.join('\n') + '\n')
writeWhole('ports.json', JSON.stringify({ tls: sim.port, admin: adminPort, smtp: smtpPort, pid: process.pid }) + '\n')
console.log(`simulators: ${sim.url}, admin http://127.0.0.1:${adminPort}, smtp ${smtpPort}; settings in ${path.join(options.dir, 'payments.env')}`)

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
// A test that is killed must not leave its simulator behind: it holds the other end of our standard input, if that is a pipe.
if (fs.fstatSync(0).isFIFO()) process.stdin.on('end', () => process.exit(0)).resume()

// Who waits for the file finds all of it.
function writeWhole(name, text) {
  const file = path.join(options.dir, name)
  fs.writeFileSync(file + '.new', text, { mode: 0o644 })
  fs.renameSync(file + '.new', file)
}
