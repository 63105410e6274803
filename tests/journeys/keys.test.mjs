// Every request that changes something may be sent twice: the API's own description lists them, and each has a recipe here that
// makes one afresh. Sent again with its key it gets the same answer, marked as a replay; with its key and another content it is
// refused. An operation without a recipe fails the test.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { send, guest, staff, contact, address, productOf, key, shop } from './journey.mjs';

const run = Date.now().toString(36);
let count = 0;
const next = () => `${run}${(++count).toString(36)}`;

async function must(call, token, body, headers = {}) {
  const answer = await send({ call, as: token, body, headers });
  assert.ok(answer.status < 300, `${call}: ${answer.status} ${answer.text}`);
  return answer.json;
}

const PASSWORD = 'five words that nobody knows';
const newGuest = async () => (await must(guest.call)).accessToken;
const account = () => ({ login: `keys-${next()}@example.com`, password: PASSWORD, name: 'Achieng Otieno', countryCode: 'KE' });
const session = async () => must('POST /v1/auth/register', undefined, account());
const newCustomer = async () => (await session()).accessToken;
const staffToken = (() => { let token; return async () => (token ??= (await must(staff.call, undefined, staff.body)).accessToken); })();
const product = async (onHand = 50) => {
  const step = productOf(`keys-${next()}`, onHand);
  return (await must(step.call, await staffToken(), step.body));
};
const added = async (token, quantity = 1) => {
  const variantId = (await product()).variants[0].id;
  return must('POST /v1/cart/items', token, { countryCode: 'KE', variantId, quantity });
};
const form = { contact, deliveryAddress: address, paymentMethod: 'CASH_ON_DELIVERY' };
const ordered = async (token, quantity = 1) => {
  await added(token, quantity);
  return must('POST /v1/orders', token, form, { 'idempotency-key': key() });
};
const event = async (order, name) => must(`POST /v1/admin/orders/${order.id}/events`, await staffToken(), { event: name });
const confirmed = async (token, quantity) => {
  const order = await ordered(token, quantity);
  await event(order, 'CONFIRM');
  return order;
};
const shipped = async (token, quantity) => {
  const order = await confirmed(token, quantity);
  const shipment = await must(`POST /v1/admin/orders/${order.id}/shipments`, await staffToken(), {}, { 'idempotency-key': key() });
  return { order, shipment };
};
const delivered = async (token, quantity) => {
  const { order, shipment } = await shipped(token, quantity);
  await must(`POST /v1/admin/orders/${order.id}/shipments/${shipment.id}/deliver`, await staffToken(), {}, { 'idempotency-key': key() });
  return order;
};
const returned = async (token, ...events) => {
  const order = await delivered(token, 2);
  const back = await must(`POST /v1/orders/${order.id}/returns`, token,
    { reason: 'DAMAGED', lines: [{ variantId: order.lines[0].variantId, quantity: 1 }] }, { 'idempotency-key': key() });
  for (const name of events)
    await must(`POST /v1/admin/returns/${back.id}/events`, await staffToken(), { event: name }, { 'idempotency-key': key() });
  return { order, back };
};

const hook = () => ({ url: `https://merchant.example/${next()}` });

