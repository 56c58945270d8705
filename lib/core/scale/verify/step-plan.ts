/** A step of load that makes a deployed fleet scale out: how high, how long, what it may cost at most. */
import type { Demand } from '../../recommend/goal.ts';
import type { Recommendation } from '../../recommend/recommendation.ts';
import { instancesFor } from '../instances.ts';
import { ecsAssumptions, sageMakerAssumptions } from '../simulation/assumptions.ts';
import { tidy } from '../tidy.ts';

/** The alarm that scales a fleet out, as the deployment has it. */
export interface ScalingAlarm {
  name: string;
  periodSeconds: number;
  /** Points in a row over the threshold. */
  evaluationPeriods: number;
  /** Requests per instance and minute; null when it watches something else. */
  threshold: number | null;
}

export interface StepPlan {
  lowPerSecond: number;
  peakPerSecond: number;
  /** Load before the step, seconds. */
  beforeSeconds: number;
  /** Load at the peak, at most. */
  stepSeconds: number;
  /** Load at the peak after the fleet has grown. */
  afterSeconds: number;
  /** Instances that the policy asks for at the peak. */
  expectedInstances: number;
  /** Within which they must serve. */
  allowedSeconds: number;
  /** null without a price. */
  usdAtMost: number | null;
}

export interface StepInput {
  recommendation: Recommendation;
  alarm: ScalingAlarm | null;
  /** Requests per minute to step to; the demand's peak when null. */
  peakPerMinute: number | null;
  /** Whole verification, seconds. */
  durationSeconds: number;
  settleSeconds: number;
  /** Measured start of an instance; null for the target's assumption. */
  startSeconds: number | null;
  /** Stated by whoever verifies; null to follow from the alarm and the start. */
  allowedSeconds: number | null;
}

export type StepAnswer = { ok: true; plan: StepPlan } | { ok: false; why: string; fix: string };

/**
 * From tasks that wait for an instance to its launch: `CapacityProviderReservation` is published every minute and its alarm
 * looks at one minute (ECS developer guide, "Cluster auto scaling").
 */
const GROUP_S = 120;

export function stepPlan(input: StepInput): StepAnswer {
  const { recommendation: r, alarm, durationSeconds, settleSeconds } = input;
  if (r.scaling === null || r.demand === null || r.deploy === null)
    return {
      ok: false,
      why: 'it holds no scaling values',
      fix: 'promote a recommendation that was made with a demand',
    };
  const { minCapacity, maxCapacity, scaleInCooldownS } = r.scaling;
  const target = alarm?.threshold ?? r.scaling.targetValue;
  const peak = input.peakPerMinute ?? r.demand.peak;
  const expected = Math.min(maxCapacity, instancesFor(peak, target));
  if (expected <= minCapacity)
    return {
      ok: false,
      why: `${peak} requests/min need ${expected} instances, and ${minCapacity} serve at least: nothing would scale out`,
      fix: `step higher, --rate ${Math.ceil(minCapacity * target) + 1}`,
    };
  const stepSeconds = durationSeconds - settleSeconds;
  if (stepSeconds < 2 * settleSeconds)
    return {
      ok: false,
      why: `${durationSeconds} s are too short for ${settleSeconds} s before the step, the scale-out and ${settleSeconds} s after it`,
      fix: `--duration ${3 * settleSeconds}s, or a shorter --settle`,
    };
  const assumed = r.deploy.target === 'ec2' ? ecsAssumptions : sageMakerAssumptions;
  const watch = (alarm?.evaluationPeriods ?? assumed.highPeriods) * (alarm?.periodSeconds ?? assumed.periodS);
  const start = input.startSeconds ?? assumed.startS;
  // Two standard deviations of a start beyond its median.
  const slowest = start * (1 + 2 * assumed.startCv);
  const { publishDelayS, evaluateEveryS, actionS, idleTailS } = assumed;
  const groupS = r.deploy.target === 'ec2' ? GROUP_S : 0;
  const tail = assumed.lowPeriods * assumed.lowPeriodS + scaleInCooldownS + idleTailS;
  const { instances, usdPerHour } = r.fleet.atCapacity;
  const price = instances === null || usdPerHour === null ? null : usdPerHour / instances;
  return {
    ok: true,
    plan: {
      lowPerSecond: quietPerMinute(r.demand, minCapacity * target, peak) / 60,
      peakPerSecond: peak / 60,
      beforeSeconds: settleSeconds,
      stepSeconds,
      afterSeconds: settleSeconds,
      expectedInstances: expected,
      allowedSeconds:
        input.allowedSeconds ?? Math.ceil(watch + publishDelayS + evaluateEveryS + actionS + groupS + slowest),
      // The fleet shrinks only when its alarm has seen the quiet.
      usdAtMost: price === null ? null : tidy((price * maxCapacity * (durationSeconds + tail)) / 3600),
    },
  };
}

/** A trace may have minutes without a request; nothing could be judged of them. */
function quietPerMinute(demand: Demand, carriedAtLeast: number, peak: number): number {
  return Math.min(demand.low > 0 ? demand.low : Math.min(demand.requestsPerMinute, carriedAtLeast), peak);
}
