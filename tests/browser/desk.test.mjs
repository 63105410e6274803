// The staff's desk: an order from the telephone call to the money that went back, on a phone and on a desk. Whoever is not staff
// finds no door.
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { button, heading, link, MODES, NARROW, press, shop, text, visit, WIDE, withBrowser } from './browser.mjs';
import { look } from './look.mjs';
import { buy, stockProduct } from './shop.mjs';

const PAPERS_MS = 15_000;

async function staffVisit(browser, options) {
  const visitor = await visit(browser, options);
  const { page } = visitor;
  await page.goto('/login?next=/admin');
  await page.getByLabel('E-mail or phone number').fill(process.env.PORTAL_TEST_STAFF_LOGIN);
  await page.getByLabel('Password').fill(process.env.PORTAL_TEST_STAFF_PASSWORD);
  await press(page, page.locator('main').getByRole('button', { name: 'Sign in' }));
  assert.equal(await heading(page), "The shop's desk");
  return visitor;
}

// Papers are made by themselves, a moment after.
async function waitForPaper(page, name) {
  for (const until = Date.now() + PAPERS_MS; Date.now() < until; await setTimeout(300)) {
    await page.reload();
    if (await link(page, name).count()) return link(page, name).first();
  }
  assert.fail(`no ${name} appeared: ${await text(page)}`);
}

const open = (page, words) => page.locator('summary', { hasText: words }).click();

async function tell(browser, options, name) {
  const shopper = await visit(browser, options), staff = await staffVisit(browser, options);
  const { page } = staff;
  const product = await stockProduct({ title: 'Théière « Abidjan » & شاي', variants: [{ onHand: 9 }] });
  const number = await buy(shopper, product.handle);
  await look(staff, `${name}-start`);

  // Found by what the customer says on the telephone, in any case and without hyphens.
  await page.getByLabel('Order, invoice, phone or e-mail').fill(number.toLowerCase().replaceAll('-', ' '));
  await press(page, button(page, 'Find the order'));
  await look(staff, `${name}-search`);
  await press(page, link(page, number));
  assert.equal(await heading(page), number);
  await look(staff, `${name}-order-placed`);

  await page.getByLabel('Note').first().fill('Called, will be at home.');
  await press(page, button(page, 'Confirm'));
  assert.match(await text(page), /Called, will be at home\./);

  await open(page, 'Send a parcel');
  await page.getByLabel('Carrier').fill('G4S');
  await page.getByLabel('Tracking number').fill('G4-77123');
  await look(staff, `${name}-order-shipping`);
  await press(page, button(page, 'It left'));
  assert.match(await text(page), /G4S G4-77123/);

  await press(page, await waitForPaper(page, /-INV-/));
  assert.match(await text(page), /Théière « Abidjan » & شاي/);
  assert.match(await text(page), /KRA PIN/);
  await look(staff, `${name}-invoice`);
  const pdf = await page.request.get(await link(page, 'Save as PDF').getAttribute('href'));
  assert.equal(pdf.headers()['content-type'], 'application/pdf');
  assert.equal((await pdf.body()).subarray(0, 5).toString(), '%PDF-');
  await page.goBack();

  await press(page, button(page, 'Handed over'));
  await open(page, 'Give money back');
  await look(staff, `${name}-order-refunding`);
  const line = page.locator('form', { has: page.getByRole('heading', { name: 'For one item' }) });
  await line.getByLabel('Reason').fill('The lid is broken.');
  await press(page, line.getByRole('button', { name: 'Give back' }));
  assert.match(await text(page), /The lid is broken\./);
  await waitForPaper(page, /-CRN-/);
  await look(staff, `${name}-order-refunded`);
  await press(page, link(page, /-CRN-/).first());
  assert.match(await text(page), /Corrects invoice KE-INV-/);
  await look(staff, `${name}-credit-note`);

  // Cash does not go back by itself: somebody hands it out and says so.
  await page.goto('/admin/attention');
  assert.equal(await heading(page), 'Attention');
  const refund = page.locator('.box', { hasText: number }).filter({ hasText: 'The lid is broken.' });
  await look(staff, `${name}-attention`);
  await refund.getByLabel('What was done, for the record').fill('At the counter, signed for.');
  await press(page, refund.getByRole('button', { name: 'It was paid out by hand' }));
  assert.equal(await refund.count(), 0);

  // Two teapots broke in the store room.
  const sku = product.variants[0].sku;
  await page.goto('/admin/stock');
  await page.getByLabel('SKU or name').fill(sku);
  await press(page, button(page, 'Show'));
  await look(staff, `${name}-stock`);
  await press(page, link(page, /Théière/).first());
  const place = await page.locator('table.rows tbody tr').first().locator('td').nth(1).innerText();     // other stories open places of their own
  await page.locator('#at').selectOption(place.trim());
  await page.getByLabel('Units (with a minus: lost)').fill('-2');
  await page.getByLabel('Reason').first().fill('Broke in the store room.');
  await press(page, button(page, 'Record it'));
  assert.match(await text(page), /Broke in the store room\./);
  await look(staff, `${name}-variant`);

  // A secret is shown once.
  await page.goto('/admin/webhooks');
  await page.getByLabel('Address (https)').fill('https://erp.example.com/hooks');
  await press(page, button(page, 'Add'));
  assert.match(await text(page), /whsec_/);
  await look(staff, `${name}-webhooks`);
  await page.goto('/admin/webhooks');
  assert.doesNotMatch(await text(page), /whsec_/);
  await press(page, button(page, 'Remove').first());

  for (const [path, title] of [['/admin/orders?status=DELIVERED', 'Orders'], ['/admin/returns', 'Returns']]) {
    await page.goto(path);
    assert.equal(await heading(page), title);
    await look(staff, `${name}-${title.toLowerCase()}`);
  }

  // The shopper sees the papers, and no desk.
  await shopper.page.goto('/orders');
  assert.equal(await shopper.page.locator('header').getByTitle("The shop's desk").count(), 0);
  await press(shopper.page, link(shopper.page, /Théière/).first());
  await press(shopper.page, link(shopper.page, /Invoice KE-INV-/));
  assert.equal(await heading(shopper.page), 'Invoice');
  const shut = await shopper.page.goto('/admin/orders');
  assert.equal(new URL(shut.url()).pathname, '/login');
  assert.deepEqual([...staff.faults, ...shopper.faults], [], 'the browser had nothing to complain of');
}

for (const [name, viewport] of [['desk-phone', NARROW], ['desk-wide', WIDE]])
  for (const mode of MODES)
    test(`An order at the desk, ${name}, ${mode.name}`, () => withBrowser(browser => tell(browser, { viewport, ...mode }, name)));

test('A stranger cannot read an invoice', async () => {
  const answer = await fetch(`${shop}/v1/orders/KE-0000-0000/invoice.pdf`);
  assert.equal(answer.status, 401);
});
