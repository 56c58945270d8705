import { describe, expect, it } from 'vitest';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { parseExperiment } from '../../../lib/core/spec/parse-experiment.ts';
import { localExperiment, parsed } from '../../support/experiments.ts';

type Load = NonNullable<ExperimentInput['load']>;
const ramp = { initialUsers: 2, spawnRate: 2, duration: '1500s' };
const loadOf = (load: Load) => parsed(localExperiment({ load })).load;
const issues = (load: unknown) => {
  const answer = parseExperiment(localExperiment({ load: load as Load }));
  return answer.ok ? [] : answer.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('phases', () => {
  it('are stairs, each one step long, all of it measured', () => {
    const load = loadOf({ protocol: 'phases', phases: [ramp] });
    expect(load.stairs).toHaveLength(25);
    expect(load.stairs[0]).toEqual({ id: 'users-2', shape: { kind: 'closed', users: 2 } });
    expect(load.stairs.at(-1)).toEqual({ id: 'users-50', shape: { kind: 'closed', users: 50 } });
    expect(load).toMatchObject({
      windowSeconds: 60,
      dropSeconds: 0,
      rounds: 1,
      maxConnections: 50,
      confirmation: null,
    });
    expect(load.inProcess).toBeUndefined();
  });

  it.each([
    ['no phase', { protocol: 'phases' }, 'load.phases: protocol phases needs phases'],
    ['two', { protocol: 'phases', phases: [ramp, ramp] }, 'load.phases: '],
    ['half a step', { protocol: 'phases', phases: [{ ...ramp, duration: '90s' }] }, 'must be a multiple of every (1m)'],
    [
      'too many steps',
      { protocol: 'phases', phases: [{ ...ramp, every: '1s' }] },
      'makes 1500 steps and the limit is 100',
    ],
    ['too many users', { protocol: 'phases', phases: [{ ...ramp, spawnRate: 4000 }] }, 'more than 4096 users'],
    ['a window', { protocol: 'phases', phases: [ramp], window: '2s' }, 'load.window: window is not used with phases'],
    ['another protocol', { protocol: 'closed', users: 1, phases: [ramp] }, 'protocol closed does not use phases'],
    ['users beside it', { protocol: 'phases', phases: [ramp], users: 4 }, 'protocol phases does not use users'],
  ])('with %s are refused', (_, load, words) => {
    expect(issues(load).join('\n')).toContain(words);
  });
});

describe('in-process', () => {
  it('is a closed loop that the plan knows to lie inside the server', () => {
    const load = loadOf({ protocol: 'in-process', users: 8, warmup: '10s', duration: '80s' });
    expect(load).toMatchObject({ inProcess: true, windowSeconds: 90, dropSeconds: 10 });
    expect(load.stairs).toEqual([{ id: 'users-8', shape: { kind: 'closed', users: 8 } }]);
  });

  it('needs users and takes no rate', () => {
    expect(issues({ protocol: 'in-process' })).toEqual(['load.users: protocol in-process needs users']);
    expect(issues({ protocol: 'in-process', users: 1, rate: 5 })).toEqual([
      'load.rate: protocol in-process does not use rate',
    ]);
  });
});
