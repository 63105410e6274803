// Calls of the shop's API as a careful client makes them: a key with everything unsafe, and the same key again when the answer did
// not come. The journal holds what was answered; the audit holds the database to it.
import http from 'node:http';
import { sleep } from './shop.mjs';

// Answers after which the same call may be sent again: nothing is decided.
const UNDECIDED = new Set([429, 500, 502, 503, 504]);

export class Client {
  constructor(ports, random, journal) {
    Object.assign(this, { ports, random, journal });
    this.agents = new Map(ports.map(port => [port, new http.Agent({ keepAlive: true, maxSockets: 64 })]));
  }

  close() { for (const agent of this.agents.values()) agent.destroy(); }

  // One attempt: { status, json, headers }, or { status: 0 } when no answer came. dropMs: hangs up after so long; avoid: not at
  // that port.
  once({ method, path, token, key, body, timeoutMs = 10_000, dropMs, avoid }) {
    const port = this.random.pick(this.ports.filter(one => one !== avoid));
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (key) headers['idempotency-key'] = key;
    if (text !== undefined) Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    this.journal.requests++;
    return new Promise(resolve => {
      const lost = why => { this.journal.lost++; resolve({ status: 0, why, port }); };
      const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: this.agents.get(port) }, answer => {
        let got = '';
        answer.setEncoding('utf8').on('data', piece => { got += piece; });
        answer.on('error', error => lost(error.message)).on('aborted', () => lost('aborted'));
        answer.on('end', () => {
          if (answer.statusCode === 500) this.journal.odd({ method, path }, { status: 500 });
          let json;
          try { json = got && /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(got) : undefined; } catch { return lost('half an answer'); }
          resolve({ status: answer.statusCode, json, text: got, headers: answer.headers });
        });
      });
      const limit = setTimeout(() => request.destroy(new Error('no answer')), dropMs ?? timeoutMs);
      request.on('error', error => lost(error.message)).on('close', () => clearTimeout(limit));
      request.end(text);
    });
  }

  // Until it is decided, or until `giveUp` says so; then { status: 0 }. With a key, copies are sent now and then, at once or
  // after hanging up.
  async call(request, { giveUp = () => false } = {}) {
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
      let answer;
      if (request.key && this.random.chance(0.08)) answer = await this.#twice(request);
      else answer = await this.once(request.key && this.random.chance(0.05) ? { ...request, dropMs: this.random.int(1, 30) } : request);
      if (!this.#isUndecided(answer)) {
        if (answer.status >= 500) this.journal.odd(request, answer);
        return answer;
      }
      if (giveUp()) return { status: 0 };
      await sleep(this.random.int(pauseMs / 2, pauseMs));
    }
  }

  #isUndecided(answer) {
    return answer.status === 0 || UNDECIDED.has(answer.status) || (answer.status === 409 && answer.headers['retry-after'] !== undefined);
  }

  // Two copies at once: answers that are both decided must be the same one.
  async #twice(request) {
    const both = await Promise.all([this.once(request), this.once(request)]);
    const decided = both.filter(answer => !this.#isUndecided(answer));
    if (decided.length === 2 && decided.every(answer => answer.status < 300) && decided[0].json?.id !== decided[1].json?.id)
      this.journal.violation('one key, two answers', { path: request.path, key: request.key, ids: decided.map(answer => answer.json?.id) });
    this.journal.doubles++;
    return decided.find(answer => answer.status < 300) ?? decided[0] ?? both[0];
  }
}

export class Journal {
  constructor() {
    Object.assign(this, { requests: 0, lost: 0, doubles: 0, orders: [], cancels: [], adjustments: [], refunds: [], violations: [], oddities: new Map() });
  }

  // What the answer to an order acknowledged.
  order(answer, key, number, token) {
    const told = { key, number, status: answer.status };
    if (answer.status === 201) {
      const { id, number: orderNumber, totals: { total }, payment, lines } = answer.json;
      Object.assign(told, { id, number: orderNumber, totalMinor: total.amountMinor, currency: total.currencyCode, method: payment.method, token,
        lines: lines.map(line => ({ variant_id: line.variantId, quantity: Number(line.quantity), unit_price_minor: Number(line.unitPrice.amountMinor) })) });
    }
    this.orders.push(told);
    return told;
  }

  violation(what, detail) { this.violations.push({ invariant: what, rows: [detail] }); }

  // Not wrong by itself, but worth a look.
  odd(request, answer) {
    const what = `${answer.status} ${request.method} ${request.path.replace(/[0-9a-f-]{36}/g, '{id}')} ${answer.json?.detail ?? answer.json?.title ?? ''}`.slice(0, 200);
    this.oddities.set(what, (this.oddities.get(what) ?? 0) + 1);
  }
}
