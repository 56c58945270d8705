/** From the `load` that a user wrote to stairs and windows; what the protocol does not use is refused, not ignored. */
import type { Shape } from '../load/job.ts';
import { shapeSeconds } from '../load/shape.ts';
import type { LoadPlan } from '../plan/load-plan.ts';
import { usersStair } from '../plan/stairs.ts';
import { parseDuration } from './duration.ts';
import { type Issue, issue } from './issue.ts';
import type { LoadSpec } from './load-spec.ts';
import { phaseIssues, rampOf } from './phases.ts';
import { noTraces, type ReadTrace } from './read-trace.ts';
import { variedLoad } from './varied-load.ts';

const CAPACITY_USERS = [1, 4, 16];
/** Numbers of users that may be added to them: two to get beyond 16, two to halve what lies between. */
const CAPACITY_STEPS = 4;
/** Short windows, alternated between deployments, for `capacity`. */
const SHORT = { window: 2, drop: 0.5, rounds: 3 };
/** One long window for the other protocols: 30 s is the shortest trial that stands alone. */
const LONG = { duration: 30, warmup: 5, rounds: 1 };
const CONFIRM = { finalists: 2, rounds: 5 };
const TIMEOUT_SECONDS = 10;
/** A default timeout leaves this much room above the latency objective. */
const TIMEOUT_OVER_SLO = 4;
/** Sockets of an open loop; a closed loop holds one for each user. */
const OPEN_LOOP_CONNECTIONS = 256;
/** Any constant will do: the same experiment draws the same payloads and arrivals. */
const SEED = 1;

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const seconds = (text: string | undefined) => (text === undefined ? undefined : (parseDuration(text) ?? undefined));

const usable: Record<LoadSpec['protocol'], readonly (keyof LoadSpec)[]> = {
  capacity: ['users', 'refine'],
  closed: ['users'],
  phases: ['phases'],
  'in-process': ['users'],
  stairs: ['users', 'rate', 'arrivals'],
  constant: ['rate'],
  poisson: ['rate'],
  ramp: ['ramp', 'arrivals'],
  step: ['step', 'arrivals'],
  trace: ['trace', 'arrivals'],
};
/** Key without which a protocol says nothing; `stairs` takes either of two. */
const neededKey: Record<LoadSpec['protocol'], Exclude<(typeof offeredLoad)[number], 'arrivals'> | null> = {
  capacity: null,
  closed: 'users',
  stairs: null,
  phases: 'phases',
  constant: 'rate',
  poisson: 'rate',
  ramp: 'ramp',
  step: 'step',
  trace: 'trace',
  'in-process': 'users',
};
const offeredLoad = ['users', 'rate', 'arrivals', 'phases', 'ramp', 'step', 'trace', 'refine'] as const;
const shortKeys = ['window', 'drop'] as const;
const longKeys = ['duration', 'warmup'] as const;

function keyIssues(load: LoadSpec): Issue[] {
  const legal = usable[load.protocol];
  const found = offeredLoad
    .filter((key) => load[key] !== undefined && !legal.includes(key))
    .map((key) => issue(['load', key], `protocol ${load.protocol} does not use ${key}`, { allowed: legal, at: 'key' }));
  const short = shortKeys.filter((key) => load[key] !== undefined);
  const long = longKeys.filter((key) => load[key] !== undefined);
  if (short.length > 0 && long.length > 0) {
    found.push(
      issue(['load', long[0]!], `${long[0]} belongs to one long window and ${short[0]} to short ones: use one pair`, {
        at: 'key',
      }),
    );
  }
  const needed = neededKey[load.protocol];
  if (load.protocol === 'stairs') {
    if ((load.users === undefined) === (load.rate === undefined)) {
      found.push(
        issue(['load', 'users'], 'protocol stairs needs either users or rate', {
          allowed: ['users', 'rate'],
          at: 'key',
        }),
      );
    }
    if (load.arrivals !== undefined && load.rate === undefined) {
      found.push(issue(['load', 'arrivals'], 'arrivals spaces a rate, and no rate is given', { at: 'key' }));
    }
  } else if (needed !== null && load[needed] === undefined) {
    found.push(issue(['load', needed], `protocol ${load.protocol} needs ${needed}`, { at: 'key' }));
  }
  if (load.protocol === 'closed' && list(load.users).length > 1) {
    found.push(issue(['load', 'users'], 'protocol closed holds one number of users; protocol stairs takes a list'));
  }
  found.push(...phaseIssues(load));
  for (const key of ['users', 'rate'] as const) {
    const values = list<number>(load[key]);
    if (new Set(values).size < values.length) found.push(issue(['load', key], 'a value stands twice in this list'));
  }
  return found;
}

