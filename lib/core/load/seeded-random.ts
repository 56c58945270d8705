/**
 * Randomness as a pure function: the n-th draw of a stream depends on nothing but (seed, n), so a run can be replayed, any
 * draw can be computed without the ones before it, and two threads agree without talking.
 */

/** The finaliser of MurmurHash3 (A. Appleby, public domain): every input bit flips each output bit with p near 1/2. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Unsigned 32-bit hash of a seed and an index, both any safe integer. */
export function hash32(seed: number, index: number): number {
  let h = mix((seed | 0) + 0x9e3779b9);
  h = mix(h ^ Math.floor(seed / 2 ** 32));
  h = mix(h + Math.imul(index | 0, 0x9e3779b1));
  return mix(h ^ Math.imul(Math.floor(index / 2 ** 32), 0x27d4eb2f)) >>> 0;
}

/** A number strictly between 0 and 1. */
export function uniform(seed: number, index: number): number {
  return (hash32(seed, index) + 0.5) / 2 ** 32;
}

/** An integer in [0, below). */
export function drawBelow(below: number, seed: number, index: number): number {
  return Math.floor(uniform(seed, index) * below);
}
