// A flash sale: everybody reserves the same article. Ours are calls of the catalog service, which holds what comes together in one
// transaction; the limit is what a shop without that does, a transaction of its own for each order that updates the row.
import { run } from './tools.mjs';

export const about = 'Reservations of one article a second: ReserveStock against a transaction for each order, each commit on the disk.';

const UNITS = 1_000_000_000;

const ask = async (url, sql) => (await run('psql', [url, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', sql])).trim();

export default async function (bench) {
  for (const setting of ['fsync', 'synchronous_commit'])
    if (await ask(bench.databaseUrl, `SHOW ${setting}`) !== 'on') throw new Error(`${setting} must be on.`);
  const catalog = await bench.databaseUrlOf('catalog');
  const variant = await ask(catalog, "SELECT v.id FROM variant v JOIN variant_price p ON p.variant_id = v.id JOIN product ON product.id = v.product_id " +
    "WHERE v.active AND p.currency = 'KES' AND status = 'active' ORDER BY v.id LIMIT 1");
  await ask(catalog, "INSERT INTO stock_movement (variant_id, location_id, kind, on_hand_change, reason, made_by) " +
    `SELECT '${variant}', id, 'received', ${UNITS}, 'bench', 'bench' FROM stock_location WHERE active ORDER BY priority, id LIMIT 1`);
  const hot = async (...words) => Number(await run(`${bench.programs}/bench-hot`, [...words, String(bench.seconds)]));
  for (const clients of [16, 64, 128])
    await bench.compare({ case: `one article, ${clients} clients`, unit: 'reservations/s', limitName: 'UPDATE and INSERT, one transaction for each order',
      ours: () => hot('reserve', `ipc://${bench.sockets}/catalog`, variant, String(clients)),
      limit: () => hot('update', bench.databaseUrl, String(clients)) });
}
