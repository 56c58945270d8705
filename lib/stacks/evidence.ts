/** The provenance of a deployment in words, for people who meet it in the AWS console. Pure text, the same in every locale. */
import type { Recommendation } from '../core/recommend/recommendation.ts';
import type { Deployable } from './deployable.ts';

const known = (value: number | null, unit: string) => (value === null ? `unknown ${unit}` : `${value} ${unit}`);

/** Which measurement stands behind the scaling values, and where the cooldowns come from. */
export function scalingEvidence(
  { experiment, evidence, verdict, slo }: Recommendation,
  { configuration, choice, scaling }: Deployable,
): string {
  const cooldowns =
    scaling.cooldownSource === 'default'
      ? "default: AWS's own 300 s, because no startup timeline was measured"
      : scaling.cooldownSource;
  return (
    `From the recommendation of ${experiment} (${verdict}, evidence: ${evidence}): ${configuration.id} carries ` +
    `${known(choice.capacityPerMinute, 'requests per minute')} at ${known(choice.latencyMs, 'ms')} (limit ${slo.latencyMs} ms at p${slo.percentile}). ` +
    `Source of the cooldowns: ${cooldowns}.`
  );
}

/** What the fleet costs at the expected demand. */
export function fleetCost({ fleet }: Recommendation): string {
  const { instances, usdPerHour } = fleet.atTarget;
  return usdPerHour === null ? 'unknown: no price' : `${usdPerHour} USD/h, ${instances} instances`;
}
