import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateCurve } from '../../../lib/core/load/rate-curve.ts';
import { shapeSchema } from '../../../lib/core/load/shape.ts';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { pathText } from '../../../lib/core/spec/issue.ts';
import { issuesOf, localExperiment, parsed, tracesOf } from '../../support/experiments.ts';

type Load = NonNullable<ExperimentInput['load']>;
const traces = tracesOf({
  'day.csv': [60, 120, 0, 240],
  'silent.csv': [0, 0],
  'long.csv': Array.from({ length: 1441 }, () => 60),
  'busy.csv': [1e9],
  'endless.csv': Array.from({ length: 100_001 }, () => 1),
});
const load = (written: Load) => parsed(localExperiment({ load: written }), traces).load;

describe('a load whose rate changes', () => {
  it.each<[string, Load, object]>([
    [
      'a ramp, drawn as a Poisson process unless said',
      { protocol: 'ramp', ramp: { initialRate: 0, finalRate: 50, duration: '2m' } },
      { kind: 'ramp', arrivals: 'poisson', fromPerSecond: 0, toPerSecond: 50, rampSeconds: 120 },
    ],
    [
      'a ramp down, evenly spaced',
      { protocol: 'ramp', ramp: { initialRate: 9, finalRate: 1, duration: '10s' }, arrivals: 'constant' },
      { kind: 'ramp', arrivals: 'constant', fromPerSecond: 9, toPerSecond: 1, rampSeconds: 10 },
    ],
    [
      'steps',
      { protocol: 'step', step: { initialRate: 10, addedRate: 5, steps: 4, every: '30s' } },
      { kind: 'step', arrivals: 'poisson', startPerSecond: 10, addPerSecond: 5, steps: 4, stepSeconds: 30 },
    ],
    [
      'a trace at its own rates and length',
      { protocol: 'trace', trace: 'day.csv' },
      { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [1, 2, 0, 4], intervalSeconds: 60 },
    ],
    [
      'a trace of one instance, in quick motion',
      { protocol: 'trace', trace: { file: 'day.csv', peakRate: 40, minute: '2s' } },
      { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [10, 20, 0, 40], intervalSeconds: 2 },
    ],
  ])('is %s', (_, written, shape) => {
    const { stairs, windowSeconds, dropSeconds, rounds, confirmation, maxConnections } = load(written);
    expect(stairs).toEqual([{ id: written.protocol, shape }]);
    expect(shapeSchema.parse(shape)).toEqual(shape);
    expect({ windowSeconds, dropSeconds, rounds, confirmation, maxConnections }).toEqual({
      windowSeconds:
        { ramp: (shape as { rampSeconds?: number }).rampSeconds, step: 120 }[written.protocol as string] ??
        windowSeconds,
      dropSeconds: 0,
      rounds: 1,
      confirmation: null,
      maxConnections: 256,
    });
  });

  it('plays a trace in the time that its minutes are given', () => {
    expect(load({ protocol: 'trace', trace: 'day.csv' }).windowSeconds).toBe(240);
    expect(load({ protocol: 'trace', trace: { file: 'day.csv', minute: '1500ms' } }).windowSeconds).toBe(6);
  });

  it('repeats as often as the experiment says', () => {
    const written: Load = { protocol: 'trace', trace: 'day.csv' };
    expect(parsed(localExperiment({ load: written, repeats: 3 }), traces).load.repeats).toBe(3);
  });

  it('scales a trace by one factor, whatever is in it', () => {
    const minutes = fc.array(fc.nat(1e6), { minLength: 2, maxLength: 60 }).filter((m) => m.some((n) => n > 0));
    fc.assert(
      fc.property(minutes, fc.double({ min: 0.1, max: 1000, noNaN: true }), (requests, peakRate) => {
        const written: Load = { protocol: 'trace', trace: { file: 'day.csv', peakRate } };
        const own = tracesOf({ 'day.csv': requests });
        const { shape } = parsed(localExperiment({ load: written }), own).load.stairs[0]!;
        const rates = shape.kind === 'trace' ? shape.ratesPerSecond : [];
        const busiest = Math.max(...requests);
        expect(Math.max(...rates) / peakRate).toBeCloseTo(1, 9);
        rates.forEach((rate, i) => {
          expect(rate * busiest).toBeCloseTo(requests[i]! * peakRate, 3);
        });
      }),
    );
  });

  it('stays inside the limits wherever it is accepted', () => {
    const duration = fc.constantFrom('0s', '500ms', '1s', '20s', '3h', '24h');
    const rate = fc.constantFrom(0.001, 1, 500, 20_000, 1e6);
    const ramps = fc.record({
      initialRate: fc.oneof(fc.constant(0), rate),
      finalRate: fc.oneof(fc.constant(0), rate),
      duration,
    });
    const steps = fc.record({
      initialRate: rate,
      addedRate: rate,
      steps: fc.integer({ min: 1, max: 100 }),
      every: duration,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          ramps.map((ramp) => ({ ramp })),
          steps.map((step) => ({ step })),
        ),
        (keys) => {
          const written: Load = { protocol: 'ramp' in keys ? 'ramp' : 'step', ...keys };
          const issues = issuesOf(localExperiment({ load: written }), traces);
          expect(issues.filter((i) => i.path[0] !== 'load')).toEqual([]);
          if (issues.length > 0) return;
          const { stairs, windowSeconds } = load(written);
          const curve = new RateCurve(stairs[0]!.shape as never);
          expect(windowSeconds).toBeGreaterThanOrEqual(1);
          expect(windowSeconds).toBeLessThanOrEqual(86_400);
          expect(curve.peakPerSecond).toBeLessThanOrEqual(1e6);
          expect(curve.expected(windowSeconds * 1000)).toBeLessThanOrEqual(1e9 * (1 + 1e-9));
        },
      ),
    );
  });

  const trace = (o: object) => ({ protocol: 'trace', trace: { file: 'day.csv', ...o } }) as Load;
  const step = (o: object) =>
    ({ protocol: 'step', step: { initialRate: 1, addedRate: 1, steps: 2, every: '30s', ...o } }) as Load;
  const ramp = (o: object) =>
    ({ protocol: 'ramp', ramp: { initialRate: 1, finalRate: 2, duration: '30s', ...o } }) as Load;
  it.each<[string, Load, string, RegExp]>([
    ['a ramp without one', { protocol: 'ramp' }, 'load.ramp', /protocol ramp needs ramp/],
    ['a step without one', { protocol: 'step' }, 'load.step', /protocol step needs step/],
    ['a trace without one', { protocol: 'trace' }, 'load.trace', /protocol trace needs trace/],
    [
      'a ramp for capacity',
      { ramp: { initialRate: 1, finalRate: 2, duration: '1m' } },
      'load.ramp',
      /capacity does not use ramp/,
    ],
    ['users of a trace', { protocol: 'trace', trace: 'day.csv', users: 4 }, 'load.users', /trace does not use users/],
    ['a rate of a ramp', { ...ramp({}), rate: 4 }, 'load.rate', /ramp does not use rate/],
    ['a window of a step', { ...step({}), window: '2s' }, 'load.window', /window is not used with protocol step/],
    ['a duration of a trace', { ...trace({}), duration: '1m' }, 'load.duration', /the whole of it is measured, once/],
    ['confirmation of a trace', { ...trace({}), confirm: {} }, 'load.confirm', /not used/],
    ['rounds of a ramp', { ...ramp({}), rounds: 2 }, 'load.rounds', /not used/],
    [
      'a file that is not there',
      { protocol: 'trace', trace: 'absent.csv' },
      'load.trace',
      /absent\.csv does not exist/,
    ],
    ['such a file by key', trace({ file: 'absent.csv' }), 'load.trace.file', /absent\.csv does not exist/],
    ['a day of silence', trace({ file: 'silent.csv', peakRate: 4 }), 'load.trace.file', /no request in any minute/],
    [
      'more than a day',
      { protocol: 'trace', trace: 'long.csv' },
      'load.trace',
      /makes a load of 24\.02 h; the limit is 24 h/,
    ],
    ['more than a day by key', trace({ file: 'long.csv' }), 'load.trace.minute', /the limit is 24 h/],
    [
      'more minutes than a load has',
      trace({ file: 'endless.csv', minute: '100ms' }),
      'load.trace.file',
      /has 100001 minutes/,
    ],
    ['a day that is over in no time', trace({ minute: '1ms' }), 'load.trace.minute', /the least is 1 s/],
    [
      'a rate that nobody sends',
      trace({ file: 'busy.csv' }),
      'load.trace.peakRate',
      /makes up to 16666667 requests per second/,
    ],
    ['a peak of nothing', trace({ peakRate: 0 }), 'load.trace.peakRate', /must be more than 0/],
    ['a ramp from nothing to nothing', ramp({ initialRate: 0, finalRate: 0 }), 'load.ramp.finalRate', /sends nothing/],
    ['a ramp in no time', ramp({ duration: '100ms' }), 'load.ramp.duration', /the least is 1 s/],
    ['a ramp of days', ramp({ duration: '25h' }), 'load.ramp.duration', /not be longer than 24h/],
    [
      'too many requests',
      ramp({ initialRate: 1e5, finalRate: 1e5, duration: '3h' }),
      'load.ramp.finalRate',
      /1080000000 requests in all/,
    ],
    ['steps of days', step({ steps: 25, every: '1h' }), 'load.step.every', /makes a load of 25 h/],
    ['steps beyond what is sent', step({ addedRate: 1e6 }), 'load.step.addedRate', /makes up to 1000001/],
    ['too many steps', step({ steps: 101 }), 'load.step.steps', /at most 100/],
    ['a step with another key', step({ start: 5 }), 'load.step.start', /unknown key/],
    ['a number for a trace', { protocol: 'trace', trace: 5 as never }, 'load.trace', /not allowed here/],
  ])('refuses %s', (_, written, path, says) => {
    const issues = issuesOf(localExperiment({ load: written }), traces);
    const at = issues.find((i) => pathText(i.path) === path);
    expect(at?.message, JSON.stringify(issues)).toMatch(says);
  });

  it('refuses an adaptive search, which chooses its loads', () => {
    const written: Load = { protocol: 'trace', trace: 'day.csv' };
    const [found] = issuesOf(localExperiment({ load: written, search: 'adaptive' }), traces);
    expect(found).toMatchObject({ path: ['load', 'protocol'], allowed: ['capacity', 'stairs'] });
  });
});
