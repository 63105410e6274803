// What the shop refuses: each bad request gets its status, a problem that names the field, and changes nothing.
import test from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { journey, guest, staff, contact, address, productOf, send, shop, key, present } from './journey.mjs';

const run = Date.now().toString(36);
const order = { contact, deliveryAddress: address, paymentMethod: 'CASH_ON_DELIVERY' };
const add = (name, body, more) => ({ name, call: 'POST /v1/cart/items', as: 'guest', status: 400, body, ...more });
const variant = s => s.record.variants[0].id;
const no = '00000000-0000-7000-8000-000000000000';

journey('The cart takes nothing that is wrong, and stays as it was', [
  staff, guest, { ...guest, name: 'stranger' }, productOf(`refuse-${run}`, 10),
  { name: 'added', call: 'POST /v1/cart/items', as: 'guest', status: 201,
    body: s => ({ countryCode: 'KE', variantId: variant(s), quantity: 1 }), expect: { itemCount: '1' } },
  add('malformed JSON', '{"variantId": ', { headers: { 'content-type': 'application/json' } }),
  add('not an object', '[1]', { headers: { 'content-type': 'application/json' } }),
  add('a member twice', '{"quantity":1,"quantity":2}', { headers: { 'content-type': 'application/json' } }),
  add('bad UTF-8', new Uint8Array([...Buffer.from('{"variantId":"'), 0xff, 0xfe, ...Buffer.from('"}')]), { headers: { 'content-type': 'application/json' } }),
  add('embedded NUL', '{"variantId":"a\\u0000b","quantity":1}', { headers: { 'content-type': 'application/json' } }),
  add('unknown member', s => ({ variantId: variant(s), quantity: 1, colour: 'red' }), { field: 'colour' }),
  add('wrong type', s => ({ variantId: variant(s), quantity: { n: 1 } }), { field: 'quantity' }),
  add('text for a number', s => ({ variantId: variant(s), quantity: 'three' }), { field: 'quantity' }),
  add('a fraction', s => ({ variantId: variant(s), quantity: 1.5 }), { field: 'quantity' }),
  add('none', s => ({ variantId: variant(s), quantity: 0 }), { field: 'quantity' }),
  add('less than none', s => ({ variantId: variant(s), quantity: -1 }), { field: 'quantity' }),
  add('2^63', s => ({ variantId: variant(s), quantity: '9223372036854775808' }), { field: 'quantity' }),
  add('2^63 - 1', s => ({ variantId: variant(s), quantity: '9223372036854775807' }), { field: 'quantity' }),
  add('no variant', { quantity: 1 }, { field: 'variantId' }),
  add('no country of ours', s => ({ countryCode: 'XX', variantId: variant(s), quantity: 1 }), { as: 'stranger', field: 'countryCode' }),
  { name: 'unknown variant', call: 'POST /v1/cart/items', as: 'guest', status: 404, body: { variantId: no, quantity: 1 } },
  { name: 'form data', call: 'POST /v1/cart/items', as: 'guest', status: 415, body: 'quantity=1', headers: { 'content-type': 'text/plain' } },
  { name: "a stranger's cart", call: s => `GET /v1/carts/${s.added.id}`, as: 'stranger', status: 404 },
  { name: "a stranger's item", call: s => `PATCH /v1/carts/${s.added.id}/items/${s.added.items[0].id}`, as: 'stranger', status: 404, body: { quantity: 9 } },
  { name: "a stranger's delete", call: s => `DELETE /v1/carts/${s.added.id}/items/${s.added.items[0].id}`, as: 'stranger', status: 404 },
  { name: 'no token', call: 'GET /v1/cart', status: 401, answers: { 'www-authenticate': v => v.startsWith('Bearer') } },
  { name: 'still as it was', call: 'GET /v1/cart', as: 'guest', expect: s => ({ id: s.added.id, itemCount: '1' }) },
  { name: 'order without a key', call: 'POST /v1/orders', as: 'guest', status: 400, body: order, field: 'Idempotency-Key' },
  { name: 'order to nowhere', call: 'POST /v1/orders', as: 'guest', status: 400, headers: { 'idempotency-key': key() },
    body: { ...order, deliveryAddress: { ...address, line1: ' ', city: '' } }, field: 'deliveryAddress.line1' },
  { name: 'order without a phone', call: 'POST /v1/orders', as: 'guest', status: 400, headers: { 'idempotency-key': key() },
    body: { ...order, contact: { name: 'Nobody', phone: '12' } }, field: 'contact.phone' },
  { name: 'order without payment', call: 'POST /v1/orders', as: 'guest', status: 400, headers: { 'idempotency-key': key() },
    body: { ...order, paymentMethod: undefined }, field: 'paymentMethod' },
  { name: 'nothing was ordered', call: 'GET /v1/orders', as: 'guest', expect: { orders: [] } },
  { name: 'stock untouched', call: s => `GET /v1/products/${s.record.handle}?countryCode=KE`, expect: { variants: [{ available: '10' }] } },
]);

