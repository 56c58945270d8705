import { describe, expect, it } from 'vitest';
import type { LoadPlan } from '../../../lib/core/plan/load-plan.ts';
import { confirmationSegments, screeningSegments, segmentPlace } from '../../../lib/core/plan/segments.ts';

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

  it('refuse a stair that the plan does not have', () => {
    expect(() => confirmationSegments(load, [{ endpoint: 'a', stair: 'users-9' }])).toThrow(/no stair users-9/);
  });

  it('say in their id what they belong to', () => {
    expect(segmentPlace('2/1/users-4/a')).toEqual({ repeat: 2, round: 1, stair: 'users-4', endpoint: 'a' });
  });
});
