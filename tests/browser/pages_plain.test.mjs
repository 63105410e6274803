// Every page on a small phone without scripts: see way.mjs.
import { NARROW } from './browser.mjs';
import { everyPage } from './way.mjs';

everyPage('Every page on a small phone without scripts', { viewport: NARROW, scripts: false });
