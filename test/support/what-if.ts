/** Makes the changes that a recommendation says would make a loser win, and looks for ones that it does not name. */
import type { Measurement } from '../../lib/core/measure/measurement.ts';
import type { Objective } from '../../lib/core/recommend/goal.ts';
import type { Rejected } from '../../lib/core/recommend/recommendation.ts';
import { standingOf } from '../../lib/core/recommend/standing.ts';

export interface Case {
  measurements: readonly Measurement[];
  sloMs: number;
  demand: number | null;
  objective: Objective;
}

type Change = NonNullable<Rejected['wouldWinAt']>;

const is = ({ configuration: c }: Measurement, loser: Rejected) =>
  c.name === loser.configuration && c.target === loser.target && c.instanceType === loser.instanceType;

function wins(stated: Case, loser: Rejected, change: Change): boolean {
  const { usdPerHour } = change;
  const demand = change.requestsPerMinute ?? stated.demand;
  const measurements = stated.measurements.map((m) =>
    usdPerHour !== undefined && is(m, loser)
      ? { ...m, price: { usdPerHour, source: 'if', region: 'if', date: 'if' }, priceNote: null }
      : m,
  );
  const sloMs = change.sloMs ?? stated.sloMs;
  // The head of the standing is what `recommend` chooses; the reasons of the losers are not needed here.
  const [first] = standingOf(
    measurements,
    { percentile: 95, latencyMs: sloMs, maxErrorRate: 0.001 },
    { objective: stated.objective, sloMs, demandPerMinute: demand },
    false,
  ).ranked;
  const chosen = first?.candidate.configuration;
  return chosen?.name === loser.configuration && chosen.instanceType === loser.instanceType;
}

/** The change that a claim names and that does not do it; null when it does, or nothing is claimed. */
export function claimFails(stated: Case, loser: Rejected): Change | null {
  const { wouldWinAt } = loser;
  return wouldWinAt === null || wins(stated, loser, wouldWinAt) ? null : wouldWinAt;
}

/** A single change or a pair that makes the row win; the price is the lowest that the kit names. */
export function counterExample(stated: Case, loser: Rejected): Change | null {
  const latencies = stated.measurements.flatMap((m) => m.scalar?.latencyMs ?? []);
  const limits = [...new Set([...latencies, ...latencies.map((l) => l - 0.5)])].filter((l) => l > 0);
  const rates = stated.measurements.flatMap((m) => m.scalar?.requestsPerMinute ?? []);
  const demands =
    stated.demand === null ? [] : rates.flatMap((r) => [Math.floor(r), Math.floor(r) * 3, Math.floor(r) + 1]);
  const prices = stated.objective === 'minimize-cost' || stated.objective === 'balanced' ? [1e-4] : [];
  const changes: Change[] = [
    ...limits.map((sloMs) => ({ sloMs })),
    ...demands.map((requestsPerMinute) => ({ requestsPerMinute })),
    ...prices.map((usdPerHour) => ({ usdPerHour })),
    ...limits.flatMap((sloMs) => prices.map((usdPerHour) => ({ sloMs, usdPerHour }))),
    ...limits.flatMap((sloMs) => demands.map((requestsPerMinute) => ({ sloMs, requestsPerMinute }))),
    ...demands.flatMap((requestsPerMinute) => prices.map((usdPerHour) => ({ requestsPerMinute, usdPerHour }))),
  ];
  return changes.find((change) => wins(stated, loser, change)) ?? null;
}
