/** Nothing was answered in time. */
import type { Rule } from './evidence.ts';

export const timeout: Rule = ({ stairs }) => {
  const requests = stairs.reduce((sum, { stair }) => sum + stair.requests, 0);
  const late = stairs.reduce((sum, { stair }) => sum + (stair.errors.timeout ?? 0) + (stair.errors.lost ?? 0), 0);
  if (requests === 0 || late < requests) return null;
  return { code: 'timeout', detail: `all ${requests} requests timed out` };
};
