// Somebody chooses where the parcel goes: prices, the cart and the language follow.
import assert from 'node:assert/strict';
import { story, press, button, heading, text } from './browser.mjs';
import { addToCart, stockProduct } from './shop.mjs';

async function deliverTo(page, country) {
  const footer = page.locator('footer');
  await footer.getByRole('combobox').selectOption(country);
  await press(page, footer.getByRole('button'));
}
const language = page => page.locator('html').getAttribute('lang');

story('Another market, another currency, another language', async visitor => {
  const { page } = visitor, { handle, title } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  assert.match(await text(page, '#price'), /Ksh 1,250\.00/);
  await addToCart(visitor);
  assert.match(await text(page), /Ksh 1,250\.00/);
  assert.equal(await language(page), 'en-KE');

  await page.goto(`/p/${handle}`);
  await deliverTo(page, 'CI');
  assert.equal(new URL(page.url()).pathname, `/p/${handle}`, 'the shopper stays where she was');
  assert.match(await text(page, '#price'), /6 500 F CFA/);
  assert.equal(await language(page), 'fr-CI');
  assert.equal(await heading(page), title);
  assert.ok(await button(page, 'Ajouter au panier').isVisible());
  await page.goto('/cart');
  assert.equal(await heading(page), 'Votre panier');
  assert.match(await text(page), /6 500 F CFA/);
  assert.doesNotMatch(await text(page), /Ksh/);

  await deliverTo(page, 'NG');
  assert.equal(await language(page), 'en-NG');
  assert.match(await text(page), /₦15,000\.00/);
  assert.equal(await text(page, 'header .money'), 'NGN');
  await page.goto(`/p/${handle}`);
  assert.match(await text(page, '#price'), /₦15,000\.00/, 'the choice is remembered');
});

story('A product without a price there is not sold there, and the way back is open', async ({ page }) => {
  const { handle, title } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  await deliverTo(page, 'GH');
  assert.equal(await button(page, 'Add to cart').count(), 0);
  assert.match(await text(page), /no longer sold|not sold/i);
  await deliverTo(page, 'KE');
  assert.equal(await heading(page), title);
});
