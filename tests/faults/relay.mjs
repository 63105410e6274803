// A link between two processes that can be cut and slowed: a socket that one of them connects to, and that goes on to the other.
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';

export class Relay {
  constructor(path, target) {
    Object.assign(this, { path, target, delayMs: 0, isCut: false, pairs: new Set() });
    this.listener = net.createServer(near => this.#join(near));
  }

  listen() {
    rmSync(this.path, { force: true });
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen({ path: this.path, backlog: 512 }, () => { chmodSync(this.path, 0o777); resolve(this); });
    });
  }

  close() {
    this.cut();
    this.listener.close();
    rmSync(this.path, { force: true });
  }

  cut() {
    this.isCut = true;
    for (const end of this.pairs) end();
  }

  mend() {
    this.isCut = false;
    this.delayMs = 0;
  }

  #join(near) {
    if (this.isCut) return near.destroy();
    const far = net.connect(this.target);
    const end = () => {
      near.destroy();
      far.destroy();
      this.pairs.delete(end);
    };
    this.pairs.add(end);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('error', end).on('close', end);
      this.#carry(from, to);
    }
  }

  // In order, whatever the delay was when a piece came in.
  #carry(from, to) {
    let lastDue = 0;
    from.on('data', piece => {
      const due = Math.max(Date.now() + this.delayMs, lastDue);
      if (due <= Date.now()) return void to.write(piece);
      lastDue = due;
      setTimeout(() => { if (!to.destroyed) to.write(piece); }, due - Date.now());
    });
  }
}
