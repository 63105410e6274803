// What the stories begin with: products that only they touch, made as the staff makes them, and the steps of a purchase.
import assert from 'node:assert/strict';
import { shop, press, button, link, heading } from './browser.mjs';

const run = Date.now().toString(36);
let made = 0;
export const unique = name => `${name}-${run}-${process.pid}-${++made}`;

let signedIn;
async function signIn() {
  const { PORTAL_TEST_STAFF_LOGIN: login, PORTAL_TEST_STAFF_PASSWORD: password } = process.env;
  signedIn ??= call('POST', '/v1/auth/login', { login, password }, {});
  return { authorization: `Bearer ${(await signedIn).accessToken}` };
}

async function call(method, path, body, access) {
  const headers = { 'content-type': 'application/json', ...(access ?? await signIn()) };
  const answer = await fetch(shop + path, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text.slice(0, 600)}`);
  return JSON.parse(text);
}

// Puts a product into the shop; variants as [{ onHand, options? }, …], of which each gets a price in the markets used here.
export async function stockProduct({ handle = unique('browser'), title = 'Tested Kettle', variants = [{ onHand: 9 }], ...members }) {
  const prices = { KES: '125000', NGN: '1500000', XOF: '6500' };
  return call('PUT', `/v1/admin/products/${handle}`, {
    title, description: 'Made for a test.', vendor: 'Browser', categoryPath: 'browser-tests', ...members,
    variants: variants.map(({ onHand, options }, i) => ({
      sku: `${handle}-${i}`.toUpperCase(), weightGrams: 250, onHand: String(onHand), optionValues: options,
      prices: Object.entries(prices).map(([currencyCode, amountMinor]) => ({ price: { amountMinor, currencyCode } })),
    })),
  });
}

// Takes all that is left of a product out of the stock.
export async function sellOut({ variants }) {
  for (const { id, onHand } of variants)
    await call('POST', `/v1/admin/variants/${id}/stock-adjustments`, { delta: String(-onHand), reason: 'Sold over the counter.' });
}

// Options are one list of variants, which the script makes into one choice for each option.
export async function choose({ page, scripts }, values) {
  const names = scripts ? values : [values.join(' / ')];
  for (const name of names) await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
}

// With scripts the product stays on the screen and a message tells of it; without them the cart is shown.
export async function addToCart({ page, scripts }) {
  if (!scripts) return press(page, button(page, 'Add to cart'));
  await button(page, 'Add to cart').click();
  await page.locator('#live .toast').waitFor();
  await press(page, page.locator('#cart-link'));
}

export const WANJIKU = {
  'Full name': 'Wanjiku Kamau', 'Phone number': '0712 345 678', 'Town or city': 'Nakuru',
  'House, street or estate': 'Moi Avenue 12', Landmark: 'Behind the Total station',
};
export async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
  const cash = page.locator('input[name=paymentMethod][value=CASH_ON_DELIVERY]');   // what the stories mean unless they say
  if (await cash.count()) await cash.check();
}

export async function buy(visitor, handle) {
  const { page } = visitor;
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await press(page, link(page, 'Go to checkout'));
  await fill(page, WANJIKU);
  await press(page, button(page, 'Place order'));
  assert.equal(await heading(page), 'Thank you!', await page.locator('main').innerText());
  return orderNumber(page);
}

export async function orderNumber(page) {
  const [number] = (await page.locator('main').innerText()).match(/[A-Z]{2}-[A-Z0-9-]+/) ?? [];
  assert.ok(number, 'the order has a number');
  return number;
}

export async function orderCount(page) {
  await page.goto('/orders');
  return page.locator('main li.line').count();
}
