// A certificate for localhost that is its own authority: what the shop gets as its CA file.
import fs from 'node:fs'
import path from 'node:path'
import { execFileSync } from 'node:child_process'

export function makeCertificate(dir) {
  const key = path.join(dir, 'key.pem')
  const file = path.join(dir, 'ca.pem')
  if (!fs.existsSync(file) || !fs.existsSync(key)) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30',
      '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', file],
      { stdio: ['ignore', 'ignore', 'ignore'] })
    fs.chmodSync(file, 0o644)
  }
  return { file, key: fs.readFileSync(key), cert: fs.readFileSync(file) }
}
