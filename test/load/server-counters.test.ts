import { expect, test } from 'vitest';
import { parseServerCounters } from '../../lib/load/server-counters.ts';

const model = (n: number) => {
  const ns = (k: number) => ({ count: n, ns: n * k });
  return {
    name: 'm',
    inference_count: n * 2,
    execution_count: n,
    inference_stats: {
      success: ns(100),
      queue: ns(10),
      compute_input: ns(1),
      compute_infer: ns(50),
      compute_output: ns(2),
    },
  };
};

test('adds up models and versions, and does without process facts', () => {
  expect(parseServerCounters({ model_stats: [model(1), model(3)] })).toEqual({
    inferenceCount: 8,
    executionCount: 4,
    successCount: 4,
    successNs: 400,
    queueNs: 40,
    computeNs: 212,
    cpuSeconds: null,
    rssMib: null,
    pid: null,
    computedCount: 4,
  });
});

test('knows how long requests came only where every model tells', () => {
  const told = { ...model(2), front_stats: { receive: { count: 2, ns: 70 } } };
  expect(parseServerCounters({ model_stats: [told, told] })!.receiveNs).toBe(140);
  expect(parseServerCounters({ model_stats: [told, model(1)] })).not.toHaveProperty('receiveNs');
});

test('tells what a response cache answered from what was computed, and how often a quota held the server back', () => {
  const { inference_stats: stats, ...cached } = model(9);
  const answer = {
    model_stats: [{ ...cached, inference_stats: { ...stats, compute_infer: { count: 2, ns: 100 } } }],
    process: { cpu_periods: { count: 40, throttled: 31 } },
  };
  expect(parseServerCounters(answer)).toMatchObject({
    successCount: 9,
    computedCount: 2,
    cpuPeriods: { count: 40, throttled: 31 },
  });
});

test('does without counts that are not there', () => {
  const { inference_stats: stats, ...rest } = model(1);
  const answer = { model_stats: [{ ...rest, inference_stats: { ...stats, compute_infer: { ns: 5 } } }], process: {} };
  const counters = parseServerCounters(answer);
  expect(counters).not.toBeNull();
  expect(counters).not.toHaveProperty('computedCount');
  expect(counters).not.toHaveProperty('cpuPeriods');
});

test.each([
  null,
  5,
  {},
  { model_stats: [] },
  { model_stats: [{}] },
  { model_stats: [{ ...model(1), inference_count: 'x' }] },
])('%j is no statistics answer', (answer) => {
  expect(parseServerCounters(answer)).toBeNull();
});
