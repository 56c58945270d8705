/** Windows of a server whose rate changes for a while, by chance: what `bench:stats` asks intervals to cover. */

export interface Bursts {
  /** In a series, on average; when one begins is chance. */
  perSeries: number;
  /** Windows, on average: geometrically distributed. */
  lasting: number;
  /** Share of the rate beside them by which the rate in them is higher, or lower where it is negative. */
  by: number;
}

const RATE = 100;
/** Standard deviation of a window, beside what the bursts do. */
const NOISE = 3;

const shareOf = (n: number, { perSeries, lasting }: Bursts) => (perSeries * lasting) / n;

export function meanRate(n: number, bursts: Bursts): number {
  return RATE * (1 + bursts.by * shareOf(n, bursts));
}

/**
 * A Markov chain of two states in its equilibrium, and noise.
 * @param draw of a standard normal
 * @param chance evenly between 0 and 1
 */
export function burstWindows(draw: () => number, chance: () => number, n: number, bursts: Bursts): number[] {
  const share = shareOf(n, bursts);
  const end = 1 / bursts.lasting;
  const begin = (end * share) / (1 - share);
  let inside = chance() < share;
  return Array.from({ length: n }, () => {
    const rate = RATE * (inside ? 1 + bursts.by : 1) + NOISE * draw();
    inside = chance() < (inside ? 1 - end : begin);
    return rate;
  });
}
