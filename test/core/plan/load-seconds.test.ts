import { expect, it } from 'vitest';
import { confirmSeconds, screenSeconds } from '../../../lib/core/plan/load-seconds.ts';
import { addedSegments, screeningSegments } from '../../../lib/core/plan/segments.ts';
import { usersStair } from '../../../lib/core/plan/stairs.ts';
import { goodPlan, localExperiment } from '../../support/experiments.ts';

const { refine: _, ...load } = goodPlan(localExperiment()).load;
const ramp = {
  kind: 'ramp' as const,
  arrivals: 'poisson' as const,
  fromPerSecond: 0,
  toPerSecond: 9,
  rampSeconds: 300,
};
const mixed = {
  ...load,
  rounds: 2,
  repeats: 1,
  windowSeconds: 10,
  confirmation: { finalists: 2, rounds: 3 },
  stairs: [
    { id: 'a', shape: { kind: 'closed' as const, users: 1 } },
    { id: 'b', shape: ramp },
  ],
};

it('counts a shape by its own length where it has one', () => {
  expect(screenSeconds(mixed)).toBe(2 * (10 + 300));
  expect(confirmSeconds(mixed)).toBe(3 * 300);
  expect(confirmSeconds({ ...mixed, confirmation: null })).toBe(0);
});

it('is what the segments of a job sum up to', () => {
  const segments = screeningSegments(mixed, ['x']);
  expect(segments.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(screenSeconds(mixed));
});

it('counts every step that may be added, and a second load to confirm at', () => {
  const refined = { ...load, repeats: 1, confirmation: { finalists: 1, rounds: 3 }, refine: { steps: 2 } };
  const added = addedSegments(refined, [{ endpoint: 'x', stair: usersStair(9) }]);
  const sum = [...screeningSegments(refined, ['x']), ...added, ...added].reduce((s, { seconds }) => s + seconds, 0);
  expect(screenSeconds(refined)).toBe(sum);
  expect(confirmSeconds(refined)).toBe(2 * confirmSeconds({ ...load, confirmation: { finalists: 1, rounds: 3 } }));
});
