// What several benchmarks use: wrk, an nginx beside, processes and their cost.
import { chmod, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

// Runs a program to its end; its standard output. Its words are shown when it fails.
export function run(program, args, { input, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let out = '', err = '';
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { err += data; });
    child.on('error', reject);
    child.on('close', (code) => code === 0 ? resolve(out) : reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${err || out}`)));
    child.stdin.end(input ?? '');
  });
}

export const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Requests a second, all of them answered with success.
export async function wrk(url, { seconds, connections = 64, headers = {} }) {
  const words = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const said = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, ...words, url]);
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(`wrk ${url}: ${said}`);
  return Number(said.match(/Requests\/sec:\s*([\d.]+)/)[1]);
}

async function answers(url, tries = 100) {
  for (let i = 0; i < tries; i++) {
    if (await fetch(url).then((response) => response.ok, () => false)) return;
    await delay(50);
  }
  throw new Error(`${url} does not answer`);
}

// Starts a program that serves `url`; its stop().
export async function serve(program, args, url) {
  const child = spawn(program, args, { stdio: 'ignore' });
  child.on('error', () => {});
  await answers(url);
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
}

// nginx with one worker, serving `files` ({name: bytes}; NAME.gz beside NAME is sent precompressed) on a port of its own.
export async function nginx(files, types, port) {
  const folder = await mkdtemp('/var/tmp/portal-bench-nginx-');
  await chmod(folder, 0o755);
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
  await writeFile(path.join(folder, 'nginx.conf'), `
    worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=100; default_type ${types};
      client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      server { listen 127.0.0.1:${port}; root ${folder}; gzip_static on; etag on; }
    }`);
  const stop = await serve('nginx', ['-c', path.join(folder, 'nginx.conf')], `http://127.0.0.1:${port}/${Object.keys(files)[0]}`);
  return async () => { await stop(); await rm(folder, { recursive: true }); };
}

// The running processes of the benchmark's shop: [{name, pid}].
export async function processes(bench) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
    if (program.startsWith(path.join(bench.state, 'bin', 'portal-'))) found.push({ name: path.basename(program), pid });
  }
  return found;
}

export async function memoryMib(pid) {
  return Number((await readFile(`/proc/${pid}/status`, 'utf8')).match(/VmRSS:\s*(\d+)/)[1]) / 1024;
}

// Seconds of CPU that a process has used.
export async function cpuSeconds(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

