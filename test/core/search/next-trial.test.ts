/** From a plan to its space, from records to the next trial, and what is left out in words. */
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../../lib/core/measure/measurement.ts';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import { batchingOf } from '../../../lib/core/search/batching-of.ts';
import { provenMeasurements } from '../../../lib/core/search/certified.ts';
import { nextTrial, Search } from '../../../lib/core/search/next-trial.ts';
import { spaceOfPlan } from '../../../lib/core/search/space-of-plan.ts';
import type { Trial } from '../../../lib/core/search/trial.ts';
import { trialLoad } from '../../../lib/core/search/trial-load.ts';
import { configurationOf, measurementOf } from '../../support/measurements.ts';
import { queuePlan } from '../../support/queue-cloud.ts';

const plan = queuePlan('adaptive');
const slo = plan.slo;
const none = { measurements: [], skipped: new Set<string>() };

/** A valid measurement of a trial. */
function measured(trial: Trial, ratePerSecond: number, latencyMs: number): Measurement {
  const { configuration } = plan.deployments.find((d) => d.id === trial.configuration)!;
  const noise = Array.from({ length: 20 }, (_, i) => (i % 2 ? 0.01 : -0.01));
  const sketch = { users: 1, ratePerSecond, latencyMs, noise };
  const whole = measurementOf(configuration, [sketch], { trial: trial.id });
  const { load, trial: planned } = trialLoad(plan, trial);
  return { ...whole, purpose: planned.purpose, stairs: [{ ...whole.stairs[0]!, id: load.stairs[0]!.id }] };
}

describe('the queue of a configuration', () => {
  const of = (runtime: string, parameters: Record<string, never> | object, items = 1) =>
    batchingOf({ ...configurationOf('a'), runtime, parameters: parameters as never }, items);
  it.each([
    [
      'our server without batching',
      'onnxruntime',
      { threads: 1, dynamicBatching: false },
      1,
      { instances: 1, maxBatch: 1, delayMs: 0 },
    ],
    [
      'our server with',
      'torch',
      { dynamicBatching: { maxBatchSize: 8, maxQueueDelayMs: 5 } },
      1,
      { instances: 1, maxBatch: 8, delayMs: 5 },
    ],
    [
      'several items in a request',
      'torch',
      { dynamicBatching: { maxBatchSize: 8, maxQueueDelayMs: 5 } },
      3,
      { maxBatch: 2 },
    ],
    [
      'requests larger than a batch',
      'torch',
      { dynamicBatching: { maxBatchSize: 8, maxQueueDelayMs: 5 } },
      9,
      { maxBatch: 1, delayMs: 0 },
    ],
    ['workers', 'transformers', { workers: 4 }, 1, { instances: 4, maxBatch: 1 }],
    [
      'Triton',
      'triton',
      { instanceCount: 2, maxBatchSize: 16, dynamicBatching: { maxQueueDelayMs: 1 } },
      1,
      { instances: 2, maxBatch: 16, delayMs: 1 },
    ],
    [
      'Triton without batching',
      'triton',
      { instanceCount: 2, maxBatchSize: 16, dynamicBatching: false },
      1,
      { instances: 2, maxBatch: 1, delayMs: 0 },
    ],
  ])('%s', (_, runtime, parameters, items, expected) => expect(of(runtime, parameters, items)).toMatchObject(expected));

  it('is not known of a compiled pipeline', () => expect(of('neuron', { batch: 1 })).toBeNull());

  it('shares a line only with what serves a batch alike', () => {
    const line = (parameters: object) => of('triton', parameters)!.line;
    const base = { instanceCount: 1, precision: 'fp16', maxBatchSize: 8, dynamicBatching: false };
    expect(line({ ...base, maxBatchSize: 16, dynamicBatching: { maxQueueDelayMs: 5 } })).toBe(line(base));
    expect(line({ ...base, instanceCount: 2 })).not.toBe(line(base));
    expect(line({ ...base, precision: 'fp32' })).not.toBe(line(base));
  });
});

describe('the space of an adaptive plan', () => {
  it('has a device for each instance type, with the prices of the plan', () => {
    expect(spaceOfPlan(plan).devices.map((d) => [d.id, d.usdPerHour, d.configurations.length])).toEqual([
      ['sagemaker/ml.c5.xlarge', 0.204, 10],
      ['sagemaker/ml.g4dn.xlarge', 0.736, 10],
      ['sagemaker/ml.g4dn.2xlarge', 0.94, 10],
    ]);
    expect(spaceOfPlan(plan).trialSeconds).toBe(60);
  });

  it('knows no price where the rate alone counts', () => {
    const even = spaceOfPlan({ ...plan, objective: 'maximize-throughput' });
    expect(new Set(even.devices.map((d) => d.usdPerHour)).size).toBe(1);
  });

  it('is one of users as soon as one queue is unknown: open and closed loops do not compare', () => {
    const [first, ...rest] = plan.deployments;
    const unknown = { ...first!, configuration: { ...first!.configuration, runtime: 'neuron' } };
    const space = spaceOfPlan({ ...plan, deployments: [unknown, ...rest] });
    expect(space.devices).toHaveLength(30);
    for (const { configurations } of space.devices) {
      expect(configurations).toMatchObject([{ batching: null, users: [1, 4, 16, 32] }]);
    }
  });
});

