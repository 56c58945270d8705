import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Phase, shapeSchema, shapeSeconds, type UserShape } from '../../../lib/core/load/shape.ts';
import { shareOf, slotOffsetMs } from '../../../lib/core/load/share.ts';
import { mostUsers, usersAt } from '../../../lib/core/load/users.ts';

const phase: fc.Arbitrary<Phase> = fc.record({
  initialUsers: fc.integer({ min: 1, max: 20 }),
  spawnRate: fc.integer({ min: 0, max: 5 }),
  everySeconds: fc.constantFrom(1, 30, 60),
  seconds: fc.constantFrom(30, 90, 120),
});
const shapes: fc.Arbitrary<UserShape> = fc.oneof(
  fc.record({ kind: fc.constant('closed' as const), users: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('phases' as const), phases: fc.array(phase, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('stairs' as const),
    usersPerStep: fc.integer({ min: 1, max: 3 }),
    steps: fc.integer({ min: 1, max: 10 }),
    stepSeconds: fc.constantFrom(10, 120),
  }),
);
const everySecond = (shape: UserShape) =>
  Array.from({ length: (shapeSeconds(shape) ?? 10) + 5 }, (_, s) => usersAt(shape, s * 1000));

describe('Inference Recommender', () => {
  // aws.md, "Final users for one phase": 2 + 2 x 25 = 52 at the very end, so 50 in the last minute.
  test('adds the spawn rate every minute of a phase', () => {
    const shape: UserShape = {
      kind: 'phases',
      phases: [{ initialUsers: 2, spawnRate: 2, everySeconds: 60, seconds: 1500 }],
    };
    const minutes = Array.from({ length: 25 }, (_, i) => usersAt(shape, i * 60_000 + 30_000));
    expect(minutes).toEqual(Array.from({ length: 25 }, (_, i) => 2 + 2 * i));
    expect([usersAt(shape, 59_999), usersAt(shape, 60_000), usersAt(shape, 1_500_000)]).toEqual([2, 4, 50]);
  });

  test('begins each phase with its own users, be they fewer', () => {
    const shape: UserShape = {
      kind: 'phases',
      phases: [
        { initialUsers: 1, spawnRate: 1, everySeconds: 60, seconds: 180 },
        { initialUsers: 2, spawnRate: 0, everySeconds: 60, seconds: 120 },
      ],
    };
    expect([0, 60, 120, 180, 299].map((s) => usersAt(shape, s * 1000))).toEqual([1, 2, 3, 2, 2]);
    expect(mostUsers(shape)).toBe(3);
  });

  test('climbs its stairs in equal steps: 600 s in 5 steps are 120 s each', () => {
    const shape: UserShape = { kind: 'stairs', usersPerStep: 3, steps: 5, stepSeconds: 600 / 5 };
    expect([0, 119, 120, 599, 700].map((s) => usersAt(shape, s * 1000))).toEqual([3, 3, 6, 15, 15]);
    expect([shapeSeconds(shape), mostUsers(shape)]).toEqual([600, 15]);
  });
});

/** Source 001: "users ramp up to 16, every 30 seconds", 480 s; each waits for nothing between its calls. */
describe('the staircase of source 001', () => {
  test('read as one more user every 30 s', () => {
    const shape: UserShape = {
      kind: 'phases',
      phases: [{ initialUsers: 1, spawnRate: 1, everySeconds: 30, seconds: 480 }],
    };
    expect(
      everySecond(shape)
        .slice(0, 480)
        .filter((_, s) => s % 30 === 0),
    ).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect([shapeSeconds(shape), mostUsers(shape)]).toEqual([480, 16]);
  });

  test('read as all 16 within the first 30 s', () => {
    const shape: UserShape = {
      kind: 'phases',
      phases: [
        { initialUsers: 1, spawnRate: 1, everySeconds: 2, seconds: 30 },
        { initialUsers: 16, spawnRate: 0, everySeconds: 30, seconds: 450 },
      ],
    };
    expect([0, 1, 2, 28, 29, 30, 31, 479].map((s) => usersAt(shape, s * 1000))).toEqual([1, 1, 2, 15, 15, 16, 16, 16]);
    expect([shapeSeconds(shape), mostUsers(shape)]).toEqual([480, 16]);
  });
});

test('users never pass what is announced, and never fall within stairs', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const counts = everySecond(shape);
      expect(Math.max(...counts)).toBe(mostUsers(shape));
      if (shape.kind === 'stairs') expect(counts).toEqual([...counts].sort((a, b) => a - b));
    }),
  );
});

test('users of all shares add up to those of the shape at every moment, and differ by one at most', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 9 }), (shape, of) => {
      for (const total of everySecond(shape)) {
        const parts = Array.from({ length: of }, (_, index) => shareOf(total, { index, of }));
        expect(parts.reduce((a, b) => a + b)).toBe(total);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 50 },
  );
});

test('segments of a job with a common start leave a pause for the last answers', () => {
  const segments = [{ seconds: 30 }, { seconds: 2 }, { seconds: 5 }];
  expect([0, 1, 2].map((i) => slotOffsetMs(segments, i))).toEqual([0, 31_000, 34_000]);
});

test.each([
  [{ kind: 'ramp', arrivals: 'constant', fromPerSecond: 0, toPerSecond: 0, rampSeconds: 1 }, /sends nothing/],
  [{ kind: 'trace', arrivals: 'poisson', ratesPerSecond: [0, 0], intervalSeconds: 1 }, /sends nothing/],
  [{ kind: 'stairs', usersPerStep: 4096, steps: 2, stepSeconds: 1 }, /4096 users/],
  [{ kind: 'phases', phases: [{ initialUsers: 0, spawnRate: 0, everySeconds: 1, seconds: 9 }] }, /no phase has a user/],
  [{ kind: 'phases', phases: [{ initialUsers: 1, spawnRate: 100, everySeconds: 1, seconds: 60 }] }, /4096 users/],
])('a shape that cannot be run is refused: %j', (shape, message) => {
  expect(() => shapeSchema.parse(shape)).toThrow(message);
});
