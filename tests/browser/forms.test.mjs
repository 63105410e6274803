// Mistakes in forms: what was typed stays, and what is wrong stands beside its field, for eyes and for screen readers.
import assert from 'node:assert/strict';
import { story, press, link, button, heading, text } from './browser.mjs';
import { addToCart, fill, stockProduct, unique, WANJIKU } from './shop.mjs';

async function saysBeside(page, label, message) {
  const field = page.getByLabel(label, { exact: true });
  assert.equal(await field.getAttribute('aria-invalid'), 'true', `${label} is marked`);
  const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ').filter(Boolean);
  const told = (await Promise.all(ids.map(id => page.locator(`#${id}`).innerText()))).join(' ');
  assert.match(told, message, `${label} is told: ${told}`);
  const gap = await field.evaluate((input, id) =>
    document.getElementById(id).getBoundingClientRect().top - input.getBoundingClientRect().bottom, ids.find(id => id.endsWith('-e')));
  assert.ok(gap >= -1 && gap < 16, `the message stands ${gap} px below ${label}`);
}

const holds = async (page, values) => {
  for (const [label, value] of Object.entries(values)) assert.equal(await page.getByLabel(label).inputValue(), value, label);
};
const alerts = page => text(page, 'main [role=alert]');

story('The checkout keeps what was typed and says what is wrong', async visitor => {
  const { page } = visitor, { handle } = await stockProduct({});
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await press(page, link(page, 'Go to checkout'));
  const wrong = { ...WANJIKU, 'Phone number': '12', 'Town or city': ' ', 'E-mail': 'wanjiku@nowhere',
    'Note for the courier': 'Call <b>"twice"</b> & wait' };
  await fill(page, wrong);
  const answer = await press(page, button(page, 'Place order'));
  assert.equal(answer.status(), 400);
  assert.match(await alerts(page), /Phone number/);
  await saysBeside(page, 'Phone number', /number/i);
  await saysBeside(page, 'Town or city', /\w/);
  await holds(page, wrong);

  await fill(page, { 'Phone number': '0712 345 678', 'Town or city': 'Nakuru', 'E-mail': 'wanjiku@example.com' });
  await press(page, button(page, 'Place order'));
  assert.equal(await heading(page), 'Thank you!');
  await press(page, link(page, 'See your order'));
  assert.match(await text(page), /Call <b>"twice"<\/b> & wait/, 'the note is as it was typed');
});

story('Registering and signing in say what is wrong', async ({ page }) => {
  const login = `${unique('otieno')}@example.com`, password = 'long enough for all';
  await page.goto('/register');
  const wrong = { 'Full name': 'Otieno "O" <Ouma>', 'E-mail or phone number': 'otieno at home' };
  await fill(page, { ...wrong, Password: password });
  const answer = await press(page, button(page, 'Create account'));
  assert.equal(answer.status(), 400);
  await saysBeside(page, 'E-mail or phone number', /\w/);
  await holds(page, { ...wrong, Password: '' });        // a password is never sent back

  await fill(page, { 'E-mail or phone number': login, Password: password });
  await press(page, button(page, 'Create account'));
  assert.equal(await page.getByLabel('Full name').inputValue(), wrong['Full name']);
  await press(page, button(page, 'Sign out'));

  await page.goto('/register');
  await fill(page, { 'Full name': 'Somebody else', 'E-mail or phone number': login, Password: password });
  assert.equal((await press(page, button(page, 'Create account'))).status(), 409);
  await saysBeside(page, 'E-mail or phone number', /\w/);
  await holds(page, { 'Full name': 'Somebody else', 'E-mail or phone number': login });

  await page.goto('/login');
  await fill(page, { 'E-mail or phone number': login, Password: 'not this sentence' });
  assert.equal((await press(page, button(page, 'Sign in'))).status(), 401);
  assert.match(await alerts(page), /not right/);
  await holds(page, { 'E-mail or phone number': login, Password: '' });
});

story('An address and a name are kept while they are put right', async ({ page }) => {
  await page.goto('/register?next=/account/addresses');
  await fill(page, { 'Full name': 'Zanele Dube', 'E-mail or phone number': `${unique('zanele')}@example.com`, Password: 'long enough for all' });
  await press(page, button(page, 'Create account'));
  const typed = {
    'Who takes the parcel': 'Zanele Dube', 'Phone number': 'none', 'Town or city': 'Thika', 'County, state or region': 'Kiambu',
    'House, street or estate': 'Kwame Nkrumah Street', 'Apartment, floor, building': 'Floor 3', Landmark: 'Next to the stadium',
  };
  await fill(page, typed);
  await page.getByLabel('Use this address first').check();
  assert.equal((await press(page, button(page, 'Save'))).status(), 400);
  await saysBeside(page, 'Phone number', /\w/);
  await holds(page, typed);
  assert.ok(await page.getByLabel('Use this address first').isChecked(), 'the tick is kept');
  await fill(page, { 'Phone number': '0733 111 222' });
  await press(page, button(page, 'Save'));
  assert.match(await text(page), /Floor 3/);

  await fill(page, { 'Full name': ' ' });
  assert.equal((await press(page, button(page, 'Save'))).status(), 400);
  await saysBeside(page, 'Full name', /\w/);
});

story('A quantity that cannot be had changes nothing', async visitor => {
  const { page } = visitor, { handle } = await stockProduct({ variants: [{ onHand: 2 }] });
  await page.goto(`/p/${handle}`);
  await addToCart(visitor);
  await fill(page, { Quantity: '50' });
  const answer = await press(page, button(page, 'Update'));
  assert.equal(answer.status(), 409);
  assert.match(await alerts(page), /2|stock|left/i);
  await page.goto('/cart');
  await holds(page, { Quantity: '1' });
});
