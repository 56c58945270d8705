/** The two ends of the search that touch documents: a plan becomes a space, a measurement an observation. */
import { describe, expect, it } from 'vitest';
import { validityOf } from '../../../lib/core/measure/validity.ts';
import type { Plan } from '../../../lib/core/plan/plan.ts';
import { observationOf } from '../../../lib/core/search/observation-of.ts';
import { propose } from '../../../lib/core/search/propose.ts';
import { spaceOfPlan } from '../../../lib/core/search/space-of-plan.ts';
import type { Trial } from '../../../lib/core/search/trial.ts';
import { configurationOf, measurementOf } from '../../support/measurements.ts';

const slo = { percentile: 95, latencyMs: 50, maxErrorRate: 0.001 };
const goal = { slo, objective: 'minimize-cost' as const, itemsPerRequest: 1 };
const load = (shapes: Plan['load']['stairs'][number]['shape'][]): Plan['load'] => ({
  stairs: shapes.map((shape, i) => ({ id: `s${i}`, shape })),
  rounds: 20,
  windowSeconds: 3,
  dropSeconds: 0.5,
  repeats: 1,
  confirmation: null,
  timeoutMs: 1000,
  maxConnections: 64,
  seed: 1,
});
const deployment = (name: string, instanceType: string, usdPerHour: number | null): Plan['deployments'][number] => {
  const configuration = configurationOf(name, { target: 'ec2', instanceType, runtime: 'neuron' });
  const priced = { usdPerHour, priceNote: usdPerHour === null ? 'none' : null, priceSource: null };
  return { id: configuration.id, configuration, preparation: null, group: configuration.id, purchase: null, ...priced };
};

describe('spaceOfPlan', () => {
  const deployments = [
    deployment('a', 'c7g.xlarge', 0.15),
    deployment('b', 'c7g.xlarge', 0.15),
    deployment('a', 'x', null),
  ];
  const closed = load([
    { kind: 'closed', users: 1 },
    { kind: 'closed', users: 8 },
  ]);

  it('makes a device of each whose queue is not known, and leaves out what has no price', () => {
    const space = spaceOfPlan({ deployments, load: closed, ...goal });
    expect(space.trialSeconds).toBe(60);
    expect(space.devices).toEqual(
      deployments.slice(0, 2).map(({ id }) => ({
        id,
        usdPerHour: 0.15,
        deploySeconds: 240,
        reloadSeconds: 240,
        configurations: [{ id, deployment: id, batching: null, users: [1, 8] }],
      })),
    );
    expect(propose(space, [])).toMatchObject({ trials: [{ configuration: deployments[0]!.id, purpose: 'screen' }] });
  });

  it('knows what one deployment can serve, and what a change takes where the target has one', () => {
    const batched = (maxBatchSize: number) => ({ dynamicBatching: { maxBatchSize, maxQueueDelayMs: 0 } });
    const at = (target: 'local' | 'ec2', name: string, parameters: object) => {
      const configuration = configurationOf(name, { target, runtime: 'onnxruntime', parameters: parameters as never });
      return { ...deployment('a', 'x', 1), id: configuration.id, configuration };
    };
    for (const [target, reloadSeconds] of [
      ['local', 1],
      ['ec2', 240],
    ] as const) {
      const own = [at(target, 'a', batched(2)), at(target, 'b', batched(4)), at(target, 'c', { threads: 2 })];
      const [device] = spaceOfPlan({ deployments: own, load: closed, ...goal }).devices;
      expect(device!.reloadSeconds).toBe(reloadSeconds);
      const [a, b, c] = device!.configurations.map(({ deployment: key }) => key);
      expect(a).toBe(b);
      expect(a).not.toBe(c);
    }
  });

  it('searches a laptop, whose hours all cost the same', () => {
    const local = configurationOf('a');
    const here = { ...deployment('a', 'x', null), id: local.id, configuration: local };
    expect(spaceOfPlan({ deployments: [here], load: closed, ...goal }).devices).toMatchObject([{ usdPerHour: 1 }]);
  });

  it('refuses a load it has nothing to bisect in', () => {
    const open = load([{ kind: 'poisson', ratePerSecond: 10 }]);
    expect(() => spaceOfPlan({ deployments, load: open, ...goal })).toThrow('no closed-loop stairs');
  });
});

