// One TLS port for all providers, each below a path of its own; what goes wrong on the way stands here, once for all of them.
import http from 'node:http'
import https from 'node:https'

const BODY_MAX = 1 << 20

export const reply = (code, json, headers = {}) => ({ code, json, headers })
export const page = (html, code = 200) => ({ code, html, headers: {} })
export const redirect = (location) => ({ code: 303, html: '', headers: { location } })
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export const listen = (server, port) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server.address().port))
  })

export async function readRequest(incoming) {
  const chunks = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > BODY_MAX) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  const raw = Buffer.concat(chunks)
  const url = new URL(incoming.url, 'https://localhost')
  const text = raw.toString('utf8')
  const isForm = (incoming.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  return {
    method: incoming.method, path: url.pathname, query: url.searchParams, headers: incoming.headers, raw,
    json: isForm || !text ? {} : parse(text), form: isForm ? new URLSearchParams(text) : new URLSearchParams(),
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

export function send(outgoing, answer) {
  const isHtml = answer.html !== undefined
  const body = isHtml ? answer.html : answer.json === undefined ? '' : JSON.stringify(answer.json)
  const type = answer.headers['content-type'] ?? (isHtml ? 'text/html; charset=utf-8' : 'application/json')
  outgoing.writeHead(answer.code, { ...answer.headers, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  outgoing.end(body)
}

export function serveTls(sim, { key, cert }) {
  return https.createServer({ key, cert, keepAliveTimeout: 30000 }, (incoming, outgoing) => {
    handle(sim, incoming, outgoing).catch((error) => {
      console.error(error)
      if (!outgoing.headersSent) send(outgoing, reply(500, { error: String(error) }))
    })
  })
}

export function plainServer(run) {
  return http.createServer(async (incoming, outgoing) => {
    try {
      send(outgoing, await run(await readRequest(incoming)))
    } catch (error) {
      send(outgoing, reply(400, { error: String(error.message ?? error) }))
    }
  })
}

function route(sim, request) {
  for (const provider of sim.providers) {
    if (!request.path.startsWith(provider.prefix + '/')) continue
    const below = request.path.slice(provider.prefix.length)
    for (const [method, pattern, run, kind] of provider.routes) {
      const match = method === request.method && pattern.exec(below)
      if (match) return { provider, run, kind: kind ?? 'api', params: match.slice(1).map(decodeURIComponent) }
    }
    return { provider, run: () => provider.notFound(), kind: 'page', params: [] }
  }
  return null
}

async function handle(sim, incoming, outgoing) {
  const request = await readRequest(incoming)
  const found = route(sim, request)
  if (!found) return send(outgoing, reply(404, { error: 'no provider lives here' }))
  const { provider, run, kind, params } = found
  const { name } = provider
  if (kind !== 'api') return send(outgoing, await run.call(provider, request, ...params))
  const hit = (fault) => sim.faults.hit(name, fault)
  sim.books.noteRequest({ provider: name, method: request.method, path: request.path })
  if (hit('tooMany')) return send(outgoing, reply(429, provider.error('too many requests'), { 'retry-after': '1' }))
  const answer = await provider.answer(request, () => run.call(provider, request, ...params), hit)
  if (hit('slow')) await sleep(sim.faults.of(name).slowMs)
  if (hit('drop')) return void incoming.socket.destroy()
  send(outgoing, hit('huge') ? { ...answer, json: { padding: 'x'.repeat(2 << 20), ...answer.json } } : answer)
}
