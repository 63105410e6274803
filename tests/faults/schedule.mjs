// What goes wrong in a run, when, and for how long: drawn from the seed before anything happens.
import { sleep } from './shop.mjs';

// kind -> how to begin and how to end it. `what` is a process, or a link by its two ends.
const KINDS = {
  kill: { begin: (shop, f) => shop.kill(f.what), end: (shop, f) => shop.start(f.what) },
  pause: { begin: (shop, f) => shop.pause(f.what), end: (shop, f) => shop.resume(f.what) },
  crash: { begin: shop => shop.stopPostgres('SIGQUIT'), end: shop => shop.startPostgres() },
  cut: { begin: (shop, f) => links(shop, f).forEach(link => link.cut()), end: (shop, f) => links(shop, f).forEach(link => link.mend()) },
  slow: { begin: (shop, f) => links(shop, f).forEach(link => { link.delayMs = f.delayMs; }), end: (shop, f) => links(shop, f).forEach(link => link.mend()) },
  simulator: { begin: (shop, f) => shop.simulators?.misbehave(f), end: (shop, f) => shop.simulators?.behave(f) },
};

const links = (shop, fault) => shop.relays.filter(link => link.client === fault.what[0] && link.server.startsWith(fault.what[1]));

export function drawSchedule(random, shop, lengthMs) {
  const faults = [];
  for (let at = random.int(200, 700); at < lengthMs; at += random.int(150, 900)) faults.push({ at, ...drawFault(random, shop) });
  return faults;
}

function drawFault(random, shop) {
  const name = () => random.pick(shop.names);
  const link = () => { const { client, server } = random.pick(shop.relays); return [client, random.chance(0.5) ? server : server.split('.')[0]]; };
  return random.weighted([
    [30, () => ({ kind: 'kill', what: name(), forMs: random.int(50, 1200) })],
    [20, () => ({ kind: 'pause', what: name(), forMs: random.int(100, 2500) })],
    [8, () => ({ kind: 'crash', what: 'postgres', forMs: random.int(20, 900) })],
    [20, () => ({ kind: 'cut', what: link(), forMs: random.weighted([[1, 1], [1, random.int(50, 1500)]]) })],
    [12, () => ({ kind: 'slow', what: link(), delayMs: random.int(5, 400), forMs: random.int(300, 2000) })],
    [shop.simulators ? 20 : 0, () => shop.simulators.draw(random)],
  ])();
}

export const describe = f => `${String(f.at).padStart(5)} ms  ${f.kind} ${[f.what].flat().join(' - ')}${f.delayMs ? ` by ${f.delayMs} ms` : ''}${f.switch ? ` ${f.switch}` : ''} for ${f.forMs} ms`;

// Plays it; ends with every process running, every link whole.
export async function playSchedule(shop, faults, lengthMs) {
  const began = Date.now(), busy = new Set(), all = [];
  let done = 0;
  for (const fault of faults) {
    await sleep(Math.max(0, began + fault.at - Date.now()));
    const target = fault.kind === 'kill' || fault.kind === 'pause' || fault.kind === 'crash' ? fault.what : [fault.kind, fault.what].flat().join();
    if (busy.has(target) || (fault.kind === 'pause' && !shop.isRunning(fault.what))) continue;
    busy.add(target);
    all.push(playFault(shop, fault).finally(() => busy.delete(target)));
    done++;
  }
  await sleep(Math.max(0, began + lengthMs - Date.now()));
  await Promise.all(all);
  return done;
}

async function playFault(shop, fault) {
  await KINDS[fault.kind].begin(shop, fault);
  await sleep(fault.forMs);
  await KINDS[fault.kind].end(shop, fault);
}
