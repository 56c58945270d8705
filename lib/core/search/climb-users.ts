/**
 * The most closed-loop users that keep the objective, where nothing is known of the queue: feasible-then-infeasible is monotone
 * in load, so the boundary is bisected, and given up as soon as no number of users can beat the best.
 */

import { type Certified, certificate, confirm } from './certify-rate.ts';
import type { Notebook, Searching } from './notebook.ts';
import { pooledLimit } from './pooled-limit.ts';
import { type SearchConfiguration, type SearchDevice, usdPerMillionAt } from './space.ts';

/** Noise of a rate: more than this it is not above what more users reached. */
const SLACK = 0.05;
const REPEATS = 3;
/** The next number of users is often half as many: a certificate is worth patience. */
const MOST_CONFIRMATIONS = 40;

interface Step {
  users: number;
  ratePerSecond: number;
  feasible: boolean;
  doubtful: boolean;
}

/** @returns the feasible numbers of users, the cheapest first. */
export function* climbUsers(
  notebook: Notebook,
  device: SearchDevice,
  configuration: SearchConfiguration,
  bestUsdPerMillion: number,
): Searching<Step[]> {
  const { users, id } = configuration;
  for (let probes = 0; probes < users.length * REPEATS && !notebook.full; probes++) {
    const steps = stepsOf(notebook, device, configuration);
    const doubt = steps.find((s) => s.doubtful);
    const low = Math.max(0, ...steps.filter((s) => s.feasible).map((s) => s.users));
    const high = Math.min(Number.POSITIVE_INFINITY, ...steps.filter((s) => !s.feasible).map((s) => s.users));
    const own = cheapest(steps.filter((s) => s.feasible).map((s) => usdPerMillionAt(device, s.ratePerSecond)));
    const beat = Math.min(bestUsdPerMillion, own) * (1 - notebook.indifference);
    const open = users.filter((u) => u > low && u < high && usdPerMillionAt(device, mostRate(steps, u)) < beat);
    const next = doubt?.users ?? open[Math.floor(open.length / 2)];
    if (next === undefined) break;
    yield* notebook.ask(device, id, { kind: 'users', users: next }, 'screen');
  }
  return stepsOf(notebook, device, configuration)
    .filter((s) => s.feasible)
    .sort((a, b) => b.ratePerSecond - a.ratePerSecond || a.users - b.users);
}

/** Users wait for their answers: more of them get no more than in proportion, and fewer no more than many. */
function mostRate(steps: readonly Step[], users: number): number {
  return steps.reduce(
    (least, s) => Math.min(least, s.ratePerSecond * Math.max(1, users / s.users) * (1 + SLACK)),
    Number.POSITIVE_INFINITY,
  );
}

const cheapest = (costs: readonly number[]) => Math.min(Number.POSITIVE_INFINITY, ...costs);

function stepsOf(notebook: Notebook, device: SearchDevice, { id, users }: SearchConfiguration): Step[] {
  const { latencyMs } = notebook.space.slo;
  return users.flatMap((u) => {
    const seen = notebook.on(device, id, { kind: 'users', users: u });
    if (seen.length === 0) return [];
    const ratePerSecond = seen.reduce((sum, s) => sum + s.observation.ratePerSecond, 0) / seen.length;
    const pooled = seen.some((s) => s.observation.failed) ? null : pooledLimit(seen.map((s) => s.observation));
    const feasible = pooled !== null && pooled.latencyMs <= latencyMs;
    const doubtful =
      pooled !== null && seen.length < REPEATS && pooled.lowerMs <= latencyMs && pooled.upperMs > latencyMs;
    return [{ users: u, ratePerSecond, feasible, doubtful }];
  });
}

/** From the cheapest number of users down, until one is certified. */
export function* certifyUsers(
  notebook: Notebook,
  device: SearchDevice,
  configuration: SearchConfiguration,
  from: number,
): Searching<Certified | null> {
  for (const users of configuration.users.filter((u) => u <= from).toReversed()) {
    const load = { kind: 'users', users } as const;
    const pooled = yield* confirm(notebook, device, configuration.id, load, MOST_CONFIRMATIONS);
    if (pooled !== null) return certificate(notebook, device, configuration.id, load, pooled);
  }
  return null;
}
