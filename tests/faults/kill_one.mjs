// Measures what people notice when one process is killed under steady load: how many requests fail, and how long until answers come
// as fast as before. Clients do not ask again; but for a gateway that is gone they are sent to the other one, as by a balancer.
//   node kill_one.mjs [--rate 150] [--seconds 12]          (PORTAL_FAULTS_PLACE as ./portal test faults sets it)
import { parseArgs } from 'node:util';
import { Client, Journal } from './client.mjs';
import { Staff, orderBody } from './people.mjs';
import { randomOf } from './random.mjs';
import { Shop, sleep } from './shop.mjs';
import { Simulators } from './simulators.mjs';
import { prepare, restore } from './world.mjs';

const { values: options } = parseArgs({ options: { rate: { type: 'string', default: '150' }, seconds: { type: 'string', default: '12' }, only: { type: 'string' } } });
const SECONDS = Number(options.seconds), KILL_AT_MS = 3000, DOWN_MS = 1000, WINDOW_MS = 250;

const shop = new Shop();
shop.simulators = await new Simulators(shop).start();
shop.extra.orders = shop.simulators.environment;
await shop.openRelays();
const world = await prepare(shop);
const random = randomOf(1, 'kill one');
let failedInAll = 0, requestsInAll = 0;

// One request; one more on the other gateway when the first is gone.
async function ask(client, request) {
  const began = performance.now();
  let answer = await client.once({ ...request, timeoutMs: 10_000 });
  let moved = 0;
  if (answer.status === 0) { moved = 1; answer = await client.once({ ...request, avoid: answer.port, timeoutMs: 10_000 }); }
  return { answer, ms: performance.now() - began, moved, at: Date.now() };
}

// People who look, fill a cart and order, each request at its time.
async function visitor(client, tell) {
  const guest = await ask(client, { method: 'POST', path: '/v1/auth/guest', key: random.uuid(), body: {} });
  tell(guest, 200);
  const token = guest.answer.json?.accessToken;
  if (!token) return;
  const variantId = random.pick(world.variants.slice(1, 4)), key = random.uuid();
  tell(await ask(client, { method: 'GET', path: '/v1/products?countryCode=KE&pageSize=5' }), 200);
  const cart = await ask(client, { method: 'POST', path: '/v1/cart/items', token, key: random.uuid(), body: { countryCode: 'KE', variantId, quantity: 1 } });
  tell(cart, 201);
  tell(await ask(client, { method: 'GET', path: '/v1/cart', token }), 200);
  if (cart.answer.status === 201)
    tell(await ask(client, { method: 'POST', path: '/v1/orders', token, key, body: orderBody(1, cart.answer.json, key, { paymentMethod: 'CASH_ON_DELIVERY' }) }), 201);
  tell(await ask(client, { method: 'GET', path: '/v1/orders', token }), 200);
}

async function measure(name) {
  await restore(shop);
  await shop.simulators.reset(1);
  const client = new Client(shop.gateways, random, new Journal()), told = [], visitors = [];
  const staff = await new Staff(client, random, client.journal, world).signIn();
  for (const variantId of world.variants) await staff.call({ method: 'POST', path: `/v1/admin/variants/${variantId}/stock-adjustments`, key: random.uuid(), body: { delta: '50000', reason: 'Measuring.' } });
  const began = Date.now();
  const killing = sleep(KILL_AT_MS).then(() => shop.kill(name)).then(() => sleep(DOWN_MS)).then(() => shop.start(name));
  for (let i = 0; Date.now() < began + SECONDS * 1000; i++) {
    visitors.push(visitor(client, (asked, status) => told.push({ ...asked, ok: asked.answer.status === status })));
    await sleep(Math.max(0, began + (i + 1) * 6000 / Number(options.rate) - Date.now()));
  }
  await Promise.all([...visitors, killing]);
  client.close();
  const failed = told.filter(row => !row.ok);
  const normal = percentile(told.filter(row => row.at < began + KILL_AT_MS).map(row => row.ms), 0.99);
  const restarted = began + KILL_AT_MS + DOWN_MS;
  let slowUntil = 0;
  for (let at = began + KILL_AT_MS; at < began + SECONDS * 1000; at += WINDOW_MS) {
    const window = told.filter(row => row.at >= at && row.at < at + WINDOW_MS).map(row => row.ms);
    if (window.length && percentile(window, 0.5) > 2 * normal) slowUntil = at + WINDOW_MS;
  }
  failedInAll += failed.length;
  requestsInAll += told.length;
  console.log(`${name.padEnd(10)} ${String(told.length).padStart(6)} requests, ${String(failed.length).padStart(3)} failed, ${told.filter(row => row.moved).length} sent to the other gateway; ` +
    `p99 before ${normal.toFixed(0)} ms, longest ${Math.max(...told.map(row => row.ms)).toFixed(0)} ms; ` +
    (slowUntil > restarted ? `normal ${((slowUntil - restarted) / 1000).toFixed(2)} s after the restart` : 'normal before the restart'));
  for (const row of failed.slice(0, 5)) console.log(`    ${row.answer.status} ${(row.answer.text ?? row.answer.why ?? '').slice(0, 200)}`);
}

const percentile = (list, p) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * p))] ?? 0;

for (const name of options.only ? [options.only] : shop.names.filter(name => name.endsWith('.0'))) await measure(name);
console.log(`${failedInAll} of ${requestsInAll} requests failed: ${(10_000 * failedInAll / requestsInAll).toFixed(2)} in 10,000`);
await shop.close();
process.exit(0);
