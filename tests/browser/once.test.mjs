// A form that is sent more than once does its work once: by an impatient finger, by the way back, from a second window.
import assert from 'node:assert/strict';
import { shop, story, press, link, button, text } from './browser.mjs';
import { addToCart, fill, orderCount, orderNumber, stockProduct, WANJIKU } from './shop.mjs';

async function atCheckout(visitor) {
  const { page } = visitor, { handle } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await press(page, link(page, 'Go to checkout'));
  await fill(page, WANJIKU);
}

// A finger does not wait for the page that is on its way, as click() would.
async function fingerOver(page, what) {
  await what.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await what.boundingBox();
  return () => page.mouse.click(x + width / 2, y + height / 2);
}

const posts = page => {
  const sent = [];
  page.on('request', request => request.method() === 'POST' && new URL(request.url()).pathname === '/checkout' && sent.push(request.postData()));
  return sent;
};

// The shop has the first order, and its answer is still on its way when the button is pressed again.
async function answerSlowly(page) {
  let letGo, arrived;
  const held = new Promise(resolve => { letGo = resolve; }), first = new Promise(resolve => { arrived = resolve; });
  await page.route('**/checkout', async (route, request) => {
    if (request.method() !== 'POST') return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    arrived();
    await held;
    await route.fulfill({ response }).catch(() => {});    // the browser may have turned to the second by now
  });
  return { first, letGo };
}

story('Two taps on the button place one order', async visitor => {
  const { page, scripts } = visitor;
  await atCheckout(visitor);
  const sent = posts(page), slow = await answerSlowly(page), finger = await fingerOver(page, button(page, 'Place order'));
  await finger();
  await slow.first;
  await finger();
  slow.letGo();
  await page.getByRole('heading', { name: 'Thank you!' }).waitFor();
  assert.equal(sent.length, scripts ? 1 : 2, 'a script holds the second tap back; without it both reach the shop');
  assert.equal(await orderCount(page), 1);
});

story('The form sent again after going back is the same order', async visitor => {
  const { page, context } = visitor;
  await atCheckout(visitor);
  const sent = posts(page);
  await press(page, button(page, 'Place order'));
  const number = await orderNumber(page);
  await page.goBack();
  if (await button(page, 'Place order').count()) {       // a browser that kept the page as it was
    await press(page, button(page, 'Place order'));
    assert.equal(await orderNumber(page), number);
  } else assert.match(await text(page), /empty/, 'the way back leads to an empty cart');

  const again = await context.request.post('/checkout',
    { data: sent[0], headers: { 'content-type': 'application/x-www-form-urlencoded', origin: shop } });
  assert.equal(again.status(), 200);
  assert.match(again.url(), /\/placed$/);
  assert.match(await again.text(), new RegExp(number), 'the first answer is given again');
  assert.equal(await orderCount(page), 1);
});

story('Two windows at the checkout of one cart place one order', async visitor => {
  const { page, context } = visitor;
  await atCheckout(visitor);
  const second = await context.newPage();
  await second.goto('/checkout');
  await fill(second, WANJIKU);
  await press(page, button(page, 'Place order'));
  const answer = await press(second, button(second, 'Place order'));
  assert.ok(answer.status() >= 400 && answer.status() < 500, `refused with ${answer.status()}`);
  assert.match(await text(second), /empty|changed/i);
  assert.equal(await orderCount(page), 1);
});

// What is in the cart, as the badge of the cart's page says.
const inCart = async page => {
  await page.goto('/cart');
  return page.locator('input[name=quantity]').first().inputValue();
};

story('An impatient finger on the product puts one in', async visitor => {
  const { page } = visitor, { handle } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);                              // by now the shop knows who this is
  await page.goto(`/p/${handle}`);
  let letGo, arrived;
  const held = new Promise(resolve => { letGo = resolve; }), first = new Promise(resolve => { arrived = resolve; });
  await page.route(`**/p/${handle}`, async (route, request) => {
    if (request.method() !== 'POST') return route.continue();
    const response = await route.fetch({ maxRedirects: 0 });
    arrived();
    await held;
    await route.fulfill({ response }).catch(() => {});
  });
  const finger = await fingerOver(page, button(page, 'Add to cart'));
  await finger();
  await first;
  await finger();
  const seen = visitor.scripts ? page.locator('#live .toast').waitFor() : page.getByRole('heading', { name: 'Your cart' }).waitFor();
  letGo();
  await seen;
  assert.equal(await inCart(page), '2', 'the one from before, and one');
});

story('Whoever comes back from the cart and adds again means it', async visitor => {
  const { page } = visitor, { handle } = await stockProduct({});
  for (const count of ['1', '2', '3']) {
    await page.goto(`/p/${handle}`);
    await addToCart(visitor);
    assert.equal(await inCart(page), count);
  }
  if (visitor.scripts) {                                 // without leaving the page
    await page.goto(`/p/${handle}`);
    for (let i = 0; i < 2; i++) {
      const answer = page.waitForResponse(r => r.request().method() === 'POST');
      await button(page, 'Add to cart').click();
      await answer;
      await page.waitForFunction(() => !document.querySelector('form[data-add]').dataset.sent);
    }
    assert.equal(await inCart(page), '5');
  }
});
