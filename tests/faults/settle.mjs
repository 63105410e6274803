// After the faults: waits until nothing is left to do. What is due only later (a retry in ten minutes, a hold that runs out in
// fifteen) is brought forward, as if that time had passed; the programs are started again, so that they look at once.
import { sleep } from './shop.mjs';

const LEFT = `
  SELECT (SELECT count(*) FROM orders.order_task WHERE state = 'due') || ' tasks, ' || (SELECT count(*) FROM catalog.reservation WHERE state = 'held') || ' holds';`;
const PASS_TIME = `
  UPDATE orders.order_task SET due_at = now() WHERE state = 'due' AND due_at > now();
  UPDATE catalog.reservation r SET expires_at = now() WHERE state = 'held' AND NOT EXISTS (SELECT FROM orders.order_task t WHERE t.order_id = r.order_id);`;
const NOTHING = /^(0 \w+(, )?)+$/;

export async function settle(shop, { quietMs = 2500, lateMs = 30_000 } = {}) {
  if (await isQuiet(shop, quietMs)) return '';
  for (const end = Date.now() + lateMs; Date.now() < end;) {
    shop.psql(PASS_TIME);
    await shop.stopAll('SIGTERM');
    await shop.startAll();
    if (await isQuiet(shop, 3000)) return '';
  }
  return shop.psql(LEFT).trim();
}

async function isQuiet(shop, forMs) {
  for (const end = Date.now() + forMs; Date.now() < end; await sleep(100)) if (NOTHING.test(shop.psql(LEFT).trim())) return true;
  return false;
}
