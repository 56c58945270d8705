/** What takes another deployment, and what does not. */
import { describe, expect, it } from 'vitest';
import { deploymentKey, inPlaceSettings, shareDeployment } from '../../../lib/core/catalog/in-place.ts';
import type { Configuration, Parameters, PlannedDeployment } from '../../../lib/core/plan/plan.ts';
import { emulatedPlan } from '../../support/plans.ts';

const DELAY = { maxBatchSize: 8, maxQueueDelayMs: 2.5 };

function deployment(
  parameters: Parameters,
  o: Partial<Configuration> = {},
  planned: Partial<PlannedDeployment> = {},
): PlannedDeployment {
  const configuration: Configuration = {
    id: JSON.stringify([parameters, o]),
    name: 'a',
    target: 'local',
    instanceType: 'local-1c',
    runtime: 'onnxruntime',
    parameters: { threads: 1, dynamicBatching: false, outputs: 'all', ...parameters },
    ...o,
  };
  const price = { usdPerHour: null, priceNote: 'none', priceSource: null, purchase: null };
  return { id: configuration.id, configuration, preparation: 'p', group: 'g', ...price, ...planned };
}

describe('inPlaceSettings', () => {
  it('are those of the queue of our own server, in whole microseconds', () => {
    const settings = (parameters: Parameters) => inPlaceSettings(deployment(parameters).configuration);
    expect(settings({})).toEqual({ maxBatchSize: 0, maxQueueDelayMicroseconds: 0 });
    expect(settings({ dynamicBatching: DELAY })).toEqual({ maxBatchSize: 8, maxQueueDelayMicroseconds: 2500 });
    expect(settings({ dynamicBatching: { maxBatchSize: 4 } })).toEqual({
      maxBatchSize: 4,
      maxQueueDelayMicroseconds: 0,
    });
  });

  it.each([
    ['transformers', { workers: 1, workerThreads: 8 }],
    ['onnxruntime', { workers: 2 }],
    ['triton', { maxBatchSize: 8, dynamicBatching: {}, instanceCount: 1 }],
    ['neuron', { mode: 'data-parallel' }],
  ])('are none for %s with %o', (runtime, parameters) => {
    const one = deployment(parameters as Parameters, { runtime });
    const two = deployment({ ...(parameters as Parameters), dynamicBatching: DELAY }, { runtime });
    expect(inPlaceSettings(one.configuration)).toBeNull();
    expect(shareDeployment(one, two)).toBe(false);
    expect(shareDeployment(one, one)).toBe(true);
  });
});

describe('one deployment serves', () => {
  it.each([
    ['batch sizes and delays', deployment({}), deployment({ dynamicBatching: DELAY })],
    ['the outputs that a request asks for', deployment({}), deployment({ outputs: 'pooled' })],
    ['names', deployment({}), deployment({}, { name: 'b', id: 'b' })],
  ])('different %s', (_, a, b) => {
    expect(shareDeployment(a, b)).toBe(true);
    expect(shareDeployment(b, a)).toBe(true);
  });

  it.each([
    ['threads', deployment({}), deployment({ threads: 2 })],
    ['padding', deployment({}), deployment({ padding: 'max' })],
    ['processes', deployment({}), deployment({ workers: 2 })],
    ['runtimes', deployment({}), deployment({}, { runtime: 'torch' })],
    ['machines', deployment({}), deployment({}, { instanceType: 'local-2c' })],
    ['targets', deployment({}), deployment({}, { target: 'ec2' })],
    ['artifacts', deployment({}), deployment({}, {}, { preparation: 'q' })],
    ['markets', deployment({}), deployment({}, {}, { purchase: 'spot' })],
  ])('no different %s', (_, a, b) => {
    expect(shareDeployment(a, b)).toBe(false);
  });

  it('exactly what differs in its queue, of every pair of a matrix', () => {
    const { deployments } = emulatedPlan({
      runtimes: [
        { emulated: { fixedMs: [1, 2], dynamicBatching: [false, { maxBatchSize: 2 }, { maxBatchSize: 4 }] } },
        { reference: { dynamicBatching: [false, {}] } },
      ],
    });
    const started = ({ configuration: { runtime, parameters } }: PlannedDeployment) =>
      `${runtime} ${parameters['fixedMs']}`;
    for (const a of deployments)
      for (const b of deployments) expect(shareDeployment(a, b)).toBe(started(a) === started(b));
    expect(new Set(deployments.map(deploymentKey)).size).toBe(3);
  });
});
