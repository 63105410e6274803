// Looks at a page as it stands: the rules of every page, axe's rules where scripts run, each picture, and a screenshot.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { brokenRules } from './rules.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES_MS = 10_000;
const shots = process.env.PORTAL_TEST_SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

async function brokenForReaders(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(found => ['serious', 'critical'].includes(found.impact))
    .flatMap(found => found.nodes.map(node => `axe ${found.id}: ${node.html.slice(0, 160)}`));
}

// Those further down are fetched when they come into view; here they come into view at once. Asked again and again from
// outside, because a page without scripts keeps no promises.
async function missingPictures(page) {
  const until = Date.now() + PICTURES_MS;
  for (;;) {
    const missing = await page.evaluate(() => [...document.images].filter(img => {
      img.loading = 'eager';
      return !(img.complete && img.naturalWidth);
    }).map(img => `picture that does not come: ${img.currentSrc || img.src}`));
    if (!missing.length || Date.now() > until) return missing;
    await setTimeout(50);
  }
}

export async function look({ page, scripts, viewport }, name) {
  const broken = [...await missingPictures(page), ...await page.evaluate(brokenRules), ...(scripts ? await brokenForReaders(page) : [])];
  if (shots) await page.screenshot({ path: join(shots, `${name}-${viewport.width}${scripts ? '' : '-plain'}.png`), fullPage: true });
  assert.deepEqual(broken, [], `${name} at ${viewport.width} px: ${new URL(page.url()).pathname}`);
}