describe('observationOf', () => {
  const trial: Trial = {
    id: 't1',
    device: 'd',
    configuration: 'c',
    load: { kind: 'users', users: 4 },
    seconds: 60,
    purpose: 'screen',
  };
  const sketch = {
    users: 4,
    ratePerSecond: 100,
    latencyMs: 40,
    noise: Array.from({ length: 20 }, (_, i) => (i % 2 ? 0.02 : -0.02)),
  };

  it('passes on rate, percentile and limits', () => {
    const seen = observationOf(trial, measurementOf(configurationOf('a'), [sketch]), slo);
    expect(seen).toMatchObject({ trial: 't1', failed: false });
    expect(seen.ratePerSecond).toBeCloseTo(100, 6);
    expect(seen.latencyMs).toBeGreaterThan(39);
    expect(seen.latencyUpperMs!).toBeGreaterThanOrEqual(seen.latencyMs!);
    expect(seen.rateSpread).toBeLessThan(0.02);
  });

  it('fails where errors are over the limit, where the trial is invalid, and where there is no load', () => {
    const broken = measurementOf(configurationOf('a'), [{ ...sketch, failures: 100 }]);
    expect(observationOf(trial, broken, slo).failed).toBe(true);
    const wrong = measurementOf(configurationOf('a'), [sketch], {
      validity: validityOf([{ code: 'wrong-output', detail: '' }]),
    });
    expect(observationOf(trial, wrong, slo)).toMatchObject({ failed: true, latencyMs: null });
    expect(observationOf(trial, measurementOf(configurationOf('a'), []), slo).failed).toBe(true);
  });

  describe('of a load at a rate', () => {
    const rated: Trial = { ...trial, load: { kind: 'rate', perSecond: 100 } };
    const measuredAt = (
      ratePerSecond: number,
      codes: ('error-rate' | 'too-few-samples' | 'client-lag' | 'server-died')[],
    ) =>
      measurementOf(configurationOf('a'), [{ ...sketch, ratePerSecond }], {
        validity: validityOf(codes.map((code) => ({ code, detail: '' }))),
      });

    it.each([
      [
        'too much of it is no failure, and clearly over',
        60,
        ['error-rate'],
        { failed: false, latencyMs: 500, latencyUpperMs: 500 },
      ],
      [
        'one too low for its percentile fails: lower ones tell it still less',
        100,
        ['too-few-samples'],
        { failed: true, latencyMs: null },
      ],
      ['a late generator tells no slowness', 99, ['client-lag'], { failed: false, latencyMs: null }],
      ['a server that died failed', 60, ['error-rate', 'server-died'], { failed: true, latencyMs: null }],
    ] as const)('%s', (_, rate, codes, expected) => {
      expect(observationOf(rated, measuredAt(rate, [...codes]), slo)).toMatchObject(expected);
    });

    it('the same errors fail users, and too few samples no timing', () => {
      expect(observationOf(trial, measuredAt(60, ['error-rate']), slo).failed).toBe(true);
      const timing: Trial = { ...trial, load: { kind: 'saturate' }, purpose: 'time' };
      expect(observationOf(timing, measuredAt(60, ['too-few-samples']), slo)).toMatchObject({
        failed: false,
        ratePerSecond: 60,
      });
      expect(observationOf(timing, measuredAt(60, ['error-rate']), slo).failed).toBe(true);
    });
  });

  it('has no upper limit where there are too few samples for one', () => {
    const few = measurementOf(configurationOf('a'), [{ ...sketch, samples: 30 }]);
    expect(observationOf(trial, few, slo).latencyUpperMs).toBeNull();
  });
});
