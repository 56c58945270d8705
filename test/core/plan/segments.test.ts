import { describe, expect, it } from 'vitest';
import type { LoadPlan } from '../../../lib/core/plan/load-plan.ts';
import { planSchema } from '../../../lib/core/plan/plan.ts';
import { confirmationSegments, screeningSegments, segmentPlace } from '../../../lib/core/plan/segments.ts';
import { withAdded } from '../../../lib/core/plan/stairs.ts';
import { goodPlan, localExperiment, tracesOf, twoCores } from '../../support/experiments.ts';

const load: LoadPlan = {
  stairs: [
    { id: 'users-1', shape: { kind: 'closed', users: 1 } },
    { id: 'users-4', shape: { kind: 'closed', users: 4 } },
  ],
  rounds: 2,
  windowSeconds: 2,
  dropSeconds: 0.5,
  repeats: 2,
  confirmation: { finalists: 2, rounds: 3 },
  timeoutMs: 1000,
  maxConnections: 64,
  seed: 1,
};

describe('a load of its own length', () => {
  const written = { protocol: 'trace', trace: { file: 'day.csv', minute: '10s' } } as const;
  const plan = goodPlan(
    localExperiment({ load: written, repeats: 2 }),
    twoCores,
    tracesOf({ 'day.csv': [60, 0, 180] }),
  );

  it('is played whole, once in each repeat, from the written plan alone', () => {
    const read = planSchema.parse(JSON.parse(JSON.stringify(plan)));
    const shape = { kind: 'trace', arrivals: 'poisson', ratesPerSecond: [1, 0, 3], intervalSeconds: 10 };
    expect(screeningSegments(read.load, ['a', 'b'])).toEqual(
      ['1/0/trace/a', '1/0/trace/b', '2/0/trace/b', '2/0/trace/a'].map((id) => ({
        id,
        endpoint: id.at(-1),
        shape,
        seconds: 30,
        dropSeconds: 0,
      })),
    );
    expect(confirmationSegments(read.load, [{ endpoint: 'a', stair: 'trace' }])).toEqual([]);
  });

  it('is another trial when the file says something else', () => {
    const other = goodPlan(
      localExperiment({ load: written, repeats: 2 }),
      twoCores,
      tracesOf({ 'day.csv': [60, 0, 181] }),
    );
    const ids = (p: typeof plan) => p.trials.map((t) => t.id);
    expect(ids(other)).toHaveLength(2);
    expect(ids(other).some((id) => ids(plan).includes(id))).toBe(false);
  });
});

describe('windows', () => {
  it('give every endpoint every stair in each round and repeat, in alternating order', () => {
    const segments = screeningSegments(load, ['a', 'b']);
    expect(segments).toHaveLength(2 * 2 * 2 * 2);
    expect(segments.slice(0, 8).map((s) => s.id)).toEqual([
      '1/0/users-1/a',
      '1/0/users-1/b',
      '1/0/users-4/a',
      '1/0/users-4/b',
      '1/1/users-1/b',
      '1/1/users-1/a',
      '1/1/users-4/b',
      '1/1/users-4/a',
    ]);
    expect(new Set(segments.map((s) => s.id)).size).toBe(segments.length);
    expect(segments.every((s) => s.seconds === 2 && s.dropSeconds === 0.5)).toBe(true);
    expect(segments.find((s) => s.id === '2/1/users-4/a')!.shape).toEqual({ kind: 'closed', users: 4 });
  });

  it('are as long as a shape that has a length of its own', () => {
    const shape = { kind: 'stairs', usersPerStep: 2, steps: 5, stepSeconds: 120 } as const;
    const [segment] = screeningSegments({ ...load, stairs: [{ id: 'stairs', shape }] }, ['a']);
    expect(segment).toMatchObject({ shape, seconds: 600, dropSeconds: 0.5 });
  });

  it('confirm finalists at their own stair, in alternating order', () => {
    const finalists = [
      { endpoint: 'a', stair: 'users-4' },
      { endpoint: 'b', stair: 'users-1' },
    ];
    const segments = confirmationSegments({ ...load, repeats: 1 }, finalists);
    expect(segments.map((s) => s.id)).toEqual([
      '1/0/users-4/a',
      '1/0/users-1/b',
      '1/1/users-1/b',
      '1/1/users-4/a',
      '1/2/users-4/a',
      '1/2/users-1/b',
    ]);
    expect(confirmationSegments({ ...load, confirmation: null }, finalists)).toEqual([]);
  });

  it('confirm at a load that was added, where the plan allows it', () => {
    const refined = { ...load, refine: { steps: 1 } };
    const [segment] = confirmationSegments(refined, [{ endpoint: 'a', stair: 'users-9' }]);
    expect(segment).toMatchObject({ id: '1/0/users-9/a', shape: { kind: 'closed', users: 9 } });
    expect(() => confirmationSegments(refined, [{ endpoint: 'a', stair: 'users-0' }])).toThrow(/no stair users-0/);
  });

  it('are of added loads, ascending by users among the planned', () => {
    const refined = { ...load, refine: { steps: 1 } };
    expect(withAdded(refined, ['users-2', 'users-4', 'users-2']).stairs.map((s) => s.id)).toEqual([
      'users-1',
      'users-2',
      'users-4',
    ]);
    expect(withAdded(load, ['users-4'])).toBe(load);
  });

  it('refuse a stair that the plan does not have', () => {
    expect(() => confirmationSegments(load, [{ endpoint: 'a', stair: 'users-9' }])).toThrow(/no stair users-9/);
  });

  it('say in their id what they belong to', () => {
    expect(segmentPlace('2/1/users-4/a')).toEqual({ repeat: 2, round: 1, stair: 'users-4', endpoint: 'a' });
  });
});
