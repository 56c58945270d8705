import { describe, expect, it } from 'vitest';
import { whereItStopped } from '../../../../lib/core/scale/verify/fleet.ts';
import { type StepInput, type StepPlan, stepPlan } from '../../../../lib/core/scale/verify/step-plan.ts';
import { type StepObserved, verdictOfStep } from '../../../../lib/core/scale/verify/step-verdict.ts';
import { ec2Recommendation } from '../../../support/ec2-recommendation.ts';
import { flat, segmentOf } from '../../../support/measurements.ts';
import { recommendation002 } from '../../../support/recommendation.ts';

const alarm = { name: 'high', periodSeconds: 60, evaluationPeriods: 3, threshold: 934.5 };
const input: StepInput = {
  recommendation: recommendation002(),
  alarm,
  peakPerMinute: null,
  durationSeconds: 900,
  settleSeconds: 120,
  startSeconds: 200,
  allowedSeconds: null,
};
const planned = (change: Partial<StepInput> = {}): StepPlan => {
  const answer = stepPlan({ ...input, ...change });
  if (!answer.ok) throw new Error(answer.why);
  return answer.plan;
};

describe('a step', () => {
  it('goes from the quiet rate to the peak, with the time that alarm and start may take', () => {
    expect(planned()).toMatchObject({
      lowPerSecond: 250,
      peakPerSecond: 750,
      beforeSeconds: 120,
      stepSeconds: 780,
      expectedInstances: 49,
      // 3 x 60 to see it, 120 + 60 + 5 of CloudWatch and scaling, a slow start of 200 x 1.4.
      allowedSeconds: 645,
    });
  });

  it('costs at most the largest fleet until it has shrunk: 15 minutes of alarm and the cooldown after the load', () => {
    expect(planned().usdAtMost).toBeCloseTo((0.94 * 49 * (900 + 900 + 300)) / 3600, 6);
    const fleet = { atCapacity: { instances: 23, usdPerHour: null }, atTarget: { instances: 33, usdPerHour: null } };
    expect(planned({ recommendation: recommendation002({ fleet }) }).usdAtMost).toBeNull();
  });

  it.each([
    [
      'what the alarm of the deployment says, not the document',
      { alarm: { ...alarm, threshold: 1869 } },
      { expectedInstances: 25 },
    ],
    [
      'the document where the alarm watches something else',
      { alarm: { ...alarm, threshold: null } },
      { expectedInstances: 49 },
    ],
    ['no alarm: three minutes', { alarm: null }, { allowedSeconds: 645 }],
    ['a slower alarm', { alarm: { ...alarm, periodSeconds: 300 } }, { allowedSeconds: 1365 }],
    ['no measured start: that of the target', { startSeconds: null }, { allowedSeconds: 729 }],
    ['a rate of one’s own', { peakPerMinute: 20_000 }, { peakPerSecond: 20_000 / 60, expectedInstances: 22 }],
    [
      'a rate below the quiet one',
      {
        peakPerMinute: 60_000,
        recommendation: recommendation002({ demand: { requestsPerMinute: 1, low: 90_000, peak: 1 } }),
      },
      { lowPerSecond: 1000 },
    ],
    [
      'what the smallest fleet carries where a minute of the trace had nothing',
      { recommendation: recommendation002({ demand: { requestsPerMinute: 30_000, low: 0, peak: 45_000 } }) },
      { lowPerSecond: (17 * 934.5) / 60 },
    ],
    [
      'the typical rate there, if that is less',
      { recommendation: recommendation002({ demand: { requestsPerMinute: 600, low: 0, peak: 45_000 } }) },
      { lowPerSecond: 10 },
    ],
    ['no more than the maximum', { peakPerMinute: 1e6 }, { expectedInstances: 49 }],
    ['a time of one’s own', { allowedSeconds: 7 }, { allowedSeconds: 7 }],
  ] as [string, Partial<StepInput>, Partial<StepPlan>][])('follows %s', (_, change, plan) =>
    expect(planned(change)).toMatchObject(plan),
  );

  it('waits on EC2 for the group of instances too, and pays for them until that has shrunk', () => {
    const on = (startSeconds: number | null) =>
      planned({ recommendation: ec2Recommendation('g4dn.xlarge'), startSeconds });
    // 2 minutes of the group's own alarm; without a measured start 300 x 1.4.
    expect([on(200).allowedSeconds, on(null).allowedSeconds]).toEqual([645 + 120, 785 + 120]);
    expect(on(200).usdAtMost! / planned().usdAtMost!).toBeCloseTo(3000 / 2100, 6);
  });

  it.each([
    [{ recommendation: recommendation002({ scaling: null }) }, /no scaling values/],
    [{ peakPerMinute: 15_886 }, /need 17 instances, and 17 serve at least/],
    [{ durationSeconds: 359 }, /359 s are too short for 120 s before/],
  ] as [Partial<StepInput>, RegExp][])('is refused: %#', (change, why) => {
    const answer = stepPlan({ ...input, ...change });
    expect(answer.ok ? '' : answer.why).toMatch(why);
    expect(answer.ok ? '' : answer.fix).not.toBe('');
  });

  it('takes the least duration that has room for all', () =>
    expect(planned({ durationSeconds: 360 }).stepSeconds).toBe(240));
});

