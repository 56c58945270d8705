/** Too many requests failed even at the lowest load: the server is broken, not overloaded. */
import { clopperPearsonLower } from '../clopper-pearson.ts';
import { errorTotal } from './error-total.ts';
import type { Rule } from './evidence.ts';

/** Overload at a higher stair only makes that rate infeasible; whether the limit is broken is judged by the lower 95 % limit. */
export const errorRate: Rule = ({ stairs, slo }) => {
  const lowest = stairs[0]?.stair;
  if (lowest === undefined) return null;
  const failed = errorTotal(lowest.errors);
  if (clopperPearsonLower(failed, lowest.requests) <= slo.maxErrorRate) return null;
  const classes = Object.entries(lowest.errors).map(([name, n]) => `${name} ${n}`);
  const detail = `${lowest.id}: ${failed} of ${lowest.requests} requests failed (${classes.join(', ')})`;
  return { code: 'error-rate', detail };
};