journey('Reading with wrong words', [
  { name: 'no country', call: 'GET /v1/products', status: 400, field: 'countryCode' },
  { name: 'unknown country', call: 'GET /v1/products?countryCode=ZZ', status: 400, field: 'countryCode' },
  { name: 'unknown parameter', call: 'GET /v1/products?countryCode=KE&colour=red', status: 400, field: 'colour' },
  { name: 'unknown sort', call: 'GET /v1/products?countryCode=KE&sort=BEST', status: 400, field: 'sort' },
  { name: 'page too large', call: 'GET /v1/products?countryCode=KE&pageSize=101', status: 400, field: 'pageSize' },
  { name: 'no page', call: 'GET /v1/products?countryCode=KE&pageToken=abc', status: 400, field: 'pageToken' },
  { name: 'page', call: 'GET /v1/products?countryCode=KE&pageSize=2', expect: { nextPageToken: present } },
  { name: 'a page of another list', call: s => `GET /v1/products?countryCode=NG&pageSize=2&pageToken=${s.page.nextPageToken}`, status: 400, field: 'pageToken' },
  { name: 'a forged page', call: s => `GET /v1/products?countryCode=KE&pageToken=${s.page.nextPageToken.replace(/.$/, c => (c === 'A' ? 'B' : 'A'))}`, status: 400, field: 'pageToken' },
  { name: 'unknown product', call: 'GET /v1/products/no-such-thing?countryCode=KE', status: 404 },
  { name: 'unknown category', call: 'GET /v1/products?countryCode=KE&categoryPath=no/such', status: 404 },
  { name: 'unknown path', call: 'GET /v1/nothing', status: 404 },
  { name: 'wrong method', call: 'DELETE /v1/products', status: 405, answers: { allow: v => /GET/.test(v) } },
  { name: 'options', call: 'OPTIONS /v1/products', status: 204, answers: { allow: v => /GET/.test(v) && /OPTIONS/.test(v) } },
  { name: 'head', call: 'HEAD /v1/products?countryCode=KE', answers: { etag: present, 'content-length': present } },
  { name: 'NUL in the path', call: 'GET /v1/products/%00?countryCode=KE', status: 400 },
  { name: 'bad escape', call: 'GET /v1/products/%zz?countryCode=KE', status: 400 },
]);

const part = o => Buffer.from(JSON.stringify(o)).toString('base64url');
const claims = { iss: 'portal', aud: 'portal', sub: no, kind: 'staff', roles: ['owner'], iat: 1, exp: 4102444800 };
const forged = {
  'no token at all': 'x', 'alg none': `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`,
  'a foreign key': `${part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'x' })}.${part(claims)}.${Buffer.alloc(64, 7).toString('base64url')}`,
  'HMAC by the public key': `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part(claims)}.${Buffer.alloc(32, 7).toString('base64url')}`,
};
journey('Forged tokens open nothing', [
  guest, ...Object.entries(forged).map(([name, token]) => ({ name, call: 'GET /v1/admin/orders', as: token, status: 401,
    answers: { 'www-authenticate': v => v.includes('invalid_token') } })),
  { name: 'a changed signature', call: 'GET /v1/orders', status: 401,
    headers: s => ({ authorization: 'Bearer ' + s.guest.accessToken.replace(/.{4}$/, 'AAAA') }) },
  { name: 'a changed claim', call: 'GET /v1/admin/orders', status: 401,
    headers: s => { const [h, , sig] = s.guest.accessToken.split('.'); return { authorization: `Bearer ${h}.${part(claims)}.${sig}` }; } },
  { name: 'a guest is no staff', call: 'GET /v1/admin/orders', as: 'guest', status: 403 },
]);

journey('Signing in and registering with wrong words', [
  { name: 'no login', call: 'POST /v1/auth/register', status: 400, body: { login: 'nobody', password: 'long enough', name: 'N' }, field: 'login' },
  { name: 'short password', call: 'POST /v1/auth/register', status: 400, body: { login: `x-${run}@example.com`, password: 'short', name: 'N' }, field: 'password' },
  { name: 'first', call: 'POST /v1/auth/register', status: 201, body: { login: `twice-${run}@example.com`, password: 'long enough', name: 'N' } },
  { name: 'second', call: 'POST /v1/auth/register', status: 409, body: { login: `twice-${run}@example.com`, password: 'long enough', name: 'N' } },
  { name: 'wrong password', call: 'POST /v1/auth/login', status: 401, body: { login: `twice-${run}@example.com`, password: 'not this one' } },
  { name: 'nobody', call: 'POST /v1/auth/login', status: 401, body: { login: `none-${run}@example.com`, password: 'not this one' } },
]);

test('Too much of anything is refused with its own status', async t => {
  const body = { variantId: 'x'.repeat(3_000_000) };
  await t.test('a body', async () => assert.equal((await send({ call: 'POST /v1/cart/items', body })).status, 413));
  await t.test('an address', async () => assert.equal((await send({ call: `GET /v1/products?q=${'x'.repeat(20000)}` })).status, 414));
  await t.test('a header', async () => assert.equal((await send({ call: 'GET /v1/markets', headers: { 'x-long': 'x'.repeat(30000) } })).status, 431));
  await t.test('depth', async () => {
    const deep = '{"deliveryAddress":'.repeat(200) + '{}' + '}'.repeat(200);
    const { accessToken } = (await send(guest)).json;
    const answer = await send({ call: 'POST /v1/orders', as: accessToken, body: deep, headers: { 'content-type': 'application/json', 'idempotency-key': key() } });
    assert.equal(answer.status, 400);
  });
});

// Bytes as they are, because fetch() would not send them.
function raw(text) {
  const { hostname, port } = new URL(shop);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.end(text));
    let answer = '';
    socket.on('data', d => (answer += d)).on('error', reject).on('close', () => resolve(answer));
    socket.setTimeout(5000, () => socket.destroy());
  });
}
test('Requests that two servers could read differently are refused', async t => {
  const cases = {
    'two lengths': 'POST /v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    'length and chunks': 'POST /v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'two hosts': 'GET /v1/markets HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'no host': 'GET /v1/markets HTTP/1.1\r\n\r\n',
  };
  for (const [name, text] of Object.entries(cases))
    await t.test(name, async () => assert.match(await raw(text), /^HTTP\/1\.1 400 /));
});
