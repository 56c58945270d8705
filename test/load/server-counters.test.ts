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
  });
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
