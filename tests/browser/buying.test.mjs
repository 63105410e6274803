// The straight road through the shop's pages: as a guest, and as somebody with an account.
import assert from 'node:assert/strict';
import { story, press, link, button, heading, text } from './browser.mjs';
import { WANJIKU, addToCart, choose, fill, orderNumber, stockProduct, unique } from './shop.mjs';

async function search(page, words) {
  await page.goto('/');
  await page.getByLabel('Search the shop').fill(words);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function setQuantity(page, quantity) {
  await page.getByLabel('Quantity').fill(String(quantity));
  await press(page, button(page, 'Update'));
  assert.equal(await page.getByLabel('Quantity').inputValue(), String(quantity));
}

story('A guest searches with a typo, chooses, buys by landmark, and cancels', async visitor => {
  const { page } = visitor;
  await search(page, 'ankra wrap dres');
  await press(page, link(page, /Ankara Wrap Dress/));
  assert.equal(await heading(page), 'Ankara Wrap Dress');
  await choose(visitor, ['L', 'Marigold']);
  await addToCart(visitor);
  assert.match(await text(page), /L \/ Marigold · Ksh 3,200\.00 each/);
  await setQuantity(page, 2);
  assert.match(await text(page), /Ksh 6,400\.00/);

  await press(page, link(page, 'Go to checkout'));
  assert.equal(await page.getByLabel(/post ?code/i).count(), 0, 'nobody is asked for a postcode');
  await fill(page, WANJIKU);
  await press(page, button(page, 'Place order'));
  assert.match(page.url(), /\/orders\/[^/]+\/placed$/);
  assert.equal(await heading(page), 'Thank you!');
  const number = await orderNumber(page);
  assert.match(number, /^KE-/);

  await page.goto('/');
  await press(page, page.locator('footer').getByRole('link', { name: 'My orders' }));
  assert.match(await text(page), new RegExp(number));
  await press(page, link(page, 'Ankara Wrap Dress'));
  assert.match(await text(page), /Behind the Total station/);
  assert.match(await text(page), /L \/ Marigold · 2 × Ksh 3,200\.00/);

  await page.getByText('Changed your mind?').click();
  await page.getByLabel('Why? It helps us.').fill('Found it at home');
  await press(page, button(page, 'Cancel this order'));
  assert.equal(await page.locator('main .state').first().innerText(), 'Cancelled');
  assert.equal(await button(page, 'Cancel this order').count(), 0, 'it is cancelled once');
});

const ADDRESS = {
  'Who takes the parcel': 'Achieng Odhiambo', 'Phone number': '0722 000 111', 'Town or city': 'Kisumu',
  'House, street or estate': 'Oginga Odinga Street 4', Landmark: 'Opposite the clock tower',
};

async function register(page, login, password) {
  await page.goto('/login');
  await press(page, link(page, 'Create an account'));
  await fill(page, { 'Full name': 'Achieng Odhiambo', 'E-mail or phone number': login, Password: password });
  await press(page, button(page, 'Create account'));
  assert.equal(await heading(page), 'Your account');
}

story('A visitor registers, buys, signs out, and finds it all again', async visitor => {
  const { page } = visitor, login = `${unique('achieng')}@example.com`, password = 'a sentence is good';
  const { handle, title } = await stockProduct({ title: 'Tested Kettle' });
  await register(page, login, password);
  await press(page, link(page, 'Add an address'));
  await fill(page, ADDRESS);
  await press(page, button(page, 'Save'));
  assert.match(await text(page), /Opposite the clock tower/);

  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await press(page, link(page, 'Go to checkout'));
  assert.equal(await page.getByLabel('Landmark').inputValue(), 'Opposite the clock tower', 'the saved address is there');
  assert.equal(await page.getByLabel('E-mail').inputValue(), login);
  await press(page, button(page, 'Place order'));
  const number = await orderNumber(page);

  await page.goto('/account');
  await press(page, button(page, 'Sign out'));
  await page.goto('/orders');
  assert.doesNotMatch(await text(page), new RegExp(number), 'whoever holds the phone next sees nothing of it');

  await page.goto(`/p/${handle}`);
  await addToCart(visitor);                       // as a guest, to be kept when she signs in
  await page.goto('/login?next=/orders');
  await fill(page, { 'E-mail or phone number': login.toUpperCase(), Password: password });
  await press(page, button(page, 'Sign in'));
  assert.equal(new URL(page.url()).pathname, '/orders');
  assert.match(await text(page), new RegExp(number));
  await page.goto('/account');
  assert.match(await text(page), /Opposite the clock tower/);
  await page.goto('/cart');
  assert.match(await text(page), new RegExp(title), 'what she chose as a guest is in her cart');
});
