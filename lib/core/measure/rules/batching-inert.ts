/** Dynamic batching is on, requests were there to batch, and every batch held one: the figure is not what its name says. */
import { Histogram } from '../../load/histogram.ts';
import type { Configuration } from '../../plan/plan.ts';
import type { StairMeasurement } from '../measurement.ts';
import type { Rule } from './evidence.ts';

/** With fewer requests at once there is often nothing to batch. */
export const MIN_CONCURRENCY = 4;
/** A few pairs by accident do not make a batcher. */
export const MAX_INERT_MEAN_BATCH = 1.05;

export const batchingInert: Rule = ({ configuration, stairs }) => {
  if (!dynamicBatchingOn(configuration)) return null;
  const crowded = stairs.filter(({ stair }) => stair.meanBatch !== null && concurrency(stair) >= MIN_CONCURRENCY);
  if (crowded.length === 0 || crowded.some(({ stair }) => stair.meanBatch! > MAX_INERT_MEAN_BATCH)) return null;
  const { stair } = crowded.at(-1)!;
  const detail = `${stair.id}: dynamic batching is on, but the mean batch was ${stair.meanBatch!.toFixed(2)}`;
  return { code: 'batching-inert', detail };
};

function dynamicBatchingOn({ parameters }: Configuration): boolean {
  const { dynamicBatching, maxBatchSize } = parameters;
  if (dynamicBatching === undefined || dynamicBatching === null || dynamicBatching === false) return false;
  const largest = (typeof dynamicBatching === 'object' ? dynamicBatching.maxBatchSize : undefined) ?? maxBatchSize;
  return typeof largest !== 'number' || largest > 1;
}

/** Requests in flight: the users of a closed loop, else by Little's law, rate x mean latency (J. D. C. Little, 1961). */
function concurrency({ shape, latency, durationS, good }: StairMeasurement): number {
  if (shape.kind === 'closed') return shape.users;
  const meanMs = Histogram.decode(latency).meanMs;
  return meanMs === null || durationS <= 0 ? 0 : ((good / durationS) * meanMs) / 1000;
}
