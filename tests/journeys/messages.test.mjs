// Who is told of an order: the shopper by mail and SMS, the merchant's server by a signed call. All over the wire; the mail
// server and the SMS gateway are tests/simulators (PORTAL_TEST_SIMULATORS: the folder of their settings).
import test from 'node:test';
import assert from 'node:assert/strict';
import https from 'node:https';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { address, guest, key, productOf, send, staff } from './journey.mjs';

const place = process.env.PORTAL_TEST_SIMULATORS;
const run = Date.now().toString(36);
const phone = `+2547${String(Date.now()).slice(-8)}`;
const email = `told-${run}@example.com`;

const admin = async (path, body) => {
  const port = JSON.parse(readFileSync(join(place, 'ports.json'), 'utf8')).admin;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, body && { method: 'POST', body: JSON.stringify(body) });
  return answer.json();
};

async function becomes(what, ask) {
  for (const until = Date.now() + 60000; Date.now() < until; await new Promise(done => setTimeout(done, 100))) {
    const found = await ask();
    if (found) return found;
  }
  assert.fail(`${what} did not come within 60 s`);
}

const mails = async () => (await admin('/books')).messages.mail.filter(mail => mail.to.includes(email));
const texts = async number => (await admin('/books')).messages.sms.filter(sms => sms.to === number);
const mailOf = subject => becomes(`the mail "${subject}"`, async () => (await mails()).find(mail => mail.text.includes(`Subject: ${subject}`)));

// Quoted-printable (RFC 2045), as mail programs read it.
const readable = text => Buffer.from(text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString();

async function receiver() {
  const got = [];
  const server = https.createServer({ key: readFileSync(join(place, 'key.pem')), cert: readFileSync(join(place, 'ca.pem')) }, (request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part)).on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.end();
    });
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return { got, url: `https://localhost:${server.address().port}/hook`, close: () => { server.closeAllConnections(); server.close(); } };
}

// As standardwebhooks.com tells receivers to do it.
function isAuthentic({ headers, body }, secret) {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', bytes).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest();
  return Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300 &&
    headers['webhook-signature'].split(' ').some(one => one.startsWith('v1,') && timingSafeEqual(Buffer.from(one.slice(3), 'base64'), wanted));
}

async function placeOrder(seen, record, contact) {
  await send({ call: 'POST /v1/cart/items', as: 'guest', body: { countryCode: 'KE', variantId: record.variants[0].id, quantity: 2 } }, seen);
  const body = { contact, deliveryAddress: { ...address, phone: contact.phone }, paymentMethod: 'CASH_ON_DELIVERY' };
  const placed = await send({ call: 'POST /v1/orders', as: 'guest', body, headers: { 'idempotency-key': key() } }, seen);
  assert.equal(placed.status, 201, placed.text);
  return placed.json;
}

// Of what this story's receivers are told: other stories have endpoints of their own, which may be down.
async function isAllSent(seen, order, endpointId) {
  for (const whose of ['kind=MAIL', 'kind=SMS', `endpointId=${endpointId}`])
    for (const state of ['DUE', 'SENDING'])
      if ((await messages(seen, `${whose}&state=${state}&pageSize=100`)).some(one => one.key === order.id)) return false;
  return true;
}

const messages = async (seen, query) => (await send({ call: `GET /v1/admin/messages?${query}`, as: 'staff' }, seen)).json.messages;

test('An order is told of', { skip: !place && 'PORTAL_TEST_SIMULATORS is not set' }, async t => {
  const seen = { staff: (await send(staff)).json, guest: (await send(guest)).json };
  const record = (await send(productOf(`told-${run}`, 10), seen)).json;
  const merchant = await receiver();
  const made = await send({ call: 'POST /v1/admin/webhooks', as: 'staff', body: { url: merchant.url, description: 'Stock keeper', topics: ['order.placed', 'order.cancelled'] } }, seen);
  assert.equal(made.status, 201, made.text);
  const calls = order => merchant.got.filter(call => call.body.includes(order.number)).map(call => ({ ...call, event: JSON.parse(call.body) }));
  let order;

  try {
    await t.test('by a mail that says what was bought', async () => {
      order = await placeOrder(seen, record, { name: 'Wanjiku Kamau', phone, email });
      const mail = await mailOf(`Your order ${order.number}`);
      const text = readable(mail.text);
      assert.match(mail.text, /Content-Type: multipart\/alternative/);
      assert.match(text, /Hello Wanjiku Kamau,/);
      assert.match(text, new RegExp(`2 × Journey told-${run}`));
      assert.match(text, /<html lang="en">/);
      assert.ok(text.includes(`/orders/${order.id}`), 'the mail links to the order');
    });
    await t.test('by an SMS', async () => {
      const sms = await becomes('the SMS', async () => (await texts(phone)).find(one => one.text.includes(order.number)));
      assert.match(sms.text, /thank you for your order/);
      assert.ok(sms.text.length <= 160, `${sms.text.length} characters`);
    });
    await t.test('by a call that the merchant can check', async () => {
      const [call] = await becomes('the call', async () => calls(order).length && calls(order));
      assert.ok(isAuthentic(call, made.json.secret));
      assert.ok(!isAuthentic({ ...call, body: call.body + ' ' }, made.json.secret));
      assert.equal(call.event.type, 'order.placed');
      assert.equal(call.event.data.contact.email, email);
    });
    await t.test('what happens to it later comes later', async () => {
      const cancelled = await send({ call: `POST /v1/orders/${order.id}/cancel`, as: 'guest', body: { reason: 'Too late' }, headers: { 'idempotency-key': key() } }, seen);
      assert.equal(cancelled.status, 200, cancelled.text);
      await becomes('the second call', async () => calls(order).length === 2);
      assert.deepEqual(calls(order).map(call => call.event.type), ['order.placed', 'order.cancelled']);
      await mailOf(`Order ${order.number} was cancelled`);
    });
    await t.test('once each', async () => {
      await becomes('the end of all sending', () => isAllSent(seen, order, made.json.id));
      assert.equal((await mails()).filter(mail => mail.text.includes(order.number)).length, 2);
      assert.equal((await texts(phone)).filter(sms => sms.text.includes(order.number)).length, 2);
      assert.equal(calls(order).length, 2);
    });
    await t.test('an SMS whose answer was lost is not sent again but shown to staff', async () => {
      const other = `+2547${String(Date.now() + 1).slice(-8)}`;
      await admin('/switches', { sms: { times: { drop: 1 } } });
      const second = await placeOrder(seen, record, { name: 'Otieno', phone: other, email: '' });
      const doubtful = await becomes('the message in doubt', async () => (await messages(seen, 'kind=SMS&state=IN_DOUBT')).find(one => one.key === second.id));
      assert.equal(doubtful.topic, 'order.placed');
      assert.equal((await texts(other)).length, 1);
    });
    await t.test('a mail that the server did not take comes later', async () => {
      await admin('/switches', { smtp: { times: { errorBefore: 1 } } });
      const third = await placeOrder(seen, record, { name: 'Amina', phone, email });
      await mailOf(`Your order ${third.number}`);
    });
  } finally {
    merchant.close();
    await send({ call: `DELETE /v1/admin/webhooks/${made.json.id}`, as: 'staff' }, seen);
  }
});
