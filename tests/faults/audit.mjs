// Holds the database to what people were answered: every invariant of audit.sql is one statement that lists what breaks it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const blocks = readFileSync(join(import.meta.dirname, 'audit.sql'), 'utf8').split(/^-- invariant: /m).slice(1).map(text => {
  const at = text.indexOf('\n');
  return { name: text.slice(0, at), query: text.slice(at, text.indexOf(';\n', at)) };
});
export const invariants = blocks.map(block => block.name);

const rowsOf = (table, columns, rows) => `CREATE TEMP TABLE ${table} AS SELECT * FROM jsonb_to_recordset($json$${JSON.stringify(rows)}$json$) AS t (${columns});\n`;

// What the providers have in their books.
function simulatorTables(books, world) {
  const charges = books?.charges ?? [], refunds = books?.refunds ?? [];
  return rowsOf('charge', 'provider text, id text, reference text, state text, minor bigint, currency text, paid_minor bigint, paid_currency text, order_number text',
    charges.map(c => ({ ...c, id: String(c.id), paid_minor: c.paidMinor, paid_currency: c.paidCurrency, order_number: c.orderNumber })))
    + rowsOf('provider_refund', 'provider text, id text, charge_id text, minor bigint, currency text, state text',
      refunds.map(r => ({ ...r, id: String(r.id), charge_id: String(r.chargeId) })))
    + rowsOf('mails', 'received bigint, before bigint', [{ received: new Set(books?.messages.mail.map(mail => /^message-id: *(.*)$/im.exec(mail.text)?.[1])).size, before: world.mailsBefore }]);
}

function journalTables(journal, world) {
  const told = journal.orders.filter(order => order.id);
  const counted = journal.adjustments.filter(row => row.status < 300 && row.status > 0);
  return rowsOf('acknowledged', 'order_id uuid, number text, total_minor bigint, currency text, method text, lines text, key text',
    told.map(order => ({ order_id: order.id, number: order.number, total_minor: order.totalMinor, currency: order.currency, method: order.method, key: order.key,
      lines: order.lines.map(line => `${line.variant_id} ${line.quantity} ${line.unit_price_minor}`).sort().join(', ') })))
    + rowsOf('cancelled', 'order_id uuid', journal.cancels.map(order => ({ order_id: order.id })))
    + rowsOf('refunded', 'id uuid, amount_minor bigint', journal.refunds.map(refund => ({ id: refund.id, amount_minor: refund.amount })))
    + rowsOf('undecided', 'key text', journal.orders.filter(order => order.status === 0).map(({ key }) => ({ key })))
    + rowsOf('counted', 'variant_id uuid, delta bigint', counted.map(row => ({ variant_id: row.variantId, delta: row.delta })))
    + rowsOf('uncounted', 'variant_id uuid', journal.adjustments.filter(row => row.status === 0).map(row => ({ variant_id: row.variantId })))
    + rowsOf('opening', 'variant_id uuid, on_hand bigint', world.variants.map((id, i) => ({ variant_id: id, on_hand: world.onHand[i] })));
}

// [{ invariant, rows }] for each one that is broken. `edit`: statements that falsify the books first, for as long as the audit runs.
export function audit(shop, journal, world, books, edit = '') {
  const statements = blocks.map(({ name, query }) =>
    `SELECT jsonb_build_object('invariant', $name$${name}$name$, 'rows', coalesce(jsonb_agg(to_jsonb(q)), '[]'::jsonb))::text FROM (${query}) q;`);
  const out = shop.psql(`SET client_min_messages = warning;\nBEGIN;\n${journalTables(journal, world)}${simulatorTables(books, world)}${edit}\n${statements.join('\n')}\nROLLBACK;`);
  const results = out.split('\n').filter(Boolean).map(line => JSON.parse(line));
  if (results.length !== blocks.length) throw new Error(`${results.length} invariants answered, not ${blocks.length}`);
  return results.filter(result => result.rows.length > 0);
}
