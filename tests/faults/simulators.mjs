// The payment providers, the SMS gateway and the mail server of tests/simulators, as one process beside the shop. Their books say
// what truly happened. They are never killed: a provider does not forget.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './shop.mjs';

// What may go wrong with one of them for a while; how often, or how long, while it does.
const FAULTS = [
  { slow: 0.5, slowMs: 1500 }, { drop: 0.4 }, { errorBefore: 0.5 }, { errorAfter: 0.4 }, { tooMany: 0.5 }, { huge: 0.3 },
  { noticeLost: 0.7 }, { noticeTwice: 0.7 }, { noticeFirst: 0.7 }, { noticeLate: 0.7 }, { badSignature: 0.5 }, { tokenExpired: 0.3 },
  { wrongAmount: 0.5 }, { wrongCurrency: 0.3 }, { decline: 0.5 }, { cancel: 0.5 }, { silent: 0.4 }, { late: 0.4 }, { refundFails: 0.3 },
];
const PROVIDERS = ['paystack', 'flutterwave', 'mpesa', 'mtn_momo', 'stripe'];
const calm = fault => Object.fromEntries(Object.keys(fault).filter(key => !key.endsWith('Ms')).map(key => [key, 0]));

export class Simulators {
  constructor(shop) { this.shop = shop; this.folder = join(shop.place, 'simulators'); }

  async start() {
    const log = openSync(join(this.shop.settings.LOGS, 'simulators.log'), 'a');
    rmSync(join(this.folder, 'ports.json'), { force: true });
    this.child = spawn(process.execPath, [join(import.meta.dirname, '../simulators/main.mjs'), '--dir', this.folder, '--shop', `http://127.0.0.1:${this.shop.gateways[0]}`],
      { stdio: ['pipe', log, log] });
    closeSync(log);
    for (let i = 0; !existsSync(join(this.folder, 'ports.json')); i++) {
      if (i > 500 || this.child.exitCode !== null) throw new Error('the simulators did not start: see simulators.log');
      await sleep(20);
    }
    this.admin = JSON.parse(readFileSync(join(this.folder, 'ports.json'), 'utf8')).admin;
    this.environment = Object.fromEntries(readFileSync(join(this.folder, 'payments.env'), 'utf8').trim().split('\n').map(line => line.split(/=(.*)/s)));
    return this;
  }

  stop() { this.child?.stdin.end(); this.child?.kill(); }

  async #post(path, body) {
    const answer = await fetch(`http://127.0.0.1:${this.admin}${path}`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    if (!answer.ok) throw new Error(`simulators: ${path}: ${answer.status} ${await answer.text()}`);
  }

  // As new, with customers who answer soon, on pages too.
  async reset(seed) {
    await this.#post('/reset', { seed, books: true });
    await this.#post('/switches', { '*': { pendingMs: 150, refundMs: 150, lateMs: 1500 }, paystack: { autoPage: true }, flutterwave: { autoPage: true }, stripe: { autoPage: true } });
  }

  async books() { return (await fetch(`http://127.0.0.1:${this.admin}/books`)).json(); }

  draw(random) {
    const fault = random.pick(FAULTS);
    return { kind: 'simulator', what: random.chance(0.4) ? '*' : random.pick(PROVIDERS), switch: JSON.stringify(fault), forMs: random.int(500, 3000) };
  }
  misbehave(fault) { return this.#post('/switches', { [fault.what]: JSON.parse(fault.switch) }); }
  behave(fault) { return this.#post('/switches', { [fault.what]: calm(JSON.parse(fault.switch)) }); }
}
