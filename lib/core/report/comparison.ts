/** Two runs side by side: the same configuration before and after. */
import type { Recommendation } from '../recommend/recommendation.ts';

export interface Side {
  /** Items a minute that one instance sustains inside the objective; null when it does not. */
  capacityPerMinute: number | null;
  latencyMs: number | null;
  usdPerMillion: number | null;
  /** `choice`, `tie`, or the reason why it lost. */
  standing: string;
}

export interface ComparisonRow {
  configuration: string;
  target: string;
  instanceType: string;
  /** null where the run did not have the configuration. */
  base: Side | null;
  head: Side | null;
  /** Head over base; null unless both have a capacity. */
  capacityRatio: number | null;
  latencyRatio: number | null;
}

/** One row for each configuration of either run, in base's order of merit, then head's. */
export function compareRuns(base: Recommendation, head: Recommendation): ComparisonRow[] {
  const before = sidesOf(base);
  const after = sidesOf(head);
  return [...new Set([...before.keys(), ...after.keys()])].map((key) => {
    const b = before.get(key) ?? null;
    const h = after.get(key) ?? null;
    const { configuration, target, instanceType } = (b ?? h)!.place;
    return {
      configuration,
      target,
      instanceType,
      base: b?.side ?? null,
      head: h?.side ?? null,
      capacityRatio: ratio(b?.side.capacityPerMinute, h?.side.capacityPerMinute),
      latencyRatio: ratio(b?.side.latencyMs, h?.side.latencyMs),
    };
  });
}

type Place = { configuration: string; target: string; instanceType: string };

function sidesOf(r: Recommendation): Map<string, { place: Place; side: Side }> {
  const best = [
    ...(r.choice ? [{ ...r.choice, standing: 'choice' }] : []),
    ...r.ties.map((t) => ({ ...t, standing: 'tie' })),
  ];
  const lost = r.rejected.map((x) => ({ ...x, usdPerMillion: null, standing: x.reason as string }));
  return new Map(
    [...best, ...lost].map((row) => {
      const { configuration, target, instanceType, capacityPerMinute, latencyMs, usdPerMillion, standing } = row;
      const side = { capacityPerMinute, latencyMs, usdPerMillion, standing };
      return [`${configuration}@${target}/${instanceType}`, { place: { configuration, target, instanceType }, side }];
    }),
  );
}

function ratio(base: number | null | undefined, head: number | null | undefined): number | null {
  return base == null || head == null || base === 0 ? null : head / base;
}
