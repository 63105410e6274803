// Tells a story to the running shop in Debian's Chromium: twice, with scripts and without, since each page must work both
// ways. Whatever the browser complains of on the way (a script's error, the security policy, a failed request) ends the story.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import test from 'node:test';
import { chromium } from 'playwright-core';

export const shop = process.env.PORTAL_TEST_SHOP_URL;
if (!shop) throw new Error('PORTAL_TEST_SHOP_URL is not set: run ./portal test browser');

export const NARROW = { width: 360, height: 740 }, WIDE = { width: 1280, height: 900 };
export const MODES = [{ name: 'with scripts', scripts: true }, { name: 'without scripts', scripts: false }];

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const PATIENCE_MS = 20_000;   // a sanitized shop on a small machine that is busy

const runs = path => { try { accessSync(path, constants.X_OK); return true; } catch { return false; } };
function chromiumPath() {
  const asked = process.env.CHROMIUM ?? 'chromium';
  const path = asked.includes('/') ? asked : process.env.PATH.split(delimiter).map(folder => join(folder, asked)).find(runs);
  if (!path || !runs(path)) throw new Error(`There is no ${asked}: install Debian's chromium, or name one in CHROMIUM.`);
  return path;
}

export const withBrowser = async work => {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
};

// A visitor of their own: cookies, a page, and what went wrong on it. `refusals` are answers that the story expects, as
// "409 /checkout"; a document that is refused is the story's own business, which looks at the page.
export async function visit(browser, { scripts = true, viewport = NARROW, locale = 'en-KE' } = {}) {
  const context = await browser.newContext({ javaScriptEnabled: scripts, viewport, locale, baseURL: shop,
    reducedMotion: 'reduce', ignoreHTTPSErrors: true });   // the payment simulators' certificate is nobody's
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults = [], refusals = new Set();
  const address = url => url.replace(shop, '');
  page.on('console', said => {
    // That an answer was a refusal is looked at below, where it is known what was asked for.
    if (['error', 'warning'].includes(said.type()) && !said.text().startsWith('Failed to load resource'))
      faults.push(`console: ${said.text()}`);
  });
  page.on('pageerror', error => faults.push(`script: ${error.message}`));
  page.on('dialog', dialog => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('requestfailed', request => {
    const why = request.failure().errorText;
    if (why !== 'net::ERR_ABORTED') faults.push(`request: ${address(request.url())}: ${why}`);   // aborted: the visitor went on
  });
  page.on('response', answer => {
    const was = `${answer.status()} ${address(answer.url())}`;
    if (answer.status() >= 400 && !answer.request().isNavigationRequest() && !refusals.has(was)) faults.push(`request: ${was}`);
  });
  return { context, page, scripts, viewport, faults, refusals };
}

// story('title', async ({ page, scripts, browser, … }) => …): the same for both kinds of visitors.
export function story(title, tell, options = {}) {
  test(title, async t => {
    for (const mode of MODES)
      await t.test(mode.name, () => withBrowser(async browser => {
        const visitor = await visit(browser, { ...options, ...mode });
        await tell({ ...visitor, browser, mode });
        assert.deepEqual(visitor.faults, [], 'the browser had nothing to complain of');
      }));
  });
}

// Presses something that leads to another page, and waits for it; its answer.
export async function press(page, what) {
  const [answer] = await Promise.all([page.waitForNavigation(), what.click()]);
  return answer;
}

export const link = (page, name) => page.getByRole('link', { name });
export const button = (page, name) => page.getByRole('button', { name });
// What a page says, with its no-break spaces as plain ones.
export const text = async (page, where = 'main') => (await page.locator(where).innerText()).replace(/[\u00a0\u202f]/g, ' ');
export const heading = page => page.getByRole('heading', { level: 1 }).innerText();
