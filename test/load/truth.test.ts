/** The load engine against servers that write down the truth, and mutants that prove these checks can fail. */
import { describe, expect, test } from 'vitest';
import { type Experiment, expectTruth, mutateKit, runExperiment } from '../support/load-experiment.ts';

const TIMEOUT_MS = 60_000;

describe('every request, its times and the whole span agree with the server', () => {
  test.for<Experiment>([
    { shape: { kind: 'closed', users: 4 }, seconds: 2, server: { holdMs: 2 } },
    { shape: { kind: 'constant', ratePerSecond: 1000 }, seconds: 2, server: {} },
    { shape: { kind: 'poisson', ratePerSecond: 3000 }, seconds: 2, server: {} },
  ])('$shape.kind', { timeout: TIMEOUT_MS }, async (experiment, { skip }) => {
    const { segment } = await expectTruth(experiment, skip);
    expect(segment.errors).toEqual({});
    expect(segment.good).toBe(segment.requests);
  });
});

/** Few sockets, so that a stop makes intended times queue: where the moment of sending would hide the wait. */
const stopping: Experiment = {
  shape: { kind: 'constant', ratePerSecond: 400 },
  seconds: 4.5,
  maxConnections: 24,
  server: { holdMs: 20, stopMs: 300, stopEveryMs: 2000 },
  percentiles: true,
};

describe('percentiles from the intended time hold through full stops of the server', () => {
  test.for<Experiment>([stopping, { ...stopping, shape: { kind: 'poisson', ratePerSecond: 400 } }])(
    '$shape.kind',
    { timeout: TIMEOUT_MS },
    async (experiment, { skip }) => {
      await expectTruth(experiment, skip);
    },
  );
});

describe('a client that lies is caught', () => {
  const busy: Experiment = { shape: { kind: 'constant', ratePerSecond: 2500 }, seconds: 1.5, server: {} };
  const mutants: { what: string; file: string; from: string; to: string; run: Experiment; caught: RegExp }[] = [
    {
      what: 'skips one intended request in a thousand',
      file: 'lib/load/open-loop.js',
      from: 'this.dispatch(this.traffic.draw(this.nextMs), now);',
      to: 'if (this.index % 1000 !== 7) this.dispatch(this.traffic.draw(this.nextMs), now);',
      run: busy,
      caught: /requests instead of the 3750 intended/,
    },
    {
      what: 'forgets one answered request in a thousand',
      file: 'lib/load/traffic.js',
      from: 'tally.settle(exchange, now);',
      to: 'if (exchange.number % 1000 !== 7) tally.settle(exchange, now);',
      run: busy,
      caught: /the server answered \d+ requests the client does not know/,
    },
    {
      what: 'has a clock that runs one percent fast',
      file: 'lib/load/monotonic.js',
      from: 'return performance.now() + originMs;',
      to: 'return (performance.now() + originMs) * 1.01;',
      run: { ...busy, shape: { kind: 'closed', users: 4 }, server: { holdMs: 2 } },
      caught: /the client saw .* ms pass/,
    },
    {
      what: 'has a clock that runs one percent slow',
      file: 'lib/load/monotonic.js',
      from: 'return performance.now() + originMs;',
      to: 'return (performance.now() + originMs) * 0.99;',
      run: busy,
      caught: /the client saw .* ms pass/,
    },
    {
      what: 'counts from the moment it actually sent',
      file: 'lib/load/tally.js',
      from: 'this.latency.record(ok ? doneMs - intendedMs',
      to: 'this.latency.record(ok ? doneMs - sentMs',
      run: { ...stopping, seconds: 3 },
      caught: /p95 is/,
    },
  ];

  test.each(mutants)('$what', { timeout: TIMEOUT_MS }, async ({ file, from, to, run, caught }) => {
    const mutant = await mutateKit(file, from, to);
    try {
      const { report } = await runExperiment({ ...run, kit: mutant.kit });
      expect([...report.identity, ...report.timing].join('\n')).toMatch(caught);
    } finally {
      await mutant.remove();
    }
  });
});