// { as, path, body, other: { path, body } }: what is sent, and what with the same key is another request (none: there is none).
const cartItem = base => async () => {
  const token = await newGuest();
  const cart = await added(token);
  const at = base === 'cart' ? '/v1/cart/items' : `/v1/carts/${cart.id}/items`;
  return { token, cart, at, item: cart.items[0].id };
};
const recipes = {
  'POST /v1/auth/guest': async () => ({ path: '/v1/auth/guest', body: {} }),
  'POST /v1/auth/register': async () => ({ path: '/v1/auth/register', body: account(), other: { body: account() } }),
  'POST /v1/auth/login': async () => {
    const { name, ...known } = account();
    await must('POST /v1/auth/register', undefined, { name, ...known });
    return { path: '/v1/auth/login', body: known, other: { body: { ...known, countryCode: 'NG' } } };
  },
  'POST /v1/auth/refresh': async () => ({ path: '/v1/auth/refresh', body: { refreshToken: (await session()).refreshToken },
    other: { body: { refreshToken: (await session()).refreshToken } } }),
  'POST /v1/auth/logout': async () => ({ path: '/v1/auth/logout', body: { refreshToken: (await session()).refreshToken },
    other: { body: { refreshToken: (await session()).refreshToken } } }),

  'PATCH /v1/profile': async () => ({ as: await newCustomer(), path: '/v1/profile', body: { name: 'Once' }, other: { body: { name: 'Twice' } } }),
  'POST /v1/addresses': async () => ({ as: await newCustomer(), path: '/v1/addresses', body: { address },
    other: { body: { address: { ...address, line1: 'Elsewhere 3' } } } }),
  'PUT /v1/addresses/{addressId}': async () => {
    const as = await newCustomer(), saved = await must('POST /v1/addresses', as, { address });
    return { as, path: `/v1/addresses/${saved.id}`, body: { address: { ...address, line1: 'Moved 1' } },
      other: { body: { address: { ...address, line1: 'Moved 2' } } } };
  },
  'DELETE /v1/addresses/{addressId}': async () => {
    const as = await newCustomer(), one = await must('POST /v1/addresses', as, { address });
    const two = await must('POST /v1/addresses', as, { address: { ...address, line1: 'Second 2' } });
    return { as, path: `/v1/addresses/${one.id}`, other: { path: `/v1/addresses/${two.id}` } };
  },

  'POST /v1/cart/items': async () => {
    const variantId = (await product()).variants[0].id;
    return { as: await newGuest(), path: '/v1/cart/items', body: { countryCode: 'KE', variantId, quantity: 2 },
      other: { body: { countryCode: 'KE', variantId, quantity: 3 } },
      after: async as => assert.equal((await must('GET /v1/cart', as)).itemCount, '2', 'it was added once') };
  },
  'POST /v1/carts/{cartId}/items': async () => {
    const { token: as, cart, at } = await cartItem('carts')();
    const body = quantity => ({ variantId: cart.items[0].variantId, quantity });
    return { as, path: at, body: body(2), other: { body: body(3) },
      after: async () => assert.equal((await must('GET /v1/cart', as)).itemCount, '3', '1 and 2') };
  },
  ...Object.fromEntries([['cart', '/v1/cart/items/{itemId}'], ['carts', '/v1/carts/{cartId}/items/{itemId}']].flatMap(([base, path]) => [
    [`PATCH ${path}`, async () => {
      const { token: as, at, item } = await cartItem(base)();
      return { as, path: `${at}/${item}`, body: { quantity: 4 }, other: { body: { quantity: 5 } } };
    }],
    [`DELETE ${path}`, async () => {
      const { token: as, at, item } = await cartItem(base)(), second = (await added(as)).items.find(i => i.id !== item).id;
      return { as, path: `${at}/${item}`, other: { path: `${at}/${second}` } };
    }],
  ])),
  'PUT /v1/cart/country': async () => {
    const as = await newGuest();
    await added(as);
    return { as, path: '/v1/cart/country', body: { countryCode: 'NG' }, other: { body: { countryCode: 'GH' } } };
  },
  'PUT /v1/carts/{cartId}/country': async () => {
    const as = await newGuest(), cart = await added(as);
    return { as, path: `/v1/carts/${cart.id}/country`, body: { countryCode: 'NG' }, other: { body: { countryCode: 'GH' } } };
  },

  'POST /v1/orders': async () => {
    const as = await newGuest();
    await added(as);
    return { as, path: '/v1/orders', body: form, other: { body: { ...form, note: 'Ring twice' } },
      after: async () => assert.equal((await must('GET /v1/orders', as)).orders.length, 1, 'one order') };
  },
  'POST /v1/orders/{orderId}/cancel': async () => {
    const as = await newGuest(), order = await ordered(as);
    return { as, path: `/v1/orders/${order.id}/cancel`, body: { reason: 'Not needed' }, other: { body: { reason: 'Changed my mind' } } };
  },
  'POST /v1/orders/{orderId}/returns': async () => {
    const as = await newGuest(), order = await delivered(as, 2), variantId = order.lines[0].variantId;
    const body = quantity => ({ reason: 'DAMAGED', lines: [{ variantId, quantity }] });
    return { as, path: `/v1/orders/${order.id}/returns`, body: body(1), other: { body: body(2) } };
  },
  'POST /v1/orders/{orderId}/returns/{returnId}/withdraw': async () => {
    const as = await newGuest(), { order, back } = await returned(as), other = await returned(as);
    const path = (o, r) => `/v1/orders/${o.id}/returns/${r.id}/withdraw`;
    return { as, path: path(order, back), body: {}, other: { path: path(other.order, other.back) } };
  },

  'PUT /v1/admin/products/{handle}': async () => {
    const { call, body } = productOf(`keys-${next()}`, 5);
    return { as: await staffToken(), path: call.replace('PUT ', ''), body, other: { body: { ...body, title: 'Another title' } } };
  },
  'POST /v1/admin/variants/{variantId}/stock-adjustments': async () => {
    const made = await product(10), path = `/v1/admin/variants/${made.variants[0].id}/stock-adjustments`;
    return { as: await staffToken(), path, body: { delta: '5', reason: 'counted' }, other: { body: { delta: '6', reason: 'counted' } },
      after: async as => assert.equal((await must(`GET /v1/admin/products/${made.handle}`, as)).variants[0].onHand, '15', 'counted once') };
  },
  'PUT /v1/admin/stock-locations/{code}': async () => {
    const body = priority => ({ name: 'A shed', countryCodes: [], priority: String(priority), active: false });
    return { as: await staffToken(), path: `/v1/admin/stock-locations/keys-${next()}`, body: body(90), other: { body: body(91) } };
  },
  'POST /v1/admin/variants/{variantId}/stock-moves': async () => {
    const as = await staffToken(), made = await product(10), toCode = `keys-${next()}`, { locations } = await must('GET /v1/admin/stock-locations', as);
    await must(`PUT /v1/admin/stock-locations/${toCode}`, as, { name: 'A shed', priority: '99', active: true });
    const body = quantity => ({ fromCode: locations[0].code, toCode, quantity, reason: 'room' });
    return { as, path: `/v1/admin/variants/${made.variants[0].id}/stock-moves`, body: body(3), other: { body: body(4) } };
  },
  'PUT /v1/admin/variants/{variantId}/sell-policy': async () => {
    const made = await product(10), body = aheadMax => ({ kind: 'BACKORDER', aheadMax });
    return { as: await staffToken(), path: `/v1/admin/variants/${made.variants[0].id}/sell-policy`, body: body('3'), other: { body: body('4') } };
  },
  'POST /v1/admin/orders/{orderId}/events': async () => {
    const order = await ordered(await newGuest());
    return { as: await staffToken(), path: `/v1/admin/orders/${order.id}/events`, body: { event: 'CONFIRM' }, other: { body: { event: 'CANCEL' } } };
  },
  'POST /v1/admin/orders/{orderId}/shipments': async () => {
    const order = await confirmed(await newGuest(), 2), line = quantity => ({ lines: [{ variantId: order.lines[0].variantId, quantity }] });
    return { as: await staffToken(), path: `/v1/admin/orders/${order.id}/shipments`, body: line(1), other: { body: line(2) } };
  },
  'POST /v1/admin/orders/{orderId}/shipments/{shipmentId}/deliver': async () => {
    const { order, shipment } = await shipped(await newGuest());
    return { as: await staffToken(), path: `/v1/admin/orders/${order.id}/shipments/${shipment.id}/deliver`, body: {}, other: { body: { note: 'to a neighbour' } } };
  },
  'POST /v1/admin/refunds/{refundId}/resolve': async () => {
    const [token, order] = [await staffToken(), await delivered(await newGuest(), 2)];
    const refund = await must(`POST /v1/admin/orders/${order.id}/refunds`, token, { everything: true, reason: 'Faded.' }, { 'idempotency-key': key() });
    return { as: token, path: `/v1/admin/refunds/${refund.id}/resolve`, body: { decision: 'DONE_BY_HAND', note: 'At the counter.' }, other: { body: { decision: 'KEEP', note: 'At the counter.' } } };
  },
  'POST /v1/admin/orders/{orderId}/refunds': async () => {
    const order = await delivered(await newGuest(), 2);
    const body = minor => ({ reason: 'A scratch', amount: { amountMinor: minor, currencyCode: 'KES' } });
    return { as: await staffToken(), path: `/v1/admin/orders/${order.id}/refunds`, body: body('1000'), other: { body: body('2000') } };
  },
  'POST /v1/admin/returns/{returnId}/events': async () => {
    const { back } = await returned(await newGuest());
    return { as: await staffToken(), path: `/v1/admin/returns/${back.id}/events`, body: { event: 'APPROVE' }, other: { body: { event: 'REFUSE', answer: 'No.' } } };
  },
  'POST /v1/admin/returns/{returnId}/receipt': async () => {
    const { back } = await returned(await newGuest(), 'APPROVE');
    return { as: await staffToken(), path: `/v1/admin/returns/${back.id}/receipt`, body: {}, other: { body: { note: 'by post' } } };
  },
  'POST /v1/admin/returns/{returnId}/refund': async () => {
    const { back } = await returned(await newGuest(), 'APPROVE');
    await must(`POST /v1/admin/returns/${back.id}/receipt`, await staffToken(), {}, { 'idempotency-key': key() });
    return { as: await staffToken(), path: `/v1/admin/returns/${back.id}/refund`, body: {},
      other: { body: { amount: { amountMinor: '100', currencyCode: 'KES' } } } };
  },

  'POST /v1/admin/webhooks': async () => ({ as: await staffToken(), path: '/v1/admin/webhooks', body: hook(), other: { body: hook() } }),
  'PUT /v1/admin/webhooks/{endpointId}': async () => {
    const as = await staffToken(), made = await must('POST /v1/admin/webhooks', as, hook(), { 'idempotency-key': key() });
    return { as, path: `/v1/admin/webhooks/${made.id}`, body: { ...hook(), active: true }, other: { body: { ...hook(), active: true } } };
  },
  'DELETE /v1/admin/webhooks/{endpointId}': async () => {
    const as = await staffToken(), make = () => must('POST /v1/admin/webhooks', as, hook(), { 'idempotency-key': key() });
    return { as, path: `/v1/admin/webhooks/${(await make()).id}`, other: { path: `/v1/admin/webhooks/${(await make()).id}` } };
  },
  'POST /v1/admin/webhooks/{endpointId}/secret': async () => {
    const as = await staffToken(), make = () => must('POST /v1/admin/webhooks', as, hook(), { 'idempotency-key': key() });
    const path = made => `/v1/admin/webhooks/${made.id}/secret`;
    return { as, path: path(await make()), body: {}, other: { path: path(await make()) } };
  },
  'POST /v1/admin/messages/replays': async () => {
    const as = await staffToken(), made = await must('POST /v1/admin/webhooks', as, hook(), { 'idempotency-key': key() });
    return { as, path: '/v1/admin/messages/replays', body: { endpointId: made.id }, other: { body: {} } };
  },
};

