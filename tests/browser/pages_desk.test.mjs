// Every page on a wide screen: see way.mjs.
import { WIDE } from './browser.mjs';
import { everyPage } from './way.mjs';

everyPage('Every page on a wide screen', { viewport: WIDE });
