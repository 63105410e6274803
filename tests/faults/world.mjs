// What every run begins with: the programs once started, products, people who can sign in; kept as files of a stopped cluster, so
// that each seed begins from the same state.
import { randomUUID } from 'node:crypto';
import { Client, Journal } from './client.mjs';
import { PRODUCTS, Staff, productBody } from './people.mjs';
import { randomOf } from './random.mjs';
import { settle } from './settle.mjs';

const CUSTOMERS = 3;

export async function prepare(shop) {
  const world = { variants: [], onHand: [], orders: [], customers: [] };
  if (shop.hasData('empty')) shop.restoreData('empty');
  else shop.keepData('empty');
  await shop.startPostgres();
  await shop.startAll();
  const printed = shop.command('auth', 'staff', 'add', '--login', 'staff@faults.test', '--name', 'Staff', '--role', 'owner');
  world.staff = { login: 'staff@faults.test', password: /^password: *(.*)$/m.exec(printed)[1] };
  const client = new Client(shop.gateways, randomOf(0, 'prepare'), new Journal());
  const staff = await new Staff(client, randomOf(0, 'staff'), client.journal, world).signIn();
  for (const product of PRODUCTS) {
    const answer = await staff.call({ method: 'PUT', path: `/v1/admin/products/${product.handle}`, key: randomUUID(), body: productBody(product) });
    if (answer.status !== 200) throw new Error(`${product.handle}: ${answer.status} ${answer.text}`);
    world.variants.push(answer.json.variants[0].id);
    world.onHand.push(product.onHand);
  }
  for (let i = 0; i < CUSTOMERS; i++) {
    const login = { login: `customer${i}@faults.test`, password: 'correct horse battery' };
    const answer = await client.call({ method: 'POST', path: '/v1/auth/register', key: randomUUID(), body: { ...login, name: `Customer ${i}`, countryCode: 'KE' } });
    if (answer.status !== 201) throw new Error(`${login.login}: ${answer.status} ${answer.text}`);
    world.customers.push(login);
  }
  const markets = await client.call({ method: 'GET', path: '/v1/markets' });
  world.methods = markets.json.markets.find(market => market.countryCode === 'KE').paymentMethods;
  client.close();
  const left = await settle(shop);
  if (left) throw new Error(`before anything went wrong there is ${left} left to do`);
  world.mailsBefore = Number(shop.psql("SELECT count(*) FROM orders.courier_message WHERE kind = 'mail' AND state = 'delivered';"));
  await shop.stopAll();
  await shop.stopPostgres();
  shop.keepData('ready');
  return world;
}

export async function restore(shop) {
  await shop.stopAll('SIGKILL');
  await shop.stopPostgres('SIGQUIT');
  for (const link of shop.relays) link.mend();
  shop.restoreData('ready');
  shop.deaths.length = 0;
  await shop.startPostgres();
  await shop.startAll();
}
