// Holds the database to what people were answered: every invariant of audit.sql is one statement that lists what breaks it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const blocks = readFileSync(join(import.meta.dirname, 'audit.sql'), 'utf8').split(/^-- invariant: /m).slice(1).map(text => {
  const at = text.indexOf('\n');
  return { name: text.slice(0, at), query: text.slice(at).trim().replace(/;$/, '') };
});
export const invariants = blocks.map(block => block.name);

const rowsOf = (table, columns, rows) => `CREATE TEMP TABLE ${table} AS SELECT * FROM jsonb_to_recordset($json$${JSON.stringify(rows)}$json$) AS t (${columns});\n`;

function journalTables(journal, world) {
  const told = journal.orders.filter(order => order.id);
  const counted = journal.adjustments.filter(row => row.status < 300 && row.status > 0);
  return rowsOf('acknowledged', 'order_id uuid, number text, total_minor bigint, currency text, method text, lines text, key text',
    told.map(order => ({ order_id: order.id, number: order.number, total_minor: order.totalMinor, currency: order.currency, method: order.method, key: order.key,
      lines: order.lines.map(line => `${line.variant_id} ${line.quantity} ${line.unit_price_minor}`).sort().join(', ') })))
    + rowsOf('cancelled', 'order_id uuid', journal.cancels.map(order => ({ order_id: order.id })))
    + rowsOf('undecided', 'key text', journal.orders.filter(order => order.status === 0).map(({ key }) => ({ key })))
    + rowsOf('counted', 'variant_id uuid, delta bigint', counted.map(row => ({ variant_id: row.variantId, delta: row.delta })))
    + rowsOf('uncounted', 'variant_id uuid', journal.adjustments.filter(row => row.status === 0).map(row => ({ variant_id: row.variantId })))
    + rowsOf('opening', 'variant_id uuid, on_hand bigint', world.variants.map((id, i) => ({ variant_id: id, on_hand: world.onHand[i] })));
}

// [{ invariant, rows }] for each one that is broken.
export function audit(shop, journal, world) {
  const statements = blocks.map(({ name, query }) =>
    `SELECT json_build_object('invariant', $name$${name}$name$, 'rows', coalesce(json_agg(q), '[]'::json))::text FROM (${query}) q;`);
  const out = shop.psql(`SET client_min_messages = warning;\n${journalTables(journal, world)}${statements.join('\n')}`);
  const results = out.split('\n').filter(Boolean).map(line => JSON.parse(line));
  if (results.length !== blocks.length) throw new Error(`${results.length} invariants answered, not ${blocks.length}`);
  return results.filter(result => result.rows.length > 0);
}
