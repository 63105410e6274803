// What the shop does not do for everybody: sell what is not there, show what is not theirs, know every address.
import assert from 'node:assert/strict';
import { story, visit, press, link, button, heading, text } from './browser.mjs';
import { addToCart, buy, fill, sellOut, stockProduct } from './shop.mjs';

const OPTIONS = {
  optionNames: ['Size', 'Colour'],
  variants: [
    { onHand: 5, options: ['S', 'Red'] }, { onHand: 0, options: ['S', 'Blue'] }, { onHand: 5, options: ['M', 'Blue'] },
    { onHand: 0, options: ['L', 'Red'] },
  ],
};
const cartIsEmpty = async page => {
  await page.goto('/cart');
  assert.match(await text(page), /Your cart is empty/);
};

story('A variant that is sold out cannot be chosen', async ({ page, scripts }) => {
  const { handle } = await stockProduct(OPTIONS);
  await page.goto(`/p/${handle}`);
  if (!scripts) {
    const gone = page.getByRole('radio', { name: /^S \/ Blue/ });
    assert.ok(await gone.isDisabled());
    assert.match(await text(page, 'label:has-text("S / Blue")'), /Sold out/);
    return;
  }
  assert.ok(await page.getByRole('radio', { name: 'L', exact: true }).isDisabled(), 'no colour is left in L');
  // The choice just made stands, and the other gives way to what is there.
  for (const [choice, variant] of [['Blue', 'M|Blue'], ['S', 'S|Red'], ['M', 'M|Blue'], ['Red', 'S|Red']]) {
    await page.getByRole('radio', { name: choice, exact: true }).check();
    const shown = await page.locator('.chips input[name^=option]:checked').evaluateAll(all => all.map(input => input.value).join('|'));
    assert.equal(shown, variant);
    assert.equal(await page.locator('input[name=variantId]:checked').getAttribute('data-options'), shown, 'what is shown is what is bought');
  }
});

story('A product that is sold out says so and has no button', async ({ page }) => {
  const { handle } = await stockProduct({ variants: [{ onHand: 0 }] });
  await page.goto(`/p/${handle}`);
  assert.match(await text(page), /Sold out/);
  assert.equal(await button(page, 'Add to cart').count(), 0);
});

story('What is sold out while somebody looks at it is not put into the cart', async ({ page, refusals }) => {
  const record = await stockProduct({}), { handle } = record;
  await page.goto(`/p/${handle}`);
  await sellOut(record);
  refusals.add(`409 /p/${handle}`);
  const answer = await press(page, button(page, 'Add to cart'));
  assert.equal(answer.status(), 409);
  assert.match(await text(page, 'main [role=alert]'), /stock|sold out|left/i);
  await cartIsEmpty(page);
});

story('More than there is cannot be put into the cart, and the number is not lost', async ({ page, refusals }) => {
  const { handle } = await stockProduct({ variants: [{ onHand: 2 }] });
  await page.goto(`/p/${handle}`);
  assert.match(await text(page, '#stock'), /Only 2 left/);
  refusals.add(`409 /p/${handle}`);
  await fill(page, { Quantity: '3' });
  await press(page, button(page, 'Add to cart'));
  assert.match(await text(page, 'main [role=alert]'), /2/);
  assert.equal(await page.getByLabel('Quantity').inputValue(), '3');
  assert.match(await text(page, `#${await page.getByLabel('Quantity').getAttribute('aria-describedby')}`), /2 left/);
  await cartIsEmpty(page);
});

story('An address that leads nowhere has a way on', async ({ page }) => {
  for (const path of ['/no-such-page', '/p/no-such-product', '/c/no/such/category']) {
    assert.equal((await page.goto(path)).status(), 404, path);
    assert.equal(await heading(page), 'We cannot find this');
  }
  await press(page, page.locator('main').getByRole('link', { name: 'Back to the shop' }));
  assert.equal(new URL(page.url()).pathname, '/');
  await page.goto('/no-such-page');
  await page.getByLabel('Search the shop').fill('kettle');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.match(await heading(page), /kettle/);
});

story('The cart and the orders of one browser are not seen by another', async visitor => {
  const { page, browser, mode } = visitor, { handle, title } = await stockProduct({});
  await buy(visitor, handle);
  const placed = page.url(), order = placed.replace(/\/placed$/, '');
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  assert.match(await text(page), new RegExp(title));

  const stranger = await visit(browser, mode);
  await cartIsEmpty(stranger.page);
  await addSomethingOfTheirOwn(stranger);
  assert.match(await text(stranger.page), /Another thing/);
  assert.doesNotMatch(await text(stranger.page), new RegExp(title));
  for (const url of [placed, order]) {
    assert.equal((await stranger.page.goto(url)).status(), 404);
    assert.doesNotMatch(await text(stranger.page), /Wanjiku|Nakuru|KE-/);
  }
  await stranger.page.goto('/orders');
  assert.match(await text(stranger.page), /No orders yet/);
  assert.deepEqual(stranger.faults, []);
});

async function addSomethingOfTheirOwn(stranger) {
  const { handle } = await stockProduct({ title: 'Another thing' });
  await stranger.page.goto(`/p/${handle}`);
  await addToCart(stranger);
}
