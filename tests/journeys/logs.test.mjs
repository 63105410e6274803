// What the logs of all processes, the database's too, keep quiet about: who people are, where they live, what opens their accounts.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { send, staff, productOf, key } from './journey.mjs';

const logs = process.env.PORTAL_TEST_LOGS;
const run = Date.now().toString(36);
const person = { name: `Zuberi Q${run}`, login: `quiet-${run}@example.com`, password: `hush ${run} hush` };
const phone = `+2547${String(Date.now()).slice(-8)}`;
const where = { recipient: person.name, phone, line1: `Lane ${run} 7`, city: 'Nakuru', countryCode: 'KE' };

// Succeeds, fails, and collides with what is there already: each of them is told to some log.
async function leaveTraces() {
  const seen = { staff: (await send(staff)).json };
  const record = (await send(productOf(`quiet-${run}`, 5), seen)).json;
  const first = await send({ call: 'POST /v1/auth/register', body: person });
  assert.equal(first.status, 201, first.text);
  const again = await send({ call: 'POST /v1/auth/register', body: person });
  assert.equal(again.status, 409, again.text);
  const wrong = await send({ call: 'POST /v1/auth/login', body: { login: person.login, password: `wrong ${run}` } });
  assert.equal(wrong.status, 401, wrong.text);
  const as = first.json.accessToken;
  assert.equal((await send({ call: 'POST /v1/addresses', as, body: { address: where } })).status, 201);
  await send({ call: 'POST /v1/cart/items', as, body: { countryCode: 'KE', variantId: record.variants[0].id, quantity: 1 } });
  const order = { contact: { name: person.name, phone, email: person.login }, deliveryAddress: where, paymentMethod: 'CASH_ON_DELIVERY' };
  const placed = await send({ call: 'POST /v1/orders', as, body: order, headers: { 'idempotency-key': key() } });
  assert.equal(placed.status, 201, placed.text);
  return { ...person, wrong: `wrong ${run}`, phone, line1: where.line1, access: as, refresh: first.json.refreshToken,
    request: placed.headers.get('x-request-id') };
}

test('Logs tell what happened, and nothing about people', { skip: !logs && 'PORTAL_TEST_LOGS is not set' }, async t => {
  const { request, ...secrets } = await leaveTraces();
  const files = readdirSync(logs).filter(name => name.endsWith('.log'));
  const texts = files.map(name => readFileSync(join(logs, name), 'utf8'));
  assert.ok(texts.some(text => text.includes(request)), 'the order is in the logs by its request id');
  for (const [what, secret] of Object.entries(secrets))
    await t.test(what, () => files.forEach((name, i) => assert.ok(!texts[i].includes(secret), `${name} holds the ${what}`)));
});
