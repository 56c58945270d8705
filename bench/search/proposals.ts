/**
 * Everything the search proposes in a few replays, as text: it must be the same on every engine. Answers are rounded, because
 * those of a simulated world come from functions whose last bit is not promised. `node dist/bench/search/proposals.js`
 */
import { Session } from '../../lib/core/search/propose.ts';
import type { SearchSpace } from '../../lib/core/search/space.ts';
import type { Observation } from '../../lib/core/search/trial.ts';
import { Replay } from './replay.ts';
import { syntheticWorld } from './synthetic.ts';
import { type TableRow, tableWorld } from './table-world.ts';
import type { World } from './world.ts';

const rounded = (x: number) => Number(x.toPrecision(6));

function answered(o: Observation): Observation {
  return {
    ...o,
    ratePerSecond: rounded(o.ratePerSecond),
    rateSpread: rounded(o.rateSpread),
    latencyMs: o.latencyMs === null ? null : rounded(o.latencyMs),
    latencyUpperMs: o.latencyUpperMs === null ? null : rounded(o.latencyUpperMs),
  };
}

function roundedSpace(space: SearchSpace): SearchSpace {
  const devices = space.devices.map((d) => ({
    ...d,
    usdPerHour: rounded(d.usdPerHour),
    configurations: d.configurations.map((c) => ({
      ...c,
      batching: c.batching && { ...c.batching, delayMs: rounded(c.batching.delayMs) },
    })),
  }));
  return { ...space, slo: { ...space.slo, latencyMs: rounded(space.slo.latencyMs) }, devices };
}

export function proposalsOf(
  world: World,
  seed: number,
): { proposals: string; history: Observation[]; space: SearchSpace } {
  const replay = new Replay(world, seed, 420);
  const space = roundedSpace(replay.space);
  const session = new Session(space);
  const proposals: unknown[] = [];
  const history: Observation[] = [];
  for (;;) {
    const { proposal } = session;
    proposals.push(proposal);
    if ('stop' in proposal) return { proposals: JSON.stringify(proposals), history, space };
    const answers = replay.answer(proposal.trials).map(answered);
    history.push(...answers);
    session.tell(answers);
  }
}

/** Three devices that were loaded with 1 to 64 users: answers take ever longer, and more money buys more of them. */
export function usersWorld(): World {
  const rows = [1, 2, 3].flatMap((device): TableRow[] =>
    [1, 2, 4, 8, 16, 32, 64].map((users) => {
      const most = 40 * device;
      const latencyMs = 20 + (users / most) * 400;
      return {
        device: `device-${device}`,
        usdPerHour: 0.3 * device ** 1.2,
        configuration: `device-${device}/only`,
        batching: null,
        load: { kind: 'users', users },
        ratePerSecond: (1000 * users) / latencyMs,
        latencyMs,
        failed: device === 3 && users === 64,
        noise: { rate: 0.02, latency: 0.05 },
      };
    }),
  );
  return tableWorld('users', 'users', { percentile: 95, latencyMs: 150, maxErrorRate: 0.01 }, rows);
}

export function allProposals(): string {
  const synthetic = [0, 1].map((seed) => proposalsOf(syntheticWorld(seed), seed).proposals);
  return [...synthetic, proposalsOf(usersWorld(), 0).proposals].join('\n');
}

if (process.argv[1]?.endsWith('proposals.js')) console.log(allProposals());
