/** Which configurations are loaded once more, and at which stair: screening proposes, confirmation decides. */
import type { Measurement } from '../measure/measurement.ts';
import type { Plan } from '../plan/plan.ts';
import { candidatesOf } from '../recommend/candidate.ts';
import { eligibility } from '../recommend/eligible.ts';
import type { Objective, Slo } from '../recommend/goal.ts';
import { rank } from '../recommend/rank.ts';

export interface Finalist {
  /** Id of the configuration. */
  configuration: string;
  /** Where it did best inside the objective. */
  stair: string;
}

/** As a plan asks for them; none where it confirms nothing. */
export function finalistsOf({ load, slo, objective, demand }: Plan, measurements: readonly Measurement[]): Finalist[] {
  const n = load.confirmation?.finalists ?? 0;
  return chooseFinalists(measurements, slo, objective, n, demand?.requestsPerMinute ?? null);
}

/** The best `n` by their screening; fewer when fewer are feasible. Single figures of a source cannot be loaded again. */
export function chooseFinalists(
  measurements: readonly Measurement[],
  slo: Slo,
  objective: Objective,
  n: number,
  demandPerMinute: number | null = null,
): Finalist[] {
  const screened = measurements.filter((m) => m.purpose === 'screen' && m.scalar === null);
  const { eligible } = eligibility(candidatesOf(screened, slo, false), objective);
  return rank(eligible, { objective, sloMs: slo.latencyMs, demandPerMinute })
    .slice(0, n)
    .map(({ candidate, point }) => ({ configuration: candidate.configuration.id, stair: point.stairId! }));
}
