// ./portal test faults --mutations: is the audit awake? Bugs are planted and the audit must name what they break.
//
// EDITS falsify the books of a run that held, inside a transaction that is rolled back. LIVE ones break the database under the
// running shop, as a missing constraint, a skipped dedupe or a lost write in the programs would. Every invariant of audit.sql
// must be broken by at least one of them.
import { audit, invariants } from './audit.mjs';
import { Client, Journal } from './client.mjs';
import { Staff } from './people.mjs';
import { randomOf } from './random.mjs';
import { runPeople } from './seed.mjs';
import { settle } from './settle.mjs';
import { restore } from './world.mjs';

// Constraints and triggers stand in the way of an edit; a program with a bug would not have them to help.
const FREE = `SET session_replication_role = replica;
  DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conrelid::regclass AS tab, conname FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
              WHERE contype IN ('c', 'u') AND nspname IN ('orders', 'catalog', 'cart') AND conrelid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = k.conindid AND f.contype = 'f' AND k.conindid <> 0)
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', c.tab, c.conname); END LOOP;
    FOR c IN SELECT i.indexrelid::regclass AS name FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid JOIN pg_namespace n ON n.oid = k.relnamespace
              WHERE i.indisunique AND nspname IN ('orders', 'catalog', 'cart') AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.conindid = i.indexrelid)
    LOOP EXECUTE format('DROP INDEX %s', c.name); END LOOP;
  END $$;`;
const one = (status, more = '') => `(SELECT id FROM orders.orders WHERE status = '${status}' ${more} ORDER BY id LIMIT 1)`;
const some = `(SELECT order_id FROM acknowledged ORDER BY order_id LIMIT 1)`;
const living = `(SELECT id FROM orders.orders WHERE status NOT IN ('cancelled', 'returned') ORDER BY id LIMIT 1)`;
const variant = `(SELECT variant_id FROM opening ORDER BY variant_id LIMIT 1)`;
const counted = `(SELECT id FROM orders.payment_attempt WHERE is_counted ORDER BY id LIMIT 1)`;
const copy = (table, row, changes) => `INSERT INTO ${table} SELECT (jsonb_populate_record(t, '${JSON.stringify(changes)}')).* FROM ${table} t WHERE ${row};`;
const UUID = '00000000-0000-4000-8000-000000000001';

