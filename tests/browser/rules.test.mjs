// The rules themselves: a page that breaks each of them is found out, so that silence about a real page means something.
import assert from 'node:assert/strict';
import test from 'node:test';
import { MODES, visit, withBrowser } from './browser.mjs';
import { brokenRules } from './rules.mjs';

const BAD = `<html><head><title> </title></head><body style="margin:0"><h1>One</h1><h1>Two</h1>
  <div style="width:500px;height:1px"></div>
  <input name="bare"><label for="x"> </label><input id="x" aria-describedby="nobody"><i id="x"></i>
  <button style="height:50px;width:50px"></button><img src="data:,">
  <a href="/">Low</a><div style="width:50px;height:20px;overflow:hidden;white-space:nowrap">A price of 46,500.00</div></body></html>`;
const FOUND = ['the page has no title', 'the page names no language', 'there are 2 first headings', 'the page is 500 px wide',
  'too wide', 'no label: <input name="bare">', 'no label: <input id="x"', 'no name: <button', 'no alt', 'no size', 'id used twice: <i',
  'described by nothing', 'px high: <a', 'cut off: <div'];
const GOOD = `<html lang="en-KE"><head><title>Good</title></head><body><h1>One</h1><p>A <a href="/">link</a> in a sentence.</p>
  <label for="x">Name</label><input id="x" style="height:48px"><img src="data:," alt="" width="1" height="1">
  <span style="position:absolute;width:1px;height:1px;overflow:hidden" class="hide">Hidden words</span></body></html>`;

for (const mode of MODES)
  test(`Broken rules are found, and only those, ${mode.name}`, () => withBrowser(async browser => {
    const { page } = await visit(browser, mode);
    await page.setContent(BAD);
    const broken = await page.evaluate(brokenRules);
    for (const rule of FOUND) assert.ok(broken.some(one => one.includes(rule)), `${rule} is not in ${JSON.stringify(broken, null, 1)}`);
    await page.setContent(GOOD);
    assert.deepEqual(await page.evaluate(brokenRules), []);
  }));

test('What the browser complains of is heard', () => withBrowser(async browser => {
  const { page, faults } = await visit(browser);
  await page.route('**/*', (route, request) => (request.isNavigationRequest()
    ? route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': "style-src 'none'; script-src 'unsafe-inline'" },
      body: '<p style="color:red">x<script>console.error("said"); undefinedName();</script><img src="/missing.png"><img src="/cut.png">' })
    : request.url().endsWith('cut.png') ? route.abort('connectionreset') : route.fulfill({ status: 404, body: '' })));
  await page.goto('/');
  for (const what of [/console: said/, /script: undefinedName/, /request: 404 \/missing.png/, /request: \/cut.png: net::ERR/, /Content Security Policy/])
    assert.ok(faults.some(fault => what.test(fault)), `${what} is not in ${JSON.stringify(faults, null, 1)}`);
}));