function stairsOf(load: LoadSpec): LoadPlan['stairs'] {
  if (load.phases) return rampOf(load.phases[0]!).map(usersStair);
  const ascending = (values: number[]) => [...values].sort((a, b) => a - b);
  const kind =
    load.protocol === 'constant' || load.protocol === 'poisson' ? load.protocol : (load.arrivals ?? 'poisson');
  if (load.rate !== undefined) {
    return ascending(list(load.rate)).map((rate) => {
      const shape: Shape = { kind, ratePerSecond: rate };
      return { id: `rate-${rate}`, shape };
    });
  }
  const users = list(load.users);
  return ascending(users.length > 0 ? users : CAPACITY_USERS).map(usersStair);
}

/** Window with its head, both in seconds. */
function windowOf(load: LoadSpec): { windowSeconds: number; dropSeconds: number; rounds: number } {
  // A ramp measures every second of itself, once.
  if (load.phases) return { windowSeconds: seconds(load.phases[0]!.every)!, dropSeconds: 0, rounds: 1 };
  const saysLong = longKeys.some((key) => load[key] !== undefined);
  const saysShort = shortKeys.some((key) => load[key] !== undefined);
  if (saysShort || (load.protocol === 'capacity' && !saysLong)) {
    const windowSeconds = seconds(load.window) ?? SHORT.window;
    return {
      windowSeconds,
      // A quarter of a window shorter than usual: the default head would leave nothing to measure.
      dropSeconds: seconds(load.drop) ?? Math.min(SHORT.drop, windowSeconds / 4),
      rounds: load.rounds ?? SHORT.rounds,
    };
  }
  const dropSeconds = seconds(load.warmup) ?? LONG.warmup;
  const windowSeconds = dropSeconds + (seconds(load.duration) ?? LONG.duration);
  return { windowSeconds, dropSeconds, rounds: load.rounds ?? LONG.rounds };
}

export type LoadAnswer = { ok: true; load: LoadPlan } | { ok: false; issues: Issue[] };

export interface LoadContext {
  repeats: number;
  sloLatencyMs: number;
  readTrace?: ReadTrace;
}

export function resolveLoad(load: LoadSpec, o: LoadContext): LoadAnswer {
  const varied = variedLoad(load, o.readTrace ?? noTraces);
  const { shape } = varied;
  const issues = [...keyIssues(load), ...varied.issues];
  const stairs = shape === null ? stairsOf(load) : [{ id: shape.kind, shape }];
  const { windowSeconds, dropSeconds, rounds } =
    shape === null ? windowOf(load) : { windowSeconds: shapeSeconds(shape)!, dropSeconds: 0, rounds: 1 };
  if (shape === null && windowSeconds - dropSeconds < 0.1) {
    const key = load.drop !== undefined ? 'drop' : load.window !== undefined ? 'window' : 'duration';
    issues.push(issue(['load', key], 'less than 100 ms of each window would be measured'));
  }
  const timeoutSeconds = seconds(load.timeout) ?? Math.max(TIMEOUT_SECONDS, (TIMEOUT_OVER_SLO * o.sloLatencyMs) / 1000);
  if (timeoutSeconds * 1000 <= o.sloLatencyMs) {
    issues.push(
      issue(
        ['load', 'timeout'],
        `must be longer than slo.latencyMs (${o.sloLatencyMs} ms), or no answer can miss the objective`,
      ),
    );
  }
  if (issues.length > 0) return { ok: false, issues };
  const confirm = load.confirm ?? (load.protocol === 'capacity' ? CONFIRM : false);
  // Users that were named are all that are meant, unless more are asked for.
  const steps = load.refine ?? (load.protocol === 'capacity' && load.users === undefined ? CAPACITY_STEPS : 0);
  const closed = stairs.flatMap(({ shape }) => (shape.kind === 'closed' ? [shape.users] : []));
  return {
    ok: true,
    load: {
      stairs,
      rounds,
      windowSeconds,
      dropSeconds,
      repeats: o.repeats,
      confirmation: confirm === false ? null : confirm,
      ...(steps > 0 ? { refine: { steps } } : {}),
      ...(load.protocol === 'in-process' ? { inProcess: true as const } : {}),
      timeoutMs: timeoutSeconds * 1000,
      maxConnections: Math.max(...closed, closed.length > 0 ? 1 : OPEN_LOOP_CONNECTIONS),
      seed: SEED,
    },
  };
}
