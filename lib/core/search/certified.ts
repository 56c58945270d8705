/** What a search has proved: the loads whose confirmations keep the objective at the limit that is looked at after each. */
import type { Measurement } from '../measure/measurement.ts';
import type { Slo } from '../recommend/goal.ts';
import { LEAST } from './certify-rate.ts';
import { observationOf } from './observation-of.ts';
import { pooledLimit } from './pooled-limit.ts';
import { TIMING_STAIR } from './trial-load.ts';

const loadOf = (m: Measurement) => `${m.configuration.id} ${m.stairs[0]?.id}`;

/**
 * The measurements that a recommendation may be made from. Confirmations of a load that got no certificate are screening: they
 * say what was seen and prove nothing. What only timed full batches kept no objective, and is left out.
 */
export function provenMeasurements(measurements: readonly Measurement[], slo: Slo): Measurement[] {
  const certified = certifiedLoads(measurements, slo);
  return measurements
    .filter((m) => m.stairs[0]?.id !== TIMING_STAIR)
    .map((m) => (m.purpose === 'confirm' && !certified.has(loadOf(m)) ? { ...m, purpose: 'screen' } : m));
}

function certifiedLoads(measurements: readonly Measurement[], slo: Slo): Set<string> {
  const loads = new Map<string, Measurement[]>();
  for (const m of measurements) {
    if (m.purpose === 'confirm') loads.set(loadOf(m), [...(loads.get(loadOf(m)) ?? []), m]);
  }
  const passed = [...loads].filter(([, own]) => {
    const seen = own.map((m) => observationOf({ id: m.trial, load: { kind: 'users', users: 1 } }, m, slo));
    if (seen.length < LEAST || seen.some((o) => o.failed || o.latencyUpperMs === null)) return false;
    const pooled = pooledLimit(seen);
    return pooled !== null && pooled.sequentialUpperMs <= slo.latencyMs;
  });
  return new Set(passed.map(([load]) => load));
}
