/**
 * Rate of one configuration at one load with limits from batch means (batch-means.ts): relative half width t·s/(√b·m), the
 * delta method for a logarithm (G. Casella, R. Berger, "Statistical Inference" (2002), §5.5.4).
 */
import { batchesOf, mean } from '../measure/batch-means.ts';
import type { StairMeasurement } from '../measure/measurement.ts';
import { studentT } from '../measure/student-t.ts';
import { seriesOf, throughputOf } from '../measure/throughput.ts';
import { betweenDeployments } from './between-deployments.ts';
import { type LogEstimate, symmetric } from './log-estimate.ts';

/** @param repeats the same stair, once for each deployment. @returns null when nothing was answered. */
export function rateEstimate(repeats: readonly StairMeasurement[], confidence: number): LogEstimate | null {
  const { ratePerSecond } = throughputOf(repeats);
  if (!(ratePerSecond > 0)) return null;
  const series = seriesOf(repeats);
  const windows = repeats.reduce((sum, s) => sum + s.windowRates.length, 0);
  const unit = series.length === windows ? 'windows' : 'seconds';
  const of = { samples: series.length, unit, minimum: 2 } as const;
  if (series.length < 2) return { ...symmetric(ratePerSecond, 0, of), low: null, high: null };
  const batches = batchesOf(series);
  const centre = mean(batches);
  const variance = batches.reduce((sum, y) => sum + (y - centre) ** 2, 0) / (batches.length - 1);
  const within = (studentT((1 + confidence) / 2, batches.length - 1) * Math.sqrt(variance / batches.length)) / centre;
  const between = betweenDeployments(
    repeats.map((s) => throughputOf([s]).ratePerSecond),
    confidence,
  );
  if (between === null || between <= within) return symmetric(ratePerSecond, within, of);
  return symmetric(ratePerSecond, between, { ...of, samples: repeats.length, unit: 'deployments' });
}