// Operations that cannot be staged over HTTP alone: where it is shown instead that they are done once.
const elsewhere = {
  'POST /v1/orders/{orderId}/confirm-code': { file: 'tests/service/test_trade_codes.c', test: 'test_with_a_key_a_code_is_sent_and_typed_once' },
  'POST /v1/orders/{orderId}/confirm': { file: 'tests/service/test_trade_codes.c', test: 'test_with_a_key_a_code_is_sent_and_typed_once' },
  'POST /v1/orders/{orderId}/pay': { file: 'tests/service/test_trade_payments.c', test: 'test_another_try_with_a_key_is_one' },
  'POST /v1/admin/payments/{attemptId}/resolve': { file: 'tests/service/test_trade_money.c', test: 'test_too_little_waits_for_staff_and_goes_back' },
  'POST /v1/admin/orders/{orderId}/tasks/{step}/retry': { file: 'tests/service/test_trade_money.c', test: 'test_a_dead_letter_is_tried_again_once_for_each_key' },
  'POST /v1/admin/orders/{orderId}/tasks/{step}/undo': { file: 'tests/service/test_trade_money.c', test: 'test_a_paid_order_without_goods_is_undone_by_staff' },
};

const { json: description } = await send({ call: 'GET /openapi.json' });
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).filter(([method]) => ['post', 'put', 'patch', 'delete'].includes(method))
    .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), operation })));

