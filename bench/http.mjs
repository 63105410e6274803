// The HTTP edge: the gateway against a bare libmicrohttpd and against nginx with the same bytes as files.
import { gunzipSync } from 'node:zlib';
import http from 'node:http';

import { nginx, serve, wrk } from './tools.mjs';

export const about = 'What the gateway adds to HTTP: wrk with 64 connections kept alive, one thread, on the same machine.';

const HELLO_PORT = 8071;
const NGINX_PORT = 8072;

// The bytes as they are sent, not decompressed.
function raw(url, headers) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => response.statusCode === 200 ? resolve(Buffer.concat(parts)) : reject(new Error(`${url}: ${response.statusCode}`)));
    }).on('error', reject);
  });
}

export default async function (bench) {
  const { products } = await (await fetch(`${bench.url}/v1/products?countryCode=KE&pageSize=1`)).json();
  const json = `${bench.url}/v1/products/${products[0].handle}?countryCode=KE`;
  const page = `${bench.url}/p/${products[0].handle}`;
  const gzip = { 'Accept-Encoding': 'gzip' };
  const pageGzip = await raw(page, gzip);
  const seconds = bench.seconds;

  const stopHello = await serve(`${bench.programs}/bench-hello`, [String(HELLO_PORT)], `http://127.0.0.1:${HELLO_PORT}/`);
  await bench.compare({ case: 'smallest answer (robots.txt)', unit: 'requests/s', limitName: 'libmicrohttpd alone, "hello"',
    ours: () => wrk(`${bench.url}/robots.txt`, { seconds }), limit: () => wrk(`http://127.0.0.1:${HELLO_PORT}/`, { seconds }) });
  await stopHello();

  const stopNginx = await nginx({ 'product.json': await raw(json, {}), page: gunzipSync(pageGzip), 'page.gz': pageGzip }, 'text/html', NGINX_PORT);
  await bench.compare({ case: 'product as JSON', unit: 'requests/s', limitName: 'nginx, the same bytes as a file',
    ours: () => wrk(json, { seconds }), limit: () => wrk(`http://127.0.0.1:${NGINX_PORT}/product.json`, { seconds }) });
  await bench.compare({ case: 'product page, gzip', unit: 'requests/s', limitName: 'nginx, precompressed',
    ours: () => wrk(page, { seconds, headers: gzip }), limit: () => wrk(`http://127.0.0.1:${NGINX_PORT}/page`, { seconds, headers: gzip }) });
  await stopNginx();
}
