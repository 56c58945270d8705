import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RateCurve } from '../../../lib/core/load/rate-curve.ts';
import { createSchedule, peakRate } from '../../../lib/core/load/schedule.ts';
import { type OpenShape, shapeSchema, shapeSeconds } from '../../../lib/core/load/shape.ts';
import { WHOLE } from '../../../lib/core/load/share.ts';

const seeds = fc.integer();
const rates = fc.double({ min: 0.1, max: 100_000, noNaN: true });
const arrivals = fc.constantFrom('constant', 'poisson');
/** 0 now and then: a pause in a trace, a ramp from nothing. */
const rateOrNone = fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: 300, noNaN: true }));
const seconds = fc.double({ min: 0.5, max: 10, noNaN: true });
const shapes = fc
  .oneof(
    fc.record({
      kind: fc.constantFrom('constant', 'poisson'),
      ratePerSecond: fc.double({ min: 1, max: 300, noNaN: true }),
    }),
    fc.record({
      kind: fc.constant('ramp'),
      arrivals,
      fromPerSecond: rateOrNone,
      toPerSecond: rateOrNone,
      rampSeconds: seconds,
    }),
    fc.record({
      kind: fc.constant('step'),
      arrivals,
      startPerSecond: fc.double({ min: 1, max: 100, noNaN: true }),
      addPerSecond: rateOrNone,
      steps: fc.integer({ min: 1, max: 6 }),
      stepSeconds: seconds,
    }),
    fc.record({
      kind: fc.constant('trace'),
      arrivals,
      ratesPerSecond: fc.array(rateOrNone, { minLength: 1, maxLength: 8 }),
      intervalSeconds: seconds,
    }),
  )
  .filter((shape) => shapeSchema.safeParse(shape).success) as fc.Arbitrary<OpenShape>;

const isRandom = (shape: OpenShape) => ('arrivals' in shape ? shape.arrivals === 'poisson' : shape.kind === 'poisson');
/** All offsets below `endMs`. */
function offsets(shape: OpenShape, seed: number, endMs: number, share = WHOLE): number[] {
  const schedule = createSchedule(shape, seed, share);
  const found: number[] = [];
  for (let i = 0; ; i++) {
    const offset = schedule.offsetMs(i);
    if (!(offset < endMs)) return found;
    found.push(offset);
  }
}
/** A little beyond the shape's own end, where the last rate is held or nothing comes. */
const endOf = (shape: OpenShape) => ((shapeSeconds(shape) ?? 3) + 0.5) * 1000;

test('a constant rate is exact at every index', () => {
  const schedule = createSchedule({ kind: 'constant', ratePerSecond: 400 }, 1);
  expect([0, 1, 400, 24_000_000].map((i) => schedule.offsetMs(i))).toEqual([0, 2.5, 1000, 60_000_000]);
});

