// Paying before the parcel leaves, as a person sees it: away to the provider's page and back, or with Stripe's script on ours.
import assert from 'node:assert/strict';
import { story, press, link, button, text } from './browser.mjs';
import { addToCart, fill, stockProduct, WANJIKU } from './shop.mjs';

async function order(visitor, way) {
  const { page } = visitor, { handle } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await press(page, link(page, 'Go to checkout'));
  await fill(page, WANJIKU);
  await page.getByRole('radio', { name: way }).check();
  await button(page, 'Place order').click();
}

const thanks = page => page.getByText(/Thank you! Order KE-\S+ is paid\./);

story('Paystack: to their page, and back to an order that is paid', async visitor => {
  const { page } = visitor;
  await order(visitor, /^Paystack/);
  await page.getByRole('heading', { name: 'Paystack' }).waitFor();
  await button(page, 'Pay').click();
  await thanks(page).waitFor();
  await press(page, link(page, 'See your order'));
  assert.match(await text(page), /Paid/);
});

story('A card that is declined: another way is offered, and works', async visitor => {
  const { page } = visitor;
  await order(visitor, /^Paystack/);
  await page.getByRole('heading', { name: 'Paystack' }).waitFor();
  await button(page, 'Decline').click();
  await page.getByText('How do you want to pay?').waitFor();
  await page.getByRole('radio', { name: /^M-Pesa/ }).check();
  await page.locator('form[action$="/pay"] button').click();
  await thanks(page).waitFor();
});

story('Stripe: with its script on our page; without script another way', async visitor => {
  const { page, scripts } = visitor;
  await order(visitor, /^Card/);
  if (scripts) {
    await page.locator('#stripe form button').click();
    await page.getByRole('heading', { name: 'Stripe' }).waitFor();
    await button(page, 'Pay').click();
  } else {
    assert.match(await text(page, 'noscript'), /Card payments need JavaScript/);
    await page.getByRole('radio', { name: /^M-Pesa/ }).check();
    await page.locator('form[action$="/pay"] button').click();
  }
  await thanks(page).waitFor();
});