describe('the next trial', () => {
  const first = nextTrial(plan, none);
  if (!('trial' in first)) throw new Error('a search without a first trial');

  it('times the largest batch of the cheapest device, with two batches of users under way', () => {
    expect(first.trial).toMatchObject({ purpose: 'time', configuration: expect.stringMatching(/batched16@.*c5/) });
    const { load, trial, segment } = trialLoad(plan, first.trial);
    expect(load.stairs).toEqual([{ id: 'saturate', shape: { kind: 'closed', users: 32 } }]);
    expect(trial).toMatchObject({ id: first.trial.id, purpose: 'screen', repeat: 1 });
    expect(segment('here')).toMatchObject({
      id: '1/0/saturate/here',
      endpoint: 'here',
      dropSeconds: plan.load.dropSeconds,
    });
  });

  it('does not depend on the order of what is recorded', () => {
    const told: Measurement[] = [];
    for (let i = 0; i < 4; i++) {
      const next = nextTrial(plan, { ...none, measurements: told });
      if (!('trial' in next)) break;
      told.push(measured(next.trial, 100, 30));
    }
    const ahead = nextTrial(plan, { ...none, measurements: told });
    const back = nextTrial(plan, { ...none, measurements: [...told].reverse() });
    expect('trial' in ahead && 'trial' in back && ahead.trial.id).toBe('trial' in back && back.trial.id);
  });

  it('passes over a configuration that ended without having run, skipped or recorded', () => {
    const planned = plan.trials.find((t) => t.deployment === first.trial.configuration)!;
    const skipped = nextTrial(plan, { ...none, skipped: new Set([planned.id]) });
    const { configuration } = plan.deployments.find((d) => d.id === planned.deployment)!;
    const failed = measurementOf(configuration, [], {
      trial: planned.id,
      validity: validityOf([{ code: 'unhealthy', detail: '' }]),
    });
    const recorded = nextTrial(plan, { ...none, measurements: [failed] });
    for (const next of [skipped, recorded]) {
      expect('trial' in next && next.trial.configuration).not.toBe(first.trial.configuration);
    }
  });

  it('begins anew where what it was told is not on record after all', () => {
    const search = new Search(plan);
    const told = measured(first.trial, 100, 30);
    const second = search.next({ ...none, measurements: [told] });
    expect('trial' in second && second.trial.id).not.toBe(first.trial.id);
    const again = search.next(none);
    expect('trial' in again && again.trial.id).toBe(first.trial.id);
  });
});

describe('what a recommendation is made from', () => {
  const configuration = plan.deployments[0]!.id;
  const trial = (n: number, purpose: Trial['purpose'], load: Trial['load']): Trial => ({
    id: `${configuration}#${n}`,
    device: 'd',
    configuration,
    load,
    seconds: 60,
    purpose,
  });
  const confirmed = (latencyMs: number, count: number) =>
    Array.from({ length: count }, (_, i) =>
      measured(trial(i + 1, 'confirm', { kind: 'rate', perSecond: 10 }), 10, latencyMs),
    );

  it.each([
    ['three inside the objective', confirmed(40, 3), 'confirm'],
    ['two, which can agree by chance', confirmed(40, 2), 'screen'],
    ['three that are too near', confirmed(49.9, 3), 'screen'],
    ['three over it', confirmed(60, 3), 'screen'],
  ])('%s', (_, measurements, purpose) => {
    expect(provenMeasurements(measurements, slo).map((m) => m.purpose)).toEqual(measurements.map(() => purpose));
  });

  it('one bad confirmation spoils its load, and no other', () => {
    const other = [1, 2, 3].map((n) => measured(trial(n + 10, 'confirm', { kind: 'rate', perSecond: 8 }), 8, 35));
    const bad = { ...confirmed(40, 4)[3]!, validity: validityOf([{ code: 'wrong-output' as const, detail: '' }]) };
    const proven = provenMeasurements([...confirmed(40, 3), bad, ...other], slo);
    expect(proven.filter((m) => m.purpose === 'confirm').map((m) => m.trial)).toEqual(other.map((m) => m.trial));
  });

  it('a timing of full batches is no operating point', () => {
    expect(provenMeasurements([measured(trial(1, 'time', { kind: 'saturate' }), 900, 20)], slo)).toEqual([]);
  });
});
