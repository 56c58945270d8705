/** Too many requests failed even at the lowest load: the server is broken, not overloaded. */
import { clopperPearsonLower } from '../clopper-pearson.ts';
import type { StairMeasurement } from '../measurement.ts';
import { errorTotal } from './error-total.ts';
import type { Rule } from './evidence.ts';

/** Overload at a higher stair only makes that rate infeasible; whether the limit is broken is judged by the lower 95 % limit. */
export const errorRate: Rule = ({ stairs, parts, slo }) => {
  const broken = ({ errors, requests }: StairMeasurement) =>
    clopperPearsonLower(errorTotal(errors), requests) > slo.maxErrorRate;
  const lowest = (parts ?? stairs)[0]?.stair;
  if (lowest === undefined || !broken(lowest)) return null;
  // The quietest part may come after one that left a queue behind: then a louder one kept its limit.
  if (parts?.some(({ stair }) => !broken(stair))) return null;
  const failed = errorTotal(lowest.errors);
  const classes = Object.entries(lowest.errors).map(([name, n]) => `${name} ${n}`);
  const detail = `${lowest.id}: ${failed} of ${lowest.requests} requests failed (${classes.join(', ')})`;
  return { code: 'error-rate', detail };
};