const EDITS = [
  ['an order is lost', `DELETE FROM orders.orders WHERE id = ${some};`, 'an acknowledged order is there, as it was acknowledged'],
  ['a total is changed after it was acknowledged', `UPDATE orders.orders SET total_minor = total_minor + 1, subtotal_minor = subtotal_minor + 1 WHERE id = ${some};`, 'an acknowledged order is there, as it was acknowledged'],
  ['a line is lost', `DELETE FROM orders.order_line WHERE (order_id, position) = (SELECT order_id, max(position) FROM orders.order_line WHERE order_id = ${some} GROUP BY 1);`, 'the lines of an order are those that were acknowledged'],
  ['a key placed two orders', copy('orders.orders', `id = ${some}`, { id: UUID, number: 'KE-0000-0001' }), 'no key has two effects'],
  ['an order that nobody was told of', copy('orders.orders', `id = ${some}`, { id: UUID, number: 'KE-0000-0001', note: 'key nobody' }), 'no order that nobody was told of'],
  ['a cart is ordered twice', copy('orders.orders', `id = ${some}`, { id: UUID, number: 'KE-0000-0001' }), 'a cart is ordered once'],
  ['a cart stays open after its order', `UPDATE cart.cart SET state = 'open', closed_by_order = NULL WHERE id = (SELECT cart_id FROM orders.orders WHERE id = ${some});`, 'the cart of an order is closed by it'],
  ['a cancellation is forgotten', `UPDATE orders.orders SET status = 'confirmed' WHERE id = (SELECT order_id FROM cancelled ORDER BY 1 LIMIT 1);`, 'an acknowledged cancellation is one'],
  ['a status without its step', `UPDATE orders.orders SET status = CASE status WHEN 'confirmed' THEN 'shipped' ELSE 'confirmed' END WHERE id = ${living};`, 'the history of an order leads to its state'],
  ['a subtotal that does not add up', `UPDATE orders.orders SET subtotal_minor = subtotal_minor + 100 WHERE id = ${some};`, 'totals add up'],
  ['a count below zero', `UPDATE catalog.stock SET on_hand = -1 WHERE variant_id = ${variant};`, 'stock is never negative'],
  ['units reserved for nobody', `UPDATE catalog.stock SET reserved = reserved + 1 WHERE variant_id = ${variant};`, 'reserved = open reservations, owed = what they wait for'],
  ['a figure without its movement', `UPDATE catalog.stock SET on_hand = on_hand + 1 WHERE variant_id = ${variant};`, 'the figures are the sum of the movements'],
  ['sold before it was there, and put right later', `
     INSERT INTO catalog.stock_movement (variant_id, location_id, kind, on_hand_change, made_by) VALUES (${variant}, 1, 'adjusted', -10000, 'bug');
     INSERT INTO catalog.stock_movement (variant_id, location_id, kind, on_hand_change, made_by) VALUES (${variant}, 1, 'adjusted', 10000, 'bug');`, 'no count was negative at any moment'],
  ['a hold that nobody ends', `UPDATE catalog.reservation SET state = 'held' WHERE order_id = ${living};`, 'no reservation leaked'],
  ['an order whose units were given back', `UPDATE catalog.reservation SET state = 'released' WHERE order_id = ${living};`, 'every order that lives has its units, and no other has'],
  ['fewer units are held than were bought', `UPDATE catalog.reservation_line SET quantity = quantity - 1 WHERE (order_id, variant_id) = (SELECT order_id, min(variant_id::text)::uuid FROM orders.order_line WHERE order_id = ${living} GROUP BY 1);`, 'what is reserved for an order is what it bought'],
  ['a sale takes its units twice', `
     INSERT INTO catalog.stock_movement (variant_id, location_id, kind, on_hand_change, made_by) VALUES (${variant}, 1, 'sold', -1, 'bug');
     UPDATE catalog.stock SET on_hand = on_hand - 1 WHERE variant_id = ${variant} AND location_id = 1;`, 'received - sold + returned = on hand'],
  ['a step that is never done', `INSERT INTO orders.order_task (order_id, step, subject_id, lane, state, due_at, deadline_at, changed_at) VALUES (${some}, 'confirm_stock', ${some}, 'shop', 'failed', now(), now(), now());`, 'no saga is stuck'],
  ['two payments for an order', copy('orders.payment', `order_id = ${some}`, { id: UUID }), 'every order has one payment, in keeping with its state'],
  ['cash still to be collected for a delivered order', `UPDATE orders.payment SET status = 'to_collect' WHERE order_id = ${one('delivered', "AND id IN (SELECT order_id FROM orders.payment WHERE method = 'cash_on_delivery')")};`, 'every order has one payment, in keeping with its state'],
  ['a key with two answers', `UPDATE orders.idempotency_key SET answers = 2 WHERE ctid = (SELECT ctid FROM orders.idempotency_key LIMIT 1);`, 'every key that was answered has one answer'],
  ['a gap in the numbers of invoices', `DELETE FROM orders.invoice WHERE sequence = 1;`, 'invoices have numbers without gaps'],
  ['an event that is not delivered', `INSERT INTO orders.outbox_event (id, topic, key, payload) VALUES ('${UUID}', 'order.placed', 'x', '{}');`, 'every event reached its consumer'],
  ['an event that is lost', `DELETE FROM orders.inbox_event WHERE id = (SELECT id FROM orders.inbox_event WHERE topic = 'order.placed' ORDER BY id LIMIT 1);`, 'what became of an order was told, once for each time'],
  ['an event with two effects', copy('orders.inbox_event', `id = (SELECT id FROM orders.inbox_event WHERE topic = 'order.placed' ORDER BY id LIMIT 1)`, { id: UUID }), 'what became of an order was told, once for each time'],
  ['a message that is given up', `UPDATE orders.courier_message SET state = 'failed' WHERE id = (SELECT id FROM orders.courier_message ORDER BY id LIMIT 1);`, 'every message was sent, or is known to be in doubt'],
  ['a mail that was sent twice under two names', `UPDATE mails SET received = received + 1;`, 'a mail arrives, and copies of it are told by their Message-ID'],
  ['a posting of one side', `DELETE FROM orders.ledger_entry WHERE ctid = (SELECT ctid FROM orders.ledger_entry ORDER BY transaction_id LIMIT 1);`, 'the books balance'],
  ['money at a provider that the books do not know', `UPDATE charge SET paid_minor = paid_minor * 2 WHERE (provider, id) = (SELECT provider, id FROM charge WHERE state = 'paid' ORDER BY 1, 2 LIMIT 1);`, 'what a provider holds for the shop is what the books say'],
  ['a payment that the shop knows nothing of', `INSERT INTO charge (provider, id, reference, state, minor, currency, paid_minor, paid_currency, order_number) VALUES ('stripe', 'x', 'x', 'paid', 1, 'KES', 1, 'KES', 'x');`, 'a payment whose answer and notice were both lost waits for a person'],
  ['cash that is not in the books', `DELETE FROM orders.ledger_entry WHERE transaction_id = (SELECT transaction_id FROM orders.ledger_entry WHERE account = 'cash:courier' ORDER BY 1 LIMIT 1);`, 'cash collected at the door is in the books'],
  ['an order is paid without money', `UPDATE orders.payment_attempt SET is_counted = false WHERE order_id = (SELECT a.order_id FROM orders.payment_attempt a JOIN orders.orders o ON o.id = a.order_id WHERE is_counted AND o.status IN ('paid', 'confirmed', 'shipped', 'delivered') ORDER BY 1 LIMIT 1);`, 'an order is paid by what was captured for it, and by nothing else'],
  ['a cancelled order keeps its money', `DELETE FROM orders.refund WHERE order_id = (SELECT order_id FROM orders.refund r JOIN orders.orders o ON o.id = r.order_id WHERE o.status = 'cancelled' ORDER BY 1 LIMIT 1);`, 'nobody is charged for a cancelled order'],
  ['a refund goes out twice', `INSERT INTO provider_refund SELECT * FROM provider_refund WHERE state = 'done' LIMIT 1;`, 'the provider gave back what the shop says, each refund once'],
  ['an acknowledged refund is lost', `DELETE FROM orders.credit WHERE id = (SELECT id FROM refunded ORDER BY 1 LIMIT 1);`, 'an acknowledged refund is made, for that sum'],
  ['a payment that stays open', `UPDATE orders.payment_attempt SET state = 'pending' WHERE id = ${counted};`, 'every payment comes to an end'],
];

