/** A configuration with everything that speaks for or against it, gathered from its measurements. */
import type { Measurement } from '../measure/measurement.ts';
import type { ValidityStatus } from '../measure/validity.ts';
import type { Configuration } from '../plan/plan.ts';
import type { Slo } from './goal.ts';
import { type OperatingPoint, operatingPoints } from './operating-point.ts';

export interface Candidate {
  configuration: Configuration;
  /** Measurements its figures come from: confirmations where there are any. */
  used: readonly Measurement[];
  confirmed: boolean;
  evidence: 'distribution' | 'scalar';
  points: readonly OperatingPoint[];
  /** Screening of a confirmed configuration at other loads than the confirmed one. */
  reserve: readonly OperatingPoint[];
  usdPerHour: number | null;
  priceNote: string | null;
  /** Worst of the measurements used. */
  status: ValidityStatus;
  /** Why it may not rank at all; null when it may. */
  refused: string | null;
}

export function candidatesOf(measurements: readonly Measurement[], slo: Slo, includeDegraded: boolean): Candidate[] {
  const groups = new Map<string, Measurement[]>();
  for (const m of measurements) {
    const group = groups.get(m.configuration.id);
    if (group) group.push(m);
    else groups.set(m.configuration.id, [m]);
  }
  return [...groups.values()].map((all) => candidateOf(all, slo, includeDegraded));
}

/**
 * Screening picks the finalists, and the best of many noisy figures flatters itself: a configuration that was confirmed is
 * judged by its confirmation alone. Repeats that may not rank are left out while others may.
 */
function candidateOf(all: readonly Measurement[], slo: Slo, includeDegraded: boolean): Candidate {
  const confirmations = all.filter((m) => m.purpose === 'confirm');
  const told = confirmations.length > 0 ? confirmations : all;
  const ranking = told.filter((m) => mayRank(m, includeDegraded));
  const used = ranking.length > 0 ? ranking : told;
  const first = used[0]!;
  const points = operatingPoints(used, slo);
  const priced = used.find((m) => m.price !== null);
  return {
    configuration: first.configuration,
    used,
    confirmed: confirmations.length > 0,
    evidence: used.some((m) => m.stairs.length > 0) ? 'distribution' : 'scalar',
    points,
    reserve: confirmations.length === 0 ? [] : screenedElsewhere(all, points, slo, includeDegraded),
    // A laptop's price is hypothetical and never ranks.
    usdPerHour: first.configuration.target === 'local' ? null : (priced?.price?.usdPerHour ?? null),
    priceNote: first.priceNote,
    status: worst(used),
    refused: ranking.length > 0 ? null : refusal(told),
  };
}

function mayRank({ validity }: Measurement, includeDegraded: boolean): boolean {
  return validity.status === 'valid' || (includeDegraded && validity.status === 'degraded');
}

function screenedElsewhere(
  all: readonly Measurement[],
  confirmed: readonly OperatingPoint[],
  slo: Slo,
  includeDegraded: boolean,
): OperatingPoint[] {
  const screened = all.filter((m) => m.purpose === 'screen' && mayRank(m, includeDegraded));
  return operatingPoints(screened, slo).filter((p) => !confirmed.some((c) => c.stairId === p.stairId));
}

function worst(measurements: readonly Measurement[]): ValidityStatus {
  const statuses = measurements.map((m) => m.validity.status);
  return statuses.includes('invalid') ? 'invalid' : statuses.includes('degraded') ? 'degraded' : 'valid';
}

/** The first reason of each kind, in the words of print. */
function refusal(measurements: readonly Measurement[]): string {
  const reasons = new Map<string, string>();
  for (const { validity } of measurements) {
    for (const { code, detail } of validity.reasons) {
      if (!reasons.has(code)) reasons.set(code, `${validity.status}:${code} (${detail})`);
    }
  }
  return [...reasons.values()].join('; ') || 'no measurement may rank';
}
