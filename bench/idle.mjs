// What a shop costs that nobody visits.
import { cpuSeconds, delay, memoryMib, processes, wrk } from './tools.mjs';

export const about = 'The five processes without and after visitors. CPU is measured over half a minute without a request.';

const QUIET_S = 30;
const MEMORY_MIB = 64;
const CPU_PERCENT = 0.1;

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

async function memory(bench) { return sum(await Promise.all((await processes(bench)).map(({ pid }) => memoryMib(pid)))); }
async function cpu(bench) { return sum(await Promise.all((await processes(bench)).map(({ pid }) => cpuSeconds(pid)))); }

export default async function (bench) {
  bench.measured({ case: 'memory before any request', unit: 'MiB', ours: await memory(bench), bound: MEMORY_MIB, boundName: 'what we allow ourselves' });
  const { products } = await (await fetch(`${bench.url}/v1/products?countryCode=KE&pageSize=1`)).json();
  await wrk(`${bench.url}/p/${products[0].handle}`, { seconds: 10 });
  bench.measured({ case: 'memory after 10 s of product pages', unit: 'MiB', ours: await memory(bench), bound: MEMORY_MIB, boundName: 'what we allow ourselves' });
  await delay(5000);
  const before = await cpu(bench);
  await delay(QUIET_S * 1000);
  bench.measured({ case: 'CPU while idle', unit: '% of a core', ours: (await cpu(bench) - before) / QUIET_S * 100, bound: CPU_PERCENT, boundName: 'what we allow ourselves' });
}
