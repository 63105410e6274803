// What a product page costs on a bad line: one answer of at most 14 KB, and nothing else to wait for before it is seen.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { shop, visit, withBrowser } from './browser.mjs';

const FIRST_FLIGHT = 14 * 1024;      // ten segments: what comes before the first acknowledgement is waited for
const PICTURE_MAX = 30_000;          // the main one, on a phone

// fetch() would not say how many bytes came over the line.
const bytesOf = path => new Promise((resolve, reject) => {
  http.get(shop + path, { headers: { 'accept-encoding': 'gzip' } }, answer => {
    let size = 0;
    answer.on('data', chunk => { size += chunk.length; });
    answer.on('end', () => resolve({ size, encoding: answer.headers['content-encoding'] }));
  }).on('error', reject);
});

async function handles() {
  const all = [];
  for (let page = ''; ;) {
    const list = await (await fetch(`${shop}/v1/products?countryCode=KE&pageSize=100${page && `&pageToken=${page}`}`)).json();
    all.push(...list.products.map(product => product.handle));
    page = list.nextPageToken;
    if (!page) return all;
  }
}

test('No product page is heavier than the first flight of a connection', async () => {
  const all = await handles();
  assert.ok(all.length >= 60, `${all.length} products`);
  for (const handle of all) {
    const { size, encoding } = await bytesOf(`/p/${handle}`);
    assert.equal(encoding, 'gzip');
    assert.ok(size <= FIRST_FLIGHT, `/p/${handle} is ${size} bytes`);
  }
});

test('A product page is painted from one answer', () => withBrowser(async browser => {
  const { page, context } = await visit(browser);
  // Whatever else is asked for never comes; the page must be there all the same.
  await context.route('**/*', (route, request) => (request.isNavigationRequest() ? route.continue() : undefined));
  await page.goto('/p/ankara-wrap-dress', { waitUntil: 'commit' });
  while (!await page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length)) await setTimeout(50);
  assert.ok(await page.getByRole('button', { name: 'Add to cart' }).isVisible());
  assert.equal(await page.locator('link[rel=stylesheet], script[src]:not([type=module]):not([async]):not([defer])').count(), 0);
}));

test('A phone fetches a small main picture, and few others before anybody scrolls', () => withBrowser(async browser => {
  const { page, faults } = await visit(browser);
  let pictures = 0;
  page.on('response', answer => { pictures += answer.url().includes('/media/'); });
  await page.goto('/p/ankara-wrap-dress', { waitUntil: 'networkidle' });
  const main = await page.locator('#main-picture img').evaluate(img => performance.getEntriesByName(img.currentSrc)[0].encodedBodySize);
  assert.ok(main > 0 && main <= PICTURE_MAX, `the main picture is ${main} bytes`);
  assert.ok(pictures > 0 && pictures <= 5, `${pictures} pictures are fetched`);
  assert.deepEqual(faults, []);
}));
