// Whatever staff or a supplier's file calls a product, it is text: on each page, in its head, and for search engines.
import assert from 'node:assert/strict';
import { story, press, link, heading, text } from './browser.mjs';
import { addToCart, buy, stockProduct, unique } from './shop.mjs';

const HOSTILE = `"'><script>ran=1</script><img src=x onerror=ran=1>{{t.site.name}}{{{style}}}</title></script>&lt;b>`;

// A script that came in with a text would run now; its element would be there, run or not.
async function nothingRan(page, title, { shown = true } = {}) {
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false, 'no script ran');
  assert.equal(await page.locator('img[src=x], [onerror]').count(), 0, 'no element came out of the text');
  assert.equal(await page.locator('script:not([src]):not([type="application/ld+json"])').count(), 0);
  if (shown) assert.ok((await text(page, 'body')).includes(title), `${page.url()} shows the title as it is`);
}

async function saysToMachines(page, title) {
  assert.ok((await page.title()).startsWith(title), await page.title());
  assert.equal(await page.locator('meta[property="og:title"]').getAttribute('content'), title);
  const said = await page.locator('script[type="application/ld+json"]').evaluateAll(all => all.map(one => JSON.parse(one.textContent)));
  assert.ok(said.flatMap(one => one['@graph'] ?? one).some(one => one.name === title), JSON.stringify(said));
}

story('A title with HTML in it is shown as text and runs nothing', async visitor => {
  const { page } = visitor, word = unique('hostile').replace(/[^a-z0-9]/g, ''), title = `${word} ${HOSTILE}`;
  const { handle } = await stockProduct({
    title, description: HOSTILE, vendor: HOSTILE, tags: [HOSTILE], optionNames: [`Size${HOSTILE.slice(0, 40)}`],
    variants: [{ onHand: 5, options: [`S${HOSTILE.slice(0, 60)}`] }, { onHand: 5, options: ['M'] }],
  });
  await page.goto(`/search?q=${word}`);
  await nothingRan(page, title);
  await press(page, page.locator('main a.card'));
  assert.equal(await heading(page), title);
  await nothingRan(page, title);
  await saysToMachines(page, title);

  await addToCart(visitor);
  await nothingRan(page, title);
  await press(page, link(page, 'Go to checkout'));
  await nothingRan(page, title);
  await buy(visitor, handle);
  await nothingRan(page, title, { shown: false });
  await press(page, link(page, 'See your order'));
  await nothingRan(page, title);
  await page.goto('/orders');
  await nothingRan(page, title);
  await page.goto('/c/browser-tests');
  await nothingRan(page, title);
});

story('What is searched for, and where to go next, is text too', async ({ page }) => {
  await page.goto(`/search?q=${encodeURIComponent(HOSTILE)}&sort=${encodeURIComponent(HOSTILE)}`);
  await nothingRan(page, HOSTILE, { shown: false });
  await page.goto(`/search?q=${encodeURIComponent(HOSTILE)}`);
  await nothingRan(page, HOSTILE);
  assert.equal(await page.getByLabel('Search the shop').inputValue(), HOSTILE);
  for (const next of ['https://example.com/', '//example.com', '/\\example.com', 'javascript:ran=1']) {
    await page.goto(`/login?next=${encodeURIComponent(next)}`);
    assert.ok(['', '/'].includes(await page.locator('input[name=next]').first().inputValue()), `${next} is not kept`);
    await nothingRan(page, '', { shown: false });
  }
});
