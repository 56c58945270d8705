/** A rate that jumps between two values (a Markov-modulated Poisson process), which makes arrivals clump. */
import { uniform } from '../../load/seeded-random.ts';
import { stream } from '../draws.ts';

export interface TwoRates {
  /** Requests per second in each state. */
  high: number;
  low: number;
  /** Mean seconds in each state, exponentially distributed. */
  highS: number;
  lowS: number;
}

/** Expected requests of each second; a second that sees a jump gets its share of both rates. */
export function twoRates({ high, low, highS, lowS }: TwoRates, seconds: number, seed: number): number[] {
  const own = stream(seed, 3);
  const requests = new Array<number>(seconds).fill(0);
  let from = 0;
  for (let jump = 0; from < seconds; jump++) {
    const isHigh = jump % 2 === 1;
    const until = Math.min(seconds, from - Math.log(uniform(own, jump)) * (isHigh ? highS : lowS));
    for (let s = Math.floor(from); s < until; s++) {
      requests[s]! += (Math.min(s + 1, until) - Math.max(s, from)) * (isHigh ? high : low);
    }
    from = until;
  }
  return requests;
}
