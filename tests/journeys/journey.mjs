// Runs a story about the shop: named steps in order, each one HTTP request with what must come back, each able to use what
// earlier steps were answered. The shop is a running one: PORTAL_TEST_SHOP_URL.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

export const shop = process.env.PORTAL_TEST_SHOP_URL;
if (!shop) throw new Error('PORTAL_TEST_SHOP_URL is not set: run ./portal test journeys');

export const key = () => randomUUID();

// What is expected of a member: a plain value, or a function that says whether it is right.
export const present = v => v !== undefined && v !== null && v !== '';
export const absent = v => v === undefined;
export const matching = re => v => typeof v === 'string' && re.test(v);
export const longer = n => v => Array.isArray(v) && v.length > n;

function agrees(actual, expected, path) {
  if (typeof expected === 'function')
    return assert.ok(expected(actual), `${path} is ${JSON.stringify(actual)}, which is not ${expected.name || 'right'}`);
  if (expected === null || typeof expected !== 'object')
    return assert.deepEqual(actual, expected, `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
  assert.ok(actual && typeof actual === 'object', `${path} is ${JSON.stringify(actual)}`);
  if (Array.isArray(expected)) assert.equal(actual.length, expected.length, `${path} has ${actual.length} elements`);
  for (const name of Object.keys(expected)) agrees(actual[name], expected[name], `${path}.${name}`);
}

const value = (thing, seen) => (typeof thing === 'function' ? thing(seen) : thing);

export async function send(step, seen = {}) {
  const [method, ...rest] = value(step.call, seen).split(' ');
  const headers = { ...value(step.headers, seen) };
  const token = step.as && (seen[step.as]?.accessToken ?? step.as);
  if (token) headers.authorization ??= `Bearer ${token}`;
  let body = value(step.body, seen);
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    body = JSON.stringify(body);
    headers['content-type'] ??= 'application/json';
  }
  const place = rest.join(' ');
  const answer = await fetch(place.startsWith('http') ? place : shop + place, { method, headers, body, redirect: 'manual' });
  const text = await answer.text();
  const json = text && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  return { status: answer.status, headers: answer.headers, text, json };
}

function check(step, answer, seen) {
  assert.equal(answer.status, step.status ?? 200, `status ${answer.status}: ${answer.text.slice(0, 600)}`);
  for (const [name, expected] of Object.entries(step.answers ?? {})) agrees(answer.headers.get(name) ?? undefined, expected, name);
  if (step.expect) agrees(answer.json, value(step.expect, seen), 'answer');
  if (step.field) {
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    assert.ok(answer.json.requestId, 'a problem names its request');
    const fields = (answer.json.violations ?? []).map(v => v.field);
    assert.ok(fields.includes(step.field), `names ${JSON.stringify(fields)}, not ${step.field}: ${answer.text}`);
  }
}

// What comes by itself is asked for until it is there.
async function sendAndCheck(step, seen) {
  for (const giveUp = Date.now() + (step.within_s ?? 0) * 1000; ; await new Promise(resolve => setTimeout(resolve, 200))) {
    const answer = await send(step, seen);
    try {
      check(step, answer, seen);
      return answer;
    } catch (problem) {
      if (Date.now() > giveUp) throw problem;
    }
  }
}

// journey('title', [{ name, call: 'GET /v1/…', as?, body?, headers?, status?, expect?, answers?, field?, within_s? }, …])
// A step's JSON answer is known to later steps by its name; `as` is the name of the step that signed in.
export function journey(title, steps) {
  test(title, async story => {
    const seen = {};
    for (const step of steps) {
      let went = false;
      await story.test(step.name, async () => {
        const answer = await sendAndCheck(step, seen);
        seen[step.name] = answer.json ?? {};
        Object.defineProperty(seen[step.name], '$headers', { value: answer.headers, enumerable: false });
        went = true;
      });
      if (!went) break;   // what follows builds on this step
    }
  });
}

// Steps that several stories begin with.
export const guest = { name: 'guest', call: 'POST /v1/auth/guest', expect: { accessToken: present } };
export const staff = {
  name: 'staff', call: 'POST /v1/auth/login',
  body: { login: process.env.PORTAL_TEST_STAFF_LOGIN, password: process.env.PORTAL_TEST_STAFF_PASSWORD },
  expect: { accessToken: present, profile: { isStaff: true } },
};
export const contact = { name: 'Wanjiku Kamau', phone: '0712 345 678', email: 'wanjiku@example.com' };
export const address = {
  recipient: 'Wanjiku Kamau', phone: '0712345678', line1: 'Moi Avenue 12', landmark: 'Opposite the post office',
  city: 'Nakuru', countryCode: 'KE',
};

// A product that only this story touches, so that its stock is known; a staff step must have been seen.
export const productOf = (handle, onHand, extra = {}) => ({
  name: 'record', call: `PUT /v1/admin/products/${handle}`, as: 'staff',
  body: {
    title: `Journey ${handle}`, description: 'Made for a test.', vendor: 'Journeys', categoryPath: 'journeys',
    variants: [{ sku: handle.toUpperCase(), weightGrams: 250, onHand: String(onHand),
      prices: [{ price: { amountMinor: '125000', currencyCode: 'KES' } }, { price: { amountMinor: '1500000', currencyCode: 'NGN' } }] }],
    ...extra,
  },
  expect: { handle, variants: [{ id: present, onHand: String(onHand) }] },
});
