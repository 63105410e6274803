// One visitor's way through all pages in the states that shoppers meet, each held against the rules of every page.
import assert from 'node:assert/strict';
import test from 'node:test';
import { button, press, visit, withBrowser } from './browser.mjs';
import { look } from './look.mjs';
import { WANJIKU, addToCart, fill, sellOut, stockProduct, unique } from './shop.mjs';

const LONG = 'Hand-carved Olive Wood Serving Bowl with Lid, Spoon and a Cloth of Kitenge, Large';
const PASSWORD = 'long enough for all';

// Steps: each leaves the visitor at a page.
const goto = path => ({ page }) => page.goto(path);
const follow = name => ({ page }) => press(page, page.locator('main').getByRole('link', { name }));
const send = (values, name) => async ({ page }) => {
  await fill(page, values);
  await press(page, button(page, name));
};
const put = handle => async visitor => {
  await visitor.page.goto(`/p/${handle}`);
  await addToCart(visitor);
};
const choose = country => async ({ page }) => {
  const footer = page.locator('footer');
  await footer.getByRole('combobox').selectOption(country);
  await press(page, footer.getByRole('button'));
};
const inTurn = (...steps) => async visitor => { for (const step of steps) await step(visitor); };

// Every step ends at a page that is looked at.
async function way() {
  const long = await stockProduct({ title: LONG, variants: [{ onHand: 2 }] });
  const none = await stockProduct({ title: 'Sold-out Kettle', variants: [{ onHand: 0 }] });
  const last = await stockProduct({ title: 'Last Lantern', variants: [{ onHand: 1 }] });
  const bad = { 'Phone number': '12', 'Town or city': ' ' };
  return [
    ['home', goto('/')],
    ['categories', goto('/categories')],
    ['category', goto('/c/fashion')],
    ['list', goto('/search')],
    ['list-second-page', follow('Next page')],
    ['search-typo', goto('/search?q=ankra%20wrap%20dres')],
    ['search-nothing', goto('/search?q=qqqqzzzz')],
    ['product', goto('/p/ankara-wrap-dress')],
    ['product-prices-vary', goto('/p/kito-a16-smartphone-64-gb')],
    ['product-sold-out', goto(`/p/${none.handle}`)],
    ['product-long-title', goto(`/p/${long.handle}`)],
    ['product-refused', inTurn(({ refusals }) => refusals.add(`409 /p/${long.handle}`), send({ Quantity: '3' }, 'Add to cart'))],
    ['cart-empty', goto('/cart')],
    ['orders-empty', goto('/orders')],
    ['cart', inTurn(put(long.handle), put('msomi-14-student-laptop'))],
    ['checkout', follow('Go to checkout')],
    ['checkout-refused', send({ ...WANJIKU, ...bad }, 'Place order')],
    ['placed', send(WANJIKU, 'Place order')],
    ['order', follow('See your order')],
    ['order-cancelled', inTurn(({ page }) => page.getByText('Changed your mind?').click(), send({}, 'Cancel this order'))],
    ['orders', goto('/orders')],
    ['cart-sold-out', inTurn(put(last.handle), () => sellOut(last), goto('/cart'))],
    ['login', goto('/login')],
    ['login-refused', send({ 'E-mail or phone number': 'nobody@example.com', Password: 'not this one' }, 'Sign in')],
    ['register', goto('/register')],
    ['register-refused', send({ 'Full name': 'Seun', 'E-mail or phone number': 'at home', Password: PASSWORD }, 'Create account')],
    ['account', send({ 'Full name': 'Oluwaseun Adebayo-Okonkwo', 'E-mail or phone number': `${unique('seun')}@example.com`,
      Password: PASSWORD }, 'Create account')],
    ['address', goto('/account/addresses')],
    ['address-refused', send({ 'House, street or estate': 'Market Road', ...bad }, 'Save')],
    ['account-with-address', send({ 'Phone number': '0733 111 222', 'Town or city': 'Thika' }, 'Save')],
    ['not-found', goto('/no-such-page')],
    ['home-french', inTurn(goto('/'), choose('CI'))],
    ['product-french', goto('/p/ankara-wrap-dress')],
    ['cart-french', goto('/cart')],
    ['list-naira', inTurn(choose('NG'), goto('/search?sort=PRICE_HIGH'))],
    ['list-rand', inTurn(choose('ZA'), goto('/search?sort=PRICE_HIGH'))],
  ];
}

// kind: what visit() takes.
export function everyPage(title, kind) {
  test(title, t => withBrowser(async browser => {
    const visitor = await visit(browser, kind);
    for (const [name, go] of await way())
      await t.test(name, async () => {
        await go(visitor);
        await look(visitor, name);
        assert.deepEqual(visitor.faults.splice(0), [], 'the browser had nothing to complain of');
      });
  }));
}
