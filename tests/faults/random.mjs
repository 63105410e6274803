// Numbers that a seed decides. Each part of a run (the schedule, every shopper) draws from a stream of its own, named, so that what
// one part draws does not shift what another does.
import { createHash } from 'node:crypto';

export function randomOf(seed, name) {
  let state = createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0);
  const next = () => {          // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (from, to) => from + Math.floor(next() * (to - from + 1));       // both included
  return {
    next, int,
    chance: p => next() < p,
    pick: list => list[int(0, list.length - 1)],
    // From [[weight, thing], ...]
    weighted: rows => {
      let at = next() * rows.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, thing] of rows) if ((at -= weight) < 0) return thing;
      return rows.at(-1)[1];
    },
    uuid: () => {
      const hex = Array.from({ length: 32 }, () => int(0, 15).toString(16));
      hex[12] = '4';
      hex[16] = '8';
      return hex.join('').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
    },
  };
}
