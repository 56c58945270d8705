/** Seeded draws from distributions; the n-th draw of a stream depends on nothing but (seed, n). */
import { hash32, uniform } from '../load/seeded-random.ts';

/** A stream of its own for each purpose, so that another seed here changes nothing there. */
export function stream(seed: number, purpose: number): number {
  return hash32(seed, purpose);
}

/** Standard normal, by Box and Muller. */
export function normal(seed: number, index: number): number {
  return Math.sqrt(-2 * Math.log(uniform(seed, 2 * index))) * Math.cos(2 * Math.PI * uniform(seed, 2 * index + 1));
}

/** Above this mean the normal approximation errs by less than the noise of any trace. */
const NORMAL_FROM = 50;

/** Poisson count from one uniform (inversion), so that a slightly higher mean never gives a lower count. */
export function poisson(mean: number, seed: number, index: number): number {
  if (mean <= 0) return 0;
  if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(seed, index)));
  const u = uniform(seed, 2 * index);
  let term = Math.exp(-mean);
  let sum = term;
  let k = 0;
  while (u > sum && k < 10 * NORMAL_FROM) {
    k++;
    term *= mean / k;
    sum += term;
  }
  return k;
}
