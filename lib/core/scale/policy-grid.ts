/** The policies that a search tries. */
import { instancesFor } from './instances.ts';
import type { ScalingValues } from './scaling-values.ts';
import { tidy } from './tidy.ts';
import { perMinute, type Trace } from './trace/trace.ts';
import { traceDemand } from './trace/trace-demand.ts';

/** Above 85 % of the capacity nothing is left for the minutes that scaling takes. */
const SAFETIES = [0.5, 0.6, 0.7, 0.8, 0.85];
/** A cooldown of AWS's default follows an activity of minutes: every step then takes both. */
const OUT_COOLDOWNS_S = [0, 60, 300];

export interface GridInput {
  trace: Trace;
  /** Lower bound of what one instance carries. */
  capacityLowerPerMinute: number;
  /** Two, unless one instance is enough for the user. */
  floor: number;
  /** Seconds until a new instance serves. */
  startS: number;
  quota: number | null;
}

/** Least load that is held without scaling: the quietest minute, the median and the ninth decile. */
export function policyGrid({ trace, capacityLowerPerMinute, floor, startS, quota }: GridInput): ScalingValues[] {
  const minutes = perMinute(trace).sort((a, b) => a - b);
  const { low, peak } = traceDemand(trace);
  const at = (q: number) => minutes[Math.min(minutes.length - 1, Math.floor(q * minutes.length))]!;
  const cap = (n: number) => Math.min(n, quota ?? n);
  const scaleInCooldownS = scaleInCooldown(startS);
  const grid = SAFETIES.flatMap((safety) => {
    const targetValue = tidy(capacityLowerPerMinute * safety);
    const needed = (perMinute: number) => cap(Math.max(floor, instancesFor(perMinute, targetValue)));
    const maxCapacity = needed(peak);
    const first = needed(perMinute(trace)[0]!);
    return [...new Set([low, at(0.5), at(0.9)].map(needed))].flatMap((minCapacity) =>
      OUT_COOLDOWNS_S.map((scaleOutCooldownS) => ({
        targetValue,
        minCapacity,
        initialCapacity: Math.max(minCapacity, first),
        maxCapacity,
        scaleOutCooldownS,
        scaleInCooldownS,
      })),
    );
  });
  return grid;
}

/** As long as coming back takes three times over, so that the fleet does not flap. */
export function scaleInCooldown(startS: number): number {
  return Math.max(300, Math.ceil((3 * startS) / 60) * 60);
}
