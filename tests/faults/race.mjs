// A thousand people want one of a hundred units at the same moment: exactly a hundred orders, and nine hundred clear refusals.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { audit } from './audit.mjs';
import { Client, Journal } from './client.mjs';
import { Staff, orderBody, productBody } from './people.mjs';
import { randomOf } from './random.mjs';
import { settle } from './settle.mjs';
import { Shop } from './shop.mjs';
import { Simulators } from './simulators.mjs';
import { prepare, restore } from './world.mjs';

const PEOPLE = Number(process.argv[2] ?? 1000), UNITS = 100, AT_ONCE = 50;

async function inGroups(list, work) {
  const rest = [...list];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (rest.length) await work(rest.pop()); }));
}

const shop = new Shop();
shop.simulators = await new Simulators(shop).start();
shop.extra.orders = shop.simulators.environment;
await shop.openRelays();
const world = await prepare(shop);
await restore(shop);
await shop.simulators.reset(1);

const journal = new Journal(), client = new Client(shop.gateways, randomOf(1, 'race'), journal);
const staff = await new Staff(client, randomOf(1, 'staff'), journal, world).signIn();
const product = await staff.call({ method: 'PUT', path: '/v1/admin/products/race', key: randomUUID(), body: productBody({ handle: 'race', onHand: UNITS, price: 99900 }) });
world.variants.push(product.json.variants[0].id);
world.onHand.push(UNITS);

const people = Array.from({ length: PEOPLE }, (_, number) => ({ number }));
await inGroups(people, async person => {
  person.token = (await client.call({ method: 'POST', path: '/v1/auth/guest', body: {} })).json.accessToken;
  const cart = await client.call({ method: 'POST', path: '/v1/cart/items', token: person.token, key: randomUUID(), body: { countryCode: 'KE', variantId: world.variants.at(-1), quantity: 1 } });
  assert.equal(cart.status, 201, cart.text);
  person.cart = cart.json;
});
const began = Date.now();
const answers = await Promise.all(people.map(async person => {
  const key = randomUUID();
  const answer = await client.call({ method: 'POST', path: '/v1/orders', token: person.token, key, body: orderBody(person.number, person.cart, key, { paymentMethod: 'CASH_ON_DELIVERY' }) });
  journal.order(answer, key, person.number);
  return answer;
}));
const seconds = (Date.now() - began) / 1000;
const by = answers.reduce((sum, { status }) => ({ ...sum, [status]: (sum[status] ?? 0) + 1 }), {});
console.log(`${PEOPLE} people, ${UNITS} units: ${JSON.stringify(by)} in ${seconds.toFixed(1)} s (${journal.requests} requests in all, ${journal.lost} without an answer)`);
const left = await settle(shop);
const broken = [...journal.violations, ...audit(shop, journal, world, await shop.simulators.books())];
for (const { invariant, rows } of broken) console.log(`  ${invariant}: ${JSON.stringify(rows.slice(0, 3))}`);
await shop.close();
assert.deepEqual(by, { 201: UNITS, 409: PEOPLE - UNITS });
for (const answer of answers) if (answer.status === 409) assert.ok(answer.json.violations?.length || answer.json.detail, `a refusal says why: ${answer.text}`);
assert.equal(left, '');
assert.deepEqual(broken, []);
console.log('1 passed, 0 failed');
process.exit(0);
