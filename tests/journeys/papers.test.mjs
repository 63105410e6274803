// Papers over the API: what leaves the shop has an invoice, what is given back a credit note; both as JSON and as PDF, for their
// owner and staff alone. An Arabic name goes through it all.
import test from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { send, shop, guest, staff, contact, address, productOf, key } from './journey.mjs';

const PAPERS_MS = 15_000;
const run = Date.now().toString(36);
const get = (path, token) => fetch(shop + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });

async function must(call, token, body, headers = {}) {
  const answer = await send({ call, as: token, body, headers });
  assert.ok(answer.status < 300, `${call}: ${answer.status} ${answer.text}`);
  return answer.json;
}

async function papersWhen(order, token, wanted) {
  for (const until = Date.now() + PAPERS_MS; ; await setTimeout(100)) {
    const { invoices } = await must(`GET /v1/orders/${order.id}/invoices`, token);
    if (invoices.length >= wanted || Date.now() > until) {
      assert.equal(invoices.length, wanted);
      return invoices;
    }
  }
}

async function pdf(path, token) {
  const answer = await get(path, token);
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  assert.match(answer.headers.get('content-disposition'), /^inline; filename="KE-(INV|CRN)-\d{6}\.pdf"$/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-');
  assert.match(bytes.subarray(-8).toString(), /%%EOF/);
}

test('An order has its invoice and its credit note, for its owner and staff alone', async () => {
  const owner = (await must(guest.call)).accessToken, stranger = (await must(guest.call)).accessToken;
  const seller = (await must(staff.call, undefined, staff.body)).accessToken;
  const made = productOf(`papers-${run}`, 9);
  const product = await must(made.call, seller, made.body);
  await must('POST /v1/cart/items', owner, { countryCode: 'KE', variantId: product.variants[0].id, quantity: '2' });
  const order = await must('POST /v1/orders', owner,
    { contact: { ...contact, name: 'محمد عبد الله' }, deliveryAddress: address, paymentMethod: 'CASH_ON_DELIVERY' }, { 'idempotency-key': key() });
  assert.equal((await get(`/v1/orders/${order.id}/invoice`, owner)).status, 404);
  assert.equal((await get(`/v1/orders/${order.id}/invoice.pdf`, owner)).status, 404);

  await must(`POST /v1/admin/orders/${order.id}/events`, seller, { event: 'CONFIRM' });
  await must(`POST /v1/admin/orders/${order.id}/events`, seller, { event: 'SHIP' });
  const [summary] = await papersWhen(order, owner, 1);
  const invoice = await must(`GET /v1/orders/${order.id}/invoice`, owner);
  assert.equal(invoice.number, summary.number);
  assert.equal(invoice.orderNumber, order.number);
  assert.deepEqual(invoice.total, order.totals.total);
  assert.deepEqual(invoice.vatTotal, order.totals.vat);
  assert.equal(BigInt(invoice.vat[0].net.amountMinor) + BigInt(invoice.vat[0].vat.amountMinor), BigInt(invoice.total.amountMinor));
  assert.equal(invoice.buyer.name, 'محمد عبد الله');
  assert.ok(invoice.seller.name && invoice.seller.taxId);
  await pdf(`/v1/orders/${order.id}/invoice.pdf`, owner);
  await pdf(`/v1/orders/${order.id}/invoice.pdf`, seller);
  for (const path of ['invoice', 'invoice.pdf', 'invoices'])
    assert.equal((await get(`/v1/orders/${order.id}/${path}`, stranger)).status, 404, path);

  await must(`POST /v1/admin/orders/${order.id}/events`, seller, { event: 'RETURN' });
  const note = (await papersWhen(order, owner, 2)).find(paper => paper.kind === 'CREDIT_NOTE');
  const credit = await must(`GET /v1/orders/${order.id}/invoice?number=${note.number}`, owner);
  assert.equal(credit.corrects, invoice.number);
  assert.deepEqual(credit.total, invoice.total);
  assert.deepEqual(credit.vatTotal, invoice.vatTotal);
  await pdf(`/v1/orders/${order.id}/invoice.pdf?number=${note.number}`, owner);

  const { orders } = await must(`GET /v1/admin/orders/search?q=${invoice.number}`, seller);
  assert.deepEqual(orders.map(found => found.id), [order.id]);
});
