/** Whether a deployed service kept its objective and grew when it was asked to. */
import { mergeHistograms } from '../../load/histogram.ts';
import type { SegmentResult } from '../../load/job.ts';
import { clopperPearsonLower, clopperPearsonUpper } from '../../measure/clopper-pearson.ts';
import { percentileMs } from '../../measure/percentile.ts';
import { percentileLowerMs, percentileUpperMs } from '../../measure/percentile-limit.ts';
import { errorTotal } from '../../measure/rules/error-total.ts';
import type { Slo } from '../../recommend/goal.ts';
import { type FleetSample, refused, type ScalingActivity, whereItStopped } from './fleet.ts';
import type { StepPlan } from './step-plan.ts';

export type Held = 'held' | 'missed' | 'undecided';

export interface PhaseVerdict {
  phase: 'before' | 'growing' | 'after';
  verdict: Held;
  requests: number;
  ratePerSecond: number;
  errorRate: number | null;
  /** Of the objective's percentile; null when there is none. */
  latencyMs: number | null;
  /** 95 % limits. */
  latencyInterval: { low: number | null; high: number | null };
}

export interface StepVerdict {
  phases: PhaseVerdict[];
  scaleOut: {
    verdict: Held;
    expectedInstances: number;
    mostInstances: number | null;
    /** From the step until the expected instances served; null when they never did. */
    reachedSeconds: number | null;
    allowedSeconds: number;
    detail: string;
    /** Changes of which nothing came, since the load began. */
    refused: ScalingActivity[];
  };
  verdict: Held;
}

export interface StepObserved {
  before: readonly SegmentResult[];
  /** At the peak, in order. */
  step: readonly SegmentResult[];
  /** Segments of the step that had ended when the fleet had grown; null when it never had. */
  grownAfter: number | null;
  fleet: readonly FleetSample[];
  /** Of scaling, since the load began. */
  activities: readonly ScalingActivity[];
  /** How long the peak was held. */
  heldSeconds: number;
}

export function verdictOfStep(plan: StepPlan, observed: StepObserved, slo: Slo): StepVerdict {
  const { before, step, grownAfter } = observed;
  // The segment in which the fleet grew belongs to neither side.
  const growing = grownAfter === null ? step : step.slice(0, grownAfter + 1);
  const after = grownAfter === null ? [] : step.slice(grownAfter + 1);
  const phases = [phaseOf('before', before, slo), phaseOf('growing', growing, slo), phaseOf('after', after, slo)];
  const scaleOut = scaleOutOf(plan, observed);
  // While the fleet grows the load is over what it is planned for: told, and not judged.
  const judged = [phases[0]!.verdict, phases[2]!.verdict, scaleOut.verdict];
  const verdict = judged.includes('missed') ? 'missed' : judged.includes('undecided') ? 'undecided' : 'held';
  return { phases, scaleOut, verdict };
}

function phaseOf(phase: PhaseVerdict['phase'], segments: readonly SegmentResult[], slo: Slo): PhaseVerdict {
  const latency = mergeHistograms(segments.map((s) => s.latency));
  const requests = segments.reduce((sum, s) => sum + s.requests, 0);
  const failed = segments.reduce((sum, s) => sum + errorTotal(s.errors), 0);
  const seconds = segments.reduce((sum, s) => sum + s.durationS, 0);
  const low = latency.count === 0 ? null : percentileLowerMs(latency, slo.percentile);
  const high = latency.count === 0 ? null : percentileUpperMs(latency, slo.percentile);
  const errorsOver = clopperPearsonLower(failed, requests) > slo.maxErrorRate;
  const errorsUnder = failed === 0 || clopperPearsonUpper(failed, requests) <= slo.maxErrorRate;
  const missed = errorsOver || (low !== null && low > slo.latencyMs);
  const held = errorsUnder && high !== null && high <= slo.latencyMs;
  return {
    phase,
    verdict: missed ? 'missed' : held ? 'held' : 'undecided',
    requests,
    ratePerSecond: seconds > 0 ? segments.reduce((sum, s) => sum + s.completedInWindow, 0) / seconds : 0,
    errorRate: requests === 0 ? null : failed / requests,
    latencyMs: latency.count === 0 ? null : percentileMs(latency, slo.percentile),
    latencyInterval: { low, high },
  };
}

function scaleOutOf({ expectedInstances, allowedSeconds }: StepPlan, o: StepObserved): StepVerdict['scaleOut'] {
  const reached = o.fleet.find((s) => s.instances >= expectedInstances)?.atSeconds ?? null;
  const last = o.fleet.at(-1);
  const most = last === undefined ? null : Math.max(...o.fleet.map((s) => s.instances));
  const base = {
    expectedInstances,
    mostInstances: most,
    reachedSeconds: reached,
    allowedSeconds,
    refused: refused(o.activities),
  };
  const say = (verdict: Held, detail: string) => ({ ...base, verdict, detail });
  if (last === undefined) return say('undecided', 'nobody could count the instances');
  if (reached !== null && reached <= allowedSeconds)
    return say('held', `${expectedInstances} instances served ${reached.toFixed(0)} s after the step`);
  if (reached !== null)
    return say('missed', `${expectedInstances} instances served only ${reached.toFixed(0)} s after the step`);
  const where = whereItStopped(expectedInstances, last, o.activities);
  if (o.heldSeconds < allowedSeconds)
    return say(
      'undecided',
      `${most} of ${expectedInstances} instances in ${o.heldSeconds.toFixed(0)} s (${where}); the alarm and a start may take ${allowedSeconds} s`,
    );
  return say('missed', `${most} of ${expectedInstances} instances after ${o.heldSeconds.toFixed(0)} s (${where})`);
}