const LIVE = [
  ['a commit before the effect: the step after an order is forgotten', `
     CREATE FUNCTION orders.bug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.step = 'confirm_stock' AND random() < 0.5 THEN RETURN NULL; END IF; RETURN NEW; END $$;
     CREATE TRIGGER bug BEFORE INSERT ON orders.order_task FOR EACH ROW EXECUTE FUNCTION orders.bug();`, ['every order that lives has its units, and no other has', 'no reservation leaked']],
  ['a skipped dedupe: keys are not found again', `
     ALTER TABLE orders.orders DROP CONSTRAINT orders_cart_key;
     CREATE FUNCTION orders.bug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.key = left(NEW.key || gen_random_uuid(), 255); RETURN NEW; END $$;
     CREATE TRIGGER bug BEFORE INSERT ON orders.idempotency_key FOR EACH ROW EXECUTE FUNCTION orders.bug();`, ['no key has two effects', 'one key, one answer', 'one key, two answers', 'whoever asks again is told in the end', 'no order that nobody was told of']],
  ['a dropped constraint: stock may be sold that is not there', `
     ALTER TABLE catalog.stock DROP CONSTRAINT stock_not_oversold;
     CREATE FUNCTION catalog.bug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.kind = 'reserved' THEN NEW.reserved_change = NEW.reserved_change * 40; END IF; RETURN NEW; END $$;
     CREATE TRIGGER bug BEFORE INSERT ON catalog.stock_movement FOR EACH ROW EXECUTE FUNCTION catalog.bug();`, ['no count was negative at any moment', 'reserved = open reservations, owed = what they wait for', 'stock is never negative']],
  ['an event is dropped on the way', `
     CREATE FUNCTION orders.bug() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.topic = 'order.placed' AND random() < 0.5 THEN RETURN NULL; END IF; RETURN NEW; END $$;
     CREATE TRIGGER bug BEFORE INSERT ON orders.outbox_event FOR EACH ROW EXECUTE FUNCTION orders.bug();`, ['what became of an order was told, once for each time']],
];

