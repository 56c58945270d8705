import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedRequests, partsOf, type VariedShape } from '../../../lib/core/load/parts.ts';
import { RateCurve } from '../../../lib/core/load/rate-curve.ts';
import { shapeSchema, shapeSeconds } from '../../../lib/core/load/shape.ts';

const arrivals = fc.constantFrom('constant' as const, 'poisson' as const);
const rate = fc.double({ min: 1, max: 300, noNaN: true });
const rateOrNone = fc.oneof(fc.constant(0), rate);
const seconds = fc.double({ min: 0.5, max: 200, noNaN: true });
const shapes: fc.Arbitrary<VariedShape> = fc.oneof(
  fc
    .record({
      kind: fc.constant('ramp' as const),
      arrivals,
      fromPerSecond: rateOrNone,
      toPerSecond: rateOrNone,
      rampSeconds: seconds,
    })
    .filter((s) => s.fromPerSecond + s.toPerSecond > 0),
  fc.record({
    kind: fc.constant('step' as const),
    arrivals,
    startPerSecond: rate,
    addPerSecond: rateOrNone,
    steps: fc.integer({ min: 1, max: 20 }),
    stepSeconds: seconds,
  }),
  fc
    .record({
      kind: fc.constant('trace' as const),
      arrivals,
      ratesPerSecond: fc.array(rateOrNone, { minLength: 1, maxLength: 400 }),
      intervalSeconds: seconds,
    })
    .filter((s) => s.ratesPerSecond.some((r) => r > 0)),
);

describe('the parts of a load whose rate changes', () => {
  it('follow one another and are together the whole', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const parts = partsOf(shape);
        let end = 0;
        for (const part of parts) {
          expect(part.startSeconds).toBeCloseTo(end, 6);
          expect(part.seconds).toBeGreaterThan(0);
          end += part.seconds;
        }
        expect(end).toBeCloseTo(shapeSeconds(shape)!, 6);
        expect(new Set(parts.map((p) => p.id)).size).toBe(parts.length);
        expect(parts.length).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('send at every moment what the whole sends then', () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 0, max: 1, noNaN: true }), (shape, at) => {
        const whole = new RateCurve(shape);
        for (const { shape: own, startSeconds, seconds: long, ratePerSecond } of partsOf(shape)) {
          const ms = at * long * 1000;
          const sent = whole.expected(startSeconds * 1000 + ms) - whole.expected(startSeconds * 1000);
          const told = own === null ? 0 : new RateCurve(own).expected(ms);
          expect(Math.abs(sent - told)).toBeLessThanOrEqual(1e-6 * (1 + whole.expected(shapeSeconds(shape)! * 1000)));
          if (own === null) expect(ratePerSecond).toBe(0);
          else expect(ratePerSecond * long).toBeCloseTo(new RateCurve(own).expected(long * 1000), 6);
        }
      }),
    );
  });

  it('are shapes that a document may hold, and as many requests as the whole', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const parts = partsOf(shape);
        for (const { shape: own } of parts) if (own !== null) expect(shapeSchema.parse(own)).toEqual(own);
        const sum = parts.reduce((all, p) => all + p.ratePerSecond * p.seconds, 0);
        expect(sum / expectedRequests(shape)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('last ten seconds at least where the load decides, and where it is that long', () => {
    fc.assert(
      fc.property(
        shapes.filter((s) => s.kind !== 'step' && shapeSeconds(s)! >= 10),
        (shape) => {
          for (const part of partsOf(shape)) expect(part.seconds).toBeGreaterThanOrEqual(10 - 1e-9);
        },
      ),
    );
  });

  it.each<[string, VariedShape, unknown]>([
    [
      'every step',
      { kind: 'step', arrivals: 'poisson', startPerSecond: 5, addPerSecond: 2.5, steps: 3, stepSeconds: 4 },
      [
        ['step-1', 0, { kind: 'poisson', ratePerSecond: 5 }],
        ['step-2', 4, { kind: 'poisson', ratePerSecond: 7.5 }],
        ['step-3', 8, { kind: 'poisson', ratePerSecond: 10 }],
      ],
    ],
    [
      'a ramp by length',
      { kind: 'ramp', arrivals: 'constant', fromPerSecond: 0, toPerSecond: 8, rampSeconds: 25 },
      [
        ['ramp-1', 0, { kind: 'ramp', arrivals: 'constant', fromPerSecond: 0, toPerSecond: 4, rampSeconds: 12.5 }],
        ['ramp-2', 12.5, { kind: 'ramp', arrivals: 'constant', fromPerSecond: 4, toPerSecond: 8, rampSeconds: 12.5 }],
      ],
    ],
    [
      'a minute of a trace each',
      { kind: 'trace', arrivals: 'constant', ratesPerSecond: [2, 0, 3], intervalSeconds: 60 },
      [
        ['trace-1', 0, { kind: 'constant', ratePerSecond: 2 }],
        ['trace-2', 60, null],
        ['trace-3', 120, { kind: 'constant', ratePerSecond: 3 }],
      ],
    ],
    [
      'short intervals together',
      { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [2, 4, 6, 6], intervalSeconds: 5 },
      [
        ['trace-1', 0, { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [2, 4], intervalSeconds: 5 }],
        ['trace-2', 10, { kind: 'poisson', ratePerSecond: 6 }],
      ],
    ],
  ])('cuts %s', (_, shape, expected) => {
    expect(partsOf(shape).map((p) => [p.id, p.startSeconds, p.shape])).toEqual(expected);
  });

  it.each([
    { kind: 'closed', users: 4 } as const,
    { kind: 'poisson', ratePerSecond: 5 } as const,
    { kind: 'stairs', usersPerStep: 1, steps: 3, stepSeconds: 20 } as const,
    { kind: 'once' } as const,
  ])('has none of a load without: $kind', (shape) => expect(partsOf(shape)).toEqual([]));
});
