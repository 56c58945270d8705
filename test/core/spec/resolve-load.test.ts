import { describe, expect, it } from 'vitest';
import type { ExperimentInput } from '../../../lib/core/spec/experiment-schema.ts';
import { pathText } from '../../../lib/core/spec/issue.ts';
import { issuesOf, localExperiment, parsed } from '../../support/experiments.ts';

type Load = NonNullable<ExperimentInput['load']>;
const load = (written: Load | undefined, latencyMs = 50) =>
  parsed(localExperiment({ load: written, slo: { percentile: 95, latencyMs } })).load;
const closed = (users: number) => ({ id: `users-${users}`, shape: { kind: 'closed', users } });

describe('load', () => {
  it('is capacity by closed-loop stairs unless said', () => {
    expect(load(undefined)).toEqual({
      stairs: [closed(1), closed(4), closed(16)],
      rounds: 3,
      windowSeconds: 2,
      dropSeconds: 0.5,
      repeats: 1,
      confirmation: { finalists: 2, rounds: 5 },
      timeoutMs: 10_000,
      maxConnections: 16,
      seed: 1,
      refine: { steps: 4 },
    });
    expect(load({})).toEqual(load({ protocol: 'capacity' }));
  });

  it.each<[string, Load, object]>([
    [
      'closed',
      { protocol: 'closed', users: 8 },
      { stairs: [closed(8)], windowSeconds: 35, dropSeconds: 5, rounds: 1, confirmation: null, maxConnections: 8 },
    ],
    ['closed with a list of one', { protocol: 'closed', users: [8] }, { stairs: [closed(8)] }],
    ['stairs of users, sorted', { protocol: 'stairs', users: [9, 2] }, { stairs: [closed(2), closed(9)] }],
    [
      'stairs of rates',
      { protocol: 'stairs', rate: [2, 1.5] },
      {
        stairs: [
          { id: 'rate-1.5', shape: { kind: 'poisson', ratePerSecond: 1.5 } },
          { id: 'rate-2', shape: { kind: 'poisson', ratePerSecond: 2 } },
        ],
        maxConnections: 256,
      },
    ],
    [
      'stairs of constant rates',
      { protocol: 'stairs', rate: 3, arrivals: 'constant' },
      { stairs: [{ id: 'rate-3', shape: { kind: 'constant', ratePerSecond: 3 } }] },
    ],
    [
      'constant',
      { protocol: 'constant', rate: 10, duration: '2m', warmup: '0s' },
      {
        stairs: [{ id: 'rate-10', shape: { kind: 'constant', ratePerSecond: 10 } }],
        windowSeconds: 120,
        dropSeconds: 0,
      },
    ],
    [
      'poisson',
      { protocol: 'poisson', rate: 10 },
      { stairs: [{ id: 'rate-10', shape: { kind: 'poisson', ratePerSecond: 10 } }] },
    ],
    [
      'long windows for capacity',
      { duration: '8m', warmup: '20s' },
      { windowSeconds: 500, dropSeconds: 20, rounds: 1 },
    ],
    [
      'short windows for poisson',
      { protocol: 'poisson', rate: 10, window: '1s' },
      { windowSeconds: 1, dropSeconds: 0.25, rounds: 3 },
    ],
    [
      'its own drop and rounds',
      { window: '3s', drop: '1s', rounds: 7 },
      { windowSeconds: 3, dropSeconds: 1, rounds: 7 },
    ],
    ['no confirmation', { confirm: false }, { confirmation: null }],
    [
      'its own confirmation',
      { protocol: 'closed', users: 1, confirm: { finalists: 3 } },
      { confirmation: { finalists: 3, rounds: 5 } },
    ],
    ['its own timeout', { timeout: '2s' }, { timeoutMs: 2000 }],
  ])('%s', (_, written, expected) => expect(load(written)).toMatchObject(expected));

  it('keeps to the users that were named, unless more are asked for', () => {
    expect(load({ users: [1, 4, 16] })).not.toHaveProperty('refine');
    expect(load({ refine: 0 })).not.toHaveProperty('refine');
    expect(load({ protocol: 'stairs', users: [1, 4] })).not.toHaveProperty('refine');
    expect(load({ users: [1, 4], refine: 2 }).refine).toEqual({ steps: 2 });
  });

  it('waits longer for an answer when the objective is slow', () => expect(load({}, 20_000).timeoutMs).toBe(80_000));

  it('takes its repeats from the experiment', () =>
    expect(parsed(localExperiment({ repeats: 3 })).load.repeats).toBe(3));

  it.each<[string, Load, string]>([
    ['a rate for capacity', { rate: 5 }, 'load.rate'],
    ['steps to add to stairs', { protocol: 'stairs', users: 1, refine: 2 }, 'load.refine'],
    ['users for poisson', { protocol: 'poisson', rate: 1, users: 5 }, 'load.users'],
    ['arrivals for constant', { protocol: 'constant', rate: 1, arrivals: 'poisson' }, 'load.arrivals'],
    ['closed without users', { protocol: 'closed' }, 'load.users'],
    ['closed with many users', { protocol: 'closed', users: [1, 2] }, 'load.users'],
    ['constant without a rate', { protocol: 'constant' }, 'load.rate'],
    ['stairs of nothing', { protocol: 'stairs' }, 'load.users'],
    ['stairs of both', { protocol: 'stairs', users: 1, rate: 1 }, 'load.users'],
    ['arrivals of users', { protocol: 'stairs', users: 1, arrivals: 'poisson' }, 'load.arrivals'],
    ['both kinds of windows', { window: '2s', duration: '30s' }, 'load.duration'],
    ['a stair twice', { users: [4, 4] }, 'load.users'],
    ['a drop of the whole window', { window: '2s', drop: '2s' }, 'load.drop'],
    ['a window of nothing', { window: '0s' }, 'load.window'],
    ['a duration of nothing', { duration: '0s' }, 'load.duration'],
    ['a timeout inside the objective', { timeout: '50ms' }, 'load.timeout'],
    ['a number for a duration', { timeout: 5 as never }, 'load.timeout'],
    ['a duration without unit', { timeout: '5' }, 'load.timeout'],
    ['days', { duration: '25h' }, 'load.duration'],
    ['true for confirm', { confirm: true as never }, 'load.confirm'],
    ['no users', { users: 0 }, 'load.users'],
    ['too many users', { users: 5000 }, 'load.users'],
    ['a list with a text', { users: [1, 'x' as never] }, 'load.users[1]'],
  ])('refuses %s', (_, written, path) => {
    expect(issuesOf(localExperiment({ load: written })).map((issue) => pathText(issue.path))).toContain(path);
  });
});