describe('every shape', () => {
  test('is a function of seed and index, in whatever order it is asked', () => {
    fc.assert(
      fc.property(
        seeds,
        shapes,
        fc.array(fc.nat(5000), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 3 }),
        (seed, shape, indices, of) => {
          const share = { index: of - 1, of };
          const jumping = createSchedule(shape, seed, share);
          const asked = indices.map((i) => jumping.offsetMs(i));
          expect(asked).toEqual(indices.map((i) => createSchedule(shape, seed, share).offsetMs(i)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('never goes back, and sends as many as the integral of its rate', () => {
    fc.assert(
      fc.property(seeds, shapes, (seed, shape) => {
        const endMs = endOf(shape);
        const found = offsets(shape, seed, endMs);
        expect(found.every((offset, i) => offset >= (found[i - 1] ?? 0))).toBe(true);
        const expected = new RateCurve(shape).expected(endMs);
        // Even arrivals: one for each whole count below the integral. Poisson: five standard deviations.
        const slack = isRandom(shape) ? 5 * Math.sqrt(expected) + 5 : 1e-6 * expected + 1e-6;
        expect(found.length).toBeGreaterThanOrEqual(expected - slack);
        expect(found.length).toBeLessThan(expected + 1 + slack);
      }),
      { numRuns: 150 },
    );
  });

  test('spaces even arrivals by one request of the integral each', () => {
    fc.assert(
      fc.property(
        shapes.filter((s) => !isRandom(s)),
        (shape) => {
          const curve = new RateCurve(shape);
          for (const [i, offset] of offsets(shape, 1, endOf(shape)).entries()) {
            expect(curve.expected(offset)).toBeCloseTo(i, 5);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('sends nothing where its rate is zero', () => {
    const pause: Omit<Extract<OpenShape, { kind: 'trace' }>, 'arrivals'> = {
      kind: 'trace',
      ratesPerSecond: [0, 50, 0, 50],
      intervalSeconds: 1,
    };
    for (const kind of ['constant', 'poisson'] as const) {
      const found = offsets({ ...pause, arrivals: kind }, 3, 10_000);
      expect(found.length).toBeGreaterThan(50);
      expect(found.every((ms) => (ms >= 1000 && ms <= 2000) || (ms >= 3000 && ms <= 4000))).toBe(true);
    }
    expect(createSchedule({ ...pause, arrivals: 'constant' }, 1).offsetMs(100)).toBe(Number.POSITIVE_INFINITY);
  });

  test('another seed gives other random arrivals', () => {
    fc.assert(
      fc.property(seeds, rates, (seed, ratePerSecond) => {
        const shape = { kind: 'poisson', ratePerSecond } as const;
        expect(createSchedule(shape, seed + 1).offsetMs(499)).not.toBe(createSchedule(shape, seed).offsetMs(499));
      }),
      { numRuns: 50 },
    );
  });
});

test('ramp and step hold their last rate', () => {
  const ramp = offsets(
    { kind: 'ramp', arrivals: 'constant', fromPerSecond: 0, toPerSecond: 100, rampSeconds: 2 },
    1,
    4000,
  );
  expect([2000, 3000, 4000].map((end) => ramp.filter((ms) => ms < end).length)).toEqual([100, 200, 300]);
  const step = {
    kind: 'step',
    arrivals: 'constant',
    startPerSecond: 10,
    addPerSecond: 20,
    steps: 3,
    stepSeconds: 2,
  } as const;
  const each = Array.from({ length: 5 }, (_, i) =>
    offsets(step, 1, 10_000).filter((ms) => Math.floor(ms / 2000) === i),
  );
  expect(each.map((found) => found.length)).toEqual([20, 60, 100, 100, 100]);
  expect(peakRate(step, { index: 1, of: 4 })).toBe(50 / 4);
});

/** Statistics of gaps, five standard errors wide: mean 1/sqrt(n), standard deviation sqrt(2/n) for an exponential. */
function expectPoisson(found: readonly number[], ratePerMs: number): void {
  const n = found.length - 1;
  const gaps = found.slice(1).map((offset, i) => offset - found[i]!);
  const mean = gaps.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  expect(Math.abs(mean * ratePerMs - 1)).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(sd * ratePerMs - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  const covariance = gaps.slice(1).reduce((sum, gap, i) => sum + (gap - mean) * (gaps[i]! - mean), 0) / n;
  expect(Math.abs(covariance / (sd * sd))).toBeLessThan(5 / Math.sqrt(n));
}

test('a Poisson rate has the mean, the spread and the independence of exponential gaps', () => {
  fc.assert(
    fc.property(seeds, rates, (seed, ratePerSecond) => {
      const schedule = createSchedule({ kind: 'poisson', ratePerSecond }, seed);
      expectPoisson(
        Array.from({ length: 20_000 }, (_, i) => schedule.offsetMs(i)),
        ratePerSecond / 1000,
      );
    }),
    { numRuns: 25 },
  );
});

describe('shares', () => {
  test('of one seed are together exactly the whole schedule, and disjoint', () => {
    fc.assert(
      fc.property(seeds, shapes, fc.integer({ min: 2, max: 7 }), (seed, shape, of) => {
        const endMs = endOf(shape);
        const parts = Array.from({ length: of }, (_, index) => offsets(shape, seed, endMs, { index, of }));
        expect(parts.flat().sort((a, b) => a - b)).toEqual(offsets(shape, seed, endMs));
      }),
      { numRuns: 100 },
    );
  });

  test('of a Poisson rate are Poisson at their part of it', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 5 }), (seed, of) => {
        const shape = { kind: 'poisson', ratePerSecond: 1000 } as const;
        const schedule = createSchedule(shape, seed, { index: of - 1, of });
        expectPoisson(
          Array.from({ length: 10_000 }, (_, i) => schedule.offsetMs(i)),
          1 / of,
        );
      }),
      { numRuns: 20 },
    );
  });

  test('of an even rate are even themselves', () => {
    const schedule = createSchedule({ kind: 'constant', ratePerSecond: 100 }, 1, { index: 1, of: 4 });
    expect([0, 1, 2].map((i) => schedule.offsetMs(i))).toEqual([10, 50, 90]);
  });
});
