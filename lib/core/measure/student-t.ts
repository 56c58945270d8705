/**
 * Quantile of Student's t distribution: with ν degrees of freedom P(T <= t) = 1 - I_{ν/(ν+t²)}(ν/2, 1/2) / 2 for t >= 0
 * (Abramowitz & Stegun 26.7.1, DLMF 8.17). Inverted by bisection.
 */
import { bisect } from './bisect.ts';
import { incompleteBeta } from './incomplete-beta.ts';

/** @throws RangeError unless 0.5 <= p < 1 and there is at least one degree of freedom. */
export function studentT(p: number, degreesOfFreedom: number): number {
  if (!(p >= 0.5 && p < 1 && degreesOfFreedom >= 1))
    throw new RangeError(`t quantile of ${p} with ${degreesOfFreedom} degrees`);
  const nu = degreesOfFreedom;
  const below = (t: number) => 1 - incompleteBeta(nu / (nu + t * t), nu / 2, 0.5) / 2;
  return bisect(below, p, 0, 1e4);
}