describe('the verdict', () => {
  const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.01 };
  const plan = { ...planned(), expectedInstances: 3, allowedSeconds: 60 };
  const part = (ms: number, errors = 0) =>
    segmentOf({
      requests: 300,
      latency: flat(ms, 300 - errors, errors),
      errors: errors > 0 ? { 'http-5xx': errors } : {},
    });
  const counted = (instances: number) => ({ desired: 3, running: 3, instances });
  const good: StepObserved = {
    before: [part(20)],
    step: [part(400), part(400), part(20), part(20)],
    grownAfter: 1,
    fleet: [
      { atSeconds: 0, ...counted(1) },
      { atSeconds: 40, ...counted(3) },
    ],
    activities: [],
    heldSeconds: 90,
  };
  const verdict = (change: Partial<StepObserved>) => verdictOfStep(plan, { ...good, ...change }, slo);

  it('holds when both steady phases hold and the fleet grew in time, whatever happened while it grew', () => {
    const found = verdict({});
    expect(found.verdict).toBe('held');
    expect(found.phases.map((p) => [p.phase, p.verdict, p.requests])).toEqual([
      ['before', 'held', 300],
      ['growing', 'missed', 600],
      ['after', 'held', 600],
    ]);
    expect(found.scaleOut).toMatchObject({ verdict: 'held', reachedSeconds: 40, mostInstances: 3 });
    expect(found.phases[0]!.ratePerSecond).toBe(200);
  });

  it.each([
    ['slow before the step', { before: [part(60)] }, 'missed'],
    ['slow after it', { step: [part(400), part(400), part(60)] }, 'missed'],
    ['failing after it', { step: [part(20), part(20), part(20, 30)] }, 'missed'],
    ['an error rate that may be either', { step: [part(20), part(20), part(20, 3)] }, 'undecided'],
    ['no time after it', { step: [part(20), part(20)] }, 'undecided'],
    ['too few requests before it', { before: [segmentOf({ requests: 50, latency: flat(20, 50) })] }, 'undecided'],
    ['a fleet that came late', { fleet: [{ atSeconds: 61, ...counted(3) }] }, 'missed'],
    ['a fleet that never came', { fleet: [{ atSeconds: 1, ...counted(2) }], grownAfter: null }, 'missed'],
    [
      'a fleet that was not waited for',
      { fleet: [{ atSeconds: 1, ...counted(2) }], heldSeconds: 59, grownAfter: null },
      'undecided',
    ],
    ['a fleet that nobody counted', { fleet: [] }, 'undecided'],
    ['no load at all', { before: [], step: [], fleet: [], grownAfter: null }, 'undecided'],
  ] as [string, Partial<StepObserved>, string][])('of %s', (_, change, expected) =>
    expect(verdict(change).verdict).toBe(expected),
  );

  it('says where a scale-out stopped, and what was refused', () => {
    const activity = { id: 'a', status: 'Failed', description: 'Setting desired count to 3.', reason: 'no quota' };
    const short = { fleet: [{ atSeconds: 1, ...counted(1) }], grownAfter: null };
    const found = verdict({ ...short, activities: [{ ...activity, status: 'Successful' }, activity] });
    expect(found.scaleOut).toMatchObject({
      verdict: 'missed',
      detail: '1 of 3 instances after 90 s (scaling was refused: no quota)',
      refused: [activity],
    });
  });
});

describe('where a scale-out of three stopped', () => {
  const failed = (status: string, reason: string | null) => ({ id: 'a', status, description: 'what', reason });
  it.each([
    ['at scaling', { desired: 2, running: 2, instances: 2 }, [], 'scaling asked for 2'],
    ['at the instances', { desired: 3, running: 2, instances: 2 }, [], /asked for 3 and 2 run: instances are missing/],
    ['at the balancer', { desired: 3, running: 3, instances: 2 }, [], '3 run and 2 pass the health check'],
    ['at a limit', { desired: 1, running: 1, instances: 1 }, [failed('Failed', 'why')], 'scaling was refused: why'],
    [
      'unfulfilled',
      { desired: 3, running: 1, instances: 1 },
      [failed('Unfulfilled', null)],
      'scaling was refused: what',
    ],
    ['after a change that came', { desired: 3, running: 1, instances: 1 }, [failed('Successful', 'x')], /3 and 1 run/],
  ])('%s', (_, count, activities, said) => expect(whereItStopped(3, count, activities)).toMatch(said));
});
