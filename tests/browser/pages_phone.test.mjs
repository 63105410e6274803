// Every page on a small phone: see way.mjs.
import { NARROW } from './browser.mjs';
import { everyPage } from './way.mjs';

everyPage('Every page on a small phone', { viewport: NARROW });
