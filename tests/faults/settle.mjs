// After the faults: waits until nothing is left to do. What is due only later (a retry in ten minutes, a hold that runs out in
// fifteen) is brought forward, as if that time had passed; the programs are started again, so that they look at once.
import { sleep } from './shop.mjs';

const LEFT = `
  SELECT concat_ws(', ', (SELECT count(*) FROM orders.order_task WHERE state = 'due') || ' tasks', (SELECT count(*) FROM catalog.reservation WHERE state = 'held') || ' holds',
    (SELECT count(*) FROM (SELECT state FROM auth.outbox_event UNION ALL SELECT state FROM catalog.outbox_event UNION ALL SELECT state FROM cart.outbox_event
                           UNION ALL SELECT state FROM orders.outbox_event) e WHERE state = 'due') || ' events',
    (SELECT count(*) FROM orders.courier_message WHERE state IN ('due', 'sending')) || ' messages');`;
const PASS_TIME = `
  UPDATE orders.order_task SET due_at = now() WHERE state = 'due' AND due_at > now();
  UPDATE catalog.reservation r SET expires_at = now() WHERE state = 'held' AND NOT EXISTS (SELECT FROM orders.order_task t WHERE t.order_id = r.order_id);
  ${['auth', 'catalog', 'cart', 'orders'].map(name => `UPDATE ${name}.outbox_event SET due_at = now() WHERE state = 'due' AND due_at > now();`).join(' ')}
  UPDATE orders.courier_message SET due_at = now() WHERE state IN ('due', 'sending') AND due_at > now();`;
// Whoever has not paid by now never does.
const PASS_DEADLINES = `
  UPDATE orders.orders SET pay_until = now() - interval '1 hour' WHERE status = 'pending_payment' AND pay_until > now();
  UPDATE orders.payment_attempt SET deadline_at = now() - interval '80 hours' WHERE deadline_at > now() - interval '80 hours';`;
const NOTHING = /^(0 \w+(, )?)+$/;
const WORKERS = ['orders', 'catalog'];

// What is still to be done after all; '' when nothing is. Times are moved only while no worker runs, whose lease they are.
export async function settle(shop, { quietMs = 1500, rounds = 8 } = {}) {
  if (await isQuiet(shop, quietMs)) return '';
  const workers = shop.names.filter(name => WORKERS.includes(name.split('.')[0]));
  for (let round = 1; round <= rounds; round++) {
    await Promise.all(workers.map(name => shop.kill(name, 'SIGTERM')));
    shop.psql(PASS_TIME + (round > 1 ? PASS_DEADLINES : ''));
    await shop.startAll();
    if (await isQuiet(shop, 4000)) return '';
  }
  return shop.psql(LEFT).trim();
}

async function isQuiet(shop, forMs) {
  for (const end = Date.now() + forMs; Date.now() < end; await sleep(100)) if (NOTHING.test(shop.psql(LEFT).trim())) return true;
  return false;
}
