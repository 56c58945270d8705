/** Traffic of a job and the experiment's `load` that does the same without the job, both ways. */
import { parseDuration } from '../spec/duration.ts';
import type { ExperimentInput } from '../spec/experiment-schema.ts';
import type { Stairs, StoppingConditions, TrafficPattern } from './job.ts';

type LoadInput = NonNullable<ExperimentInput['load']>;

/** The part of an experiment that a job's traffic and stopping conditions stand for. */
export interface Replay {
  load: LoadInput;
  /** null where the job has no threshold. */
  slo: { percentile: 95 | 99; latencyMs: number } | null;
  /** Demand that the job stops at; null where it has none. */
  requestsPerMinute: number | null;
  /** AWS ends a test when the rate peaks and flattens; by what rule is not published. */
  stopWhenFlat: boolean;
}

/**
 * A job adds `SpawnRate` users every minute: a blog of AWS counts 1 + 1 a minute over 600 s as ending with 10, so the first
 * minute runs with the initial users. A phase that adds nobody is a closed loop of so many users.
 */
export function replayOf(traffic: TrafficPattern, stopping: StoppingConditions): Replay {
  const threshold = stopping.ModelLatencyThresholds?.[0];
  return {
    load: traffic.TrafficType === 'STAIRS' ? stairsLoad(traffic.Stairs) : phasesLoad(traffic.Phases),
    slo: threshold
      ? { percentile: threshold.Percentile === 'P99' ? 99 : 95, latencyMs: threshold.ValueInMilliseconds }
      : null,
    requestsPerMinute: stopping.MaxInvocations ?? null,
    stopWhenFlat: stopping.FlatInvocations !== 'Continue',
  };
}

function stairsLoad({ DurationInSeconds, NumberOfSteps, UsersPerStep }: Stairs): LoadInput {
  const users = Array.from({ length: NumberOfSteps }, (_, i) => (i + 1) * UsersPerStep);
  return { protocol: 'stairs', users, duration: seconds(DurationInSeconds / NumberOfSteps), warmup: '0s' };
}

function phasesLoad(phases: Extract<TrafficPattern, { TrafficType: 'PHASES' }>['Phases']): LoadInput {
  const [only] = phases;
  if (phases.length === 1 && only!.SpawnRate === 0) {
    const { InitialNumberOfUsers: users, DurationInSeconds } = only!;
    return { protocol: 'closed', users, duration: seconds(DurationInSeconds), warmup: '0s' };
  }
  return {
    protocol: 'phases',
    phases: phases.map((p) => ({
      initialUsers: p.InitialNumberOfUsers,
      spawnRate: p.SpawnRate,
      every: '1m',
      duration: seconds(p.DurationInSeconds),
    })),
  };
}

/** Durations in an experiment have six decimals; a job's are whole seconds, so a third of one is rounded and comes back. */
const seconds = (value: number) => `${Math.round(value * 1e6) / 1e6}s`;

export type TrafficAnswer = { ok: true; traffic: TrafficPattern } | { ok: false; why: string };

const refused = (why: string): TrafficAnswer => ({ ok: false, why });
const durationOf = (text: string | undefined) => (text === undefined ? null : parseDuration(text));

/** The inverse of `replayOf`, or what of the load no job can do. */
export function trafficOf(load: LoadInput): TrafficAnswer {
  const { protocol = 'capacity' } = load;
  if (protocol === 'phases') return phasesTraffic(load.phases ?? []);
  const length = durationOf(load.duration);
  const users = [load.users ?? []].flat();
  if ((protocol === 'closed' || protocol === 'stairs') && users.length > 0) {
    if (length === null) return refused(`protocol ${protocol} needs a duration, which is the length of a step`);
    if ((durationOf(load.warmup) ?? 0) !== 0) return refused('a job has no warm-up: set warmup to 0s');
    return closedTraffic(users, length);
  }
  return refused(
    `a job drives waiting users only, in phases or stairs: protocol ${protocol} has no counterpart; use protocol phases, stairs with users, or closed`,
  );
}

/** Steps of one length, each with so many users. */
export function closedTraffic(users: readonly number[], stepSeconds: number): TrafficAnswer {
  const [first] = users;
  if (users.length === 1) {
    const phase = { InitialNumberOfUsers: first!, SpawnRate: 0, DurationInSeconds: Math.round(stepSeconds) };
    return { ok: true, traffic: { TrafficType: 'PHASES', Phases: [phase] } };
  }
  if (users.some((n, i) => n !== (i + 1) * first!)) {
    return refused(
      `stairs of a job rise by the users of the first: ${first}, ${2 * first!}, …, not ${users.join(', ')}`,
    );
  }
  const DurationInSeconds = Math.round(users.length * stepSeconds);
  return {
    ok: true,
    traffic: {
      TrafficType: 'STAIRS',
      Stairs: { DurationInSeconds, NumberOfSteps: users.length, UsersPerStep: first! },
    },
  };
}

function phasesTraffic(phases: NonNullable<LoadInput['phases']>): TrafficAnswer {
  const made = phases.map(({ initialUsers, spawnRate, every = '1m', duration }) => {
    const step = parseDuration(every);
    return step === 60
      ? {
          InitialNumberOfUsers: initialUsers,
          SpawnRate: spawnRate,
          DurationInSeconds: Math.round(parseDuration(duration) ?? 0),
        }
      : every;
  });
  const odd = made.find((phase) => typeof phase === 'string');
  if (odd !== undefined) return refused(`a job adds users every minute: set every to 1m, not ${odd}`);
  if (made.length === 0) return refused('protocol phases needs phases');
  return { ok: true, traffic: { TrafficType: 'PHASES', Phases: made.filter((phase) => typeof phase !== 'string') } };
}

/** Threshold, rate and flatness as a job states them. */
export function stoppingOf({ slo, requestsPerMinute, stopWhenFlat }: Omit<Replay, 'load'>): StoppingConditions {
  return {
    ...(requestsPerMinute === null ? {} : { MaxInvocations: requestsPerMinute }),
    ...(slo === null
      ? {}
      : {
          ModelLatencyThresholds: [
            {
              Percentile: slo.percentile === 99 ? ('P99' as const) : ('P95' as const),
              ValueInMilliseconds: slo.latencyMs,
            },
          ],
        }),
    FlatInvocations: stopWhenFlat ? 'Stop' : 'Continue',
  };
}
