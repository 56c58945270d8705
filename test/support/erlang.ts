/** Queueing theory to hold simulations against. */
import { uniform } from '../../lib/core/load/seeded-random.ts';

/** Mean wait of M/M/c: Erlang C over the spare rate (A. K. Erlang, 1917). */
export function erlangWaitS(ratePerS: number, serviceS: number, servers: number): number {
  const offered = ratePerS * serviceS;
  let inverseB = 1;
  for (let n = 1; n <= servers; n++) inverseB = 1 + (inverseB * n) / offered;
  const blocked = 1 / inverseB;
  const waits = blocked / (1 - (offered / servers) * (1 - blocked));
  return (waits * serviceS) / (servers - offered);
}

export function exponential(ratePerS: number, seed: number): (index: number) => number {
  return (index) => -Math.log(uniform(seed, index)) / ratePerS;
}
