// Runs benchmarks side by side with their limits. `./portal bench` starts this with a shop of its own running.
//
// A benchmark is bench/NAME.mjs with `export const about = "one line"` and `export default async function (bench)`. It measures
// with bench.compare(), which runs ours and the limit in turns and keeps the ratio of each pair: what the machine does meanwhile
// falls on both.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { run } from './tools.mjs';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const USAGE = `./portal bench [NAME...] [--json] [--rounds N] [--seconds S] [--keep]

  NAME         a benchmark; without one, all of them
  --json       the results as JSON on standard output
  --rounds N   how often ours and the limit are run in turns (5)
  --seconds S  how long one run takes (2)
  --keep       write the results into bench/RESULTS.md
  --list       what there is`;

function options(words) {
  const chosen = { names: [], rounds: 5, seconds: 2, json: false, keep: false, list: false };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === '--json' || word === '--keep' || word === '--list') chosen[word.slice(2)] = true;
    else if (word === '--rounds' || word === '--seconds') {
      chosen[word.slice(2)] = Number(words[++i]);
      if (!(chosen[word.slice(2)] >= 1 && chosen[word.slice(2)] <= 600)) throw new Error(`${word} takes a number from 1 to 600.\n\n${USAGE}`);
    } else if (word.startsWith('-')) throw new Error(`There is no ${word}.\n\n${USAGE}`);
    else chosen.names.push(word);
  }
  return chosen;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

class Bench {
  constructor(name, chosen) {
    Object.assign(this, { name, rounds: chosen.rounds, seconds: chosen.seconds, rows: [] });
    this.url = process.env.PORTAL_BENCH_URL;
    this.programs = process.env.PORTAL_BENCH_BUILD;     // folder of the programs built from bench/*.c
    this.state = process.env.PORTAL_BENCH_STATE;
    this.sockets = process.env.PORTAL_BENCH_RUN;        // folder of the services' ipc sockets
    this.databaseUrl = process.env.PORTAL_BENCH_DATABASE_URL;
  }

  // The address of the database as a service sees it.
  async databaseUrlOf(service) { return (await readFile(path.join(this.state, 'secrets', `url_${service}`), 'utf8')).trim(); }

  // `ours` and `limit` measure once and give a number in `unit`. A row with the medians and the spread of the ratio.
  async compare({ case: label, unit, limitName, ours, limit }) {
    const pairs = [];
    for (let round = 0; round < this.rounds; round++) {
      const pair = round % 2 === 0 ? { ours: await ours(), limit: await limit() } : { limit: await limit(), ours: await ours() };
      pairs.push(pair);
      process.stderr.write(`  ${this.name}: ${label}: ${round + 1} of ${this.rounds}: ${Math.round(pair.ours)} against ${Math.round(pair.limit)} ${unit}\n`);
    }
    const ratios = pairs.map((pair) => pair.ours / pair.limit);
    this.rows.push({ bench: this.name, case: label, unit, ours: median(pairs.map((pair) => pair.ours)), limit: median(pairs.map((pair) => pair.limit)),
      limit_name: limitName, ratio: median(ratios), ratio_min: Math.min(...ratios), ratio_max: Math.max(...ratios) });
  }

  // A figure that has a fixed bound instead of a limit to run beside.
  measured({ case: label, unit, ours, bound, boundName }) {
    const ratio = ours / bound;
    this.rows.push({ bench: this.name, case: label, unit, ours, limit: bound, limit_name: boundName, ratio, ratio_min: ratio, ratio_max: ratio });
  }
}

const figure = (value) => value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);

function table(rows) {
  const head = ['case', 'ours', 'limit', 'unit', 'ratio', 'spread', 'limit is'];
  const body = rows.map((row) => [row.case, figure(row.ours), figure(row.limit), row.unit, row.ratio.toFixed(2),
    `${row.ratio_min.toFixed(2)}-${row.ratio_max.toFixed(2)}`, row.limit_name]);
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function machine() {
  const first = async (program, args) => (await run(program, args).catch(() => '')).split('\n')[0].trim();
  const system = (await readFile('/etc/os-release', 'utf8')).match(/PRETTY_NAME="(.*)"/)[1];
  const nginx = (await run('sh', ['-c', 'nginx -v 2>&1']).catch(() => '')).trim().replace('nginx version: ', '');
  const postgres = await first('psql', ['--version']);
  return `${os.cpus().length} x ${os.cpus()[0].model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${system}, ${postgres}, ${nginx}, load ${os.loadavg()[0].toFixed(1)} at the end`;
}

// One section for each benchmark; the others stay as they are.
async function keep(name, about, rows, command) {
  const file = path.join(here, 'RESULTS.md');
  const text = await readFile(file, 'utf8');
  const section = `## ${name}\n\n${about}\n\n\`${command}\`, ${new Date().toISOString().slice(0, 10)}: ${await machine()}.\n\n${table(rows)}\n`;
  const known = new RegExp(`## ${name}\\n[\\s\\S]*?(?=\\n## |$)`);
  await writeFile(file, known.test(text) ? text.replace(known, () => section) : `${text.trimEnd()}\n\n${section}`);
}

async function main() {
  const chosen = options(process.argv.slice(2));
  const all = (await readdir(here)).filter((file) => file.endsWith('.mjs') && file !== 'main.mjs' && file !== 'tools.mjs').map((file) => file.slice(0, -4)).sort();
  const unknown = chosen.names.find((name) => !all.includes(name));
  if (unknown) throw new Error(`There is no benchmark '${unknown}'. There are: ${all.join(', ')}`);
  const rows = [];
  for (const name of chosen.names.length > 0 ? chosen.names : all) {
    const module = await import(`./${name}.mjs`);
    if (chosen.list) { console.log(`${name.padEnd(8)} ${module.about}`); continue; }
    const bench = new Bench(name, chosen);
    await module.default(bench);
    rows.push(...bench.rows);
    if (!chosen.json) console.log(`\n${name}: ${module.about}\n\n${table(bench.rows)}`);
    if (chosen.keep) await keep(name, module.about, bench.rows, `./portal bench ${name} --rounds ${chosen.rounds} --seconds ${chosen.seconds}`);
  }
  if (chosen.json) console.log(JSON.stringify(rows, null, 2));
}

main().catch((error) => { console.error(`portal bench: ${error.message}`); process.exit(1); });
