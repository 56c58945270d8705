/**
 * Regularised incomplete beta function I_x(a, b): the distribution function behind binomial, Clopper-Pearson and Student's t.
 * Continued fraction DLMF 8.17.22 evaluated by the modified Lentz method (Press et al., Numerical Recipes 3rd ed., §6.4).
 */
import { logGamma } from './log-gamma.ts';

const EPSILON = 1e-15;
/** Lentz replaces a vanishing denominator by this. */
const TINY = 1e-300;
/** The fraction needs about sqrt(max(a, b)) terms: enough for 10^8 samples. */
const MAX_TERMS = 20_000;

export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges fast below the mean; above it the symmetry I_x(a,b) = 1 - I_{1-x}(b,a) is used.
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b;
}

function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return value;
}

function awayFromZero(v: number): number {
  return Math.abs(v) < TINY ? TINY : v;
}