// So that there is something of every kind to falsify: orders that were handed over and paid at the door, money that went back.
async function deliverSome(shop, world, journal) {
  const client = new Client(shop.gateways, randomOf(1, 'deliver'), journal);
  const staff = await new Staff(client, client.random, journal, world).signIn();
  for (const { id } of journal.orders.filter(order => order.id && order.method === 'CASH_ON_DELIVERY').slice(0, 8))
    for (const event of ['CONFIRM', 'SHIP', 'DELIVER'])
      await staff.call({ method: 'POST', path: `/v1/admin/orders/${id}/events`, key: client.random.uuid(), body: { event, note: 'By staff.' } });
  for (const { id, currency } of journal.orders.filter(order => order.id).slice(0, 8))
    await staff.giveBack(`/v1/admin/orders/${id}/refunds`, { reason: 'Scratched.', amount: { amountMinor: '1000', currencyCode: currency } });
  client.close();
}

async function play(shop, world, statements) {
  await restore(shop);
  await shop.simulators?.reset(1);
  if (statements) shop.psql(statements);
  const journal = new Journal();
  await runPeople(shop, world, 1, 4000, journal);
  if (!statements) await deliverSome(shop, world, journal);
  const left = await settle(shop, statements ? { quietMs: 3000, rounds: 2 } : {});
  const broken = [...journal.violations, ...audit(shop, journal, world, await shop.simulators?.books())];
  if (left) broken.push({ invariant: 'everything comes to an end', rows: [left] });
  return { journal, broken };
}

// The names of what went unnoticed.
export async function runMutations(shop, world) {
  const unnoticed = [], covered = new Set();
  const tell = (name, wanted, broken) => {
    const found = [wanted].flat().filter(invariant => broken.some(row => row.invariant === invariant));
    found.forEach(invariant => covered.add(invariant));
    if (!found.length) unnoticed.push(name);
    console.log(`  ${found.length ? 'noticed  ' : 'UNNOTICED'}  ${name}${found.length ? `: ${found.join('; ')}` : `; the audit says: ${broken.map(row => row.invariant).join('; ') || 'all holds'}`}`);
  };
  console.log('mutations: a run without faults');
  const { journal, broken } = await play(shop, world);
  for (const { invariant, rows } of broken) {
    unnoticed.push(`a sound run is said to be broken: ${invariant}`);
    console.log(`  BROKEN without a mutation: ${invariant}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  const books = await shop.simulators?.books();
  for (const [name, edit, wanted] of EDITS) tell(name, wanted, audit(shop, journal, world, books, FREE + edit));
  for (const [name, statements, wanted] of LIVE) tell(name, wanted, (await play(shop, world, statements)).broken);
  for (const invariant of invariants) if (!covered.has(invariant)) unnoticed.push(`nothing breaks: ${invariant}`);
  return unnoticed;
}
