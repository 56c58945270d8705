/** A device with a single configuration, and the objective it is searched for. */
import type { SearchDevice } from '../../lib/core/search/space.ts';

export const device: SearchDevice = {
  id: 'd',
  usdPerHour: 1,
  deploySeconds: 400,
  reloadSeconds: 40,
  configurations: [{ id: 'only', batching: { line: 'l', instances: 1, maxBatch: 8, delayMs: 0 }, users: [] }],
};
export const slo = { percentile: 95, latencyMs: 100, maxErrorRate: 0.01 };
