// One seed: a system as new, people and faults at the same time, then quiet, then the audit.
import { audit } from './audit.mjs';
import { Client, Journal } from './client.mjs';
import { Shopper, Staff } from './people.mjs';
import { randomOf } from './random.mjs';
import { describe, drawSchedule, playSchedule } from './schedule.mjs';
import { settle } from './settle.mjs';
import { restore } from './world.mjs';

const SHOPPERS = 16;
const PATIENCE_MS = 20_000;     // after the last fault: what is not answered by then never is

// Cash for every third order, else one of the other ways that the shop offers.
function payment(methods, random, number) {
  const prepaid = methods.filter(method => method !== 'CASH_ON_DELIVERY');
  if (prepaid.length === 0 || random.chance(0.34)) return { paymentMethod: 'CASH_ON_DELIVERY' };
  return { paymentMethod: random.pick(prepaid), paymentPhone: `071234${String(number).padStart(4, '0')}` };
}

// Staff and shoppers for so long, while `meanwhile` goes on; the journal takes what they are told.
export async function runPeople(shop, kept, seed, lengthMs, journal, meanwhile = async () => {}) {
  const clients = [];
  const world = { ...kept, orders: [], pays: (random, number) => payment(kept.methods, random, number) };
  const clientOf = name => { const client = new Client(shop.gateways, randomOf(seed, `client ${name}`), journal); clients.push(client); return client; };
  const staff = await new Staff(clientOf('staff'), randomOf(seed, 'staff'), journal, world).signIn();
  const until = Date.now() + lengthMs;
  const pace = { until, giveUp: () => Date.now() > until + PATIENCE_MS };
  const people = [staff.work(pace)];
  for (let i = 0; i < SHOPPERS; i++) {
    const shopper = new Shopper(i, clientOf(i), randomOf(seed, `shopper ${i}`), journal, world);
    shopper.login = world.customers[i];
    people.push(shopper.shop(pace));
  }
  await meanwhile();
  await Promise.all(people);
  clients.forEach(client => client.close());
}

// A program that does not start, or does not answer for minutes, ends the seed, not the run.
export async function runSeed(shop, kept, seed, lengthMs) {
  const result = { seed, schedule: [], faults: 0, violations: [] }, began = Date.now();
  try {
    await breakAndAudit(shop, kept, result, lengthMs);
  } catch (error) {
    result.violations.push({ invariant: 'the run comes to its end', rows: [error.message] });
  }
  const { requests = 0, lost = 0, doubles = 0, oddities = new Map(), orders = [] } = result.journal ?? {};
  return Object.assign(result, { requests, lost, doubles, oddities, orders: orders.filter(order => order.id).length, tookMs: Date.now() - began });
}

async function breakAndAudit(shop, kept, result, lengthMs) {
  const { seed } = result;
  await restore(shop);
  await shop.simulators?.reset(seed);
  result.schedule = drawSchedule(randomOf(seed, 'schedule'), shop, lengthMs);
  const journal = result.journal = new Journal();
  await runPeople(shop, kept, seed, lengthMs, journal, async () => {
    result.faults = await playSchedule(shop, result.schedule, lengthMs);
    for (const name of shop.names) if (!shop.isRunning(name)) shop.start(name);
  });

  const left = await settle(shop);
  result.violations = [...journal.violations, ...audit(shop, journal, kept, await shop.simulators?.books())];
  if (left) result.violations.push({ invariant: 'everything comes to an end', rows: [left] });
  const undecided = journal.orders.filter(order => order.status === 0);
  if (undecided.length) result.violations.push({ invariant: 'whoever asks again is told in the end', rows: undecided });
  if (shop.deaths.length) result.violations.push({ invariant: 'no program ends by itself', rows: [...shop.deaths] });
}

export function report(result) {
  console.log(`seed ${result.seed}: ${result.requests} requests, ${result.orders} orders, ${result.faults} faults, ${(result.tookMs / 1000).toFixed(1)} s: ` +
    (result.violations.length ? 'BROKEN' : 'holds'));
  if (!result.violations.length) return;
  for (const { invariant, rows } of result.violations) {
    console.log(`  ${invariant}: ${rows.length}`);
    for (const row of rows.slice(0, 5)) console.log(`    ${JSON.stringify(row)}`);
  }
  for (const fault of result.schedule) console.log(`  ${describe(fault)}`);
}