test('The API has requests that change something', () => assert.ok(operations.length > 15));

for (const { name, method, operation } of operations)
  test(`${name} is done once`, async () => {
    assert.ok((operation.parameters ?? []).some(p => p.name === 'Idempotency-Key'), 'its description tells of the key');
    if (elsewhere[name]) {
      const file = new URL(`../../${elsewhere[name].file}`, import.meta.url);
      assert.ok(existsSync(file) && readFileSync(file, 'utf8').includes(elsewhere[name].test), `${elsewhere[name].file} has ${elsewhere[name].test}`);
      return;
    }
    assert.ok(recipes[name], `write a recipe for ${name} into tests/journeys/keys.test.mjs`);
    const { as, path, body, other, after } = await recipes[name]();
    const headers = { 'idempotency-key': key() };
    const first = await send({ call: `${method} ${path}`, as, body, headers });
    assert.ok(first.status < 300, `${first.status} ${first.text}`);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    const again = await send({ call: `${method} ${path}`, as, body, headers });
    assert.equal(again.status, first.status, again.text);
    assert.deepEqual(again.json, first.json);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    if (other) {
      const reused = await send({ call: `${method} ${other.path ?? path}`, as, body: 'path' in other ? body : other.body, headers });
      assert.equal(reused.status, 422, reused.text);
      assert.match(reused.json.type, /idempotency-key-reused$/);
    }
    await after?.(as);
  });

test('Twenty copies sent at once are one', async () => {
  const { as, path, body } = await recipes['POST /v1/cart/items']();
  const headers = { 'idempotency-key': key() };
  const answers = await Promise.all(Array.from({ length: 20 }, () => send({ call: `POST ${path}`, as, body, headers })));
  for (const answer of answers) {
    if (answer.status === 409) assert.ok(answer.headers.get('retry-after'), answer.text);    // it waited as long as it could
    else assert.deepEqual([answer.status, answer.json.itemCount], [201, '2'], answer.text);
  }
  assert.equal((await must('GET /v1/cart', as)).itemCount, '2');
});

test('A stranger needs a key that nobody else would think of', async () => {
  const answer = await send({ call: 'POST /v1/auth/guest', headers: { 'idempotency-key': '1' } });
  assert.equal(answer.status, 400, answer.text);
});
