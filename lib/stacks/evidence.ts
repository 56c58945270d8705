/** The provenance of a deployment in words, for people who meet it in the AWS console. Pure text, the same in every locale. */
import type { Recommendation } from '../core/recommend/recommendation.ts';
import { tidy } from '../core/scale/tidy.ts';
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

/** USD per hour of one instance; null without a price. */
export function fleetPrice({ fleet }: Recommendation): number | null {
  const { instances, usdPerHour } = fleet.atCapacity;
  return instances === null || usdPerHour === null ? null : tidy(usdPerHour / instances);
}

/** Items in a request, which a recommendation states only as the price of a million of them; 1 without a price. */
export function itemsPerRequest(recommendation: Recommendation): number {
  const usdPerHour = fleetPrice(recommendation);
  const { usdPerMillion = null, capacityPerMinute = null } = recommendation.choice ?? {};
  if (usdPerHour === null || !usdPerMillion || !capacityPerMinute) return 1;
  return Math.max(1, Math.round(((usdPerHour / usdPerMillion) * 1e6) / (capacityPerMinute * 60)));
}
