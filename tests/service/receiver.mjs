// A merchant's server for webhooks, and an SMS gateway, over TLS, that behave as the path says. Writes what it got to DIR/received.jsonl, and its
// port to DIR/port when it listens. Ends with its standard input.
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { makeCertificate } from '../simulators/certificate.mjs';

const dir = process.argv[2];
const { key, cert } = makeCertificate(dir);
let failures = 2;   // of /flaky

function answer(request, response) {
  const kind = request.url.split('/')[1];
  const send = (code, body = '', headers = {}) => response.writeHead(code, headers).end(body);
  switch (kind) {
    case 'slowly': return setTimeout(() => send(200), 250);
    case 'sms': return setTimeout(() => send(201, '{"SMSMessageData":{"Message":"Sent to 1/1","Recipients":[{"statusCode":101}]}}'), 250);
    case 'silent': return undefined;
    case 'fail': return send(500);
    case 'gone': return send(410);
    case 'flaky': return send(failures-- > 0 ? 503 : 204);
    case 'moved': return send(302, '', { location: '/ok' });
    case 'huge': return send(200, 'x'.repeat(3 << 20));
    default: return send(200, '{"ok":true}');
  }
}

const server = https.createServer({ key, cert }, (request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    const got = {
      path: request.url, method: request.method, body: Buffer.concat(parts).toString(), at: Date.now(),
      id: request.headers['webhook-id'], timestamp: request.headers['webhook-timestamp'],
      signature: request.headers['webhook-signature'], type: request.headers['content-type'],
    };
    fs.appendFileSync(path.join(dir, 'received.jsonl'), JSON.stringify(got) + '\n');
    answer(request, response);
  });
});
server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(path.join(dir, 'port.new'), String(server.address().port));
  fs.renameSync(path.join(dir, 'port.new'), path.join(dir, 'port'));
});
process.stdin.on('end', () => process.exit(0)).resume();
