/** The rows as the decision saw them, rebuilt from the same measurements. */
import type { Measurement } from '../measure/measurement.ts';
import { type Candidate, candidatesOf } from '../recommend/candidate.ts';
import type { Goal } from '../recommend/goal.ts';
import type { Recommendation } from '../recommend/recommendation.ts';
import { fieldOf, standingOf } from '../recommend/standing.ts';

/** With degraded measurements only where the choice rests on some. */
function degradedCounted({ slo, deploy }: Recommendation, measurements: readonly Measurement[]): boolean {
  const strict = candidatesOf(measurements, slo, false);
  return strict.some((c) => c.configuration.id === deploy?.id && c.refused !== null);
}

export function candidatesFor(recommendation: Recommendation, measurements: readonly Measurement[]): Candidate[] {
  return candidatesOf(measurements, recommendation.slo, degradedCounted(recommendation, measurements));
}

export function goalOf({ objective, slo, demand }: Recommendation): Goal {
  return { objective, sloMs: slo.latencyMs, demandPerMinute: demand?.requestsPerMinute ?? null };
}

/** The rows of what-if questions. */
export function fieldFor(recommendation: Recommendation, measurements: readonly Measurement[]): Candidate[] {
  const counted = degradedCounted(recommendation, measurements);
  return fieldOf(standingOf(measurements, recommendation.slo, goalOf(recommendation), counted));
}
