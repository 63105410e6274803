// The system under test: PostgreSQL and every program of the shop in replicas, as processes of ours that can be killed, paused and
// started again, with a relay on every link between two of them. `./portal test faults` says where all is (PORTAL_FAULTS_PLACE).
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { Relay } from './relay.mjs';

export const SERVICES = ['auth', 'catalog', 'cart', 'orders'];
const READY_WITHIN_MS = 60_000;
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

const pairs = file => Object.fromEntries(readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}));

const started = new Set();
process.on('exit', () => { for (const child of started) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export class Shop {
  // place: folder with a file `settings` and an environment `NAME.env` for each program.
  constructor(place = process.env.PORTAL_FAULTS_PLACE, replicas = 2) {
    if (!place) throw new Error('PORTAL_FAULTS_PLACE is not set: run ./portal test faults');
    this.place = place;
    this.settings = pairs(join(place, 'settings'));
    this.replicas = replicas;
    this.processes = new Map();         // "orders.1" -> { child, startedAt, isPaused }
    this.relays = [];
    this.deaths = [];                   // processes that ended without being told to
    this.extra = {};                    // variables for every program of a kind: { orders: { KEY: value } }
  }

  get names() { return [...SERVICES, 'gateway'].flatMap(name => this.#numbered(name)); }
  get gateways() { return Array.from({ length: this.replicas }, (_, i) => Number(this.settings.PORT) + i); }
  #numbered(name) { return Array.from({ length: this.replicas }, (_, i) => `${name}.${i}`); }
  #socket(name) { return join(this.settings.RUN, name); }
  #adminPort(name) { return Number(this.settings.ADMIN_PORT) + this.names.indexOf(name); }
  #lastWords(name) { return readFileSync(join(this.settings.LOGS, `${name}.log`), 'utf8').slice(-600); }
  #log(name) { return openSync(join(this.settings.LOGS, `${name}.log`), 'a'); }

  // ---- links ----

  async openRelays() {
    for (const client of this.names) {
      for (const service of new Set(Object.values(this.#peers(client))))
        for (const server of this.#numbered(service)) await this.#relay(client, server, `${client}-${server}`, this.#socket(server));
      if (!client.startsWith('gateway')) {
        mkdirSync(this.#socket(`pg-${client}`), { recursive: true, mode: 0o755 });
        await this.#relay(client, 'postgres', `pg-${client}/.s.PGSQL.5432`, this.#socket('.s.PGSQL.5432'));
      }
    }
  }

  async #relay(client, server, name, target) {
    this.relays.push(Object.assign(await new Relay(this.#socket(name), target).listen(), { client, server }));
  }

  // Which of its variables name other services: { ORDERS_CART_URL: 'cart' }.
  #peers(client) {
    const peers = {}, address = `ipc://${this.settings.RUN}/`;
    for (const [key, value] of Object.entries(pairs(join(this.place, `${client.split('.')[0]}.env`))))
      if (value.startsWith(address) && !key.endsWith('_LISTEN')) peers[key] = value.slice(address.length).split(/[,-]/)[0];
    return peers;
  }

  // ---- processes ----

  #environment(name) {
    const [program, number] = name.split('.');
    const prefix = program.toUpperCase();
    const all = { ...pairs(join(this.place, `${program}.env`)), ...this.extra[program] };
    all[`${prefix}_ADMIN_PORT`] = this.#adminPort(name);
    if (program === 'orders') all.ORDERS_PUBLIC_URL = `http://127.0.0.1:${this.gateways[0]}`;     // where notices go
    if (program === 'gateway') all.GATEWAY_PORT = this.gateways[number];
    else {
      all[`${prefix}_LISTEN`] = `ipc://${this.#socket(name)}`;
      const url = readFileSync(all[`${prefix}_DATABASE_URL_FILE`], 'utf8');
      all[`${prefix}_DATABASE_URL`] = url.replace(/host=.*/, `host=${this.#socket(`pg-${name}`)}`);
      delete all[`${prefix}_DATABASE_URL_FILE`];
    }
    for (const [key, service] of Object.entries(this.#peers(name)))
      all[key] = this.#numbered(service).map(server => `ipc://${this.#socket(`${name}-${server}`)}`).join(',');
    return all;
  }

  // As the unprivileged user, and ended with us whatever becomes of us; output goes to a file, never to what we write to.
  #spawn(name, command, environment) {
    const log = this.#log(name);
    const user = process.getuid() === 0 ? [`--reuid=${this.settings.USER}`, `--regid=${this.settings.USER}`, '--clear-groups'] : [];
    const child = spawn('setpriv', ['--pdeathsig=KILL', ...user, '--', ...command], { env: environment, cwd: '/', stdio: ['ignore', log, log] });
    closeSync(log);
    started.add(child);
    const process_ = { child, isPaused: false, isWanted: true, ended: new Promise(resolve => child.once('exit', resolve)) };
    child.once('exit', (code, signal) => {
      started.delete(child);
      if (!process_.isWanted) return;
      const words = this.#lastWords(name);
      if (this.processes.get(name) === process_) this.processes.delete(name);
      // One that found no database when it began says so and ends; as whoever watches over it would, we start it again.
      if (name !== 'postgres' && code === 1 && words.includes('"not_started"')) setTimeout(() => { if (!this.isRunning(name)) this.start(name); }, 200);
      else this.deaths.push({ name, code, signal, words });
    });
    return process_;
  }

  start(name) {
    const program = name.split('.')[0];
    this.processes.set(name, this.#spawn(name, [join(this.settings.BIN, `portal-${program}`)], this.#environment(name)));
  }

  async kill(name, signal = 'SIGKILL') {
    const process_ = this.processes.get(name);
    if (!process_) return;
    this.processes.delete(name);
    process_.isWanted = false;
    process_.child.kill(signal);
    if (process_.isPaused && signal !== 'SIGKILL') process_.child.kill('SIGCONT');
    const late = setTimeout(() => { this.deaths.push({ name, code: 'did not stop in 20 s' }); process_.child.kill('SIGKILL'); }, 20_000);
    await process_.ended;
    clearTimeout(late);
  }

  pause(name) {
    const process_ = this.processes.get(name);
    if (process_) process_.isPaused = process_.child.kill('SIGSTOP');
  }

  resume(name) {
    const process_ = this.processes.get(name);
    if (process_?.isPaused) process_.isPaused = !process_.child.kill('SIGCONT');
  }

  isRunning(name) { return this.processes.has(name); }

  async startAll() {
    for (const name of this.names) if (!this.isRunning(name)) this.start(name);
    for (const name of this.names) await this.ready(name);
  }

  async stopAll(signal = 'SIGTERM') {
    await Promise.all(this.names.filter(name => name.startsWith('gateway')).map(name => this.kill(name, signal)));
    await Promise.all(this.names.map(name => this.kill(name, signal)));
  }

  async ready(name) {
    const end = Date.now() + READY_WITHIN_MS;
    let last = '';
    while (Date.now() < end) {
      try {
        const { status, text } = await get(this.#adminPort(name), '/readyz');
        if (status === 200) return;
        last = text;
      } catch (error) {
        last = error.message;
      }
      if (!this.isRunning(name) || this.processes.get(name).child.exitCode !== null) throw new Error(`${name} has ended: ${this.#lastWords(name)}`);
      await sleep(20);
    }
    throw new Error(`${name} is not ready: ${last}: ${this.#lastWords(name)}`);
  }

  // ---- PostgreSQL ----

  // No fsync: the data is thrown away, and a crash of the server alone loses nothing that was written. Commits are waited for.
  async startPostgres() {
    const options = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=on'].flatMap(option => ['-c', option]);
    this.postgres = this.#spawn('postgres', [join(this.settings.PGBIN, 'postgres'), '-D', this.settings.PGDATA, '-k', this.settings.RUN, ...options],
      { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' });
    for (const end = Date.now() + READY_WITHIN_MS; ;) {
      const answer = spawnSync('pg_isready', ['-q', '-h', this.settings.RUN, '-U', 'portal_admin', '-d', 'portal'], { stdio: 'ignore' });
      if (answer.status === 0) return;
      if (Date.now() > end) throw new Error('PostgreSQL did not start: see its log');
      await sleep(20);
    }
  }

  // SIGQUIT: an immediate stop, which the next start recovers from. SIGINT: a clean one.
  async stopPostgres(signal = 'SIGINT') {
    if (!this.postgres) return;
    const { child, ended } = this.postgres;
    this.postgres.isWanted = false;
    this.postgres = null;
    child.kill(signal);
    await ended;
  }

  // Runs statements as the administrator; what they print, unaligned.
  psql(statements) {
    const password = readFileSync(join(this.settings.SECRETS, 'postgres_admin'), 'utf8');
    const answer = spawnSync('psql', ['-h', this.settings.RUN, '-U', 'portal_admin', '-d', 'portal', '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1'],
      { input: statements, encoding: 'utf8', maxBuffer: 1 << 28, env: { PATH: process.env.PATH, PGPASSWORD: password } });
    if (answer.status !== 0) throw new Error(`psql: ${answer.stderr}`);
    return answer.stdout;
  }

  // A cluster as it was when it was kept; PostgreSQL must be stopped.
  keepData(name) { this.#copy(this.settings.PGDATA, join(this.place, name)); }
  restoreData(name) { this.#copy(join(this.place, name), this.settings.PGDATA); }
  hasData(name) { return existsSync(join(this.place, name)); }
  #copy(from, to) {
    rmSync(to, { recursive: true, force: true });
    const answer = spawnSync('cp', ['-a', '--reflink=auto', from, to], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (answer.status !== 0) throw new Error(answer.stderr);
  }

  async close() {
    await this.stopAll('SIGKILL');
    await this.stopPostgres('SIGQUIT');
    for (const relay of this.relays) relay.close();
    this.simulators?.stop();
  }

  // A command of a program, such as `portal-auth staff add`; what it printed.
  command(program, ...words) {
    const answer = spawnSync('setpriv', [...(process.getuid() === 0 ? [`--reuid=${this.settings.USER}`, `--regid=${this.settings.USER}`, '--clear-groups'] : []),
      '--', join(this.settings.BIN, `portal-${program}`), ...words], { env: pairs(join(this.place, `${program}.env`)), encoding: 'utf8', cwd: '/' });
    if (answer.status !== 0) throw new Error(`portal-${program}: ${answer.stderr}`);
    return answer.stdout;
  }
}

export function get(port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, timeout: 2000, agent: false }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  });
}
